"""Go's run-time panics as errors, with the texts text/template shows after recovering from them.

Rules: Go 1.27 runtime/error.go, internal/reflectlite; text/template exec.go ``safeCall``.
"""

from __future__ import annotations

from charthouse.golang.kinds import GoError, go_type

__all__ = ["bounds", "conversion", "divide_by_zero", "makeslice", "nil_map", "nil_pointer"]


def nil_pointer() -> GoError:
    """What reflection on nil ends in."""
    return GoError("runtime error: invalid memory address or nil pointer dereference")


def nil_map() -> GoError:
    """A write to a nil map."""
    return GoError("assignment to entry in nil map")


def divide_by_zero() -> GoError:
    """Integer division by zero."""
    return GoError("runtime error: integer divide by zero")


def makeslice() -> GoError:
    """``make`` with an impossible length."""
    return GoError("runtime error: makeslice: len out of range")


def conversion(value: object, wanted: str) -> GoError:
    """A failed type assertion ``value.(wanted)`` on an interface {}."""
    name = "nil" if value is None else go_type(value)
    return GoError(f"interface conversion: interface {{}} is {name}, not {wanted}")


def bounds(low: int | None, high: int | None, length: int) -> GoError | None:
    """The panic of the slice expression ``s[low:high]`` on `length` bytes of a string; None when it is in bounds."""
    if high is not None:
        if high < 0:
            return GoError(f"runtime error: slice bounds out of range [:{high}]")
        if high > length:
            return GoError(f"runtime error: slice bounds out of range [:{high}] with length {length}")
        if low is not None and low > high:
            return GoError(f"runtime error: slice bounds out of range [{low}:{high}]")
    elif low is not None and low > length:
        return GoError(f"runtime error: slice bounds out of range [{low}:{length}]")
    if low is not None and low < 0:
        return GoError(f"runtime error: slice bounds out of range [{low}:]")
    return None
