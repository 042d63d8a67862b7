"""Where we keep what may be thrown away: parsed templates, compiled modules, what kinds a server has."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["cache_home"]


def cache_home(environ: Mapping[str, str]) -> str:
    """The directory an environment names: ``CHARTHOUSE_CACHE`` ("" = keep nothing), else ``charthouse`` in Helm's cache
    where ``HELM_CACHE_HOME`` says where that is, else beside it (``XDG_CACHE_HOME``, ``HOME``)."""
    named = environ.get("CHARTHOUSE_CACHE")
    if named is not None:
        return named
    base = environ.get("HELM_CACHE_HOME") or environ.get("XDG_CACHE_HOME")
    if not base:
        home = environ.get("HOME", "").rstrip("/")
        base = f"{home}/.cache" if home else ".cache"
    return f"{base.rstrip('/')}/charthouse"
