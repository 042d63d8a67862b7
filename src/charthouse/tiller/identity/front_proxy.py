"""Whom the API server speaks for, when Tiller's REST API is one of its aggregated APIs.

The API server proves with its front-proxy certificate who it is and says in headers for whom it asks. Anybody can write
such headers, so they count only on a connection whose certificate the front proxy's CA signed and whose common name is
among the allowed; from all others they are nothing (and told in the log).

Whose rules: k8s.io/apiserver v0.37.2 pkg/authentication/request/headerrequest/requestheader.go; the names of headers
and the allowed names are in kube-system/extension-apiserver-authentication. Differs: an empty list of allowed names,
which to the API server means any name, is taken so only under a CA that is not the clients' as well.
"""

from __future__ import annotations

import json

from charthouse.records import Record
from charthouse.tiller.caller import Caller

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

__all__ = ["FrontProxyRules", "claims", "remote_caller", "rules_of"]


class FrontProxyRules(Record):
    """names: allowed common names, none = any. users, uids, groups: names of headers, extras: beginnings of
    names; all in lower case."""

    names: tuple[str, ...] = ()
    users: tuple[str, ...] = ("x-remote-user",)
    uids: tuple[str, ...] = ("x-remote-uid",)
    groups: tuple[str, ...] = ("x-remote-group",)
    extras: tuple[str, ...] = ("x-remote-extra-",)

    def allows(self, common_name: str, *, shared: bool) -> bool:
        """Whether the front proxy may be called so. shared: its CA signs the clients' certificates, too."""
        return common_name in self.names if self.names or shared else bool(common_name)


def rules_of(data: Mapping[str, Any]) -> FrontProxyRules:
    """The rules in the data of the ConfigMap. Raises ValueError."""
    return FrontProxyRules(
        names=_list(data, "requestheader-allowed-names"),
        users=_lower(data, "requestheader-username-headers", "x-remote-user"),
        uids=_lower(data, "requestheader-uid-headers", "x-remote-uid"),
        groups=_lower(data, "requestheader-group-headers", "x-remote-group"),
        extras=_lower(data, "requestheader-extra-headers-prefix", "x-remote-extra-"),
    )


def claims(rules: FrontProxyRules, headers: Sequence[tuple[str, str]]) -> bool:
    """Whether any header of a request says who somebody is."""
    named = {*rules.users, *rules.uids, *rules.groups}
    return any(name in named or name.startswith(rules.extras) for name, _ in headers)


def remote_caller(rules: FrontProxyRules, headers: Sequence[tuple[str, str]], address: str) -> Caller | None:
    """The caller the front proxy names; None when it names nobody. headers: as they came, names in lower case, values
    as latin-1 (each letter a byte)."""
    user = _first(headers, rules.users)
    if not user:
        return None
    groups = [_text(value) for wanted in rules.groups for name, value in headers if name == wanted and value]
    extra: dict[str, list[str]] = {}
    for prefix in rules.extras:
        for name, value in headers:
            if name.startswith(prefix):
                extra.setdefault(_unquoted(name[len(prefix) :]), []).append(_text(value))
    return Caller(
        user,
        uid=_first(headers, rules.uids),
        groups=tuple(groups),
        extra=tuple((key, tuple(values)) for key, values in sorted(extra.items())),
        how="front-proxy",
        address=_whence(headers, address),
    )


def _whence(headers: Sequence[tuple[str, str]], proxy: str) -> str:
    """Where the request came from: the last address of X-Forwarded-For is the one the proxy itself has seen."""
    seen = [value for name, value in headers if name == "x-forwarded-for"]
    last = seen[-1].rpartition(",")[2].strip() if seen else ""
    return f"{last[:64]} via {proxy}" if last else proxy


def _first(headers: Sequence[tuple[str, str]], names: Sequence[str]) -> str:
    """The first value that is not empty, header by header."""
    for wanted in names:
        found = next((value for name, value in headers if name == wanted), "")
        if found:
            return _text(found)
    return ""


def _text(value: str) -> str:
    """Header bytes as the text they are in UTF-8; what is none stays as its bytes, so that no two become one."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except ValueError:
        return value


def _unquoted(key: str) -> str:
    from urllib.parse import unquote_to_bytes

    raw = unquote_to_bytes(key.encode("latin-1", "replace"))
    return raw.decode("utf-8", "replace").lower()


def _lower(data: Mapping[str, Any], key: str, default: str) -> tuple[str, ...]:
    return tuple(name.lower() for name in _list(data, key)) or (default,)


def _list(data: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """A JSON list of texts. Raises ValueError."""
    text = data.get(key) or "[]"
    value = json.loads(text)
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise ValueError(f"{key} is no list of names")
    return tuple(value)
