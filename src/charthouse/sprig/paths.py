"""Slash-separated paths (the ``os`` forms are the same on the systems a chart's render has to agree with).

Rules: sprig functions.go over Go's path package.
"""

from __future__ import annotations

__all__ = ["base", "clean", "directory", "ext", "is_abs"]


def clean(path: str) -> str:
    """The shortest equivalent path; ``.`` for an empty one."""
    if not path:
        return "."
    rooted = path[0] == "/"
    kept: list[str] = []
    for part in path.split("/"):
        if not part or part == ".":
            continue
        if part != "..":
            kept.append(part)
        elif kept and kept[-1] != "..":
            kept.pop()
        elif not rooted:
            kept.append("..")
    text = "/".join(kept)
    return "/" + text if rooted else text or "."


def base(path: str) -> str:
    """The last element; ``.`` for an empty path, ``/`` for one of slashes alone."""
    if not path:
        return "."
    stripped = path.rstrip("/")
    return stripped.rpartition("/")[2] if stripped else "/"


def directory(path: str) -> str:
    """All but the last element, cleaned."""
    head, slash, _ = path.rpartition("/")
    return clean(head + slash)


def ext(path: str) -> str:
    """The part of the last element from its last dot on."""
    _, dot, suffix = path.rpartition("/")[2].rpartition(".")
    return dot + suffix if dot else ""


def is_abs(path: str) -> bool:
    """Whether the path begins with a slash."""
    return path.startswith("/")
