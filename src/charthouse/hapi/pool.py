"""Message classes made of descriptors when they are first asked for, for ``hapi.messages`` and ``tiller.v1.messages``.

Each set has a descriptor pool of its own, so that nothing clashes with what an embedding program has registered.
"""

from __future__ import annotations

import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

__all__ = ["Classes", "build", "parse"]


class Classes:
    """The classes of one set, built once, however many threads ask first. files: as for ``build``."""

    __slots__ = ("_built", "_files", "_lock")

    def __init__(self, files: Callable[[], Mapping[str, str]]) -> None:
        self._files = files
        self._built: dict[str, Any] | None = None
        self._lock = threading.Lock()

    def all(self) -> dict[str, Any]:
        """Every class by its short name. Raises Unavailable."""
        if self._built is None:
            with self._lock:
                if self._built is None:
                    self._built = build(self._files())
        return self._built


def build(files: Mapping[str, str]) -> dict[str, Any]:
    """Every message class and enum by its short name. files: serialized FileDescriptorProtos in base64, each after
    what it imports; short names must not clash. Raises Unavailable where protobuf is not installed."""
    import base64

    from charthouse.hapi.errors import Unavailable

    try:
        from google.protobuf import descriptor_pool, message_factory
        from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper
    except ImportError:
        raise Unavailable from None
    pool = descriptor_pool.DescriptorPool()
    classes: dict[str, Any] = {}
    for name, text in files.items():
        pool.AddSerializedFile(base64.b64decode(text))
        file = pool.FindFileByName(name)
        for message in file.message_types_by_name.values():
            classes[message.name] = message_factory.GetMessageClass(message)
        for enum in file.enum_types_by_name.values():
            classes[enum.name] = EnumTypeWrapper(enum)
    return classes


def parse(kind: Any, data: bytes) -> Any:
    """The message of class `kind` that `data` is. Raises Malformed, naming the message."""
    from google.protobuf.message import DecodeError

    from charthouse.hapi.errors import Malformed

    try:
        return kind.FromString(data)
    except DecodeError as error:
        raise Malformed(f"not a {kind.DESCRIPTOR.full_name}: {error}") from error
