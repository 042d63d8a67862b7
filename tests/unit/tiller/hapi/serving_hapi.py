"""Helm 2's API in hand: the ten methods over an API server in a dict, by Helm 2's rules, operations in threads."""

from __future__ import annotations

import importlib.util
import itertools
from pathlib import Path
from typing import Any, cast

from charthouse.actions.environment import Environment
from charthouse.actions.ports import ApiError
from charthouse.hapi import messages
from charthouse.k8s.objects import ObjectRef, ResourceType
from charthouse.kube.cluster_helm2 import TillerCluster
from charthouse.logs import silent
from charthouse.profile import profile_named
from charthouse.records import replace
from charthouse.releases.helm2.companions import Companions
from charthouse.releases.helm2.whole import WholeDriver
from charthouse.releases.history import Storage
from charthouse.releases.storage.configmap import ConfigMapDriver
from charthouse.rpc.call import Call, Peer
from charthouse.rpc.status import RpcError
from charthouse.tiller.caller import Caller
from charthouse.tiller.hapi.service import methods
from charthouse.tiller.operations import Operations
from charthouse.tiller.workplace import Workplace

__all__ = ["JOE", "Served", "chart", "config_map"]

_spec = importlib.util.spec_from_file_location(
    "actions_conftest_hapi", Path(__file__).parents[2] / "actions" / "conftest.py"
)
assert _spec is not None and _spec.loader is not None
_actions: Any = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_actions)

JOE = Caller("joe", uid="1")


