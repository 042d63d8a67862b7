"""An operation is followed to its end, however often the connection breaks; and which API a server is asked by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("google.protobuf")

from charthouse.actions.options import ListOptions
from charthouse.actions.ports import Progress
from charthouse.errors import CharthouseError
from charthouse.logs import silent
from charthouse.rpc.status import Code, RpcError
from charthouse.tiller.client.errors import NotReached
from charthouse.tiller.client.following import Following
from charthouse.tiller.client.negotiated import NegotiatedVerbs
from charthouse.tiller.client.own import LostOperation, OwnService, is_unknown_service
from charthouse.tiller.v1 import messages
from charthouse.tiller.v1.failures import details, to_failure


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


def lost(error: RpcError) -> NotReached:
    return NotReached(f"cannot connect to Tiller: {error}")


def unheard(progress: Progress, /) -> None:
    pass


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
