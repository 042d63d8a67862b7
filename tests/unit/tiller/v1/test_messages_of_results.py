"""Releases, plans, events and errors go to the wire and come back as they were."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from charthouse.actions.errors import ActionError, Cancelled, NameInUse, VerbFailed
from charthouse.actions.get import ReleaseMetadata
from charthouse.actions.plan import ReleasePlan, Step
from charthouse.actions.ports import ApiError, Operation, Progress
from charthouse.charts.chart import Chart, File, Metadata
from charthouse.charts.metadata import ChartError, Dependency
from charthouse.errors import CharthouseError
from charthouse.golang.kinds import Int64
from charthouse.golang.moment import from_text, to_text
from charthouse.k8s.objects import ObjectRef, Resource, ResourceType
from charthouse.logs import WARN, LogRecord
from charthouse.manifests.hooks import Hook, HookRun
from charthouse.releases.codec import to_json
from charthouse.releases.errors import Locked, NoDeployedReleases, NotFound
from charthouse.releases.release import Info, Release
from charthouse.rpc.status import Code, RpcError
from charthouse.tiller.operations import Event
from charthouse.tiller.v1 import events, messages
from charthouse.tiller.v1.failures import code_of, details, error_from, from_failure, to_failure
from charthouse.tiller.v1.plans import plan_from_message, plan_to_message
from charthouse.tiller.v1.releases import from_message, metadata_from_message, metadata_to_message, to_message

pytest.importorskip("google.protobuf")

RECORD = messages.View.RECORD


def _chart(name: str = "web", **values: object) -> Chart:
    metadata = Metadata()
    metadata.name, metadata.version, metadata.api_version = name, "1.2.3", "v2"
    return Chart(metadata, templates=[File("templates/a.yaml", b"a: \xff")], values=dict(values))


def _release(**changes: object) -> Release:
    inner = _chart("db", port=Int64(5432))
    chart = _chart(replicas=2.0, exact=1)
    chart.dependencies.append(inner)
    inner.parent = chart
    given = {
        "name": "x",
        "namespace": "ns",
        "version": 3,
        "info": Info(
            first_deployed=from_text("2026-11-22T22:36:00.123456789+02:00"),
            last_deployed=from_text("2026-11-23T00:00:00Z"),
            status="deployed",
            description="Upgrade complete",
            notes="hello \udcff",
            resources={"v1/ConfigMap": [{"metadata": {"generation": 12345678901234567}}]},
        ),
        "chart": chart,
        "config": {"a": Int64(1000000), "b": 1000000.0, "c": {"d": [True, None]}},
        "manifest": "---\nkind: ConfigMap\n",
        "hooks": (
            Hook("h", "Job", "web/templates/h.yaml", "kind: Job", ("pre-install",), -5, ("hook-failed",), (),
                 HookRun(from_text("2026-11-23T00:00:00Z"), None, "Running")),
        ),
        "labels": {"team": "a"},
        "apply_method": "ssa",
        "annotations": {"charthouse.dev/audit": "{}"},
    }  # fmt: skip
    return Release(**{**given, **changes})


def _same(one: Release, other: Release) -> None:
    assert to_json(one) == to_json(other)
    for field in ("name", "namespace", "version", "info", "manifest", "hooks", "labels", "annotations"):
        assert getattr(one, field) == getattr(other, field), field
    assert repr(one.config) == repr(other.config)
    assert list(map(type, one.config.values())) == list(map(type, other.config.values()))
    _same_chart(one.chart, other.chart)


def _same_chart(one: Chart, other: Chart) -> None:
    assert one.metadata.to_dict() == other.metadata.to_dict()
    assert one.values == other.values
    assert list(map(type, one.values.values())) == list(map(type, other.values.values()))
    for mine, its in zip(one.dependencies, other.dependencies, strict=True):
        assert its.parent is other
        _same_chart(mine, its)


def test_a_release_for_our_client() -> None:
    release = _release()
    message = messages.Release.FromString(to_message(release, RECORD).SerializeToString())
    _same(release, from_message(message))


def test_a_release_without_anything() -> None:
    release = Release("", "", 0, Info(), Chart(Metadata()), {})
    _same(release, from_message(to_message(release, RECORD)))


def test_a_release_for_portals() -> None:
    message = to_message(_release(), messages.View.FULL)
    assert not message.HasField("record")
    assert message.info.notes == "hello ?"
    assert message.info.first_deployed.ToJsonString() == "2026-11-22T20:36:00.123456789Z"  # type: ignore[attr-defined]  # protobuf adds it
    assert message.config.fields["a"].number_value == 1000000
    assert message.chart.fields["version"].string_value == "1.2.3"
    assert message.hooks[0].last_run.phase == "Running"
    assert not message.hooks[0].last_run.HasField("completed_at")
    brief = to_message(_release(), messages.View.SUMMARY)
    assert (brief.manifest, brief.info.notes, len(brief.hooks), brief.HasField("config")) == ("", "", 0, False)


def test_a_release_for_lists() -> None:
    release = _release()
    message = to_message(release, messages.View.HEAD)
    assert (message.manifest, len(message.hooks), message.HasField("config")) == ("", 0, False)
    back = from_message(message)
    for field in ("name", "namespace", "version", "labels", "apply_method", "annotations"):
        assert getattr(back, field) == getattr(release, field)
    assert (back.manifest, back.hooks, back.config, back.chart.templates) == ("", (), {}, [])
    assert back.chart.metadata.to_dict() == release.chart.metadata.to_dict()
    assert back.info.last_deployed is not None and release.info.last_deployed is not None
    assert to_text(back.info.last_deployed) == to_text(release.info.last_deployed)
    assert message.ByteSize() < to_message(release, RECORD).ByteSize()


def test_metadata() -> None:
    given = ReleaseMetadata(
        "x", "web", "1.0.0", "", {"a": "b"}, {},
        (Dependency("db", ">1", "https://x", tags=["t"], import_values=["a"]),),
        "ns", 1, "deployed", from_text("2026-11-22T22:36:00.5+02:00"), "ssa",
    )  # fmt: skip
    back = metadata_from_message(metadata_to_message(given))
    assert [entry.to_dict() for entry in back.dependencies] == [entry.to_dict() for entry in given.dependencies]
    for field in set(ReleaseMetadata._fields) - {"dependencies"}:
        assert getattr(back, field) == getattr(given, field)
    assert back.deployed_at is not None
    assert back.deployed_at.utcoffset() == timedelta(hours=2)


def test_a_plan() -> None:
    kind = ResourceType("apps/v1", "Deployment", "deployments", True)
    secret = ResourceType("v1", "Secret", "secrets", True)
    web = Resource(ObjectRef(kind, "ns", "web"), {"spec": {"replicas": 3, "ratio": 1.0}})
    key = Resource(ObjectRef(secret, "ns", "key"), {"data": {"a": "c2VjcmV0"}})
    operations = (
        Operation("patch", web, {"a": 1}, [{"op": "add"}], "application/json-patch+json", "spec.replicas changed"),
        Operation("create", key, None, {"data": {"a": "c2VjcmV0"}}),
    )
    plan = ReleasePlan(_release(version=2), _release(), (Step("objects", "x", operations),), (web,), (web, key))
    back = plan_from_message(plan_to_message(plan, "upgrade", view=RECORD, show_secrets=True))
    assert (back.steps, back.old, back.new) == (plan.steps, plan.old, plan.new)
    _same(plan.release, back.release)
    assert back.base is not None
    assert back.base.version == 2
    brief = plan_to_message(plan, "upgrade", view=0, show_secrets=False)
    assert b"c2VjcmV0" not in brief.SerializeToString()
    assert brief.steps[0].actions[0].body == '[{"op":"add"}]'


EVENTS = [
    ("progress", Progress("wait", "Deployment/web", "waiting", "1 of 2", 1, 2)),
    ("hint", "try again"),
    ("output", ("ns", "pod", "main", "text\n")),
    ("log", LogRecord(WARN, "careful", name="x", count=3, good=True, none=None, many=["a", "b"])),
]


def test_events_are_told_again() -> None:
    heard: list[object] = []
    for number, (kind, value) in enumerate(EVENTS, 1):
        made = events.to_message(Event(number, kind, value, datetime(2026, 1, 1, tzinfo=UTC)), lambda value: value)
        assert made is not None
        events.tell(
            messages.Event.FromString(made.SerializeToString()),
            log=lambda record: heard.append((record.level, record.message, record.attributes)),
            hint=heard.append,
            progress=heard.append,
            hook_output=lambda *said: heard.append(said),
        )
    assert heard == [
        EVENTS[0][1],
        "try again",
        ("ns", "pod", "main", "text\n"),
        (WARN, "careful", {"name": "x", "count": 3, "good": True, "none": None, "many": ["a", "b"]}),
    ]
    assert isinstance(heard[3], tuple)
    assert type(heard[3][2]["count"]) is int


def test_how_it_failed_is_no_message() -> None:
    event = Event(1, "failed", NotFound(), datetime(2026, 1, 1, tzinfo=timezone.utc))  # noqa: UP017
    assert events.to_message(event, lambda value: value) is None


def _caused(error: CharthouseError, cause: BaseException) -> CharthouseError:
    error.__cause__ = cause
    return error


FORBIDDEN = ApiError('secrets is forbidden: User "joe" cannot list', code=403, reason="Forbidden", status={"a": 1})
ERRORS: list[tuple[CharthouseError, Code]] = [
    (NotFound(), Code.NOT_FOUND),
    (NotFound("release: no", hint="look"), Code.NOT_FOUND),
    (NoDeployedReleases("x", hint="install it"), Code.NOT_FOUND),
    (NameInUse(hint="x"), Code.ALREADY_EXISTS),
    (Locked(), Code.ABORTED),
    (Cancelled(), Code.CANCELLED),
    (_caused(ActionError("uninstall: no"), FORBIDDEN), Code.PERMISSION_DENIED),
    (VerbFailed("boom", release=_release(), hint="see\nthere"), Code.UNKNOWN),
    (ChartError("no chart"), Code.INVALID_ARGUMENT),
    (RpcError(Code.RESOURCE_EXHAUSTED, "too many", hint="later"), Code.RESOURCE_EXHAUSTED),
    (CharthouseError("strange"), Code.UNKNOWN),
]


@pytest.mark.parametrize(("error", "code"), ERRORS, ids=lambda value: getattr(value, "message", None))
def test_errors_there_and_back(error: CharthouseError, code: Code) -> None:
    assert code_of(error) == code
    failure = to_failure(error, view=RECORD)
    back = error_from(RpcError(code, error.message, details=details(failure)))
    assert type(back) is type(error)
    assert (back.message, back.hint, str(back)) == (error.message, error.hint, error.message)
    if isinstance(error, VerbFailed):
        assert isinstance(back, VerbFailed)
        _same(error.release, back.release)
    if isinstance(error, NoDeployedReleases):
        assert isinstance(back, NoDeployedReleases)
        assert back.name == error.name
    if error.__cause__ is not None:
        cause = back.__cause__
        assert isinstance(cause, ApiError)
        assert (cause.code, cause.reason, cause.message) == (403, "Forbidden", FORBIDDEN.message)


def test_every_class_can_be_made() -> None:
    from charthouse.tiller.v1.failures import CLASSES

    for name in CLASSES:
        made = from_failure(messages.Failure(error=name, message="m", hint="h"))
        assert (type(made).__name__, made.message, made.hint) == (name, "m", "h")


def test_a_class_nobody_lists_becomes_one_above_it() -> None:
    class Strange(ChartError):
        pass

    assert to_failure(Strange("x")).error == "ChartError"
    assert type(from_failure(messages.Failure(error="os.system", message="m"))) is CharthouseError


def test_details_that_are_none() -> None:
    plain = RpcError(Code.INTERNAL, "x", details=b"\xff\xff")
    assert error_from(plain) is plain
    other = messages.RpcStatus(code=13, message="x")
    other.details.add(type_url="type.googleapis.com/google.rpc.RetryInfo", value=b"")
    again = RpcError(Code.INTERNAL, "x", details=other.SerializeToString())
    assert error_from(again) is again


def test_values_nested_too_deeply_for_protobuf_stand_as_json() -> None:
    value: object = "end"
    for _ in range(300):
        value = {"a": value}
    release = _release(config={"deep": value, "flat": 1.0})
    message = messages.Release.FromString(to_message(release, messages.View.FULL).SerializeToString())
    at = message.config.fields["deep"]
    while at.WhichOneof("kind") == "struct_value":
        at = at.struct_value.fields["a"]
    assert at.string_value.startswith('{"a": {"a": ')
    wrapped = messages.Event(result=messages.Result(plan=messages.Plan(base=to_message(release, messages.View.FULL))))
    messages.Event.FromString(wrapped.SerializeToString())
    _same(release, from_message(messages.Release.FromString(to_message(release, RECORD).SerializeToString())))
