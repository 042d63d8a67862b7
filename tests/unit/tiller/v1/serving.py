"""The methods of the API over an API server in a dict, with real operations in threads."""

from __future__ import annotations

import importlib.util
import io
import os
import tarfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from charthouse.actions.environment import Environment, HookOutput
from charthouse.actions.ports import Clock, Cluster
from charthouse.k8s.objects import ObjectRef, ResourceType
from charthouse.k8s.ports import WatchEvent
from charthouse.logs import Log
from charthouse.profile import Profile
from charthouse.records import replace
from charthouse.releases.history import Storage
from charthouse.releases.lock import Locks
from charthouse.releases.storage.driver import open_driver
from charthouse.releases.storage.memory import MemoryStore
from charthouse.rpc.call import Call, Method, Peer
from charthouse.tiller.caller import Caller
from charthouse.tiller.operations import Operations
from charthouse.tiller.operations.replica import Replica
from charthouse.tiller.v1 import messages
from charthouse.tiller.v1.service import methods
from charthouse.tiller.v1.sources import SourceLimits

__all__ = ["ANN", "JOE", "Served", "SmallWorkplace", "archive", "chart", "config_map"]

_spec = importlib.util.spec_from_file_location(
    "actions_conftest", Path(__file__).parents[2] / "actions" / "conftest.py"
)
assert _spec is not None and _spec.loader is not None
_actions: Any = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_actions)

JOE = Caller("joe", uid="1", groups=("dev",), how="token", address="192.0.2.1:1")
ANN = Caller("ann", uid="2")
SECONDS = 60.0


class WatchedClient(_actions._fakes.FakeClient):  # type: ignore[misc]  # a test's module, loaded by path
    """The API server in a dict, which tells its watchers of every change."""

    def __init__(self) -> None:
        super().__init__()
        self.history: list[tuple[int, str, str, dict[str, Any]]] = []
        self.changed = threading.Condition()
        self.watching: list[_Watch] = []

    def _stored(self, ref: ObjectRef, body: dict[str, Any]) -> dict[str, Any]:
        before = self._key(ref) in self.objects
        kept: dict[str, Any] = super()._stored(ref, body)
        self._note("MODIFIED" if before else "ADDED", ref.type.kind, kept)
        return kept

    def delete(self, ref: ObjectRef, **options: Any) -> dict[str, Any]:
        gone = self.objects.get(self._key(ref))
        done: dict[str, Any] = super().delete(ref, **options)
        if gone is not None:
            self._count += 1
            self._note("DELETED", ref.type.kind, gone)
        return done

    def _note(self, change: str, kind: str, body: dict[str, Any]) -> None:
        with self.changed:
            self.history.append((self._count, change, kind, body))
            self.changed.notify_all()

    def watch(
        self, type: ResourceType, namespace: str = "", *, resource_version: str = "", label_selector: str = "",
        field_selector: str = "", timeout: float,
    ) -> Iterator[WatchEvent]:  # fmt: skip
        wanted = dict(part.split("=") for part in label_selector.split(",") if part)
        self.watching.append(_Watch(self, type.kind, namespace, wanted, int(resource_version or 0)))
        return self.watching[-1]


class _Watch:
    def __init__(self, client: Any, kind: str, namespace: str, labels: dict[str, str], version: int) -> None:
        self._client = client
        self._wanted = kind, namespace, labels
        self._version = version
        self.over = False

    def __iter__(self) -> Iterator[WatchEvent]:
        return self

    def __next__(self) -> WatchEvent:
        with self._client.changed:
            while not self.over:
                for number, change, kind, body in self._client.history:
                    if number > self._version and self._is_wanted(kind, body):
                        self._version = number
                        return WatchEvent(change, body)
                self._client.changed.wait(SECONDS)
        raise StopIteration

    def _is_wanted(self, kind: str, body: dict[str, Any]) -> bool:
        of, namespace, labels = self._wanted
        metadata = body["metadata"]
        known = metadata.get("labels") or {}
        same = all(known.get(key) == value for key, value in labels.items())
        return kind == of and namespace in ("", metadata["namespace"]) and same

    def cancel(self) -> None:
        with self._client.changed:
            self.over = True
            self._client.changed.notify_all()


