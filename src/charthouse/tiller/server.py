"""One Tiller, put together: who is known, where it works, what it serves, in which order it starts and ends.

    tiller = Tiller(options, connect, environ=…, clock=…, lines=…)
    tiller.start()
    ...
    tiller.drain()
    tiller.stop()

Nothing is served before everything is there: without identity, without isolation, with a certificate that cannot be
read the start fails. Layers around each call, outermost first: metrics, log, Helm 2's version check, who calls.
"""

from __future__ import annotations

import os

from charthouse import __version__
from charthouse.logs import INFO, WARN, LogRecord
from charthouse.rpc.health import SERVING, Health
from charthouse.rpc.limits import Limits
from charthouse.rpc.server import Server
from charthouse.tiller.calllog import CallLog
from charthouse.tiller.metering import Metering
from charthouse.tiller.options import NotStarted
from charthouse.tiller.probes import Probes, Reachability
from charthouse.tiller.tracing import tracing_from

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from charthouse.actions.ports import Clock
    from charthouse.kube.connect import ConnectConfig
    from charthouse.releases.storage.database import Database
    from charthouse.rpc.call import Layer, Method
    from charthouse.sandbox.pool import Pool
    from charthouse.sandbox.renderer import Sandbox
    from charthouse.tiller.certificate_files import CertificateFiles
    from charthouse.tiller.identity.authenticator import Authenticator
    from charthouse.tiller.identity.authorities import Authorities
    from charthouse.tiller.identity.settings import Decision
    from charthouse.tiller.loglines import LogLines
    from charthouse.tiller.operations import Operations
    from charthouse.tiller.options import Options
    from charthouse.tiller.workplaces.workplace import ClusterWorkplace

__all__ = ["HELM2_VERSION", "Tiller"]

HELM2_VERSION = "v2.17.0"
"""What GetVersion answers and the first line of the log says."""
_STORAGE_NAMES = {"configmap": "ConfigMap", "secret": "Secret", "sql": "SQL", "memory": "Memory"}


