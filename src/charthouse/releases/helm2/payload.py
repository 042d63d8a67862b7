"""The payload of a record of Helm 2's: protobuf → gzip level 9 → base64.

Whose rules: helm v2.17.0 pkg/storage/driver/util.go (encodeRelease, decodeRelease): what does not begin as gzip is
protobuf as it is (records before 2.3). Decompression is bounded, since a record may come from anyone.
"""

from __future__ import annotations

import base64
import binascii

from charthouse.errors import CharthouseError
from charthouse.hapi import messages
from charthouse.releases.codec import pack, unpack
from charthouse.releases.errors import CodecError

__all__ = ["MAX_DECODED", "decode_message", "encode_message"]

MAX_DECODED = 64 << 20  # bytes of protobuf; Tiller refuses messages over 20 MiB
_GZIP_MAGIC = b"\x1f\x8b\x08"


def encode_message(release: messages.Release) -> str:
    """The text of a record: base64, with padding."""
    return base64.b64encode(pack(release.SerializeToString(deterministic=True))).decode("ascii")


def decode_message(payload: str | bytes) -> messages.Release:
    """The release in a payload. Raises CodecError (bad base64, gzip or protobuf, nothing at all); Unavailable where
    protobuf is not installed."""
    try:
        raw = base64.b64decode(payload, validate=True)
    except (binascii.Error, ValueError) as error:
        raise CodecError(f"illegal base64 data: {error}") from error
    if raw[:3] == _GZIP_MAGIC:
        raw = unpack(raw, MAX_DECODED)
    if not raw:
        raise CodecError("the record is empty")
    kind = messages.Release
    try:
        return messages.parse(kind, raw)
    except CharthouseError as error:
        raise CodecError(error.message) from error
