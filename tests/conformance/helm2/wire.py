"""Somebody else's description of Helm 2's messages: PyPI's pyhelm 2.14, its descriptors in a pool of their own."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

__all__ = ["LATER", "content", "independent_class", "independent_pool", "peer_pool", "without"]

LATER = ("5 max_parallel", "6 logs")
"""Fields that came after 2.14."""


def independent_pool(path: Path) -> Any:
    """A descriptor pool of what `make peers` took out of pyhelm."""
    from google.protobuf import any_pb2, timestamp_pb2

    pool = descriptor_pool.DescriptorPool()
    for known in (any_pb2, timestamp_pb2):
        pool.AddSerializedFile(known.DESCRIPTOR.serialized_pb)
    for data in json.loads(path.read_text()).values():
        file = descriptor_pb2.FileDescriptorProto.FromString(base64.b64decode(data))
        pool.Add(file)
    return pool


def independent_class(pool: Any, full_name: str) -> Any:
    """The message class of a name."""
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(full_name))


def peer_pool(folder: Path) -> Any:
    """The pool of the peer in a folder; skips the test, or fails it in CI, when it is not there."""
    import pytest

    path = folder / "pyhelm.json"
    if not path.is_file():
        missing = f"missing peer: pyhelm.json (run `make peers`; looked in {folder})"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return independent_pool(path)


def content(message: Any) -> dict[str, Any]:
    """Field numbers, names, values, recursively."""
    out: dict[str, Any] = {}
    for field, value in message.ListFields():
        key = f"{field.number} {field.name}"
        if field.message_type is None:
            out[key] = list(value) if hasattr(value, "append") else value
        elif field.message_type.GetOptions().map_entry:
            out[key] = dict(value) if not hasattr(value, "get_or_create") else {k: content(v) for k, v in value.items()}
        elif hasattr(value, "append"):
            out[key] = [content(inner) for inner in value]
        else:
            out[key] = content(value)
    return out


def without(found: Any) -> Any:
    """Our content without the fields that came after 2.14."""
    if isinstance(found, list):
        return [without(inner) for inner in found]
    if not isinstance(found, dict):
        return found
    return {key: without(value) for key, value in found.items() if key not in LATER}