class Served:
    """`call` makes one call; its answer, or all of them, or the error's text behind its code."""

    def __init__(self, history_max: int = 0) -> None:
        self.world: Any = _actions.World()
        self.client: Any = self.world.client
        self.client.types["apiextensions.k8s.io/v1", "CustomResourceDefinition"] = ResourceType(
            "apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", False
        )
        self.allowed = True  # what the API server says of rights
        self.client.create = self._reviewed(self.client.create)
        numbers = itertools.count()
        workplace = cast("Workplace", self)
        self.operations = Operations(
            workplace, clock=self.world.clock, random=lambda count: next(numbers).to_bytes(count, "big")
        )
        made = methods(
            self.operations,
            workplace,
            clock=self.world.clock,
            random=lambda count: b"\0" * count,
            history_max=history_max,
        )
        self.methods = {method.path.rpartition("/")[2]: method for method in made}

    namespace = "kube-system"

    def _reviewed(self, create: Any) -> Any:
        """A review is answered, not kept."""

        def answered(ref: ObjectRef, body: dict[str, Any], **options: Any) -> Any:
            if ref.type.kind == "SelfSubjectAccessReview":
                return {**body, "status": {"allowed": self.allowed}}
            return create(ref, body, **options)

        return answered

    def own_cluster(self) -> TillerCluster:
        """As a workplace gives it."""
        return TillerCluster(self.client, clock=self.world.clock)

    def environment(self, caller: Caller, namespace: str, **wiring: Any) -> Environment:
        """As a workplace gives it."""
        assert caller == JOE
        wiring.pop("locks", None)
        driver = ConfigMapDriver(self.client, namespace, now=lambda: 0.0, log=silent)
        whole = WholeDriver(driver, lambda place: Companions(self.client, place, ConfigMapDriver.type))
        cluster = TillerCluster(self.client, clock=self.world.clock)
        plain: Environment = self.world.environment()
        return replace(plain, storage=Storage(whole), cluster=cluster, **wiring)

    def storage(self, namespace: str = "ns") -> Storage:
        """The records of a namespace."""
        wiring = {"profile": profile_named("helm2"), "log": silent, "clock": self.world.clock}
        return self.environment(JOE, namespace, **wiring).storage

    def copy(self, name: str, namespace: str) -> None:
        """A release of the same name in another namespace, as other clients can make one."""
        release = self.storage().last(name)
        self.storage(namespace).create(replace(release, namespace=namespace))

    def rename_tests(self) -> None:
        """The tests of the release as Helm 3 calls them."""
        release = self.storage().last("r")
        hooks = [replace(hook, manifest=hook.manifest.replace("test-success", "test")) for hook in release.hooks]
        self.storage().update(replace(release, hooks=tuple(hooks), companion=None))

    def begin(self, name: str) -> Call:
        """A call."""
        call = Call(self.methods[name].path, {}, Peer("192.0.2.1:1"))
        call.notes["caller"] = JOE
        return call

    def call(self, name: str, request: Any) -> Any:
        """Request and answers pass through bytes."""
        method = self.methods[name]
        try:
            answer = method.handler(method.request(request.SerializeToString()), self.begin(name))
            if not method.streams:
                return type(answer).FromString(method.response(answer))
            return [type(entry).FromString(method.response(entry)) for entry in answer]
        except RpcError as error:
            return f"{int(error.code)} {error.message}"

    def install(self, name: str = "r", *, values: str = "{}\n", **fields: Any) -> Any:
        """Install a chart: templates by name, or fields of the request."""
        request = messages.InstallReleaseRequest(
            name=name,
            namespace=fields.pop("namespace", "ns"),
            timeout=5,
            chart=fields.pop("chart", None) or chart(),
            values=messages.Config(raw=values),
            **fields,
        )
        return self.call("InstallRelease", request)

    def upgrade(self, name: str = "r", *, values: str = "{}\n", **fields: Any) -> Any:
        """Upgrade a release."""
        given = fields.pop("chart", None) or chart()
        request = messages.UpdateReleaseRequest(
            name=name, timeout=5, chart=given, values=messages.Config(raw=values), **fields
        )
        return self.call("UpdateRelease", request)

    def history(self, name: str = "r") -> Any:
        """Revision, status, description, the oldest first; the error's text when there is none."""
        answer = self.call("GetHistory", messages.GetHistoryRequest(name=name, max=256))
        if isinstance(answer, str):
            return answer
        return [
            (release.version, messages.Status.DESCRIPTOR.enum_types_by_name["Code"].values[code].name, text)
            for release in reversed(answer.releases)
            for code, text in [(release.info.status.code, release.info.Description)]
        ]

    def objects(self) -> list[str]:
        """Every object but records, companions and Leases, as `Kind/namespace/name`."""
        kept = ("sh.helm.", "sh.charthouse.")
        return sorted("/".join(key) for key in self.client.objects if not key[2].startswith(kept) and key[0] != "Lease")

    def put(self, kind: str, name: str, body: dict[str, Any], namespace: str = "ns", version: str = "v1") -> None:
        """An object that is there already."""
        ref = ObjectRef(self.client.resource_type(version, kind), namespace, name)
        self.client.create(ref, {"apiVersion": version, "kind": kind, "metadata": {"name": name}, **body})
        self.client.calls.clear()

    def refuse(self, verb: str, kind: str, message: str) -> None:
        """Answer a verb on a kind with an error from now on."""
        self.client.refuse[verb, kind] = ApiError(message, code=403, reason="Forbidden")


def config_map(name: str, *, more: str = "", **notes: str) -> str:
    """A ConfigMap's template; notes: annotations of `helm.sh/`."""
    lines = "".join(f"    helm.sh/{key.replace('_', '-')}: {value!r}\n" for key, value in notes.items())
    metadata = f"  name: {name}\n" + (f"  annotations:\n{lines}" if notes else "")
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n{metadata}data:\n  colour: {{{{ .Values.colour }}}}\n{more}"


def chart(values: str = "colour: red\n", **templates: str) -> messages.Chart:
    """A chart of Helm 2's: one ConfigMap that says its colour, or the templates given."""
    made = messages.Chart(
        metadata=messages.Metadata(name="web", version="1.0.0", apiVersion="v1"), values=messages.Config(raw=values)
    )
    for name, text in (templates or {"map": config_map("web")}).items():
        made.templates.add(name=f"templates/{name}.yaml", data=text.encode())
    return made
