"""``--tiller`` on the command line: what its flags and variables come to, and what is refused beside it."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import pytest

from charthouse.cli.main import run
from charthouse.cli.streams import Output

pytest.importorskip("google.protobuf")
pytest.importorskip("h2")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home of its own for every test."""
    monkeypatch.setitem(HOME, "HOME", str(tmp_path))


HOME: dict[str, str] = {}


def said(*arguments: str, **variables: str) -> tuple[int, str, str]:
    out, err = io.BytesIO(), io.BytesIO()
    stdout = Output(out)
    stderr = Output(err, before=stdout)
    environ = {**HOME, **variables}
    status = run(list(arguments), environ, stdout, stderr, lambda: b"")
    stdout.flush()
    stderr.flush()
    return status, out.getvalue().decode(), err.getvalue().decode()


NOWHERE = "unix:/nonexistent/tiller"
UNREACHED = f"cannot connect to Tiller: {NOWHERE}: no such file or directory"


@pytest.mark.parametrize(
    ("arguments", "variables", "text"),
    [
        (["list", "--tiller", NOWHERE], {}, UNREACHED),
        (["list"], {"CHARTHOUSE_TILLER": NOWHERE}, UNREACHED),
        (["--tiller", NOWHERE, "status", "x"], {"HELM_HOST": "other:1"}, UNREACHED),
        (["get", "values", "x"], {"HELM_HOST": NOWHERE}, UNREACHED),
        (["list"], {"HELM_HOST": "ftp://x"}, "invalid address of Tiller 'ftp://x': it is no address of a gRPC server"),
        (
            ["list", "--tiller", "x", "--kube-as-user", "u"], {},
            "--kube-as-user cannot be used with --tiller: Tiller takes nobody's word for who somebody is",
        ),
        (
            ["list"], {"HELM_HOST": "x", "HELM_KUBEASGROUPS": "a,b"},
            "--kube-as-group cannot be used with --tiller: Tiller takes nobody's word for who somebody is",
        ),
        (["list", "--tls"], {}, "--tls says how to speak to a release server, and there is none"),
        (
            ["list", "--tls-ca-cert", "/x", "--tiller", ""], {"HELM_HOST": "x"},
            "--tls-ca-cert says how to speak to a release server, and there is none",
        ),
        (["list"], {"HELM_HOST": "x", "HELM_TLS_VERIFY": "maybe"}, "invalid value 'maybe' of HELM_TLS_VERIFY"),
        (
            ["list", "--tiller", "x", "--tls-verify", "--tls-ca-cert", "/no/ca"], {},
            "could not read CA: open /no/ca: no such file or directory",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(arguments: list[str], variables: dict[str, str], text: str) -> None:
    status, out, err = said(*arguments, **variables)
    assert (status, out, err.splitlines()[0]) == (1, "", f"Error: {text}")
    assert err.splitlines()[1].startswith("hint: ")


@pytest.mark.parametrize(("module", "name"), [("google.protobuf", "protobuf"), ("h2", "h2")])
def test_a_library_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, module: str, name: str) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    text = f"Error: a release server cannot be asked: {name} is not installed"
    for command in (["list"], ["version"]):
        assert said(*command, "--tiller", NOWHERE)[2].splitlines() == [
            text, "hint: install it with `pip install 'charthouse[tiller]'`",
        ]  # fmt: skip


def test_a_driver_is_said_to_have_no_effect() -> None:
    _, _, err = said("list", "--tiller", NOWHERE, HELM_DRIVER="sql")
    assert err.splitlines()[0] == (
        "hint: HELM_DRIVER has no effect with --tiller: the server knows where its records are"
    )


def test_what_needs_no_server_asks_none(tmp_path: Path) -> None:
    chart = str(tmp_path / "web")
    assert said("create", chart)[0] == 0
    for arguments in (("template", "x", chart), ("install", "x", chart, "--dry-run=client", "-n", "default")):
        status, out, err = said(*arguments, "--tiller", NOWHERE)
        assert (status, "kind: Deployment" in out) == (0, True), err


def test_the_version_is_ours_before_the_server_s() -> None:
    status, out, err = said("version", "--short", "--tiller", NOWHERE)
    assert (status, len(out.splitlines()), err.splitlines()[0]) == (1, 1, f"Error: {UNREACHED}")


def test_completion_is_quiet_where_nobody_answers() -> None:
    status, out, err = said("__complete", "status", "--tiller", NOWHERE, "", HELM_DRIVER="sql")
    assert (status, out.splitlines()[-1][:1]) == (0, ":")
    assert [line for line in err.splitlines() if not line.startswith("Completion ended")] == []
    assert said("__complete", "list", "--tiller", "c")[1].splitlines()[0] == "cluster\tfound by the kubeconfig"


@pytest.mark.parametrize(
    ("arguments", "variables", "expected"),
    [
        ([], {}, {"tls": False, "verify": False, "home": "/home/me/.helm"}),
        ([], {"HELM_TLS_ENABLE": "true", "HELM_TLS_HOSTNAME": "h"}, {"tls": True, "hostname": "h"}),
        (["--tls=false", "--tls-hostname", "flag"], {"HELM_TLS_ENABLE": "1", "HELM_TLS_HOSTNAME": "variable"},
         {"tls": False, "hostname": "flag"}),
        (["--tls-verify", "--tls-cert", "c", "--tls-key", "k"], {"HELM_TLS_CA_CERT": "ca", "HELM_HOME": "/helm"},
         {"verify": True, "cert_file": "c", "key_file": "k", "ca_file": "ca", "home": "/helm"}),
    ],
)  # fmt: skip
def test_flags_win_over_variables(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], variables: dict[str, str], expected: dict[str, Any]
) -> None:
    from charthouse.cli import tiller_client

    seen: list[Any] = []

    class Found(Exception):
        pass

    def connection(context: Any, settings: Any) -> None:
        seen.append(settings)
        raise Found

    monkeypatch.setattr(tiller_client, "connection", connection)
    said("list", "--tiller", "x", "--tiller-connection-timeout", "7", *arguments, HOME="/home/me", **variables)
    [settings] = seen
    assert (settings.address, settings.namespace, settings.timeout) == ("x", "kube-system", 7.0)
    assert {key: getattr(settings.tls, key) for key in expected} == expected
