"""The run of one command line: errors, hints, what is never shown, and exit status."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from charthouse.cli import main
from charthouse.cli.context import CommandExit, Context
from charthouse.cli.streams import Output
from charthouse.cli.unbuilt import not_built
from charthouse.errors import CharthouseError


def _run(*arguments: str, environ: dict[str, str] | None = None) -> tuple[int, str, str]:
    out, err = io.BytesIO(), io.BytesIO()
    stdout = Output(out)
    stderr = Output(err, before=stdout)
    status = main.run(arguments, {"HOME": "/dev/null", **(environ or {})}, stdout, stderr, lambda: b"")
    stdout.flush()
    return status, out.getvalue().decode("utf-8", "surrogateescape"), err.getvalue().decode()


def _replace_version(monkeypatch: pytest.MonkeyPatch, run: Callable[[Context], None]) -> None:
    from charthouse.cli.commands import version

    monkeypatch.setattr(version.COMMAND, "run", run)


def test_an_error_and_its_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(context: Context) -> None:
        context.out.write("before\n")
        raise CharthouseError("first\nsecond", hint="do this\nor that")

    _replace_version(monkeypatch, fail)
    assert _run("version") == (1, "before\n", "Error: first\nsecond\nhint: do this\nhint: or that\n")


def test_an_unexpected_error_shows_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(context: Context) -> None:
        raise KeyError("oops")

    _replace_version(monkeypatch, fail)
    status, out, err = _run("version")
    assert (status, out) == (1, "")
    assert err == (
        "Error: internal error: KeyError: 'oops'\n"
        "hint: this is a mistake in charthouse; run again with --debug and please report what it prints\n"
    )
    status, _, err = _run("version", "--debug")
    assert status == 1
    assert "Traceback (most recent call last):" in err


def test_exit_status_of_a_command_that_has_said_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def leave(context: Context) -> None:
        context.out.write("said\n")
        raise CommandExit(2)

    _replace_version(monkeypatch, leave)
    assert _run("version") == (2, "said\n", "")


def test_an_interrupt_is_not_an_internal_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(context: Context) -> None:
        raise KeyboardInterrupt

    _replace_version(monkeypatch, interrupt)
    with pytest.raises(KeyboardInterrupt):
        _run("version")


def test_any_bytes_survive(monkeypatch: pytest.MonkeyPatch) -> None:
    def write(context: Context) -> None:
        context.out.write(b"\xff\xfe \xe2\x82\xac".decode("utf-8", "surrogateescape"))

    _replace_version(monkeypatch, write)
    assert _run("version")[1].encode("utf-8", "surrogateescape") == b"\xff\xfe \xe2\x82\xac"


def test_what_is_not_built_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    _replace_version(monkeypatch, not_built("version"))
    status, out, err = _run("version")
    lines = err.splitlines()
    assert status == 1
    assert out == ""
    assert lines[0].startswith("Error: ")
    assert lines[0].endswith("not built yet")
    assert lines[1].startswith("hint: ")


def test_standard_output_comes_before_standard_error() -> None:
    shared = io.BytesIO()
    out = Output(shared)
    err = Output(shared, before=out)
    out.write("one\n")
    err.write("two\n")
    out.write("three\n")
    out.flush()
    assert shared.getvalue() == b"one\ntwo\nthree\n"


def test_version_says_who_we_are() -> None:
    from charthouse import __version__

    assert _run("version", "--short") == (0, f"v4.3.1+charthouse.{__version__}\n", "")
    status, out, _ = _run("version")
    assert status == 0
    assert out.startswith('version.BuildInfo{Version:"v4.3.1", GitCommit:"c0d08d0d6d9424d4a14febb5e8a3e51b0dd00dff", ')
    assert out.endswith(f'KubeClientVersion:"v1.37", Charthouse:"v{__version__}"}}\n')


def test_colour_follows_flag_and_variables() -> None:
    def colour(*arguments: str, environ: dict[str, str] | None = None) -> str:
        return _run("env", "HELM_BIN", *arguments, environ=environ)[2]

    assert colour("--color=always") == ""
    assert "invalid color mode" in colour("--color=sometimes")
    assert colour(environ={"HELM_COLOR": "sometimes"}) == ""


def test_an_error_is_told_though_its_advice_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(context: Context) -> None:
        raise CharthouseError("first")

    def refuse(*_: object) -> str:
        raise PermissionError("no looking")

    _replace_version(monkeypatch, fail)
    monkeypatch.setattr("charthouse.cli.advice.advice", refuse)
    said = "Error: first\nhint: no advice could be found: PermissionError: no looking\n"
    assert _run("version") == (1, "", said)
