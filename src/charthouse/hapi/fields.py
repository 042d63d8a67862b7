"""How many fields a message of the wire would become, found out before it is read.

Two bytes make an empty message of eighty: 20 MiB, which a request may have, would become most of a gigabyte. So the
fields are counted first, without making any, and no further than to the bound. Bytes that are no message are left to
protobuf, which says what is wrong with them.

Source: protobuf's encoding (https://protobuf.dev/programming-guides/encoding/).
"""

from __future__ import annotations

from functools import lru_cache

from charthouse.hapi.errors import Malformed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["MOST", "bounded", "too_many_fields"]

MOST = 500_000
_FIXED = {1: 8, 5: 4}


def bounded(kind: Any) -> Callable[[bytes], Any]:
    """What makes messages of `kind`. Raises Malformed for more than MOST fields, protobuf's DecodeError."""

    def made(data: bytes) -> Any:
        if too_many_fields(kind.DESCRIPTOR, data, MOST):
            raise Malformed(f"the message has more than {MOST} fields")
        return kind.FromString(data)

    return made


def too_many_fields(descriptor: Any, data: bytes, most: int) -> bool:
    """Whether a message has more than `most` fields, those of messages inside of it included."""
    if len(data) <= 2 * most:
        return False
    ahead = [(descriptor, 0, len(data))]
    count = 0
    while ahead:
        kind, at, end = ahead.pop()
        inner = _messages(kind)
        while at < end:
            count += 1
            if count > most:
                return True
            tag, at = _varint(data, at, end)
            wire = tag & 7
            if wire == 0:
                _, at = _varint(data, at, end)
            elif wire == 2:
                size, at = _varint(data, at, end)
                if size > end - at:
                    return False
                below = inner.get(tag >> 3)
                if below is not None:
                    ahead.append((below, at, at + size))
                at += size
            elif wire in _FIXED:
                at += _FIXED[wire]
            else:
                return False
    return False


def _varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    """A number and where it ends; what does not end, ends with the data."""
    value = shift = 0
    while at < end:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128 or shift > 63:
            break
        shift += 7
    return value, at


@lru_cache(256)
def _messages(descriptor: Any) -> dict[int, Any]:
    """The fields that are messages, by number."""
    return {field.number: field.message_type for field in descriptor.fields if field.message_type is not None}