class Tiller:
    """options, connect: how it is set up and where the cluster is. environ: the process's variables. lines: its log.

    Making one reads and checks; nothing is listened on before ``start``. Raises NoIdentity, NotStarted, TLSError,
    KubeconfigError, StorageError, ListenError.
    """

    def __init__(
        self, options: Options, connect: ConnectConfig, *, environ: Mapping[str, str], clock: Clock, lines: LogLines,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:  # fmt: skip
        self.options = options
        self.metering = Metering()
        self._environ = environ
        self._clock = clock
        self._random = random
        self._lines = lines
        self._main = lines.area("main")
        self._leaving = False
        self._listening = False
        self._tracing = tracing_from(environ, version=__version__)
        decision = _decided(options)
        for warning in decision.warnings:
            self._main(LogRecord(WARN, warning))
        self._pool = self._isolation()
        self._sandbox = self._made_sandbox()
        self._workplace = self._made_workplace(connect)
        client = self._workplace.own_client()
        self._reachability = Reachability(
            lambda: client.raw("GET", "/version"), log=self._main, every=options.check_every
        )
        self._authorities = self._made_authorities(decision)
        self._certificate = self._made_certificate()
        self._authenticator = self._made_authenticator(decision)
        self._operations = self._made_operations()
        self._health = Health(Tiller=SERVING)
        self._server = self._made_server()
        self._probes = self._made_probes()
        self._add_gauges()

    # its life

    def start(self) -> None:
        """Listen and serve. Raises ListenError."""
        options = self.options
        self._main(LogRecord(INFO, f"Starting Tiller {HELM2_VERSION} (tls={str(options.tls).lower()})"))
        host, port = _address(options.listen)
        self._server.listen(host, port)
        shown = f"{host}:{self._server.port}" if not host.startswith("unix:") else host
        self._main(LogRecord(INFO, f"GRPC listening on {shown}"))
        if self._probes is not None:
            host, port = _address(options.probe_listen)
            self._probes.listen(host, port)
            self._main(LogRecord(INFO, f"Probes listening on {host}:{self._probes.port}"))
        self._main(LogRecord(INFO, f"Storage driver is {_STORAGE_NAMES[options.storage]}"))
        self._main(LogRecord(INFO, f"Max history per release is {options.history_max}"))
        self._operations.serve()
        self._reachability.look()
        if self._authorities is not None:
            self._authorities.start()
        if self._certificate is not None:
            self._certificate.start()
        self._reachability.start()
        self._server.start()
        if self._probes is not None:
            self._probes.start()
        self._listening = True
        self._main(LogRecord(INFO, f"Tiller is ready in namespace {options.namespace}"))

    @property
    def port(self) -> int:
        """Of gRPC."""
        return self._server.port

    @property
    def probe_port(self) -> int:
        """Of probes and metrics, 0 without."""
        return self._probes.port if self._probes is not None else 0

    @property
    def problem(self) -> str:
        """Why calls would not be served now, "" when they would."""
        if self._leaving:
            return "shutting down"
        if not self._listening:
            return "starting"
        return self._reachability.problem

    def drain(self) -> bool:
        """Take on nothing more, wait for what is under way, so long as was agreed, and give the rest to other replicas;
        whether all calls ended."""
        self._leaving = True
        self._health.leave()
        self._main(LogRecord(INFO, "shutting down: waiting for calls and operations", seconds=self.options.drain))
        until = self._clock.monotonic() + self.options.drain
        self._operations.stop(self.options.drain)
        whole = self._server.drain(max(1.0, until - self._clock.monotonic()))
        if not whole:
            self._main(LogRecord(WARN, "calls were broken off"))
        return whole

    def stop(self) -> None:
        """End at once what is left."""
        self._leaving = True
        for part in (self._reachability, self._authorities, self._certificate):
            if part is not None:
                part.stop()
        self._server.stop()
        if self._probes is not None:
            self._probes.stop()
        self._workplace.close()
        if self._pool is not None:
            self._pool.close()
        if self._tracing is not None:
            self._tracing.close()
        self._main(LogRecord(INFO, "Tiller has ended"))

    # its parts

    def _isolation(self) -> Pool | None:
        """Workers for rendering, None when that was waived. Raises NotStarted."""
        from charthouse.sandbox.confine import Bounds
        from charthouse.sandbox.errors import NoIsolation
        from charthouse.sandbox.pool import Pool

        options = self.options
        if options.no_isolation:
            self._main(LogRecord(
                WARN, "--insecure-no-isolation: charts are rendered in this process, which holds Tiller's credentials"
            ))  # fmt: skip
            return None
        bounds = Bounds(
            seconds=options.render_seconds, wall=3.0 * options.render_seconds, memory=options.render_memory,
            output=options.render_output, frame=3 * options.render_output,
        )  # fmt: skip
        pool = Pool(bounds, workers=options.workers, environ=self._environ, log=self._lines.area("render"))
        try:
            pool.start()
        except NoIsolation as error:
            hint = f"{error.hint}\n--insecure-no-isolation renders in Tiller's own process all the same"
            raise NotStarted(error.message, hint=hint) from error
        return pool

    def _made_sandbox(self) -> Sandbox | None:
        """What renders and loads charts, None for this process itself."""
        if self._pool is None:
            return None
        from charthouse.sandbox.renderer import Sandbox
        from charthouse.sprig.network import addresses_of

        return Sandbox(self._pool, observe=self._rendered, resolve=addresses_of)

    def _rendered(self, outcome: str, seconds: float) -> None:
        self.metering.render(outcome, seconds)
        if self._tracing is not None:
            self._tracing.took("render", seconds, **{"charthouse.outcome": outcome})

    def _requested(self, method: str, target: str, status: int, seconds: float) -> None:
        self.metering.request(method, target, status, seconds)
        if self._tracing is not None:
            self._tracing.request(method, target, status, seconds)

    def _made_workplace(self, connect: ConnectConfig) -> ClusterWorkplace:
        from charthouse.tiller.workplaces.workplace import ClusterWorkplace, WorkplaceSettings

        options = self.options
        settings = WorkplaceSettings(
            storage=options.storage,
            namespace=options.namespace,
            database=self._database() if options.storage == "sql" else None,
            allow_anonymous=options.allow_anonymous,
            allow_privileged=options.allow_privileged,
            helm2=options.helm2,
            audit=self._lines.area("audit"),
            renderer=self._sandbox.render if self._sandbox is not None else None,
            observe=self._requested,
        )
        return ClusterWorkplace(connect, settings, clock=self._clock, random=self._random)

    def _database(self) -> Callable[[], Database] | None:
        from charthouse.releases.storage.database import open_database

        return (lambda: open_database(self.options.sql, self._environ)) if self.options.sql else None

    def _made_authorities(self, decision: Decision) -> Authorities | None:
        from charthouse.tiller.identity.authorities import Authorities

        options = self.options
        if not options.tls:
            return None
        client = self._workplace.own_client() if options.cluster_ca else None
        return Authorities(client, options.client_ca, log=self._main)

    def _made_certificate(self) -> CertificateFiles | None:
        from charthouse.tiller.certificate_files import CertificateFiles

        options, authorities = self.options, self._authorities
        if not options.tls or authorities is None:
            return None
        files = CertificateFiles(
            options.certificate, options.key, authorities.current.sets(), log=self._main, every=options.check_every
        )
        authorities.on_change(lambda current: files.take_clients(current.sets()))
        return files

    def _made_authenticator(self, decision: Decision) -> Authenticator:
        from charthouse.tiller.identity.authenticator import Authenticator
        from charthouse.tiller.identity.authorities import ClientAuthorities
        from charthouse.tiller.identity.tokens import TokenReviews

        authorities, tokens = self._authorities, None
        if decision.tokens:
            tokens = TokenReviews(self._workplace.own_client(), clock=self._clock, random=self._random)
        return Authenticator(
            decision.settings,
            tokens=tokens,
            authorities=(lambda: authorities.current) if authorities is not None else ClientAuthorities,
            log=self._lines.area("identity"),
        )

    def _made_operations(self) -> Operations:
        from charthouse.tiller.metered import MeteredOperations

        options, replica = self.options, None
        if options.storage != "memory":  # which no other replica sees
            from charthouse.tiller.operations.replica import Replica

            replica = Replica(
                self._workplace, clock=self._clock, random=self._random, log=self._lines.area("operations")
            )
        return MeteredOperations(
            self._workplace, metering=self.metering, clock=self._clock, random=self._random, replica=replica,
            tracing=self._tracing, running=options.operations, waiting=options.waiting,
        )  # fmt: skip

    def _methods(self) -> list[Method]:
        from charthouse.tiller.hapi.service import methods as hapi_methods
        from charthouse.tiller.v1.service import methods as v1_methods
        from charthouse.tiller.v1.sources import load_chart

        hapi = hapi_methods(
            self._operations, self._workplace, clock=self._clock, random=self._random,
            history_max=self.options.history_max,
        )  # fmt: skip
        own = v1_methods(
            self._operations, self._workplace, clock=self._clock, version=f"v{__version__}",
            load=self._sandbox.load if self._sandbox is not None else load_chart,
        )  # fmt: skip
        return [*hapi, *own]

    def _made_server(self) -> Server:
        from charthouse.tiller.gateway.site import RestGateway
        from charthouse.tiller.hapi.versions import check_version

        options = self.options
        methods = [*self._methods(), *self._health.methods()]
        self.metering.know(methods)
        calls = CallLog(methods, log=self._lines.area("tiller"), random=self._random)
        outer: list[Layer] = [self.metering.layer, calls.layer]
        if self._tracing is not None:
            self._tracing.know(methods)
            outer.insert(0, self._tracing.layer)
        layers = [*outer, check_version, self._authenticator.layer]
        gateway = RestGateway(
            methods, outer, version=f"v{__version__}", identify=self._authenticator.of_http,
            log=self._lines.area("gateway"),
        )  # fmt: skip
        return Server(
            methods, layers, gateway, Limits(connections=options.connections, handlers=options.handlers),
            self._certificate.tls if self._certificate is not None else None, log=self._lines.area("rpc"),
        )  # fmt: skip

    def _made_probes(self) -> Server | None:
        if not self.options.probe:
            return None
        gateway = Probes(self.metering.registry, lambda: self.problem).gateway
        limits = Limits(connections=64, handlers=8, waiting=32, receive=1 << 16, body=1 << 16)
        return Server((), (), gateway, limits, log=self._lines.area("probes"))

    def _add_gauges(self) -> None:
        gauge, server, operations = self.metering.registry.gauge, self._server, self._operations
        gauge("charthouse_tiller_ready", "Whether calls are served.", lambda: float(not self.problem))
        gauge("charthouse_tiller_connections", "Open connections of the gRPC port.", lambda: server.connections)
        gauge("charthouse_tiller_handlers_busy", "Calls being worked on.", lambda: server.busy)
        gauge("charthouse_tiller_operations_running", "Operations at work.", lambda: operations.count[0])
        gauge("charthouse_tiller_operations_waiting", "Operations that wait for their turn.",
              lambda: operations.count[1])  # fmt: skip


def _decided(options: Options) -> Decision:
    """Whether callers can be known. Raises NoIdentity."""
    from charthouse.tiller.identity.settings import IdentitySettings, decide

    return decide(
        IdentitySettings(
            tls=options.tls,
            socket=options.listen.startswith("unix:"),
            tokens=options.tokens,
            cluster_ca=options.cluster_ca,
            ca_file=options.client_ca,
            allow_anonymous=options.allow_anonymous,
            allow_privileged=options.allow_privileged,
            plain_tokens=options.plain_tokens,
        )
    )


def _address(text: str) -> tuple[str, int]:
    """`host:port`, `:port`, `[::1]:port`, `unix:PATH`. Raises NotStarted."""
    if text.startswith("unix:"):
        return text, 0
    host, colon, port = text.rpartition(":")
    if not colon or not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise NotStarted(f"listen tcp: address {text}: a port is missing or is no number", hint="like :44134")
    return host.removeprefix("[").removesuffix("]"), int(port)
