"""A cluster in a dict (see tests/unit/releases/conftest.py)."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from charthouse.kube.cluster import Cluster

_spec = importlib.util.spec_from_file_location(
    "releases_conftest", Path(__file__).parents[1] / "releases" / "conftest.py"
)
assert _spec is not None and _spec.loader is not None
_fakes: Any = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_fakes)


@pytest.fixture
def cluster() -> Callable[[], Cluster]:
    return lambda: Cluster(_fakes.FakeClient())
