"""The messages of `charthouse.v1` (and Struct, Timestamp …): ``messages.Release``, ``messages.View.FULL``.

Made on first use from ``described``, in a descriptor pool of their own; types stand in ``messages.pyi``. Asking for one
raises Unavailable where protobuf is not installed.
"""

from __future__ import annotations

from typing import Any

from charthouse.hapi.pool import Classes, parse

__all__ = ["parse"]


def _files() -> dict[str, str]:
    from charthouse.tiller.v1.described import FILES

    return FILES


_classes = Classes(_files)


def __getattr__(name: str) -> Any:
    if name.startswith("_") or name not in _classes.all():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals().update(_classes.all())
    return globals()[name]
