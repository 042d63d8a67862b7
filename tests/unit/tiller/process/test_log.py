"""The log: one line a record, whatever is in it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from charthouse.logs import DEBUG, ERROR, INFO, WARN, LogRecord
from charthouse.rpc.call import Call, Peer
from charthouse.rpc.status import Code, RpcError
from charthouse.tiller.caller import Caller
from charthouse.tiller.calllog import REQUEST_TRAILER, CallLog
from charthouse.tiller.loglines import LogLines

NOW = datetime(2026, 11, 23, 9, 8, 7, 123456, tzinfo=UTC)


def lines(**options: Any) -> tuple[LogLines, list[str]]:
    out: list[str] = []
    return LogLines(out.append, now=lambda: NOW, **options), out


def test_text_is_helm_2s() -> None:
    made, out = lines()
    log = made.area("main")
    log(LogRecord(INFO, "Starting Tiller v2.17.0 (tls=false)"))
    log(LogRecord(WARN, "careful", who="alice", what="two words", nothing="", list=["a", "b"]))
    log(LogRecord(ERROR, "bad", code=5, error='say "no"'))
    log(LogRecord(DEBUG, "not shown"))
    assert out == [
        "[main] 2026/11/23 09:08:07 Starting Tiller v2.17.0 (tls=false)\n",
        '[main] 2026/11/23 09:08:07 WARNING: careful who=alice what="two words" nothing="" list=a,b\n',
        '[main] 2026/11/23 09:08:07 ERROR: bad code=5 error="say \\"no\\""\n',
    ]


def test_json_is_one_object_a_line() -> None:
    made, out = lines(format="json", level="debug")
    made.area("tiller", replica="a")(LogRecord(DEBUG, "call", seconds=0.5, user="ünï", level="x", flag=True))
    assert [json.loads(line) for line in out] == [
        {
            "time": "2026-11-23T09:08:07.123+00:00", "level": "DEBUG", "area": "tiller", "msg": "call", "replica": "a",
            "seconds": 0.5, "user": "ünï", "level_": "x", "flag": True,
        }
    ]  # fmt: skip


NASTY = "x\n[main] 2026/11/23 forged\r\x1b[31m\u2028\u0085\x00 \udcff"


@pytest.mark.parametrize("format", ["text", "json"])
def test_nobody_writes_a_line_of_their_own(format: str) -> None:
    made, out = lines(format=format)
    made.area("main")(LogRecord(INFO, NASTY, **{NASTY: NASTY}))
    (line,) = out
    assert line.endswith("\n")
    assert len(line.splitlines()) == 1
    assert line[:-1].isprintable()
    line.encode("ascii")


def test_long_values_are_cut() -> None:
    made, out = lines()
    made.area("main")(LogRecord(INFO, "m", value="x" * 100_000))
    assert len(out[0]) < 5000
    assert "(100000 characters)" in out[0]


def test_a_log_nobody_reads_stops_nothing() -> None:
    def broken(text: str) -> None:
        raise BrokenPipeError

    LogLines(broken, now=lambda: NOW).area("main")(LogRecord(INFO, "m"))


def test_calls_are_logged_with_caller_code_and_number() -> None:
    records: list[LogRecord] = []
    log = CallLog([], log=records.append, random=lambda size: b"\x01" * size)
    call = Call("/hapi.services.tiller.ReleaseService/InstallRelease", {}, Peer("192.0.2.1:5"))

    def handler(request: Any, call: Call) -> Any:
        call.notes["caller"] = Caller("alice")
        call.notes["operation"] = "abc"
        raise RpcError(Code.PERMISSION_DENIED, "the password is hunter2")

    with pytest.raises(RpcError):
        log.layer(b"", call, handler)
    (record,) = records
    about = dict(record.attributes)
    assert about.pop("seconds") >= 0
    assert (record.level, record.message, about) == (
        INFO,
        "call",
        {
            "method": "/hapi.services.tiller.ReleaseService/InstallRelease", "code": "PermissionDenied",
            "user": "alice", "address": "192.0.2.1:5", "request": "010101010101", "operation": "abc",
        },
    )  # fmt: skip
    assert call.trailers == {REQUEST_TRAILER: "010101010101"}


def test_health_checks_are_quiet() -> None:
    records: list[LogRecord] = []
    log = CallLog([], log=records.append, random=bytes)
    log.layer(b"", Call("/grpc.health.v1.Health/Check", {}, Peer("")), lambda request, call: 1)
    assert [record.level for record in records] == [DEBUG]
