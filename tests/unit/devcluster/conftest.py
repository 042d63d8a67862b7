"""An API without a network: the verbs and the controllers over a store in memory."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from charthouse.devcluster import bootstrap
from charthouse.devcluster.access import Access
from charthouse.devcluster.api import Api
from charthouse.devcluster.audit import Audit
from charthouse.devcluster.clock import Clock
from charthouse.devcluster.controllers import every_controller
from charthouse.devcluster.controllers.cluster import Namespaces
from charthouse.devcluster.controllers.loop import Loop
from charthouse.devcluster.controllers.records import Dependents, Recorder
from charthouse.devcluster.objects import Objects
from charthouse.devcluster.pki import Pki
from charthouse.devcluster.resources import Resources
from charthouse.devcluster.store import Store
from charthouse.devcluster.wire import Request

TOKENS = {"admin": ("admin", ("system:masters",)), "alice": ("alice", ("devs",)), "bob": ("bob", ("devs",))}


class StillClock(Clock):
    """A clock that stands at one second, and can be moved."""

    at = 1_700_000_000.0

    def seconds(self) -> float:
        return self.at


class Bench:
    """A cluster in which nothing runs by itself: `settle` runs the controllers until they have nothing to do."""

    pause = 0.0

    def __init__(self, pki: Pki | None = None, audit: Audit | None = None) -> None:
        self.clock = StillClock()
        self.store = Store()
        self.objects = Objects(self.store, Resources(), self.clock)
        self.loop = Loop(self.objects, Recorder(self.store, self.clock), Dependents(self.store))
        controllers = every_controller(self.objects, self.loop)
        for controller in controllers:
            self.loop.add(controller)
        self.store.listeners.append(self.loop.follow)
        bootstrap.furnish(self.objects, pki=pki)
        namespaces = next(c for c in controllers if isinstance(c, Namespaces))
        for name in bootstrap.NAMESPACES:
            namespaces.furnish(name)
        self.api = Api(self.objects, Access(self.store, TOKENS, pki=pki), audit=audit)
        self.settle()

    def settle(self, *, timers: bool = False) -> None:
        """Run what is due; with `timers` also what is due later, one round."""
        for _ in range(5000):
            if self.loop.queue.empty():
                break
            item = self.loop.queue.get_nowait()
            assert item is not None
            controller, key = item
            self.loop.pending.discard((id(controller), key))
            self.loop._reconcile(controller, key)
        else:
            raise AssertionError("the controllers do not come to rest")
        assert self.loop.errors == []
        if timers:
            due, self.loop.timers = self.loop.timers, []
            for _, _, controller, key in due:
                self.loop._reconcile(controller, key)
            self.settle()

    def __call__(self, method: str, path: str, body: Any = None, **options: str) -> tuple[int, Any, list[str]]:
        """(status, JSON or text, Warning headers)."""
        user, kind = options.pop("user", "admin"), options.pop("type", "application/json")
        user = options.pop("token", "") or user
        body = body.encode() if isinstance(body, str) else body
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        headers = {"authorization": f"Bearer {user}", "content-type": kind, "user-agent": "tester/1"}
        request = Request(method, path, {**headers, **{k.lower(): v for k, v in options.items()}}, data)
        answer = self.api.handle(request)
        warnings = [value for name, value in answer.headers if name == "Warning"]
        if answer.stream is not None:
            return answer.status, answer.stream, warnings
        try:
            return answer.status, json.loads(answer.body), warnings
        except ValueError:
            return answer.status, answer.body.decode(), warnings

    def get(self, path: str) -> Any:
        status, answer, _ = self("GET", path)
        assert status == 200, answer
        return answer

    def post(self, path: str, body: Any) -> Any:
        status, answer, _ = self("POST", path, body)
        assert status in (200, 201), answer
        return answer


def still(value: Any) -> Any:
    """A value without what differs from run to run."""
    if isinstance(value, dict):
        return {
            k: still(v) for k, v in value.items() if k not in ("uid", "creationTimestamp", "resourceVersion", "time")
        }
    if isinstance(value, list):
        return [still(v) for v in value]
    if isinstance(value, str):
        value = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "UID", value)
        value = re.sub(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME", value)
        value = re.sub(r"kube-api-access-\w{5}", "kube-api-access-X", value)
        return re.sub(r"^10\.(0|96)\.\d+\.\d+$", "ADDRESS", value)
    return value


@pytest.fixture
def bench() -> Bench:
    return Bench()
