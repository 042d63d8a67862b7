"""Where exact numbers make a chart's output differ from Helm's: both ways rendered, compared line by line.

Ours, opt-in (docs/guides/exact-numbers.md). Helm reads every number of a values file as a float64, so that 1000000
prints as 1e+06 and integers over 2^53 lose digits; with exact numbers they stay integers. Lines that differ between two
renders of Helm's kind as well (random passwords, the time) are not told.
"""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.logs import silent
from charthouse.records import Record, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from charthouse.charts.capabilities import Capabilities
    from charthouse.charts.chart import Chart
    from charthouse.engine.functions import Lookup
    from charthouse.engine.trace import Trace
    from charthouse.gotemplate.limits import Limits
    from charthouse.profile import Profile

    # A chart whose dependencies are processed, and the user's values, both read anew by a profile's rules.
    Load = Callable[[Profile], tuple[Chart, dict[str, Any]]]

__all__ = ["HIDDEN", "ExactDifference", "TemplatePlace", "exact_differences"]

HIDDEN = "(hidden)"

_DIGITS = frozenset("0123456789")


class TemplatePlace(Record):
    """A template line. file: its path; line: from 1; excerpt: the line, without the space around it."""

    file: str
    line: int
    excerpt: str


class ExactDifference(Record):
    """A place where the output differs from Helm's.

    file: the template's path; line: of what it renders to with exact numbers, from 1 (0: Helm fails on the whole
    chart, and `helm` is its error); helm, ours: the text on each side, "" where a line is missing; template: the line
    that printed it, None where that is not known; values: what it was made of, as templates write it. The texts of
    a Secret are hidden.
    """

    file: str
    line: int
    helm: str
    ours: str
    template: TemplatePlace | None = None
    values: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The JSON form."""
        place = self.template
        return {
            "file": self.file,
            "line": self.line,
            "helm": self.helm,
            "ours": self.ours,
            "template": {"file": place.file, "line": place.line, "text": place.excerpt} if place else None,
            "values": list(self.values),
        }


def exact_differences(
    load: Load,
    *,
    profile: Profile,
    name: str,
    namespace: str,
    capabilities: Capabilities,
    revision: int = 1,
    is_upgrade: bool = False,
    lookup: Lookup | None = None,
    enable_dns: bool = False,
    skip_schema: bool = False,
    limits: Limits | None = None,
) -> tuple[ExactDifference, ...]:
    """Every place, template by template. profile: the one the exact render follows.

    Raises what rendering with exact numbers raises.
    """
    release = {
        "name": name, "namespace": namespace, "revision": revision, "is_install": not is_upgrade,
        "is_upgrade": is_upgrade, "capabilities": capabilities, "skip_schema": skip_schema,
    }  # fmt: skip
    options = {"lookup": lookup, "enable_dns": enable_dns, "limits": limits}
    sides = _Sides(load, release, options)
    exact = replace(profile, exact_numbers=True)
    plain = replace(profile, exact_numbers=False)
    ours = sides.files(exact)
    try:
        helm = sides.files(plain)
    except CharthouseError as error:
        return (ExactDifference("", 0, error.message, ""),)
    paths = [path for path in ours if ours[path] != helm.get(path, "")]
    if not paths:
        return ()
    again = sides.files(plain)
    found = [
        difference for path in paths for difference in _compared(path, helm.get(path, ""), ours[path], again[path])
    ]
    found = [_hidden(difference, ours[difference.file]) for difference in found]
    return tuple(_placed(found, sides, exact)) if found else ()


class _Sides:
    """Renders a chart by a profile, anew each time: rendering changes charts."""

    def __init__(self, load: Load, release: dict[str, Any], options: dict[str, Any]) -> None:
        self.load = load
        self.release = release
        self.options = options

    def top(self, profile: Profile) -> tuple[Chart, dict[str, Any]]:
        from charthouse.charts.values import to_render_values

        chart, values = self.load(profile)
        return chart, to_render_values(chart, values, log=silent, profile=profile, **self.release)

    def files(self, profile: Profile) -> dict[str, str]:
        from charthouse.engine.render import render

        chart, top = self.top(profile)
        return render(chart, top, log=silent, profile=profile, **self.options)

    def traced(self, profile: Profile) -> Trace:
        from charthouse.engine.trace import trace

        chart, top = self.top(profile)
        return trace(chart, top, profile=profile, **self.options)


def _compared(path: str, helm: str, ours: str, again: str) -> Iterator[ExactDifference]:
    """The lines of one file that differ, those that Helm itself gives differently each time left out."""
    theirs, mine, other = helm.split("\n"), ours.split("\n"), again.split("\n")
    if len(theirs) == len(mine):
        steady = other if len(other) == len(theirs) else theirs
        for index, (left, right) in enumerate(zip(theirs, mine, strict=True)):
            if left != right and (steady[index] == left or _same_but_numbers(left, right)):
                yield ExactDifference(path, index + 1, left, right)
        return
    from difflib import SequenceMatcher

    for kind, a, b, c, d in SequenceMatcher(None, theirs, mine, autojunk=False).get_opcodes():
        if kind != "equal":
            for offset in range(max(b - a, d - c)):
                left = theirs[a + offset] if a + offset < b else ""
                right = mine[c + offset] if c + offset < d else ""
                yield ExactDifference(path, min(c + offset, d) + 1, left, right)


def _hidden(difference: ExactDifference, text: str) -> ExactDifference:
    """Without the texts of a line that belongs to a Secret: a report is kept where the output is not."""
    lines = text.split("\n")
    begin = end = difference.line - 1
    while begin > 0 and not lines[begin].startswith("---"):
        begin -= 1
    while end < len(lines) and not (end > begin and lines[end].startswith("---")):
        end += 1
    if any(line.startswith("kind: Secret") for line in lines[begin:end]):
        return replace(difference, helm=HIDDEN, ours=HIDDEN)
    return difference


def _same_but_numbers(left: str, right: str) -> bool:
    """Whether two lines differ in their digits and exponents only."""
    return _without_digits(left) == _without_digits(right)


def _without_digits(line: str) -> str:
    return "".join([char for char in line if char not in _DIGITS and char not in ".e+-"])


def _placed(found: list[ExactDifference], sides: _Sides, exact: Profile) -> Iterator[ExactDifference]:
    """The differences with the template lines that printed them."""
    try:
        traced = sides.traced(exact)
    except CharthouseError:
        yield from found  # the tracer has bounds of its own; without it the places are not known
        return
    for difference in found:
        text = traced.files.get(difference.file)
        segments = text.line(difference.line) if text is not None else []
        actions = [segment for segment in segments if segment.frame is not None and segment.frame.kind == "action"]
        told = [segment for segment in actions if segment.reads] or actions
        if not told:
            yield difference
            continue
        frame = told[-1].frame
        assert frame is not None
        reads = dict.fromkeys("." + ".".join(map(str, read)) for segment in told for read in segment.reads)
        yield replace(difference, template=TemplatePlace(frame.file, frame.line, frame.excerpt), values=tuple(reads))
