"""Every RPC does its verb as its caller, and tells what direct mode would have shown."""

from __future__ import annotations

from typing import Any

import pytest

from charthouse.actions.errors import NameInUse, VerbFailed
from charthouse.charts.metadata import ChartError
from charthouse.errors import CharthouseError
from charthouse.releases.errors import NoDeployedReleases, NotFound
from charthouse.rpc.status import Code, RpcError
from charthouse.tiller.v1 import exact, messages
from charthouse.tiller.v1.failures import error_from
from charthouse.tiller.v1.plans import plan_from_message
from charthouse.tiller.v1.releases import from_message
from charthouse.tiller.v1.rpcs import METHODS
from charthouse.tiller.v1.sources import SourceLimits

from tests.unit.tiller.v1.serving import ANN, JOE, Served, archive, chart, config_map  # isort: skip

RECORD = messages.View.RECORD


@pytest.fixture
def served() -> Served:
    return Served()


def kinds(events: list[messages.Event]) -> list[str]:
    """The kinds of events, progress left out."""
    found = [str(event.WhichOneof("what")) for event in events]
    return [kind for kind in found if kind != "progress"]


def upgrade(name: str = "r", **fields: Any) -> messages.UpgradeRequest:
    given = {"source": messages.Source(chart=chart(version="2.0.0")), "name": name, "namespace": "ns", **fields}
    return messages.UpgradeRequest(**given)


def test_every_method_is_served(served: Served) -> None:
    assert [method.path for method in served.list] == [method.path for method in METHODS]
    assert [method.streams for method in served.list] == [method.streams for method in METHODS]


def test_a_release_lives_and_goes(served: Served) -> None:
    source = messages.Source(chart=chart(), values_yaml="colour: blue\nsize: 3\n")
    events = served.call("Install", messages.InstallRequest(source=source, name="r", namespace="ns"))
    assert kinds(events)[0] == "started"
    assert kinds(events)[-1] == "result"
    assert (events[0].started.verb, events[0].started.name, events[0].number) == ("install", "r", 0)
    assert [event.number for event in events[1:]] == list(range(1, len(events)))
    made = events[-1].result.release
    assert (made.name, made.namespace, made.revision, made.info.status) == ("r", "ns", 1, "deployed")
    assert made.config.fields["size"].number_value == 3
    assert "colour: blue" in made.manifest
    assert made.chart.fields["version"].string_value == "1.0.0"

    result = served.call("Upgrade", upgrade(description="second"))[-1].result
    assert (result.release.revision, result.release.info.description) == (2, "second")
    found = served.call("List", messages.ListRequest(namespace="ns"))
    assert [(release.name, release.revision, release.manifest) for release in found[0].releases] == [("r", 2, "")]
    history = served.call("History", messages.HistoryRequest(name="r", namespace="ns"))
    assert [(entry.revision, entry.info.status) for entry in history[0].releases] == [
        (1, "superseded"),
        (2, "deployed"),
    ]
    back = served.call("Rollback", messages.RollbackRequest(name="r", namespace="ns", revision=1))[-1].result.release
    assert (back.revision, back.info.rollback_revision) == (3, 1)
    status = served.call("GetStatus", messages.StatusRequest(name="r", namespace="ns")).release
    assert status.resources["v1/ConfigMap"].values[0].struct_value.fields["kind"].string_value == "ConfigMap"
    assert not served.call(
        "GetStatus", messages.StatusRequest(name="r", namespace="ns", resources=False)
    ).release.resources
    values = served.call("GetValues", messages.ValuesRequest(name="r", namespace="ns", all_values=True))
    assert exact.decode(values.exact_values) == {"colour": "blue", "size": 3.0}
    metadata = served.call("GetMetadata", messages.MetadataRequest(name="r", namespace="ns")).metadata
    assert (metadata.chart, metadata.version, metadata.revision) == ("web", "1.0.0", 3)
    got = served.call("GetRelease", messages.GetRequest(name="r", namespace="ns", revision=2, view=RECORD)).release
    assert from_message(got).chart.metadata.version == "2.0.0"
    gone = served.call("Uninstall", messages.UninstallRequest(name="r", namespace="ns"))[-1].result
    assert gone.release.info.status == "uninstalled"
    assert served.world.objects() == []
    assert {user for user, _ in served.workplace.asked} == {"joe"}


