"""Helm's duration functions: ``mustToDuration``, ``durationSeconds`` … ``durationTruncateTo``.

Rules: helm.sh/helm/v4@v4.3.1 pkg/engine/funcs.go ``asDuration`` and the functions after it: durations are Go's texts,
numbers and numeric texts are seconds; all but ``mustToDuration`` give 0 for anything else.
"""

from __future__ import annotations

from charthouse.golang.kinds import Duration, Float32, GoError, Int64, SizedInt, go_type
from charthouse.golang.time_duration import SECOND, parse_duration, round_to, truncate_to
from charthouse.sprig.moments import Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "days",
    "hours",
    "microseconds",
    "milliseconds",
    "minutes",
    "must_to_duration",
    "nanoseconds",
    "round_to_multiple",
    "seconds",
    "truncate_to_multiple",
    "weeks",
]

_MOST_SECONDS = ((1 << 63) - 1) // SECOND
_MOST_FLOAT = float((1 << 63) - 1) / 1e9


def _from_float(value: float) -> int:
    from charthouse.golang.fmt import format_value

    if value != value or value in (float("inf"), float("-inf")):
        raise GoError(f"invalid duration seconds: {format_value(value)}")
    if value > _MOST_FLOAT or value < -_MOST_FLOAT:
        raise GoError(f"duration seconds overflow: {format_value(value)}")
    nanoseconds = value * 1e9
    if nanoseconds >= float(1 << 63):
        # float64(math.MaxInt64) is 2**63, which Go's comparison lets pass and its conversion wraps.
        return -(1 << 63)
    return int(nanoseconds)


def _from_text(text: str) -> int:
    from charthouse.golang.strconv import parse_float, quote
    from charthouse.sprig.strings import SPACES

    bare = text.strip(SPACES)
    if not bare:
        raise GoError("empty duration")
    try:
        return parse_duration(bare)
    except GoError:
        pass  # numbers without a unit are seconds
    try:
        number = parse_float(bare)
    except GoError:
        raise GoError(f"could not parse duration {quote(text)}") from None
    return _from_float(number)


def _as_duration(value: Any) -> int:
    """Nanoseconds. Raises GoError with Helm's text."""
    if isinstance(value, Duration):
        return int(value)
    if isinstance(value, str):
        return _from_text(value)
    if value is None:
        raise GoError("invalid duration")
    if type(value) is int or isinstance(value, SizedInt):
        if value > _MOST_SECONDS or value < -_MOST_SECONDS:
            raise GoError(f"duration seconds overflow: {int(value)}")
        return int(value) * SECOND
    if isinstance(value, (float, Float32)):
        return _from_float(value)
    raise GoError(f"unsupported duration type {go_type(value)}")


def _or_zero(value: Any) -> Span:
    try:
        return Span(_as_duration(value))
    except GoError:
        return Span(0)


def must_to_duration(value: Any) -> Span:
    """The duration. Raises GoError for what is none."""
    return Span(_as_duration(value))


def _method(name: str, value: Any) -> Any:
    return Span.go_methods[name].implementation(_or_zero(value))


def seconds(value: Any) -> float:
    """In seconds."""
    return float(_method("Seconds", value))


def milliseconds(value: Any) -> Int64:
    """In whole milliseconds."""
    return Int64(_method("Milliseconds", value))


def microseconds(value: Any) -> Int64:
    """In whole microseconds."""
    return Int64(_method("Microseconds", value))


def nanoseconds(value: Any) -> Int64:
    """In nanoseconds."""
    return Int64(_or_zero(value))


def minutes(value: Any) -> float:
    """In minutes."""
    return float(_method("Minutes", value))


def hours(value: Any) -> float:
    """In hours."""
    return float(_method("Hours", value))


def days(value: Any) -> float:
    """In days."""
    return hours(value) / 24.0


def weeks(value: Any) -> float:
    """In weeks."""
    return hours(value) / 24.0 / 7.0


def _by(value: Any, multiple: Any, *, rounding: bool) -> Span:
    span = int(_or_zero(value))
    try:
        unit = _as_duration(multiple)
    except GoError:
        return Span(span)
    return Span(round_to(span, unit) if rounding else truncate_to(span, unit))


def round_to_multiple(value: Any, multiple: Any) -> Span:
    """Rounded to a multiple; unchanged when that is no duration."""
    return _by(value, multiple, rounding=True)


def truncate_to_multiple(value: Any, multiple: Any) -> Span:
    """Truncated to a multiple; unchanged when that is no duration."""
    return _by(value, multiple, rounding=False)
