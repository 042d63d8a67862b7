"""charthouse and the real helm take turns on one release whose records lie in a real PostgreSQL."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator

import pytest

from tests.cluster.conftest import RunningCluster
from tests.cluster.interop import CHART, Life, Tool, fresh
from tests.cluster.postgres import running_postgres


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with running_postgres() as connection:
        yield connection


@pytest.mark.parametrize(("first", "other"), [("charthouse", "helm4"), ("helm4", "charthouse")])
def test_two_tools_share_a_database(
    first: str, other: str, database: str, cluster: RunningCluster, tool: Callable[..., Tool]
) -> None:
    if (cluster.name == "real") == (first == "charthouse"):
        pytest.skip("each order on one of the clusters is enough: the database is the same")
    where = {"HELM_DRIVER": "sql", "HELM_DRIVER_SQL_CONNECTION_STRING": database}
    Life(
        first=tool(first, **where),
        other=tool(other, **where),
        kubectl=tool("kubectl"),
        namespace=fresh(f"sql-{first}-{other}".replace("charthouse", "ch")),
    ).live()


def test_labels_and_listing(database: str, tool: Callable[..., Tool]) -> None:
    where = {"HELM_DRIVER": "sql", "HELM_DRIVER_SQL_CONNECTION_STRING": database}
    ours, helm4 = tool("charthouse", **where), tool("helm4", **where)
    namespace = fresh("sql-labels")
    ns = ("-n", namespace)
    for one, other, name in ((ours, helm4, "mine"), (helm4, ours, "theirs")):
        one.run("install", name, str(CHART), *ns, "--create-namespace", "--set", f"kind={name}", "--labels", "team=x")
        other.run("upgrade", name, str(CHART), *ns, "--set", f"kind={name}2", "--labels", "year=1")
    for flags in (["-l", "team=x,year=1"], ["-l", "year=1", "--short"], ["-A", "--filter", "^mine$"], ["-q"]):
        seen = [one.run("list", *ns, *flags, "--time-format", "2006").stdout for one in (ours, helm4)]
        assert seen[0] == seen[1], flags


def test_the_tables_are_helms(tool: Callable[..., Tool]) -> None:
    """Whichever came first, the database holds the same tables, indexes and rights."""
    dumps = []
    for name in ("helm4", "charthouse"):
        with running_postgres() as connection:
            tool(name, HELM_DRIVER="sql", HELM_DRIVER_SQL_CONNECTION_STRING=connection).run("list")
            done = subprocess.run(["pg_dump", "-s", connection], capture_output=True, text=True, timeout=60, check=True)
            dumps.append([line for line in done.stdout.splitlines() if not line.startswith(("\\", "--"))])
    assert dumps[0] == dumps[1]
    assert "CREATE TABLE public.releases_v1 (" in dumps[0]
