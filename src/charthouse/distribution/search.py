"""Looking for charts in the indexes at hand.

Rules: Helm 4.3.1 ``pkg/cmd/search/search.go`` (what is matched, and how early it counts), ``pkg/cmd/search_repo.go``
(``applyConstraint``).
"""

from __future__ import annotations

from charthouse.distribution.errors import DistributionError
from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from charthouse.distribution.catalogue import Row
    from charthouse.formats.semver import Version

__all__ = ["Result", "search"]

_SEPARATOR = "\v"
_WORST = 25


class Result(Record):
    """A find. name: REPOSITORY/CHART; score: 0 is best (which of name, full name, description, keywords held it)."""

    name: str
    score: int
    row: Row


def search(
    catalogues: Mapping[str, Mapping[str, list[Row]]], term: str | None, *, regexp: bool = False, version: str = "",
    every_version: bool = False,
) -> list[Result]:  # fmt: skip
    """The charts of `catalogues` (repository → chart → versions) that match, best first.

    term: None = all; regexp: it is a regular expression (RE2). version: a range; every_version: not only the newest of
    each chart in it. Raises DistributionError for a range or an expression that is none.
    """
    from charthouse.formats.semver import Constraint, SemverError

    found: dict[tuple[str, str], Result] = {}
    score_of = _scorer(term, regexp)
    for repository, charts in catalogues.items():
        for chart, rows in charts.items():
            name = f"{repository}/{chart}"
            for row in rows:
                score = score_of(repository, chart, row)
                if 0 <= score < _WORST:
                    found[name, row.version] = Result(name, score, row)
    ranked = _ranked(list(found.values()))
    try:
        constraint = Constraint.parse(version)
    except SemverError as error:
        raise DistributionError(f"an invalid version/constraint format: {error.message}") from error
    out: list[Result] = []
    seen: set[str] = set()
    for parsed, result in ranked:
        if (every_version or result.name not in seen) and parsed is not None and constraint.check(parsed):
            out.append(result)
            seen.add(result.name)
    return out


def _scorer(term: str | None, regexp: bool) -> Callable[[str, str, Row], int]:
    """A function of repository, chart and row: the score, -1 when it does not match."""
    if term is None:
        return lambda repository, chart, row: 0
    find = _finder(term, regexp)

    def score(repository: str, chart: str, row: Row) -> int:
        line = _SEPARATOR.join((chart, f"{repository}/{chart}", row.description, " ".join(row.keywords)))
        line = line if regexp else line.lower()
        at = find(line)
        if at < 0:
            return -1
        # A match that begins at a separator still counts for what stands before it.
        return line.count(_SEPARATOR, 0, at)

    return score


def _finder(term: str, regexp: bool) -> Callable[[str], int]:
    if not regexp:
        low = term.lower()
        return lambda line: line.find(low)
    from charthouse.golang import regexp as expressions
    from charthouse.golang.kinds import GoError

    try:
        pattern = expressions.compile(term)
    except GoError as error:
        raise DistributionError(str(error)) from error

    def find(line: str) -> int:
        span = pattern.find_submatch_index(line)
        return span[0] if span is not None else -1

    return find


def _ranked(results: list[Result]) -> list[tuple[Version | None, Result]]:
    """By score, name, and the newest first."""
    from functools import cmp_to_key

    from charthouse.formats.semver import SemverError, Version

    known: dict[str, Version | None] = {}

    def parsed(text: str) -> Version | None:
        if text not in known:
            try:
                known[text] = Version.parse(text)
            except SemverError:
                known[text] = None
        return known[text]

    def compare(one: tuple[Version | None, Result], other: tuple[Version | None, Result]) -> int:
        a, b = one[1], other[1]
        if a.score != b.score or a.name != b.name:
            return -1 if (a.score, a.name) < (b.score, b.name) else 1
        if one[0] is None or other[0] is None:
            return 0
        return other[0].compare(one[0])

    return sorted(((parsed(result.row.version), result) for result in results), key=cmp_to_key(compare))
