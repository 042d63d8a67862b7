"""time.Duration as text.

Rules: time/time.go ``Duration.String`` of Go 1.27.
"""

from __future__ import annotations

__all__ = ["duration_text"]


def duration_text(nanoseconds: int) -> str:
    """`1h2m3.5s`; `0s` for nothing; below a second `ms`, `µs` or `ns`."""
    if nanoseconds == 0:
        return "0s"
    sign, rest = ("-", -nanoseconds) if nanoseconds < 0 else ("", nanoseconds)
    if rest < 1000:
        return f"{sign}{rest}ns"
    if rest < 1_000_000:
        return f"{sign}{_decimal(rest, 3)}µs"
    if rest < 1_000_000_000:
        return f"{sign}{_decimal(rest, 6)}ms"
    whole, fraction = divmod(rest, 1_000_000_000)
    minutes, seconds = divmod(whole, 60)
    text = f"{_decimal(seconds * 1_000_000_000 + fraction, 9)}s"
    if minutes:
        hours, minutes = divmod(minutes, 60)
        text = f"{hours}h{minutes}m{text}" if hours else f"{minutes}m{text}"
    return sign + text


def _decimal(value: int, digits: int) -> str:
    whole, fraction = divmod(value, 10**digits)
    text = f"{fraction:0{digits}d}".rstrip("0")
    return f"{whole}.{text}" if text else str(whole)
