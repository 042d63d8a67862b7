"""Signatures of plugins: whether an installed one has one, checking one, making one.

Rules: Helm 4.3.1 ``internal/plugin/signing_info.go`` (the words of ``plugin list``), ``verify.go``, ``sign.go`` (what
of the metadata is signed: Go's fields by their names).
"""

from __future__ import annotations

import os

from charthouse.plugins.metadata import CLI, GETTER, SUBPROCESS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from charthouse.plugins.metadata import Metadata, PlatformCommand
    from charthouse.provenance import Verification
    from charthouse.provenance.openpgp.entity import Entity

__all__ = ["metadata_block", "report", "sign", "status", "verify"]


def status(metadata: Metadata, data_home: str) -> str:
    """What ``plugin list`` says of an installed plugin: "signed", "unsigned", "local dev", "invalid provenance",
    "mismatched provenance" or "unknown". Nobody's key is looked at."""
    folder = os.path.join(data_home, "plugins")
    place = os.path.join(folder, metadata.name)
    if not os.path.lexists(place):
        return "unknown"
    if os.path.islink(place):
        return "local dev"
    kept = os.path.join(folder, metadata.file_name)
    if not os.path.exists(kept):
        return "unsigned"
    try:
        with open(f"{kept}.prov", "rb") as stream:
            provenance = stream.read(1 << 20)
    except FileNotFoundError:
        return "unsigned"
    except OSError:
        return "unknown"
    from charthouse.provenance.clearsign import decode

    found = decode(provenance)
    if found is None:
        return "invalid provenance"
    return "signed" if _matches(found.text, kept) else "mismatched provenance"


def _matches(text: bytes, path: str) -> bool:
    """Whether the signed text has the sum of the archive at `path`."""
    from charthouse.errors import CharthouseError
    from charthouse.provenance.message import digest, read_sums

    try:
        sums = read_sums(text)
        with open(path, "rb") as stream:
            found = digest(stream.read())
    except (CharthouseError, OSError):
        return False
    name = os.path.basename(path)
    return any(name in signed and wanted == found for signed, wanted in sums.items())


def verify(archive: bytes, provenance: bytes, name: str, keyring: str, *, now: int) -> Verification:
    """Check an archive against its provenance. name: its file name; keyring: a path; now: seconds since 1970.

    Raises ProvenanceError.
    """
    from charthouse.provenance import load_keyring
    from charthouse.provenance import verify as check

    return check(archive, provenance, name, load_keyring(keyring), now=now)


def report(found: Verification) -> str:
    """What Helm says of a good signature."""
    lines = [f"Signed by: {name}\n" for name in found.signers]
    return "".join(lines) + (
        f"Using Key With Fingerprint: {found.fingerprint}\nPlugin Hash Verified: {found.file_hash}\n"
    )


def sign(archive: bytes, name: str, metadata: Metadata, key: Entity, *, now: int, salt: bytes) -> bytes:
    """The provenance of an archive; parameters as for ``provenance.clear_sign``. Raises ProvenanceError."""
    from charthouse.provenance import clear_sign

    return clear_sign(
        archive, name, metadata_block(metadata).encode("utf-8", "surrogateescape"), key, now=now, salt=salt
    )


def metadata_block(metadata: Metadata) -> str:
    """The metadata as Helm signs them: YAML of Go's struct."""
    from charthouse.formats.yaml import dump

    return dump(
        {
            "APIVersion": metadata.api_version,
            "Config": _config(metadata),
            "Name": metadata.name,
            "Runtime": metadata.runtime,
            "RuntimeConfig": _runtime(metadata),
            "SourceURL": metadata.source_url,
            "Type": metadata.type,
            "Version": metadata.version,
        }
    )


def _config(metadata: Metadata) -> dict[str, Any]:
    if metadata.type == CLI:
        return {
            "IgnoreFlags": metadata.ignore_flags,
            "LongHelp": metadata.long_help,
            "ShortHelp": metadata.short_help,
            "Usage": metadata.usage,
        }
    if metadata.type == GETTER:
        return {"Protocols": None if metadata.protocols is None else list(metadata.protocols)}
    return {}


def _runtime(metadata: Metadata) -> dict[str, Any]:
    if metadata.runtime != SUBPROCESS:
        return {}
    hooks = metadata.hooks
    protocols = metadata.protocol_commands
    return {
        "PlatformCommand": _commands(metadata.commands),
        "PlatformHooks": None if hooks is None else {event: _commands(found) for event, found in hooks},
        "ProtocolCommands": None
        if protocols is None
        else [{"PlatformCommand": _commands(one.commands), "Protocols": list(one.protocols)} for one in protocols],
    }


def _commands(commands: Sequence[PlatformCommand] | None) -> list[dict[str, Any]] | None:
    if commands is None:
        return None
    return [
        {
            "Architecture": one.machine,
            "Args": None if one.args is None else list(one.args),
            "Command": one.command,
            "OperatingSystem": one.system,
        }
        for one in commands
    ]
