"""Whether a vendored folder is what its lock says, without a network.

Ours. For each chart: the archive is there, has the size and digest that were pinned, is the chart it is pinned as, and
holds every chart it needs, with the contents that were pinned. An archive the lock does not know is a problem too:
nobody checked it.
"""

from __future__ import annotations

import os

from charthouse.distribution.parts import content_digest, inside
from charthouse.distribution.pins import LOCK_FILE
from charthouse.errors import CharthouseError
from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.charts.chart import Chart
    from charthouse.distribution.pins import Pinned
    from charthouse.logs import Log

__all__ = ["Finding", "check"]


class Finding(Record):
    """What was found of one archive. status: "ok", "missing", "unreadable", "wrong size", "wrong digest", "wrong
    chart", "incomplete", "wrong contents", "wrong provenance", "not pinned"; detail: more of it, "" for ok."""

    name: str
    version: str
    archive: str
    status: str
    detail: str = ""


def check(folder: str, *, log: Log) -> tuple[Finding, ...]:
    """One finding for each pinned archive, then the strays. Raises DistributionError when there is no lock."""
    from charthouse.actions.vendor import existing

    known = existing(folder)
    findings = []
    for chart in known:
        status, detail = _state(folder, chart, log)
        if status == "ok" and chart.provenance:
            status, detail = _proof_state(folder, chart)
        findings.append(Finding(chart.name, chart.version, chart.archive, status, detail))
    pinned = {chart.archive for chart in known}
    for name in sorted(os.listdir(folder)):
        if name.endswith(".tgz") and name not in pinned:
            findings.append(Finding("", "", name, "not pinned", f"{LOCK_FILE} does not name it"))
    return tuple(findings)


def _state(folder: str, pinned: Pinned, log: Log) -> tuple[str, str]:
    from hashlib import sha256

    from charthouse.charts.loader import load_archive
    from charthouse.charts.regular import read_regular

    path = os.path.join(folder, pinned.archive)
    try:
        data = read_regular(path, limit=max(pinned.size, 1) + 1)
    except FileNotFoundError:
        return "missing", "there is no such file"
    except OSError as error:
        too_large = os.path.isfile(path) and os.path.getsize(path) > pinned.size
        return ("wrong size", _sizes(os.path.getsize(path), pinned)) if too_large else ("unreadable", _reason(error))
    if len(data) != pinned.size:
        return "wrong size", _sizes(len(data), pinned)
    found = "sha256:" + sha256(data).hexdigest()
    if found != pinned.digest:
        return "wrong digest", f"{found}, not {pinned.digest}"
    try:
        chart = load_archive(data, log=log)
    except CharthouseError as error:
        return "unreadable", str(error)
    return _contents(chart, pinned)


def _proof_state(folder: str, pinned: Pinned) -> tuple[str, str]:
    from hashlib import sha256

    from charthouse.charts.regular import read_regular

    try:
        found = "sha256:" + sha256(read_regular(os.path.join(folder, f"{pinned.archive}.prov"))).hexdigest()
    except OSError as error:
        return "wrong provenance", _reason(error)
    return ("ok", "") if found == pinned.provenance else ("wrong provenance", f"{found}, not {pinned.provenance}")


def _contents(chart: Chart, pinned: Pinned) -> tuple[str, str]:
    """What is inside the right archive: wrong only when the lock was changed by hand, or made by a mistake of ours."""
    from charthouse.charts.dependencies import MissingDependencies
    from charthouse.charts.dependencies import check as check_dependencies

    if (chart.name, chart.metadata.version) != (pinned.name, pinned.version):
        return "wrong chart", f"it holds {chart.name} {chart.metadata.version}"
    try:
        check_dependencies(chart)
    except MissingDependencies as error:
        return "incomplete", f"it lacks {', '.join(error.names)}"
    have = {path: content_digest(inner) for path, inner in inside(chart)}
    wrong = [part.path for part in pinned.dependencies if have.get(part.path) != part.content]
    unknown = sorted(have.keys() - {part.path for part in pinned.dependencies})
    if wrong or unknown:
        return "wrong contents", f"not as pinned: {', '.join(wrong + unknown)}"
    return "ok", ""


def _sizes(found: int, pinned: Pinned) -> str:
    return f"{found} bytes, not {pinned.size}"


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
