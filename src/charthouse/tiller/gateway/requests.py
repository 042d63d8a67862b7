"""A request's path, query and body as the message of its RPC.

Whatever is not understood is refused with the name of the part: an unknown field or parameter, a value of another kind,
text that is not UTF-8. Bodies are JSON as protobuf writes it (https://protobuf.dev/programming-guides/json/).
"""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from charthouse.formats.jsonshape import nested_too_deeply, too_many_values
from charthouse.hapi.fields import MOST
from charthouse.records import Record
from charthouse.rpc.status import Code, RpcError
from charthouse.tiller.v1 import messages
from charthouse.tiller.v1.structs import is_repeated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.rpc.call import HttpRequest
    from charthouse.tiller.gateway.routes import Found

__all__ = ["Asked", "asked"]

_MOST = 100  # parameters of a query
_DEEPEST = 64  # levels of a body's JSON
_LEFT_OUT = ("source",)  # fields no query can hold


class Asked(Record):
    """message: of the RPC; wait: False when the answer is not to wait for the end of the operation."""

    message: Any
    wait: bool = True


def asked(found: Found, rpc: str, request: HttpRequest) -> Asked:
    """rpc: the name of the request's message. Raises RpcError INVALID_ARGUMENT."""
    message = getattr(messages, rpc)()
    route = found.route
    if route.body:
        target = message if route.body == "*" else getattr(message, route.body)
        if target is not message:
            target.SetInParent()
        _read_body(request, target)
    elif request.body.strip():
        raise _refused("this request takes no body")
    wait = _read_query(request.target.partition("?")[2], message, allowed=not route.body)
    place = getattr(message, route.inside) if route.inside else message
    for name, raw in found.given:
        value = _segment(name, raw)
        if getattr(place, name) not in ("", value):
            raise _refused(f"field {name}: the body says {getattr(place, name)[:63]!r}, the path {value[:63]!r}")
        setattr(place, name, value)
    return Asked(message, wait)


def _segment(name: str, raw: str) -> str:
    value = _text(raw, f"path: {name}")
    if not value or "/" in value or not value.isprintable():
        raise _refused(f"path: {name}: {value[:63]!r} cannot be a name")
    return value


def _read_body(request: HttpRequest, target: Any) -> None:
    from google.protobuf import json_format

    if not request.body.strip():
        return
    kind = request.header("content-type").partition(";")[0].strip().lower()
    if kind != "application/json":
        # Browsers send other types across sites without asking first.
        raise _refused(f"body: the content type is {kind[:63]!r}, not 'application/json'")
    try:
        text = request.body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refused(f"body: not UTF-8 at byte {error.start}") from error
    if not text.lstrip(" \t\r\n").startswith("{"):
        raise _refused("body: it is no JSON object")
    if too_many_values(request.body, MOST):
        raise _refused(f"body: more than {MOST} values")
    if nested_too_deeply(request.body, _DEEPEST):
        raise _refused(f"body: nested more than {_DEEPEST} levels deep")
    try:
        json_format.Parse(text, target)
    except (json_format.ParseError, ValueError, RecursionError) as error:
        raise _refused(f"body: {str(error)[:500]}") from error


def _read_query(query: str, message: Any, *, allowed: bool) -> bool:
    """Set fields; what `wait` says of the answer. allowed: whether fields may stand here."""
    wait = True
    parts = query.split("&") if query else []
    if len(parts) > _MOST:
        raise _refused(f"query: more than {_MOST} parameters")
    for part in parts:
        raw, _, given = part.partition("=")
        name, value = _text(raw.replace("+", " "), "query"), _text(given.replace("+", " "), "query")
        if name == "wait" and value in ("", "true", "false"):
            wait = value != "false"
        elif not allowed:
            raise _refused(f"query: {name[:63]!r} is no parameter; the fields of this request go into its body")
        else:
            _set(message, name, value)
    return wait


def _set(message: Any, path: str, value: str) -> None:
    """Set the field a dotted name leads to."""
    *outer, last = path.split(".")
    for name in outer:
        field = _field(message, name, path)
        if field.message_type is None or is_repeated(field):
            raise _refused(f"query: unknown parameter {path[:63]!r}")
        message = getattr(message, field.name)
    field = _field(message, last, path)
    if field.message_type is not None:
        raise _refused(f"query: {path[:63]!r} cannot stand in a query")
    made = _value(field, value, path)
    if is_repeated(field):
        getattr(message, field.name).append(made)
    else:
        setattr(message, field.name, made)


def _field(message: Any, name: str, path: str) -> Any:
    for field in message.DESCRIPTOR.fields:
        if name in (field.name, field.json_name) and field.name not in _LEFT_OUT:
            return field
    raise _refused(f"query: unknown parameter {path[:63]!r}")


def _value(field: Any, value: str, path: str) -> Any:
    if field.type == field.TYPE_STRING:
        return value
    if field.type == field.TYPE_BOOL and value in ("", "true", "false"):
        return value != "false"
    if field.type == field.TYPE_ENUM and value.upper() in field.enum_type.values_by_name:
        return field.enum_type.values_by_name[value.upper()].number
    try:
        if field.type == field.TYPE_INT32 and len(value) < 12:
            number = int(value)
            if -(1 << 31) <= number < 1 << 31:
                return number
        if field.type == field.TYPE_DOUBLE and len(value) < 64:
            return float(value)
    except ValueError:
        pass  # refused below, as what is of another kind
    raise _refused(f"query: {path[:63]}: {value[:63]!r} is not what it takes")


def _text(raw: str, where: str) -> str:
    """Percent-decoded text."""
    try:
        if not raw.isascii():
            raise _refused(f"{where}: letters beyond ASCII must be percent-encoded")
        for at in range(len(raw)):
            if raw[at] == "%" and not _is_hex(raw[at + 1 : at + 3]):
                raise _refused(f"{where}: a bad percent escape")
        return unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refused(f"{where}: not UTF-8") from error


def _is_hex(text: str) -> bool:
    return len(text) == 2 and all(letter in "0123456789abcdefABCDEF" for letter in text)


def _refused(text: str) -> RpcError:
    return RpcError(Code.INVALID_ARGUMENT, text)
