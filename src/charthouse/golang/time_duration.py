"""time.Duration: reading, rounding, truncating. (Its text is made in golang/duration.py.)

Rules: Go 1.27 time/format.go ``ParseDuration``, time/time.go ``Duration.Round`` and ``Duration.Truncate``. Durations
are plain ints of nanoseconds here.
"""

from __future__ import annotations

from charthouse.golang.kinds import GoError

__all__ = ["HOUR", "MINUTE", "SECOND", "parse_duration", "quoted", "round_to", "truncate_to"]

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
_LARGEST = (1 << 63) - 1
_UNITS = {
    "ns": 1,
    "us": 1000,
    "µs": 1000,
    "μs": 1000,
    "ms": 1_000_000,
    "s": SECOND,
    "m": MINUTE,
    "h": HOUR,
}


def quoted(text: str) -> str:
    """The text between quotes as the time package does it: what is not printable ASCII as escaped bytes."""
    made = []
    for byte in text.encode("utf-8", "surrogateescape"):
        char = chr(byte)
        if not 0x20 <= byte < 0x80:
            made.append(f"\\x{byte:02x}")
        else:
            made.append("\\" + char if char in '"\\' else char)
    return '"' + "".join(made) + '"'


def _digits(text: str, at: int) -> int:
    while at < len(text) and "0" <= text[at] <= "9":
        at += 1
    return at


def _fraction(digits: str) -> tuple[int, float]:
    """The number and the power of ten behind a decimal point; digits that do not fit are ignored."""
    number, scale = 0, 1.0
    for digit in digits:
        if number > _LARGEST // 10 or number * 10 + int(digit) > 1 << 63:
            break
        number = number * 10 + int(digit)
        scale *= 10
    return number, scale


def parse_duration(text: str) -> int:
    """The nanoseconds of ``1h30m``, ``-1.5s``, ``0`` … Raises GoError with Go's text."""
    body = text[1:] if text[:1] in ("-", "+") else text
    if body == "0":
        return 0
    fault = GoError(f"time: invalid duration {quoted(text)}")
    if not body:
        raise fault
    total, at = 0, 0
    while at < len(body):
        whole_end = _digits(body, at)
        whole = body[at:whole_end]
        at = whole_end
        part = ""
        if body.startswith(".", at):
            end = _digits(body, at + 1)
            part, at = body[at + 1 : end], end
        if (not whole and not part) or int(whole[:25] or "0") > 1 << 63:
            raise fault
        end = at
        while end < len(body) and body[end] != "." and not "0" <= body[end] <= "9":
            end += 1
        if end == at:
            raise GoError(f"time: missing unit in duration {quoted(text)}")
        unit = _UNITS.get(body[at:end])
        if unit is None:
            raise GoError(f"time: unknown unit {quoted(body[at:end])} in duration {quoted(text)}")
        at = end
        value = int(whole[:25] or "0")
        if value > (1 << 63) // unit:
            raise fault
        value *= unit
        number, scale = _fraction(part)
        if number:
            value += int(float(number) * (unit / scale))
        total += value
        if value > 1 << 63 or total > 1 << 63:
            raise fault
    if text[0] == "-":
        return -total
    if total > _LARGEST:
        raise fault
    return total


def truncate_to(duration: int, multiple: int) -> int:
    """Towards zero to a multiple; unchanged for a multiple of zero or less."""
    if multiple <= 0:
        return duration
    rest = abs(duration) % multiple
    return duration + rest if duration < 0 else duration - rest


def round_to(duration: int, multiple: int) -> int:
    """To the nearest multiple, halves away from zero; unchanged for a multiple of zero or less."""
    if multiple <= 0:
        return duration
    rest = abs(duration) % multiple
    size = abs(duration) - rest + (multiple if rest + rest >= multiple else 0)
    return max(-size, -(1 << 63)) if duration < 0 else min(size, _LARGEST)
