"""The operating system's errors in Go's words: `open chart/x: permission denied`."""

from __future__ import annotations

__all__ = ["go_text"]


def go_text(operation: str, path: str, error: OSError) -> str:
    """fs.PathError's text: operation ("open", "stat" …), path, and Go's name of errno (libc's, in lower case)."""
    reason = error.strerror or str(error)
    return f"{operation} {path}: {reason[:1].lower() + reason[1:]}"
