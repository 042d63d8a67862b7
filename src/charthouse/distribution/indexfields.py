"""One field of an index's entry by itself: what Helm makes of it, if it makes something of it without complaint.

The fields of an entry do not depend on each other, so each can be read and checked alone, and what was found kept for
the next entry that says the same. Texts, dates and lists of the usual kind are looked at here; for all else the entry
reader of ``index`` is asked.
"""

from __future__ import annotations

import re

from charthouse.charts.metadata import ChartError
from charthouse.distribution import index as indexes
from charthouse.golang.kinds import GoError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["TIME", "Irregular", "checked", "row_of"]

# RFC 3339, as far as it can be seen without a calendar.
TIME = (
    r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?"
    r"(?:Z|[+-](?:0\d|1\d|2[0-3]):[0-5]\d)"
)
_is_time = re.compile(TIME, re.ASCII).fullmatch
_is_name = re.compile(r"[A-Za-z0-9][\w.-]*", re.ASCII).fullmatch
_TEXTS = frozenset(("appVersion", "description", "digest", "home", "icon", "kubeVersion", "apiVersion", "version"))
_LISTS = frozenset(("keywords", "sources", "urls"))
# JSON keys as they are written.
_KEYS = frozenset(
    ("name", "home", "sources", "version", "description", "keywords", "maintainers", "icon", "apiVersion", "condition",
     "tags", "appVersion", "deprecated", "annotations", "kubeVersion", "dependencies", "type", "urls", "created",
     "removed", "digest", "checksum", "engine", "tillerVersion", "url")
)  # fmt: skip
_FOLDED = frozenset(key.lower() for key in _KEYS)


class Irregular(Exception):
    """Helm would complain of this field, or it is written in another way than Helm writes it."""


def checked(key: str, value: Any, *, from_yaml: bool) -> tuple[str, Any]:
    """The field's key and what its entry has for it: texts sanitised, lists as tuples, of a time its date; None for
    what is not kept in a catalogue. A version is a text, not yet seen to be one. Raises Irregular."""
    if type(value) is str:
        if key in _TEXTS and value.isascii() and value.isprintable():
            return key, value
        if key == "created" and _is_time(value):
            return key, value[:10]
        if key == "name" and _is_name(value):
            return key, value
        if key == "type" and value in ("application", "library"):
            return key, None
    elif type(value) is list and key in _LISTS and all(map(_plain, value)):
        return key, tuple(value)
    if key not in _KEYS:
        if from_yaml or key.lower() in _FOLDED:
            raise Irregular
        return key, None
    return key, _asked(key, value, from_yaml)


def _plain(item: Any) -> bool:
    return type(item) is str and item.isascii() and item.isprintable()


def _asked(key: str, value: Any, from_yaml: bool) -> Any:
    """The field in an entry that has it and otherwise only what it must have."""
    try:
        entry = indexes.read_entry({"name": "x", "version": "1.0.0", key: value}, ".entries.x.0", from_yaml)
        entry.metadata.api_version = entry.metadata.api_version or "v1"
        entry.metadata.validate()
    except (GoError, ChartError):
        raise Irregular from None
    name, description, keywords, version, app_version, urls, digest, deprecated, created = row_of(entry)
    kept = {
        "name": name, "description": description, "keywords": keywords, "version": version, "appVersion": app_version,
        "urls": urls, "digest": digest, "deprecated": deprecated, "created": created,
    }  # fmt: skip
    return kept.get(key)


def row_of(entry: indexes.ChartVersion) -> tuple[Any, ...]:
    """What a catalogue keeps of an entry: name, description, keywords, version, app version, addresses, digest,
    whether it is deprecated, and the date it was made."""
    metadata = entry.metadata
    keywords, urls = tuple(metadata.keywords or ()), tuple(entry.urls or ())
    return (
        metadata.name, metadata.description, keywords, metadata.version, metadata.app_version, urls, entry.digest,
        metadata.deprecated, entry.created[:10],
    )  # fmt: skip