def test_an_upgrade_installs_what_is_missing(served: Served) -> None:
    wanted = served.call("InstallInstead", messages.InstallInsteadRequest(upgrade=upgrade(install=True)))
    assert (wanted.install, wanted.replace) == (True, False)
    events = served.call("Upgrade", upgrade(install=True))
    assert [event.instead for event in events if event.WhichOneof("what") == "instead"] == ["install"]
    assert events[-1].result.release.revision == 1
    assert not served.call("InstallInstead", messages.InstallInsteadRequest(upgrade=upgrade(install=True))).install


def test_values_keep_their_kinds(served: Served) -> None:
    kind = '{{ printf "%%T %%v" .Values.%s .Values.%s }}'
    data = chart(values="", map=config_map("{{ .Release.Name }}", a=kind % ("a", "a"), b=kind % ("b", "b")))
    exactly = messages.Source(chart=data, exact_values=b'{"a":1000000,"b":1000000.0}')
    made = served.call("Install", messages.InstallRequest(source=exactly, name="x", namespace="ns"))[-1].result.release
    assert "a: int64 1000000\n  b: float64 1e+06" in made.manifest
    plain = messages.Source(chart=data)
    plain.values.update({"a": 1, "b": 2.5})  # type: ignore[attr-defined]  # protobuf adds it
    made = served.call("Install", messages.InstallRequest(source=plain, name="z", namespace="ns"))[-1].result.release
    assert "a: float64 1\n  b: float64 2.5" in made.manifest


def test_logs_hints_and_deprecation_are_events(served: Served) -> None:
    data = archive({
        "Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\ndeprecated: true\n",
        "templates/a.yaml": config_map("a"),
    })  # fmt: skip
    source = messages.Source(chart=data)
    events = served.call("Install", messages.InstallRequest(source=source, name="r", namespace="ns"))
    logs = [(event.log.level, event.log.message) for event in events if event.WhichOneof("what") == "log"]
    assert ("WARN", "this chart is deprecated") in logs


def test_a_failure_is_the_same_error_at_the_client(served: Served) -> None:
    job = "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: j\n  annotations:\n    helm.sh/hook: pre-install\n"
    served.world.cluster.failing["Job/ns/j"] = "job failed: BackoffLimitExceeded"
    source = messages.Source(chart=chart(job=job))
    method, call = served.begin("Install")
    request = messages.InstallRequest(source=source, name="r", namespace="ns", control=messages.Control(view=RECORD))
    seen: list[messages.Event] = []
    with pytest.raises(RpcError) as caught:
        for event in method.handler(request, call):
            seen.append(event)  # what came before the error is wanted too
    assert kinds(seen)[-1] == "failed"
    failure = seen[-1].failed
    assert from_message(failure.release).status == "failed"
    error = error_from(caught.value)
    assert type(error) is VerbFailed
    assert error.message == failure.message
    assert "job failed: BackoffLimitExceeded" in error.message
    assert error.hint == failure.hint


def install(data: bytes | None = None, name: str = "r", namespace: str = "ns", **more: Any) -> messages.InstallRequest:
    control = more.pop("control", None)
    source = messages.Source(chart=chart() if data is None else data, **more)
    return messages.InstallRequest(source=source, name=name, namespace=namespace, control=control)


