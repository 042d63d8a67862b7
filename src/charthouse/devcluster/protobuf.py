"""Kubernetes' protobuf bodies → the JSON they stand for, by the tables in ``messages.json``.

A body is ``k8s\\0`` and a ``runtime.Unknown`` message: apiVersion and kind, and the object's own message in `raw`
(apimachinery/pkg/runtime/serializer/protobuf v0.37.2). ``messages.json`` (tools/generate_k8s_schema.py) maps a message
to its fields: number → ``name:code`` with codes ``s`` string, ``b`` bool, ``i`` varint, ``d`` double, ``y`` bytes, a
message name, ``[code`` repeated, ``{code`` map with string keys; a field without a name is inlined in JSON. Answers
are JSON: every client accepts it.
"""

from __future__ import annotations

import base64
import datetime
import json
import struct

from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

__all__ = ["MAGIC", "ProtobufError", "decode_object"]

MAGIC = b"k8s\x00"
MAX_DEPTH = 64
_tables: dict[str, dict[int, tuple[str, str]]] = {}


class ProtobufError(CharthouseError):
    """A body that is not the message it says it is."""


def _messages() -> dict[str, dict[int, tuple[str, str]]]:
    if not _tables:
        with open(__file__.rpartition("protobuf.py")[0] + "messages.json", encoding="utf-8") as file:
            for name, fields in json.load(file).items():
                _tables[name] = {int(n): (f.partition(":")[0], f.partition(":")[2]) for n, f in fields.items()}
    return _tables


def decode_object(body: bytes, type_name: str, type_of: dict[str, str]) -> dict[str, Any]:
    """The object of a request body.

    type_name: the type expected when the envelope does not name a known kind. type_of: `apiVersion/Kind` → type name.
    Raises ProtobufError.
    """
    if body[:4] != MAGIC:
        raise ProtobufError("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]")
    envelope = _message(body[4:], "runtime.Unknown", 0)
    meta = envelope.get("typeMeta") or {}
    api_version, kind = meta.get("apiVersion", ""), meta.get("kind", "")
    name = type_of.get(f"{api_version}/{kind}") or type_name
    if kind == "DeleteOptions":
        name = "meta.v1.DeleteOptions"
    raw = base64.b64decode(envelope.get("raw", ""))
    out: dict[str, Any] = {"apiVersion": api_version, "kind": kind} if kind else {}
    out.update(_message(raw, name, 0))
    return out


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise ProtobufError("proto: unexpected EOF")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _wire(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        wire = tag & 7
        value: int | bytes
        if wire == 0:
            value, at = _varint(data, at)
        else:
            if wire == 2:
                size, at = _varint(data, at)
            elif wire in (1, 5):
                size = 8 if wire == 1 else 4
            else:
                raise ProtobufError(f"proto: illegal wireType {wire}")
            if at + size > len(data):
                raise ProtobufError("proto: unexpected EOF")
            value = data[at : at + size]
            at += size
        yield tag >> 3, value


def _message(data: bytes, name: str, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise ProtobufError("proto: message nested too deeply")
    special = SPECIAL.get(name)
    if special is not None:
        return special(data)
    fields = _messages().get(name)
    if fields is None:
        raise ProtobufError(f"no message {name}")
    out: dict[str, Any] = {}
    for number, raw in _wire(data):
        field = fields.get(number)
        if field is None:
            continue
        label, code = field
        if code[0] == "[":
            out.setdefault(label, []).append(_scalar(raw, code[1:], depth))
        elif code[0] == "{":
            key, value = _entry(raw, code[1:], depth)
            out.setdefault(label, {})[key] = value
        elif label:
            out[label] = _scalar(raw, code, depth)
        else:
            inlined = _scalar(raw, code, depth)
            if isinstance(inlined, dict):
                out.update(inlined)
    if list(fields.values()) == [("items", "[s")]:
        return out.get("items", [])
    return out


def _entry(raw: int | bytes, code: str, depth: int) -> tuple[str, Any]:
    key = ""
    value: Any = _scalar(b"", code, depth) if code in ("s", "y") or "." in code else 0
    for number, part in _wire(raw if isinstance(raw, bytes) else b""):
        if number == 1:
            key = str(_scalar(part, "s", depth))
        elif number == 2:
            value = _scalar(part, code, depth)
    return key, value


def _scalar(raw: int | bytes, code: str, depth: int) -> Any:
    if isinstance(raw, int):
        if code == "b":
            return bool(raw)
        return raw - (1 << 64) if raw >= 1 << 63 else raw
    if code == "s":
        return raw.decode("utf-8", "replace")
    if code == "y":
        return base64.b64encode(raw).decode()
    if code == "d":
        return struct.unpack("<d", raw)[0]
    return _message(raw, code, depth + 1)


def _fields(data: bytes) -> dict[int, int | bytes]:
    return dict(_wire(data))


def _text(value: int | bytes | None) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""


def _int_or_string(data: bytes) -> Any:
    fields = _fields(data)
    if fields.get(1, 0) == 0:
        return _scalar(fields.get(2, 0), "i", 0)
    return _text(fields.get(3))


def _time(data: bytes) -> str | None:
    fields = _fields(data)
    if not fields:
        return None
    seconds = _scalar(fields.get(1, 0), "i", 0)
    if seconds == -62135596800:
        return None
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _micro_time(data: bytes) -> str | None:
    text = _time(data)
    nanos = _fields(data).get(2, 0)
    return text and f"{text[:-1]}.{(nanos if isinstance(nanos, int) else 0) // 1000:06d}Z"


def _raw_json(data: bytes) -> Any:
    raw = _fields(data).get(1)
    return json.loads(raw) if isinstance(raw, bytes) and raw else None


def _duration(data: bytes) -> Any:
    return f"{_scalar(_fields(data).get(1, 0), 'i', 0)}ns"


SPECIAL = {
    "util.intstr.IntOrString": _int_or_string,
    "api.resource.Quantity": lambda data: _text(_fields(data).get(1)) or "0",
    "meta.v1.Time": _time,
    "meta.v1.MicroTime": _micro_time,
    "meta.v1.Duration": _duration,
    "meta.v1.FieldsV1": _raw_json,
    "runtime.RawExtension": _raw_json,
    "apiextensions.v1.JSON": _raw_json,
}
