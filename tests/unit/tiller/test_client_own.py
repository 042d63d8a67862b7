"""The verbs asked of our own server give what the same verbs give here: releases, errors, logs, progress."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

pytest.importorskip("google.protobuf")

from charthouse.actions import diff as diff_verb
from charthouse.actions.options import (
    DiffOptions,
    GetOptions,
    HistoryOptions,
    InstallOptions,
    ListOptions,
    RollbackOptions,
    StatusOptions,
    TestOptions,
    UninstallOptions,
    UpgradeOptions,
)
from charthouse.actions.ports import Progress
from charthouse.actions.verbs import LocalVerbs
from charthouse.charts.chart import Chart
from charthouse.charts.loader import load_archive
from charthouse.errors import CharthouseError
from charthouse.golang.kinds import Int64
from charthouse.logs import LogRecord, silent
from charthouse.profile import HELM4, profile_named
from charthouse.releases.release import Release
from charthouse.rpc.call import Call, Peer
from charthouse.rpc.status import Code, RpcError
from charthouse.tiller.client.errors import NotCarried, NotReached
from charthouse.tiller.client.following import Following
from charthouse.tiller.client.negotiated import NegotiatedVerbs
from charthouse.tiller.client.own import LostOperation, OwnService, is_unknown_service
from charthouse.tiller.client.own_verbs import OwnVerbs
from charthouse.tiller.v1 import messages
from charthouse.tiller.v1.failures import details, to_failure

from tests.unit.tiller.v1.serving import JOE, Served, archive, chart, config_map  # isort: skip


class Clock:
    """Time passes by sleeping."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> Any:
        raise AssertionError("nobody asks for the time of day")

    def monotonic(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


class Direct:
    """A wire to methods of this process. calls: what was asked."""

    def __init__(self, served: Served) -> None:
        self._methods = {method.path: method for method in served.list}
        self.calls: list[str] = []

    def _call(self, path: str, data: bytes) -> tuple[Any, Any]:
        self.calls.append(path.rpartition("/")[2])
        call = Call(path, {}, Peer("192.0.2.1:1"))
        call.notes["caller"] = JOE
        method = self._methods[path]
        return method, method.handler(method.request(data), call)

    def unary(
        self, path: str, data: bytes, *, metadata: Mapping[str, str] | None = None, timeout: float | None = None
    ) -> bytes:
        method, answer = self._call(path, data)
        found: bytes = method.response(answer)
        return found

    def stream(
        self, path: str, data: bytes, *, metadata: Mapping[str, str] | None = None, timeout: float | None = None
    ) -> Any:
        def answers() -> Iterator[bytes]:
            method, found = self._call(path, data)
            for answer in found:
                yield method.response(answer)

        return answers()

    def close(self) -> None:
        pass


def lost(error: RpcError) -> NotReached:
    return NotReached(f"cannot connect to Tiller: {error}")


class Both:
    """The same verbs here and at a server, each in a world of its own."""

    def __init__(self) -> None:
        self.served = Served()
        self.wire = Direct(self.served)
        here = Served()
        self.told: dict[str, list[Any]] = {"local": [], "remote": []}
        env = here.workplace.environment(
            JOE, "ns", profile=HELM4, log=self.listen("local"), hint=self.told["local"].append,
            hook_output=lambda *what: self.told["local"].append(what), clock=here.workplace.world.clock,
        )  # fmt: skip
        self.local = LocalVerbs(env)
        self.remote = own(
            self.wire, log=self.listen("remote"), hint=self.told["remote"].append,
            hook_output=lambda *what: self.told["remote"].append(what),
        )  # fmt: skip
        self.worlds = (here, self.served)

    def listen(self, side: str) -> Callable[[LogRecord], None]:
        return lambda record: self.told[side].append((record.level, record.message, record.attributes))

    def ask(self, verb: Callable[[Any, Any], Any]) -> tuple[Any, Any]:
        """What the verb gives on each side; its error when it fails. What is told must be the same."""
        found = []
        for side, verbs in (("local", self.local), ("remote", self.remote)):
            self.told[side].clear()
            try:
                found.append(verb(verbs, lambda one, side=side: self.told[side].append(one)))
            except CharthouseError as error:
                found.append(error)
        assert self.told["local"] == self.told["remote"]
        return found[0], found[1]


def own(wire: Any, **how: Any) -> OwnVerbs:
    given = {"log": silent, "hint": lambda text: None, "hook_output": lambda *what: None, **how}
    profile = given.pop("profile", HELM4)
    return OwnVerbs(OwnService(lambda: wire, Clock(), lost), profile=profile, patience=60.0, **given)


def unheard(progress: Progress, /) -> None:
    pass


def plain(release: Release) -> Any:
    """A release without what the clock decides."""
    from charthouse.releases.codec import to_json

    made = to_json(release)
    for key in ("first_deployed", "last_deployed", "deleted"):
        made["info"].pop(key, None)
    for hook in made.get("hooks", ()):
        hook.pop("last_run")
    return made


def reading(read: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda verbs, watch: read(verbs)


def row(release: Release) -> tuple[Any, ...]:
    """What lists show."""
    chart = release.chart.metadata
    return (release.version, release.name, release.status, release.info.description, chart.version, chart.app_version)


def same_error(one: Any, other: Any) -> None:
    assert (type(one), str(one), one.hint) == (type(other), str(other), other.hint)


def loaded(**more: str) -> Chart:
    return load_archive(chart(**more), log=silent)


def test_the_life_of_a_release_is_the_same() -> None:
    both = Both()
    values = {"size": 3.0, "count": Int64(7), "none": None, "list": [1.5, "a"]}
    options = InstallOptions("r", "ns", labels={"a": "b"}, description="first", server_side=False)
    one, other = both.ask(lambda verbs, watch: verbs.install(loaded(), values, options, progress=watch))
    assert plain(one) == plain(other)
    assert (one.labels, one.config, type(one.config["count"])) == (
        other.labels,
        other.config,
        type(other.config["count"]),
    )
    same_error(*both.ask(lambda verbs, watch: verbs.install(loaded(), {}, options, progress=watch)))

    upgrade = UpgradeOptions("r", "ns", install=True, history_max=3)
    assert both.ask(lambda verbs, watch: verbs.install_instead(upgrade, progress=watch)) == (None, None)
    missing = UpgradeOptions("other", "ns", install=True, labels={"x": "y"})
    one, other = both.ask(lambda verbs, watch: verbs.install_instead(missing, progress=watch))
    assert (
        (one.replace, one.name, one.labels) == (other.replace, other.name, other.labels) == (False, "other", {"x": "y"})
    )

    more = loaded(version="2.0.0")
    one, other = both.ask(lambda verbs, watch: verbs.upgrade(more, {"colour": "red"}, upgrade, progress=watch))
    assert plain(one) == plain(other)
    one, other = both.ask(lambda verbs, watch: verbs.rollback(RollbackOptions("r", "ns"), progress=watch))
    assert plain(one) == plain(other)
    reads: list[Callable[[Any], Any]] = [
        lambda verbs: [row(release) for release in verbs.list(ListOptions("ns"))],
        lambda verbs: sorted(map(row, verbs.history(HistoryOptions("r", "ns")))),
        lambda verbs: plain(verbs.status(StatusOptions("r", "ns"))),
        lambda verbs: plain(verbs.get(GetOptions("r", "ns", 2))),
        lambda verbs: verbs.values(GetOptions("r", "ns", 1, all_values=True)),
        lambda verbs: verbs.metadata(GetOptions("r", "ns")).revision,
    ]
    for read in reads:
        one, other = both.ask(reading(read))
        assert one == other
    asked = DiffOptions(upgrade, show_secrets=True)
    one, other = both.ask(lambda verbs, watch: verbs.diff(more, {"colour": "green"}, asked))
    assert diff_verb.text(one) == diff_verb.text(other) != ""
    one, other = (verbs.plan(more, {}, upgrade) for verbs in (both.local, both.remote))
    assert [(step.kind, step.what) for step in one.steps] == [(step.kind, step.what) for step in other.steps]
    one, other = both.ask(lambda verbs, watch: verbs.test(TestOptions("r", "ns"), logs=False, progress=watch))
    assert plain(one.release) == plain(other.release)
    one, other = both.ask(lambda verbs, watch: verbs.uninstall(UninstallOptions("r", "ns"), progress=watch))
    assert (plain(one.release), one.info) == (plain(other.release), other.info)
    gone = UninstallOptions("r", "ns", ignore_not_found=True)
    one, other = both.ask(lambda verbs, watch: verbs.uninstall(gone, progress=watch))
    assert (one.release, one.info) == (other.release, other.info) == (None, "")


@pytest.mark.parametrize(
    "verb",
    [
        lambda verbs: verbs.get(GetOptions("r", "ns")),
        lambda verbs: verbs.get(GetOptions("R!", "ns")),
        lambda verbs: verbs.list(ListOptions("ns", filter="(")),
        lambda verbs: verbs.rollback(RollbackOptions("r", "ns", -1), progress=unheard),
        lambda verbs: verbs.upgrade(loaded(), {}, UpgradeOptions("r", "ns"), progress=unheard),
        lambda verbs: verbs.install(
            loaded(map="a: {{ required `no` .Values.x }}"), {}, InstallOptions("r", "ns"), progress=unheard
        ),
        lambda verbs: verbs.install(loaded(), {}, InstallOptions("r", "ns", labels={"owner": "me"}), progress=unheard),
    ],
)
def test_errors_are_the_same(verb: Callable[[Any], Any]) -> None:
    one, other = Both().ask(lambda verbs, watch: verb(verbs))
    assert isinstance(one, CharthouseError)
    same_error(one, other)


def test_what_only_this_machine_can_do_is_refused() -> None:
    asked = InstallOptions("r", "ns", post_renderer=str)
    with pytest.raises(NotCarried, match="a post-renderer is a program of this machine"):
        own(None).install(loaded(), {}, asked, progress=unheard)
    with pytest.raises(NotCarried, match="--compat helm2 cannot be asked"):
        own(None, profile=profile_named("helm2")).install(loaded(), {}, InstallOptions("r", "ns"), progress=unheard)


def test_a_chart_is_logged_of_once() -> None:
    data = archive({
        "Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\ndeprecated: true\n",
        "requirements.yaml": "dependencies: []\n",
        "templates/a.yaml": config_map("a"),
    })  # fmt: skip
    seen: list[str] = []
    made = load_archive(data, log=lambda record: seen.append(record.message))
    assert [message[:29] for message in seen] == ["Warning: Dependencies are han"]
    verbs = own(Direct(Served()), log=lambda record: seen.append(record.message))
    verbs.install(made, {}, InstallOptions("r", "ns"), progress=unheard)
    assert [message for message in seen[1:] if "Dependencies are" in message or "deprecated" in message] == []


# following


class Script:
    """A wire whose streams are given: lists of events and errors. asked: (method, request)."""

    def __init__(self, *streams: list[Any]) -> None:
        self._streams = list(streams)
        self.asked: list[tuple[str, Any]] = []

    def unary(self, path: str, data: bytes, **_: Any) -> bytes:
        self.asked.append((path.rpartition("/")[2], messages.CancelRequest.FromString(data)))
        return b""

    def stream(self, path: str, data: bytes, **_: Any) -> Any:
        name = path.rpartition("/")[2]
        kind = messages.AttachRequest if name == "Attach" else messages.UninstallRequest
        self.asked.append((name, kind.FromString(data)))
        script = self._streams.pop(0)

        def play() -> Iterator[bytes]:
            for entry in script:
                if isinstance(entry, BaseException):
                    raise entry
                yield entry.SerializeToString()

        return play()

    def close(self) -> None:
        pass


STARTED = messages.Event(started=messages.Started(operation="id"))
BROKEN = RpcError(Code.UNAVAILABLE, "connection reset")


def hinted(number: int) -> messages.Event:
    return messages.Event(number=number, hint=f"hint {number}")


def done(number: int) -> messages.Event:
    return messages.Event(number=number, result=messages.Result(info="done"))


def follow(wire: Script, *, patience: float = 60.0) -> tuple[Any, list[str], Clock]:
    """(the result's info or the error, hints, the clock)."""
    clock, hints = Clock(), list[str]()
    following = Following(
        OwnService(lambda: wire, clock, lost), "id", "web", patience=patience, log=silent, hint=hints.append,
        progress=unheard, hook_output=lambda *what: None,
    )  # fmt: skip
    try:
        return following.result("Uninstall", messages.UninstallRequest(name="web")).info, hints, clock
    except (CharthouseError, KeyboardInterrupt) as error:
        return error, hints, clock


def test_events_are_told_once_however_often_the_connection_breaks() -> None:
    wire = Script([STARTED, hinted(1), BROKEN], [BROKEN], [STARTED, hinted(2), BROKEN], [STARTED, done(3)])
    found, hints, _ = follow(wire)
    assert found == "done"
    coming = "the connection to Tiller was lost (connection reset); coming back to operation id"
    assert hints == ["hint 1", coming, "hint 2", coming]
    attached = [request.after for name, request in wire.asked if name == "Attach"]
    assert attached == [1, 1, 2]


def test_a_request_nobody_has_answered_is_made_again_under_the_same_id() -> None:
    draining = RpcError(Code.UNAVAILABLE, "shutting down")
    draining.details = details(to_failure(draining))
    wire = Script([draining], [STARTED, done(1)])
    assert follow(wire)[:2] == ("done", [])
    assert [name for name, _ in wire.asked] == ["Uninstall", "Uninstall"]
    silent = Script([BROKEN])  # of a server nothing was ever heard of
    found, _, clock = follow(silent)
    assert (str(found), clock.time) == ("cannot connect to Tiller: connection reset", 0.0)


def test_what_does_not_come_back_ends() -> None:
    draining = RpcError(Code.UNAVAILABLE, "shutting down")
    draining.details = details(to_failure(draining))
    found, hints, clock = follow(Script(*[[draining]] * 20))
    assert (type(found), str(found)) == (NotReached, "cannot connect to Tiller: shutting down")
    assert (hints, clock.time < 10) == ([], True)
    found, _, clock = follow(Script([STARTED, BROKEN], *[[BROKEN]] * 50))
    assert (type(found), 60 < clock.time < 90) == (NotReached, True)
    unknown = RpcError(Code.NOT_FOUND, "operation 'id': not found")
    found, _, clock = follow(Script([STARTED, BROKEN], *[[unknown]] * 50))
    assert (type(found), found.operation, 60 < clock.time < 90) == (LostOperation, "id", True)
    assert "charthouse status web" in found.hint


def test_a_replica_takes_an_operation_over_in_a_while() -> None:
    unknown = RpcError(Code.NOT_FOUND, "operation 'id': not found")
    assert follow(Script([STARTED, BROKEN], [unknown], [unknown], [STARTED, done(7)]))[0] == "done"
    assert follow(Script([unknown]))[0] is unknown  # where nothing broke it is the answer


def test_an_interruption_cancels_and_tells_how_it_ends() -> None:
    failure = to_failure(CharthouseError("context canceled"))
    wire = Script([STARTED, hinted(1), KeyboardInterrupt()], [STARTED, messages.Event(number=2, failed=failure)])
    found, hints, _ = follow(wire)
    assert (type(found), str(found), hints) == (CharthouseError, "context canceled", ["hint 1"])
    assert [name for name, _ in wire.asked] == ["Uninstall", "Cancel", "Attach"]
    again = Script([STARTED, KeyboardInterrupt()], [KeyboardInterrupt()])
    assert isinstance(follow(again)[0], KeyboardInterrupt)
    before = Script([KeyboardInterrupt()])
    assert isinstance(follow(before)[0], KeyboardInterrupt)
    assert [name for name, _ in before.asked] == ["Uninstall"]


def test_a_failure_that_is_told_is_no_broken_connection() -> None:
    failure = to_failure(RpcError(Code.UNAVAILABLE, "the API server does not answer"))
    found, hints, _ = follow(Script([STARTED, messages.Event(number=1, failed=failure)]))
    assert (str(found), hints) == ("the API server does not answer", [])


def test_reading_is_asked_again() -> None:
    class Flaky(Script):
        def unary(self, path: str, data: bytes, **_: Any) -> bytes:
            self.asked.append(("", None))
            if len(self.asked) in (2, 3):
                raise BROKEN
            return messages.Server(version="v1").SerializeToString()

    wire = Flaky()
    service = OwnService(lambda: wire, Clock(), lost)
    for _ in range(2):
        assert service.call("GetServer", messages.GetServerRequest()).version == "v1"
    assert len(wire.asked) == 4
    wire.asked.append(("", None))
    del wire.asked[1:]
    with pytest.raises(NotReached):
        OwnService(lambda: wire, Clock(), lost).call("GetServer", messages.GetServerRequest())
    assert len(wire.asked) == 2
    refused = RpcError(Code.PERMISSION_DENIED, "no", details=details(to_failure(CharthouseError("no, in full"))))

    class Refusing(Script):
        def unary(self, path: str, data: bytes, **_: Any) -> bytes:
            raise refused

    with pytest.raises(CharthouseError, match="no, in full"):
        OwnService(lambda: Refusing(), Clock(), lost).call("GetServer", messages.GetServerRequest())


# which API


@pytest.mark.parametrize(
    ("error", "unknown"),
    [
        (RpcError(Code.UNIMPLEMENTED, "unknown service charthouse.v1.ReleaseService"), True),
        (RpcError(Code.UNKNOWN, "incompatible versions client[] server[v2.17.0]"), True),
        (RpcError(Code.UNIMPLEMENTED, "unknown method X for service charthouse.v1.ReleaseService"), False),
        (RpcError(Code.UNAVAILABLE, "unknown service"), False),
        (CharthouseError("unknown service"), False),
    ],
)
def test_who_does_not_know_our_api(error: CharthouseError, unknown: bool) -> None:
    assert is_unknown_service(error) is unknown


def test_helm_2_s_api_is_taken_once_and_for_all() -> None:
    made: list[str] = []

    class Verbs:
        def __init__(self, name: str, error: CharthouseError | None = None) -> None:
            self._name, self._error = name, error

        def list(self, options: ListOptions) -> Any:
            made.append(self._name)
            if self._error is not None:
                raise self._error
            return [self._name]

    old = RpcError(Code.UNIMPLEMENTED, "unknown service charthouse.v1.ReleaseService")
    hapi: Any = lambda: Verbs("hapi")  # noqa: E731  # a factory
    asked: Any = NegotiatedVerbs(Verbs("own", old), hapi)  # type: ignore[arg-type]  # of one verb only
    assert [asked.list(ListOptions()), asked.list(ListOptions())] == [["hapi"], ["hapi"]]
    assert made == ["own", "hapi", "hapi"]
    made.clear()
    failing: Any = NegotiatedVerbs(Verbs("own", CharthouseError("no")), hapi)  # type: ignore[arg-type]  # as above
    with pytest.raises(CharthouseError, match="no"):
        failing.list(ListOptions())
    assert made == ["own"]
