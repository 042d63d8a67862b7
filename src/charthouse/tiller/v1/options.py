"""The options of each verb as fields of its request, and back: by name, so that nothing is converted by hand.

A request's `optional` field that is absent means the record's default. ``APART`` names what is no field of both.
"""

from __future__ import annotations

from charthouse.actions.options import (
    GetOptions,
    HistoryOptions,
    InstallOptions,
    ListOptions,
    RollbackOptions,
    StatusOptions,
    TestOptions,
    UninstallOptions,
    UpgradeOptions,
)
from charthouse.rpc.status import Code, RpcError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, TypeVar

    from charthouse.records import Record

    R = TypeVar("R", bound=Record)

__all__ = ["APART", "CHOICES", "REQUESTS", "from_json", "read", "to_json", "write"]

REQUESTS: dict[str, tuple[type[Record], ...]] = {
    "InstallRequest": (InstallOptions,),
    "UpgradeRequest": (UpgradeOptions,),
    "RollbackRequest": (RollbackOptions,),
    "UninstallRequest": (UninstallOptions,),
    "TestRequest": (TestOptions,),
    "ListRequest": (ListOptions,),
    "StatusRequest": (StatusOptions,),
    "HistoryRequest": (HistoryOptions,),
    "GetRequest": (GetOptions,),
    "ValuesRequest": (GetOptions,),
    "MetadataRequest": (GetOptions,),
}
"""Which record a request carries."""

APART: dict[str, frozenset[str]] = {
    "": frozenset({"source", "control", "view"}),
    "TestRequest": frozenset({"logs"}),
    "GetRequest": frozenset({"all_values"}),
    "MetadataRequest": frozenset({"all_values"}),
}
"""Fields of a request ("" = of any) or its record that the other has no counterpart for."""

_WAITS = ("hookOnly", "watcher", "legacy")
CHOICES: dict[str, tuple[str, ...]] = {
    "dry_run": ("none", "client", "server"),
    "wait": _WAITS,
    "server_side": ("true", "false", "auto"),
    "cascade": ("background", "orphan", "foreground"),
    "compat": ("", "helm3", "helm4"),
}
"""The words a text field takes."""

_LONGEST = 10 * 366 * 24 * 3600.0  # seconds a verb may be asked to wait
_MOST = 1 << 16  # entries of a list or a map


def read(request: Any, kind: type[R]) -> R:
    """The options in a request. Raises RpcError INVALID_ARGUMENT for what no verb takes."""
    known = request.DESCRIPTOR.fields_by_name
    given: dict[str, Any] = {}
    for name in kind._fields:
        field = known.get(name)
        if field is None or (field.has_presence and not request.HasField(name)):
            continue
        given[name] = _checked(name, getattr(request, name))
    if given.pop("post_renderer", None):
        raise RpcError(
            Code.INVALID_ARGUMENT,
            "post-renderers are programs of the client and cannot run on the server",
            hint="render with `template`, or work on the cluster directly",
        )
    return kind(**given)


def write(options: Record, request: Any) -> None:
    """Put options into a request's fields. Raises RpcError INVALID_ARGUMENT for a post-renderer, and for what a field
    cannot hold: text that is not UTF-8, a number beyond 32 bits."""
    defaults = type(options)._defaults
    known = request.DESCRIPTOR.fields_by_name
    for name in type(options)._fields:
        value = getattr(options, name)
        if name == "post_renderer" and value is not None:
            raise RpcError(
                Code.INVALID_ARGUMENT, "post-renderers are programs of the client and cannot run on the server"
            )
        if name not in known or value is None or (name in defaults and value == defaults[name]):
            continue
        try:
            _put(request, name, value)
        except ValueError as error:
            raise _refused(name, str(error)) from error


def _put(request: Any, name: str, value: Any) -> None:
    if isinstance(value, (tuple, list)):
        getattr(request, name).extend(value)
    elif hasattr(value, "items"):
        getattr(request, name).update(value)
    else:
        setattr(request, name, value)


def to_json(options: Record) -> dict[str, Any]:
    """Options as the journal of an operation keeps them: JSON values, defaults left out."""
    defaults = type(options)._defaults
    out: dict[str, Any] = {}
    for name in type(options)._fields:
        value = getattr(options, name)
        if name in ("name", "namespace", "post_renderer") or (name in defaults and value == defaults[name]):
            continue
        out[name] = list(value) if isinstance(value, tuple) else dict(value) if hasattr(value, "items") else value
    return out


def from_json(value: Mapping[str, Any], kind: type[R], name: str, namespace: str) -> R:
    """Options of a journal. Raises TypeError for a field the record does not have."""
    given = {key: tuple(entry) if isinstance(entry, list) else entry for key, entry in value.items()}
    return kind(**{"name": name, "namespace": namespace, **given})


def _checked(name: str, value: Any) -> Any:
    if isinstance(value, (str, bool, int)):
        choices = CHOICES.get(name, ())
        if isinstance(value, str) and choices and value not in choices:
            raise _refused(name, f"{value[:40]!r} is not one of {', '.join(choices)}")
        return value
    if isinstance(value, float):
        if not -_LONGEST <= value <= _LONGEST:
            raise _refused(name, f"{value} is no number of seconds a verb can wait")
        return value
    if len(value) > _MOST:
        raise _refused(name, f"more than {_MOST} entries")
    if hasattr(value, "items"):
        return dict(value.items()) or None
    return tuple(value)


def _refused(name: str, why: str) -> RpcError:
    return RpcError(Code.INVALID_ARGUMENT, f"field {name}: {why}")
