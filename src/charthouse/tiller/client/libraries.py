"""What the client is built on that is not always installed: protobuf for messages, h2 for HTTP/2."""

from __future__ import annotations

from charthouse.tiller.client.errors import LibraryMissing

__all__ = ["insist"]

_NEEDED = (("google.protobuf", "protobuf"), ("h2", "h2"))


def insist() -> None:
    """Raises LibraryMissing."""
    from importlib import import_module

    for module, name in _NEEDED:
        try:
            import_module(module)
        except ImportError as error:
            raise LibraryMissing(name) from error
