"""Charts are kept by everything they are made of, and not for ever."""

from __future__ import annotations

from charthouse.charts.chart import Chart, File
from charthouse.charts.metadata import Metadata
from charthouse.logs import INFO, LogRecord
from charthouse.profile import profile_named
from charthouse.sandbox.kept import KeptCharts


def chart(size: int) -> Chart:
    return Chart(Metadata("c", "1.0.0"), raw=[File("a", b"x" * size)])


def test_the_key_is_archive_and_profile() -> None:
    kept = KeptCharts()
    profiles = [profile_named("helm4"), profile_named("helm3"), profile_named("helm4", exact_numbers=True)]
    keys = {kept.key(archive, profile) for archive in (b"a", b"b") for profile in profiles}
    assert len(keys) == 6
    assert kept.key(b"a", profiles[0]) in keys


def test_the_least_used_goes_first() -> None:
    kept = KeptCharts(most=400_000)
    keys = [kept.key(bytes([number]), profile_named("helm4")) for number in range(6)]
    said = (LogRecord(INFO, "loaded"),)
    for key in keys[:4]:
        kept.keep(key, chart(90_000), said)
    found = kept.find(keys[0])
    assert found is not None and found[1] == said
    kept.keep(keys[4], chart(90_000), said)
    assert [kept.find(key) is not None for key in keys] == [True, False, True, True, True, False]


def test_huge_charts_are_not_kept() -> None:
    kept = KeptCharts(most=400_000)
    key = kept.key(b"a", profile_named("helm4"))
    kept.keep(key, chart(150_000), ())
    assert kept.find(key) is None
    for _ in range(50):
        kept.keep(key, chart(90_000), ())
    assert kept.find(key) is not None
