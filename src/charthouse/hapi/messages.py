"""The messages of `hapi.*` (and Any, Timestamp) by their own names: ``messages.Release``, ``messages.Status.DEPLOYED``.

Made on first use from ``described``, in a descriptor pool of their own; types stand in ``messages.pyi``. Asking for one
raises Unavailable where protobuf is not installed.
"""

from __future__ import annotations

from typing import Any

__all__ = ["parse"]


def __getattr__(name: str) -> Any:
    if name.startswith("_") or "_classes" in globals():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals().update(_build())
    globals()["_classes"] = True
    try:
        return globals()[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None


def _build() -> dict[str, Any]:
    """Every message class by its short name; short names do not clash in hapi."""
    import base64

    from charthouse.hapi.described import FILES
    from charthouse.hapi.errors import Unavailable

    try:
        from google.protobuf import descriptor_pool, message_factory
    except ImportError:
        raise Unavailable from None
    pool = descriptor_pool.DescriptorPool()
    classes: dict[str, Any] = {}
    for name, text in FILES.items():
        pool.AddSerializedFile(base64.b64decode(text))
        for message in pool.FindFileByName(name).message_types_by_name.values():
            classes[message.name] = message_factory.GetMessageClass(message)
    return classes


def parse(kind: Any, data: bytes) -> Any:
    """The message of class `kind` that `data` is. Raises Malformed, naming the message."""
    from google.protobuf.message import DecodeError

    from charthouse.hapi.errors import Malformed

    try:
        return kind.FromString(data)
    except DecodeError as error:
        raise Malformed(f"not a {kind.DESCRIPTOR.full_name}: {error}") from error