class SmallWorkplace:
    """One cluster for everybody; `asked` keeps who worked where."""

    def __init__(self, storage: str = "secret") -> None:
        self.world: Any = _actions.World()
        self.world.client = WatchedClient()
        self.world.client.types["v1", "Namespace"] = ResourceType("v1", "Namespace", "namespaces", False)
        self.world.cluster = _actions.FakeCluster(self.world.client, self.world.clock)
        self.world.env = self.world.environment()
        self.world.env = self.world.environment()
        self.storage = storage
        self.namespace = "kube-system"
        self.asked: list[tuple[str, str]] = []
        self.memory = MemoryStore()

    def cluster(self, caller: Caller, *, profile: Profile) -> Cluster:
        self.asked.append((caller.user, "cluster"))
        found: Cluster = self.world.cluster
        return found

    def own_cluster(self) -> Cluster:
        found: Cluster = self.world.cluster
        return found

    def environment(
        self, caller: Caller, namespace: str, *, profile: Profile, log: Log, hint: Callable[[str], None],
        hook_output: HookOutput, clock: Clock, locks: Locks | None = None,
    ) -> Environment:  # fmt: skip
        self.asked.append((caller.user, namespace))
        driver = open_driver(self.storage, self.world.client, namespace, now=lambda: 0.0, log=log, memory=self.memory)
        env: Environment = self.world.environment()
        return replace(
            env, storage=Storage(driver), log=log, hint=hint, hook_output=hook_output, clock=clock, profile=profile,
            locks=env.locks if self.storage != "memory" else type(env)._defaults["locks"],
        )  # fmt: skip


class Served:
    """The service in hand: `call` makes one call as JOE unless told otherwise."""

    def __init__(
        self,
        storage: str = "secret",
        limits: SourceLimits | None = None,
        watches: int = 100,
        workplace: SmallWorkplace | None = None,
    ) -> None:
        """workplace: of another replica, which this one shares; then both write their journal there."""
        self.workplace = workplace or SmallWorkplace(storage)
        self.world = self.workplace.world
        replica = None
        if workplace is not None:
            replica = Replica(self.workplace, clock=self.world.clock, random=os.urandom)
        self.operations = Operations(self.workplace, clock=self.world.clock, random=os.urandom, replica=replica)
        self.list: list[Method] = methods(
            self.operations, self.workplace, clock=self.world.clock, version="v1.2.3", limits=limits, watches=watches
        )
        self.methods = {method.path.rpartition("/")[2]: method for method in self.list}

    def begin(self, name: str, caller: Caller | None = JOE) -> tuple[Method, Call]:
        """A method and a call of it."""
        method = self.methods[name]
        call = Call(method.path, {}, Peer("192.0.2.1:1"))
        if caller is not None:
            call.notes["caller"] = caller
        return method, call

    def call(self, name: str, request: Any, caller: Caller | None = JOE) -> Any:
        """The answer, or all answers; request and answers pass through bytes."""
        method, call = self.begin(name, caller)
        answer = method.handler(method.request(request.SerializeToString()), call)
        kind = type(answer)
        if not method.streams:
            return kind.FromString(method.response(answer))
        return [type(entry).FromString(method.response(entry)) for entry in answer]

    def install(self, name: str = "r", namespace: str = "ns", data: bytes | None = None, **more: Any) -> Any:
        """Install a small chart; its result."""
        given = chart() if data is None else data
        source = messages.Source(chart=given)
        request = messages.InstallRequest(source=source, name=name, namespace=namespace, **more)
        return self.call("Install", request)[-1].result


def config_map(name: str, **data: str) -> str:
    """A ConfigMap's template."""
    lines = "".join(f"  {key}: {value}\n" for key, value in data.items())
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n{lines}"


def chart(*, version: str = "1.0.0", values: str = "colour: red\n", **templates: str) -> bytes:
    """A chart archive: a ConfigMap that says its colour, or the templates given."""
    files = {
        "Chart.yaml": f"apiVersion: v2\nname: web\nversion: {version}\nappVersion: '9'\n",
        "values.yaml": values,
    }
    for name, text in (templates or {"map": config_map("web", colour="{{ .Values.colour }}")}).items():
        files[f"templates/{name}.yaml"] = text
    return archive(files)


def archive(files: dict[str, str]) -> bytes:
    """Files below `web/` as a .tgz."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, text in files.items():
            data = text.encode()
            entry = tarfile.TarInfo(f"web/{name}")
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return out.getvalue()