@pytest.mark.parametrize(
    ("name", "request_", "kind"),
    [
        ("GetRelease", messages.GetRequest(name="no", namespace="ns"), NotFound),
        ("GetStatus", messages.StatusRequest(name="no", namespace="ns"), NotFound),
        ("History", messages.HistoryRequest(name="no", namespace="ns"), NotFound),
        ("Upgrade", upgrade("no"), NoDeployedReleases),
        ("Uninstall", messages.UninstallRequest(name="no", namespace="ns"), NotFound),
        ("Install", install(b"x"), ChartError),
        ("Install", install(), NameInUse),
    ],
)
def test_errors_keep_their_class(served: Served, name: str, request_: Any, kind: type[CharthouseError]) -> None:
    served.install()
    with pytest.raises(RpcError) as caught:
        served.call(name, request_)
    error = error_from(caught.value)
    assert isinstance(error, kind)
    assert error.message == caught.value.message


BAD, MISSING, MUCH = Code.INVALID_ARGUMENT, Code.NOT_FOUND, Code.RESOURCE_EXHAUSTED
REFUSED: list[tuple[str, Any, Code, str]] = [
    ("Install", install(b""), BAD, "field source.chart: no chart given"),
    ("Install", install(namespace=""), BAD, "field namespace: no namespace given"),
    ("GetRelease", messages.GetRequest(name="r", namespace="a/../b"), BAD,
     "field namespace: 'a/../b' is no namespace's name"),
    ("List", messages.ListRequest(namespace="A"), BAD, "field namespace: 'A' is no namespace's name"),
    ("Watch", messages.WatchRequest(namespace="a b"), BAD, "field namespace: 'a b' is no namespace's name"),
    ("Plan", messages.PlanRequest(), BAD,
     "no verb given: one of upgrade, install, rollback, uninstall, test"),
    ("GetOperation", messages.GetOperationRequest(), BAD, "field operation: no id given"),
    ("GetOperation", messages.GetOperationRequest(operation="x"), MISSING, "operation 'x': not found"),
    ("Attach", messages.AttachRequest(operation="x", after=-1), BAD, "field after: it is negative"),
    ("Approve", messages.ApproveRequest(operation="x", digest="y"), MISSING, "operation 'x': not found"),
    ("Cancel", messages.CancelRequest(operation="x"), MISSING, "operation 'x': not found"),
    ("Rollback", messages.RollbackRequest(name="r", namespace="ns", wait="x"), BAD,
     "field wait: 'x' is not one of hookOnly, watcher, legacy"),
    ("Install", install(control=messages.Control(operation="../x")), BAD,
     "field control.operation: an id has 8 to 63 lower-case letters, digits and dashes"),
    ("Install", install(values_yaml="a: 1", exact_values=b"{}"), BAD,
     "fields source.values_yaml, source.exact_values: give one of them"),
    ("Install", install(exact_values=b"[]"), BAD, "values are not a map"),
    ("Install", install(compat="helm9"), BAD, "field source.compat: 'helm9' is not one of helm3, helm4"),
    ("Install", install(values_yaml="x" * 5000), MUCH,
     "field source.values_yaml: 5000 bytes are more than the 4096 this server takes"),
    ("Install", install(b"x" * 9000), MUCH,
     "field source.chart: 9000 bytes are more than the 8192 this server takes"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "request_", "code", "text"), REFUSED, ids=[f"{r[0]}-{r[3][:30]}" for r in REFUSED])
def test_bad_requests(name: str, request_: Any, code: Code, text: str) -> None:
    served = Served(limits=SourceLimits(chart=8192, values=4096))
    with pytest.raises(RpcError) as caught:
        served.call(name, request_)
    assert (caught.value.code, caught.value.message) == (code, text)
    assert served.world.client.objects == {}


def test_nobody_is_refused(served: Served) -> None:
    for method in METHODS:
        request = getattr(messages, method.request)()
        with pytest.raises(RpcError) as caught:
            served.call(method.name, request, caller=None)
        assert caught.value.code in (Code.UNAUTHENTICATED, Code.INVALID_ARGUMENT), method.name
    assert served.workplace.asked == []


