""".helmignore: which files of a chart directory stay out of the chart.

Whose rules: Helm 4.3.1 pkg/ignore/rules.go. Unlike git's, `!pattern` does not bring anything back: a path it does *not*
match is ignored there and then; the first rule that says ignore wins.
"""

from __future__ import annotations

from charthouse.charts.filematch import compile_pattern, matches_compiled
from charthouse.charts.metadata import ChartError
from charthouse.golang.space import trim_space

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["DEFAULT_RULES", "FILE_NAME", "Rules"]

FILE_NAME = ".helmignore"
DEFAULT_RULES = ("templates/.?*",)
_MOST = 5000


class Rules:
    """A list of rules, in order."""

    __slots__ = ("_rules",)

    def __init__(self, data: bytes = b"") -> None:
        """Parse the text of a .helmignore and add the default rules. Raises ChartError for a malformed line."""
        # One rule: negated, directories only, by base name only, compiled pattern.
        self._rules: list[tuple[bool, bool, bool, Any]] = []
        text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
        for line in text.split("\n"):
            self._add(line)
            if len(self._rules) > _MOST:  # each is tried on each file
                raise ChartError(f"{FILE_NAME} has more than {_MOST} rules")
        for line in DEFAULT_RULES:
            self._add(line)

    def _add(self, line: str) -> None:
        rule = trim_space(line)
        if not rule or rule[0] == "#":
            return
        if "**" in rule:
            raise ChartError("double-star (**) syntax is not supported")
        compile_pattern(rule)
        negated = rule[0] == "!"
        if negated:
            rule = rule[1:]
        directories = rule.endswith("/")
        if directories:
            rule = rule[:-1]
        base_only = "/" not in rule
        self._rules.append((negated, directories, base_only, compile_pattern(rule.removeprefix("/"))))

    def ignores(self, path: str, *, directory: bool) -> bool:
        """Whether the file or directory at `path` (relative to the chart, with `/`) is left out."""
        if path in ("", ".", "./"):
            return False
        base = path[path.rfind("/") + 1 :]
        for negated, directories, base_only, pattern in self._rules:
            if directories and not directory:
                if negated:
                    return True
                continue
            if matches_compiled(pattern, base if base_only else path) != negated:
                return True
        return False
