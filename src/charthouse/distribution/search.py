"""Looking for charts in the indexes at hand.

Rules: Helm 4.3.1 ``pkg/cmd/search/search.go`` (what is matched, and how early it counts), ``pkg/cmd/search_repo.go``
(``applyConstraint``). A chart whose versions all say the same is judged by its head (``catalogue``); its rows are read
only when every version is wanted, or when none of the newest suits.
"""

from __future__ import annotations

from charthouse.distribution.errors import DistributionError
from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from charthouse.distribution.catalogue import Catalogue, Head
    from charthouse.formats.semver import Constraint, Version

    Score = Callable[[str, tuple[str, str, tuple[str, ...]]], int]

__all__ = ["Result", "search"]

_SEPARATOR = "\v"
_BEFORE_VERSION = "$$"
_WORST = 25


class Result(Record):
    """A find. name: REPOSITORY/CHART; score: 0 is best (which of name, full name, description, keywords held it)."""

    name: str
    score: int
    version: str
    app_version: str
    description: str


def search(
    catalogues: Mapping[str, Catalogue], term: str | None, *, regexp: bool = False, version: str = "",
    every_version: bool = False,
) -> list[Result]:  # fmt: skip
    """The charts of `catalogues` (repository → charts) that match, best first.

    term: None = all; regexp: it is a regular expression (RE2). version: a range; every_version: not only the newest of
    each chart in it. Raises DistributionError for a range or an expression that is none.
    """
    from charthouse.formats.semver import Constraint, SemverError

    score_of = _scorer(term, regexp)
    try:
        constraint = Constraint.parse(version)
    except SemverError as error:
        raise DistributionError(f"an invalid version/constraint format: {error.message}") from error
    suits = _Suits(constraint)
    found: list[Result] = []
    for repository, charts in catalogues.items():
        for head in charts.heads():
            scores = [score_of(repository, text) for text in head.texts]
            if not any(0 <= score < _WORST for score in scores):
                continue
            name = _full_name(repository, head.key)
            best = None if every_version else _newest(name, head, scores, suits)
            if best is not None:
                found.append(best)
            elif every_version or not head.whole or head.repeated or len(head.texts) > 1:
                found += _versions(name, charts, head, scores, suits)
    return _ranked(found, every_version, suits)


def _full_name(repository: str, key: str) -> str:
    """Helm joins the two as paths, and takes off what looks like its mark before a version."""
    name = f"{repository}/{key}"
    if "//" in name or "/." in name or not key or key.endswith("/"):
        import posixpath

        name = posixpath.normpath(name)
    return name.partition(_BEFORE_VERSION)[0]


class _Suits:
    """Which versions are in the range, each looked at once."""

    __slots__ = ("_constraint", "_known")

    def __init__(self, constraint: Constraint) -> None:
        self._constraint = constraint
        self._known: dict[str, Version | None] = {}

    def version(self, text: str) -> Version | None:
        """The version, None when it is none or not in the range."""
        if text not in self._known:
            from charthouse.formats.semver import SemverError, Version

            try:
                parsed = Version.parse(text)
            except SemverError:
                self._known[text] = None
            else:
                self._known[text] = parsed if self._constraint.check(parsed) else None
        return self._known[text]


def _newest(name: str, head: Head, scores: list[int], suits: _Suits) -> Result | None:
    """The newest version in the range, where the head alone can tell."""
    if len(scores) > 1 or head.repeated:
        return None
    for version, app_version, text in head.tops:
        if suits.version(version) is not None:
            return Result(name, scores[text], version, app_version, head.texts[text][1])
    return None


def _versions(name: str, charts: Catalogue, head: Head, scores: list[int], suits: _Suits) -> Iterable[Result]:
    """Every version in the range that matches; of one that stands there twice, the last (Helm keeps them in a map)."""
    score_of = dict(zip(head.texts, scores, strict=True))
    found: dict[str, Result] = {}
    for row in charts.find(head.key) or ():
        score = score_of[row.name, row.description, row.keywords]
        if 0 <= score < _WORST and suits.version(row.version) is not None:
            found[row.version] = Result(name, score, row.version, row.app_version, row.description)
    return found.values()


def _scorer(term: str | None, regexp: bool) -> Score:
    """A function of a repository and a chart's texts: the score, -1 when it does not match."""
    if term is None:
        return lambda repository, text: 0
    find = _finder(term, regexp)

    def score(repository: str, text: tuple[str, str, tuple[str, ...]]) -> int:
        name, description, keywords = text
        line = _SEPARATOR.join((name, f"{repository}/{name}", description, " ".join(keywords)))
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


def _ranked(results: list[Result], every_version: bool, suits: _Suits) -> list[Result]:
    """By score, name, and the newest first; of each name only the first unless every version is wanted."""
    results.sort(key=lambda result: (result.score, result.name))
    return list(_by_age(results, every_version, suits))


def _by_age(results: list[Result], every_version: bool, suits: _Suits) -> Iterator[Result]:
    from functools import cmp_to_key
    from itertools import groupby

    from charthouse.formats.semver import Version

    def compare(one: Result, other: Result) -> int:
        newer, older = suits.version(other.version), suits.version(one.version)
        return newer.compare(older) if type(newer) is Version and type(older) is Version else 0

    seen: set[str] = set()
    for (_, name), group in groupby(results, key=lambda result: (result.score, result.name)):
        if every_version:
            yield from sorted(group, key=cmp_to_key(compare))
        elif name not in seen:
            seen.add(name)
            yield min(group, key=cmp_to_key(compare))
