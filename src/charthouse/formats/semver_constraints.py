"""The text of a version constraint, read into comparisons.

Rules: github.com/Masterminds/semver/v3@v3.5.0 constraints.go ``NewConstraint``, ``parseConstraint`` and
``rewriteRange``. Upstream validates with one large regular expression and then searches with a second; as no character
of a version separates comparisons, both come down to the scanner below, which takes linear time.
"""

from __future__ import annotations

from charthouse.formats.semver import Comparison, SemverError, Version

__all__ = ["parse_groups"]

_MAX_CONSTRAINT = 512
_MAX_GROUPS = 32
_SPACES = " \t\n\f\r"
_SEPARATORS = _SPACES + ","
_OPERATORS = ("!=", ">=", "=>", "<=", "=<", "~>", "=", ">", "<", "~", "^")
_PART = frozenset("0123456789|xX*")
_ALNUM = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")
_WILD = frozenset(("x", "X", "*", ""))


def _improper(group: str) -> SemverError:
    from charthouse.golang.strconv import quote

    return SemverError(f"improper constraint: {quote(group)}")


def _rewrite_ranges(text: str) -> str:
    """``1.2 - 3`` as ``>= 1.2, <= 3 ``, everywhere in the text."""
    if not any(space + "-" in text for space in _SPACES):
        return text
    import re

    space = r"[ \t\n\f\r]"
    version = (
        r"v?[0-9|xX*]+(?:\.[0-9|xX*]+)?(?:\.[0-9|xX*]+)?"
        r"(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
    )
    rewritten = text
    for found in re.finditer(f"{space}*({version}){space}+-{space}+({version}){space}*", text):
        rewritten = rewritten.replace(found[0], f">= {found[1]}, <= {found[2]} ", 1)
    return rewritten


def _comparison(operator: str, text: str) -> Comparison | None:
    """The comparison of an operator and a version with wildcards; None when the text is no version."""
    core, plus, metadata = text.partition("+")
    core, dash, prerelease = core.partition("-")
    for mark, tail in ((dash, prerelease), (plus, metadata)):
        if mark and not all(part and _ALNUM.issuperset(part) for part in tail.split(".")):
            return None
    parts = core.removeprefix("v").split(".")
    if len(parts) > 3 or not all(part and _PART.issuperset(part) for part in parts):
        return None
    major, minor, patch = (*parts, "", "")[:3]
    dirty = ""
    meaning = text
    if major in _WILD:
        meaning, dirty = f"0.0.0{dash}{prerelease}", "major"
    elif minor in _WILD:
        meaning, dirty = f"{major}.0.0{dash}{prerelease}", "minor"
    elif patch in _WILD:
        meaning, dirty = f"{major}.{minor}.0{dash}{prerelease}", "patch"
    try:
        version = Version.parse(meaning)
    except SemverError:
        raise SemverError("constraint parser error") from None
    return Comparison(operator, text, version, dirty=dirty)


def _group(text: str) -> tuple[Comparison, ...]:
    """The comparisons of one group. Raises SemverError."""
    found: list[tuple[str, str]] = []
    position, length = 0, len(text)
    while True:
        while position < length and text[position] in _SPACES:
            position += 1
        if position == length and found:
            break
        operator = next((op for op in _OPERATORS if text.startswith(op, position)), "")
        position += len(operator)
        while position < length and text[position] in _SPACES:
            position += 1
        start = position
        while position < length and text[position] not in _SEPARATORS:
            position += 1
        if start == position:
            raise _improper(text)
        found.append((operator, text[start:position]))
        while position < length and text[position] in _SPACES:
            position += 1
        if position < length and text[position] == ",":
            position += 1
            if not text[position:].strip(_SPACES):
                raise _improper(text)
        elif position == length:
            break
    made: list[Comparison] = []
    fault: SemverError | None = None
    for operator, version in found:
        try:
            comparison = _comparison(operator, version)
        except SemverError as error:
            # Upstream looks at the whole group's form before it reads a single version.
            fault = fault or error
            continue
        if comparison is None:
            raise _improper(text)
        made.append(comparison)
    if fault is not None:
        raise fault
    return tuple(made)


def parse_groups(text: str) -> tuple[tuple[Comparison, ...], ...]:
    """The groups of a constraint text. Raises SemverError with the library's text."""
    if len(text.encode("utf-8", "surrogateescape")) > _MAX_CONSTRAINT:
        raise SemverError(f"constraint string is too long (max {_MAX_CONSTRAINT} bytes)")
    groups = _rewrite_ranges(text).split("||")
    if len(groups) > _MAX_GROUPS:
        raise SemverError(f"too many constraint groups (max {_MAX_GROUPS})")
    return tuple([_group(group) for group in groups])
