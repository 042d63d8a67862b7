"""The program `tiller` reads what Helm 2's tiller reads; flags and variables come to options."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from charthouse.cli.context import Context
from charthouse.cli.flags import FlagSet
from charthouse.cli.tiller import arguments
from charthouse.cli.tiller_flags import serve_flags
from charthouse.cli.tiller_serving import BadServing, options
from charthouse.logs import LogRecord
from charthouse.settings import settings_from
from charthouse.tiller.options import Options


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (["-listen", ":1", "--storage=secret"], ["--listen", ":1", "--storage=secret"]),
        (["-tls", "-history-max=5", "-sql-connection-string=a=-b"],
         ["--tls", "--history-max=5", "--sql-connection-string=a=-b"]),
        (["-log_dir=/tmp", "--logtostderr", "-v", "4"], ["--log-dir=/tmp", "--logtostderr", "-v", "4"]),
        (["-h"], ["-h"]),
        (["-probe=false", "-version"], ["--probe=false", "--version"]),
    ],
)  # fmt: skip
def test_one_dash_is_two(given: list[str], read: list[str]) -> None:
    assert arguments(given) == ["tiller", "serve", *read]


def made(line: str = "", **environ: str) -> tuple[Options, list[str]]:
    said: list[str] = []

    def log(record: LogRecord, /) -> None:
        said.append(record.message)

    flags = FlagSet(serve_flags())
    flags.parse(line.split())
    out: Any = None
    context = Context("tiller", environ, settings_from(environ), out, out, lambda: b"")
    context.flags = flags
    return options(context, log), said


def test_defaults() -> None:
    assert made() == (Options(), [])


def test_variables_of_helm_2(tmp_path: Path) -> None:
    (tmp_path / "ca.crt").write_text("")
    found, said = made(
        TILLER_NAMESPACE="ops", TILLER_HISTORY_MAX="7", TILLER_TLS_ENABLE="1", TILLER_TLS_CERTS=str(tmp_path)
    )
    assert (found.namespace, found.history_max, said) == ("ops", 7, [])
    assert (found.certificate, found.key) == (f"{tmp_path}/tls.crt", f"{tmp_path}/tls.key")
    assert found.client_ca == f"{tmp_path}/ca.crt"


def test_flags_win_over_variables() -> None:
    found, _ = made("--history-max 0 --tiller-namespace mine", TILLER_NAMESPACE="ops", TILLER_HISTORY_MAX="7")
    assert (found.namespace, found.history_max) == ("mine", 0)


def test_a_bad_history_is_said_and_counts_as_none() -> None:
    found, said = made(TILLER_HISTORY_MAX="abc")
    assert found.history_max == 0
    assert said == ['Invalid max history "abc". Defaulting to 0.']


def test_a_certificate_without_an_authority(tmp_path: Path) -> None:
    found, _ = made("--tls", TILLER_TLS_CERTS=str(tmp_path))
    assert (found.tls, found.client_ca) == (True, "")
    for line in ("--tls-verify", f"--tls --tls-ca-cert {tmp_path}/none.crt"):
        with pytest.raises(BadServing, match="unable to read CA file"):
            made(line, TILLER_TLS_CERTS=str(tmp_path))


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("--storage etcd", 'unknown storage "etcd"'),
        ("--storage sql", "storage sql needs a database"),
        ("--storage sql --sql-dialect mysql --sql-connection-string x", "mysql dialect isn't supported"),
        ("--experimental-release", "there is no Rudder any more"),
        ("--operations 0", "--operations is 0, at least 1 is wanted"),
        ("--render-memory 1", "--render-memory is 1, at least 64 is wanted"),
    ],
)
def test_what_makes_no_tiller_is_refused(line: str, text: str) -> None:
    with pytest.raises(BadServing, match=text):
        made(line)


def test_sql_by_variable() -> None:
    found, _ = made("--storage sql", HELM_DRIVER_SQL_CONNECTION_STRING="postgres://db/helm")
    assert (found.storage, found.sql) == ("sql", "postgres://db/helm")
    assert "postgres" not in repr(made("--storage secret", HELM_DRIVER_SQL_CONNECTION_STRING="postgres://p@db")[0])