def test_an_operation_belongs_to_its_caller(served: Served) -> None:
    id = served.call("Install", install())[0].started.operation
    found = served.call("GetOperation", messages.GetOperationRequest(operation=id)).operation
    assert (found.state, found.verb, found.user) == ("succeeded", "install", "joe")
    with pytest.raises(RpcError) as caught:
        served.call("GetOperation", messages.GetOperationRequest(operation=id), caller=ANN)
    assert caught.value.code == Code.NOT_FOUND


def test_the_same_request_twice_is_one_operation(served: Served) -> None:
    control = messages.Control(operation="0b54d0a1-made-by-the-client")
    request = install(control=control)
    first, second = served.call("Install", request), served.call("Install", request)
    control.first = True
    assert served.call("Install", install(control=control)) == first
    assert first == second
    assert first[0].started.operation == control.operation
    for other, caller in ((install(name="s", control=control), JOE),
                          (request, ANN)):  # fmt: skip
        with pytest.raises(RpcError) as caught:
            served.call("Install", other, caller=caller)
        assert caught.value.code == Code.ALREADY_EXISTS


def test_attach_goes_on_where_it_is_told(served: Served) -> None:
    events = served.call("Install", install())
    id = events[0].started.operation
    assert served.call("Attach", messages.AttachRequest(operation=id)) == events
    last = events[-1].number
    assert served.call("Attach", messages.AttachRequest(operation=id, after=last - 1)) == [events[0], events[-1]]
    # Another replica counts its events anew: the end is told whatever was seen.
    assert served.call("Attach", messages.AttachRequest(operation=id, after=last + 50)) == [events[0], events[-1]]


def test_the_server_says_what_it_is(served: Served) -> None:
    found = served.call("GetServer", messages.GetServerRequest())
    assert (found.version, found.storage, found.namespace, found.kubernetes) == (
        "v1.2.3", "secret", "kube-system", "v1.37.2",
    )  # fmt: skip
    assert (found.caller.user, found.caller.groups[:], found.caller.how) == ("joe", ["dev"], "token")
    assert found.max_chart == SourceLimits().chart


def test_tests_are_run_logged_and_cleaned_up(served: Served) -> None:
    pod = (
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: t\n  annotations:\n    helm.sh/hook: test\n"
        "    helm.sh/hook-delete-policy: hook-succeeded\nspec:\n  containers:\n  - name: main\n"
    )
    served.install(data=chart(map=config_map("web"), pod=pod))
    result = served.call("Test", messages.TestRequest(name="r", namespace="ns", logs=True))[-1].result
    assert result.logs == "POD LOGS: t (main)\nlog of t/main\n\n"
    assert not result.HasField("failure")
    assert served.world.objects() == ["ConfigMap/web"]
    served.world.cluster.failing["Pod/ns/t"] = "pod failed"
    result = served.call("Test", messages.TestRequest(name="r", namespace="ns"))[-1].result
    assert "pod failed" in result.failure.message
    assert result.logs == ""


def test_diff(served: Served) -> None:
    served.install()
    request = messages.DiffRequest(upgrade=upgrade(source=messages.Source(chart=chart(), values_yaml="colour: blue")))
    diff = served.call("Diff", request)[-1].result.diff
    assert [(change.action, change.kind, change.name) for change in diff.changes] == [("change", "ConfigMap", "web")]
    assert "-  colour: red\n+  colour: blue\n" in diff.text
    assert diff.plan.base_revision == 1
    assert served.world.history() == [(1, "deployed", "Install complete")]


def test_a_plan_for_our_client(served: Served) -> None:
    wanted = upgrade(install=True, control=messages.Control(view=RECORD, show_secrets=True))
    plan = served.call("Plan", messages.PlanRequest(upgrade=wanted))[-1].result.plan
    found = plan_from_message(plan)
    assert found.base is None
    assert [operation.action for operation in found.operations] == ["create"]
    assert [step.kind for step in found.steps] == ["record", "objects", "record"]
