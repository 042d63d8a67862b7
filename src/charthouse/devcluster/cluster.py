"""The running cluster: server, store, controllers, and the kubeconfig that reaches them."""

from __future__ import annotations

import os

from charthouse.devcluster import bootstrap
from charthouse.devcluster.access import Access
from charthouse.devcluster.aggregation import Aggregation
from charthouse.devcluster.api import Api
from charthouse.devcluster.clock import Clock
from charthouse.devcluster.controllers import every_controller
from charthouse.devcluster.controllers.cluster import Definitions, Namespaces
from charthouse.devcluster.controllers.extension import ApiServices, Signer
from charthouse.devcluster.controllers.loop import Loop
from charthouse.devcluster.controllers.records import Dependents, Recorder
from charthouse.devcluster.forwarding import Forwards
from charthouse.devcluster.identity import User
from charthouse.devcluster.objects import Objects
from charthouse.devcluster.resources import Resources
from charthouse.devcluster.store import Store
from charthouse.devcluster.wire import HttpServer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from charthouse.devcluster.audit import Audit
    from charthouse.devcluster.controllers.loop import Controller
    from charthouse.devcluster.persistence import Database
    from charthouse.devcluster.pki import Pki
    from charthouse.devcluster.security import Security

__all__ = ["DevCluster"]


class DevCluster:
    """See `charthouse.devcluster.start`. url: where it listens; tokens: token → (user, groups). A context manager."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        data: str | None,
        tokens: Mapping[str, tuple[str, tuple[str, ...]]] | None,
        speed: float,
        tls: bool,
        security: Security | None = None,
        forwards: Mapping[int, tuple[str, int]] | None = None,
    ) -> None:
        self.tokens = dict(tokens) if tokens is not None else _random_tokens()
        self.database: Database | None = None
        if data is not None:
            from charthouse.devcluster.persistence import Database

            self.database = Database(data)
        store = Store(self.database.write if self.database else None)
        self.objects = Objects(store, Resources(), Clock(speed))
        self.pki: Pki | None = None
        self.audit: Audit | None = None
        if security is not None:
            self.pki, self.audit = security.opened(tls=tls)
        self.forwards = Forwards(store, forwards or {})
        self.aggregation = Aggregation(store, self.forwards, self.pki)
        dependents = Dependents(store)
        self.loop = Loop(self.objects, Recorder(store, self.objects.clock), dependents)
        if self.database is not None:
            self.database.load(store)
            self._catch_up(dependents)
        controllers = self._furnished()
        self.certificate = ""
        self.server = self._listening(host, port, tls)
        self.loop.start()
        self._resume(controllers)
        self.server.serve()

    def _furnished(self) -> list[Controller]:
        """The controllers, and what every cluster has."""
        controllers = every_controller(self.objects, self.loop)
        controllers.append(ApiServices(self.objects, self.loop, self.aggregation))
        if self.pki is not None:
            controllers.append(Signer(self.objects, self.loop, self.pki))
        for controller in controllers:
            self.loop.add(controller)
        store = self.objects.store
        store.listeners.append(self.loop.follow)
        bootstrap.furnish(self.objects, pki=self.pki)
        namespaces = next(c for c in controllers if isinstance(c, Namespaces))
        for name in bootstrap.NAMESPACES:
            namespaces.furnish(name)
        definitions = next(c for c in controllers if isinstance(c, Definitions))
        for _, entry in store.list("customresourcedefinitions.apiextensions.k8s.io")[0]:
            definitions.serve(entry.object)
        return controllers

    def _listening(self, host: str, port: int, tls: bool) -> HttpServer:
        store = self.objects.store
        if not tls:  # clients send no tokens in the clear
            name, groups = next(iter(self.tokens.values()))
            access = Access(store, self.tokens, anonymous=User(name, (*groups, "system:authenticated")))
            return HttpServer(host, port, self._api(access).handle)
        from charthouse.devcluster.certificate import server_context

        context, self.certificate = server_context(host)
        if self.pki is not None:
            self.pki.ask(context)
        access = Access(store, self.tokens, pki=self.pki)
        return HttpServer(host, port, self._api(access).handle, context)

    def _api(self, access: Access) -> Api:
        return Api(self.objects, access, forwards=self.forwards, audit=self.audit, aggregation=self.aggregation)

    def _catch_up(self, dependents: Dependents) -> None:
        """Tell the indexes what the data file held."""
        from charthouse.devcluster.store import Change

        for table, rows in self.objects.store.tables.items():
            for key, entry in rows.items():
                change = Change(entry.version, table, key, None, entry)
                dependents.follow(change)
                self.objects._follow(change)

    def _resume(self, controllers: list[Controller]) -> None:
        """Look once at everything that was there before the controllers."""
        from charthouse.devcluster.store import Change

        if self.database is None:
            return
        for table, rows in list(self.objects.store.tables.items()):
            for key, entry in list(rows.items()):
                self.loop.follow(Change(entry.version, table, key, None, entry))

    @property
    def url(self) -> str:
        return f"{'https' if self.certificate else 'http'}://{self.server.host}:{self.server.port}"

    def kubeconfig(self) -> str:
        """A kubeconfig with one context a user, and `devcluster`, the current one, for the first token's user."""
        cluster = f'- name: devcluster\n  cluster:\n    server: "{self.url}"\n'
        if self.certificate:
            import base64

            cluster += f"    certificate-authority-data: {base64.b64encode(self.certificate.encode()).decode()}\n"
        users = "".join(f"- name: {name}\n  user:\n    token: {token}\n" for token, (name, _) in self.tokens.items())
        names = [name for name, _ in self.tokens.values()]
        contexts = "".join(
            f"- name: {context}\n  context:\n    cluster: devcluster\n    user: {name}\n"
            for context, name in [("devcluster", names[0]), *((name, name) for name in names)]
        )
        return (
            "apiVersion: v1\nkind: Config\n"
            f"clusters:\n{cluster}users:\n{users}contexts:\n{contexts}current-context: devcluster\n"
        )

    def write_kubeconfig(self, path: str) -> None:
        """Write the kubeconfig, readable by its owner only. Raises OSError."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(self.kubeconfig())

    def stop(self) -> None:
        """End every connection, watch and controller, and close the data file."""
        self.server.stop()
        self.objects.store.wake_all()
        self.loop.stop()
        if self.database is not None:
            self.database.close()
        if self.audit is not None:
            self.audit.close()

    def __enter__(self) -> DevCluster:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _random_tokens() -> dict[str, tuple[str, tuple[str, ...]]]:
    users = (("admin", ("system:masters",)), ("alice", ("devs",)), ("bob", ("devs",)))
    return {os.urandom(16).hex(): user for user in users}
