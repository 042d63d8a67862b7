"""How a run is spread over several processes (pytest-xdist): which tests stay together, and what is begun first.

Most tests wait for a cluster or start programs; two or three processes fill the time. A file's tests on one cluster
stay in one process, in order. Those that keep to namespaces of their own go anywhere.
"""

from __future__ import annotations

import os
import re
from collections.abc import Generator
from typing import Any

import pytest

__all__ = ["group_of", "pytest_collection_modifyitems", "pytest_xdist_make_scheduler"]

ALONE = ("test_interop", "test_lanes", "test_records")
# The server remembers how each user last acted as another; there is one tunnel; an aggregated API is the cluster's.
TOGETHER = (
    "test_api", "test_identity", "test_tunnel", "test_helm2_server", "test_tiller_client", "test_tiller_hapi_client",
    "test_tiller_init",
)  # fmt: skip
LONG = (
    "hooks",
    "kinds",
    "turns",
    "drift",
    "test_killed",
    "test_tiller_crash",
    "test_output",
    "flags",
    "test_interop",
    "test_verbs",
)
NODE = re.compile(r".*?(\w+)\.py::(\w+)(?:\[([a-z]+)(?:-(\w+))?)?")


def group_of(nodeid: str) -> str:
    """The name of the group a test belongs to."""
    found = NODE.match(nodeid)
    if found is None:
        return nodeid
    file, _, cluster, more = found.groups()
    if file in ALONE:
        return nodeid
    if file == "test_killed":
        return f"{file}-{cluster}-{more}"
    return f"{TOGETHER[0] if file in TOGETHER else file}-{cluster}"


def _rank(nodeid: str) -> tuple[int, int]:
    place = next((at for at, name in enumerate(LONG) if name in nodeid), len(LONG))
    return place, 0 if "[real" in nodeid else 1


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None, None, None]:
    """In a worker process: what takes longest comes first."""
    yield
    if os.environ.get("PYTEST_XDIST_WORKER"):
        items.sort(key=lambda item: _rank(item.nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Groups go to whoever is free, in the order of the tests."""
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # it ships no types

    class Groups(LoadScopeScheduling):  # type: ignore[misc]  # see above
        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

    config.option.loadscopereorder = False
    return Groups(config, log)
