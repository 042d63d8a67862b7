"""Somebody else's description of Helm 2's messages: PyPI's pyhelm 2.14, its descriptors in a pool of their own."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

__all__ = ["independent_class", "independent_pool"]


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
