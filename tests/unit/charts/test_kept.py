"""Default values kept between runs are what parsing gives, for each way of reading them."""

from __future__ import annotations

import pathlib

import pytest

from charthouse.charts.kept import KeptValues
from charthouse.charts.loader import load_values
from charthouse.charts.metadata import ChartError
from charthouse.engine.cache import TreeCache
from charthouse.profile import HELM4, profile_named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.profile import Profile

_DATA = b"whole: 3\nreal: 1.5\nnone: null\nlist: [a, true, {b: c}]\n" + b"# comment\n" * 1000 + b"---\nwhole: 4\n"


def test_values_are_the_same_and_nobody_shares_them(tmp_path: pathlib.Path) -> None:
    parsed: list[bytes] = []

    def parse(data: bytes, profile: Profile) -> dict[str, Any]:
        parsed.append(data)
        return load_values(data, profile)

    kept = KeptValues(TreeCache(str(tmp_path / "kept")))
    profiles = [HELM4, profile_named("helm3"), profile_named("helm4", exact_numbers=True)]
    for profile in profiles * 2:
        values = kept.read(_DATA, profile, parse)
        assert repr(values) == repr(load_values(_DATA, profile))
        values["list"].clear()
    # Exact integers are of a class of their own, which cannot be kept: those values are parsed each time.
    assert len(parsed) == 4


def test_what_is_no_yaml_is_never_kept(tmp_path: pathlib.Path) -> None:
    kept = KeptValues(TreeCache(str(tmp_path / "kept")))
    for _ in range(2):
        with pytest.raises(ChartError):
            kept.read(b"a: [\n" + _DATA, HELM4, load_values)
