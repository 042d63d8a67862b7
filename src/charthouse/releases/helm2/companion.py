"""What a release of Helm 2's holds and a record of Helm 3's or 4's has no place for.

A companion is a set of *overrides*: paths of fields of hapi.release.Release (`chart.values.raw`,
`info.status.last_test_suite_run`, `chart.dependencies`), each with its value and with a digest of what our own release
gives for that field. An override holds as long as our release still gives that; once the field means something else
(a new status, other values), it is passed over. Paths lead through single messages; a repeated field or a map is one
value.

Form in a cluster (``releases.helm2.companions``): the text of ``encode``, gzip and base64 of JSON
`{"version": 1, "fields": {PATH: DIGEST}, "release": BASE64}`, the last a hapi.release.Release with only those fields.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib

from charthouse.errors import CharthouseError
from charthouse.hapi import messages
from charthouse.records import Record
from charthouse.releases.errors import CodecError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

__all__ = ["MAX_DECODED", "Companion", "decode_companion", "difference"]

MAX_DECODED = 64 << 20  # bytes of JSON
_VERSION = 1
_ABSENT = "absent"


class Companion(Record):
    """fields: path → digest of what our release gave there; data: the serialized hapi.release.Release of the values."""

    fields: Mapping[str, str]
    data: bytes

    def apply(self, message: messages.Release) -> None:
        """Put every override that still holds into `message`, which our release was derived into."""
        held = messages.parse(messages.Release, self.data)
        for path, digest in self.fields.items():
            target, field = _parent(message, path)
            if field is None or _digest(target, field) != digest:
                continue
            source, _ = _parent(held, path)
            _copy(source, target, field)

    def encode(self) -> str:
        """The text of it."""
        fields = {path: self.fields[path] for path in sorted(self.fields)}
        value = {"version": _VERSION, "fields": fields, "release": base64.b64encode(self.data).decode("ascii")}
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        data = json.dumps(value, separators=(",", ":")).encode()
        return base64.b64encode(packer.compress(data) + packer.flush()).decode("ascii")


def decode_companion(text: str) -> Companion:
    """The companion of a text. Raises CodecError."""
    try:
        unpacker = zlib.decompressobj(31)
        data = unpacker.decompress(base64.b64decode(text, validate=True), MAX_DECODED)
        if not unpacker.eof:
            raise CodecError("the companion is cut off or too large")
        value = json.loads(data)
        fields, release = value["fields"], base64.b64decode(value["release"], validate=True)
        if value["version"] != _VERSION or not all(isinstance(digest, str) for digest in fields.values()):
            raise CodecError("the companion is of another version")
        messages.parse(messages.Release, release)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, zlib.error) as error:
        raise CodecError(f"the companion cannot be read: {error}") from error
    except CodecError:
        raise
    except CharthouseError as error:
        raise CodecError(error.message) from error
    return Companion(fields, release)


def difference(ours: messages.Release, whole: messages.Release) -> Companion | None:
    """What `whole` says and `ours` does not; None when both say the same."""
    held = messages.Release()
    fields: dict[str, str] = {}
    for path, source, target, field in _differences(ours, whole, held, ""):
        fields[path] = _digest(_parent(ours, path)[0], field)
        _copy(source, target, field)
    if not fields:
        return None
    return Companion(fields, held.SerializeToString(deterministic=True))


def _differences(ours: Any, whole: Any, held: Any, path: str) -> Iterator[tuple[str, Any, Any, Any]]:
    """Every field that differs: its path, the message of `whole` and of `held` it is in, its descriptor."""
    for field in whole.DESCRIPTOR.fields:
        if _digest(ours, field) == _digest(whole, field):
            continue
        at = path + field.name
        if _is_single_message(field) and ours.HasField(field.name) and whole.HasField(field.name):
            inner = getattr(held, field.name)
            inner.SetInParent()
            yield from _differences(getattr(ours, field.name), getattr(whole, field.name), inner, f"{at}.")
        else:
            yield at, whole, held, field


def _is_single_message(field: Any) -> bool:
    """Whether one looks inside a field: a message of hapi's, not repeated."""
    kind = field.message_type
    return kind is not None and not _is_repeated(field) and kind.full_name.startswith("hapi.")


def _is_repeated(field: Any) -> bool:
    found = getattr(field, "is_repeated", None)  # protobuf 6 and later
    return bool(field.label == field.LABEL_REPEATED) if found is None else bool(found)


def _parent(message: Any, path: str) -> tuple[Any, Any]:
    """The message a path's last field is in, and the field; None when a path leads nowhere."""
    *steps, last = path.split(".")
    for step in steps:
        field = message.DESCRIPTOR.fields_by_name.get(step)
        if field is None or not _is_single_message(field):
            return message, None
        message = getattr(message, step)
    return message, message.DESCRIPTOR.fields_by_name.get(last)


def _digest(message: Any, field: Any) -> str:
    """What a field of a message holds, in 16 bytes; `absent` for a single message that is not there."""
    if field.message_type is not None and not _is_repeated(field) and not message.HasField(field.name):
        return _ABSENT
    alone = type(message)()
    _copy(message, alone, field)
    return hashlib.sha256(alone.SerializeToString(deterministic=True)).hexdigest()[:32]


def _copy(source: Any, target: Any, field: Any) -> None:
    """Make a field of `target` that of `source`."""
    name = field.name
    target.ClearField(name)
    if _is_repeated(field):
        getattr(target, name).MergeFrom(getattr(source, name))
    elif field.message_type is None:
        setattr(target, name, getattr(source, name))
    elif source.HasField(name):
        getattr(target, name).CopyFrom(getattr(source, name))
