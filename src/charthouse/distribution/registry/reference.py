"""What ``oci://`` names: a registry, a repository in it, and a tag or a digest.

Rules: Helm 4.3.1 ``pkg/registry/reference.go`` (``+`` in a tag is written ``_``), oras-go v2.6
``registry/reference.go``.
"""

from __future__ import annotations

from charthouse.distribution.errors import DistributionError
from charthouse.golang.strconv import quote
from charthouse.records import Record

__all__ = ["Reference", "is_host", "parse"]

_LOWER = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
_TAG = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")


class Reference(Record):
    """registry: host and port; repository: path without slashes at its ends; tag and digest: "" when not given."""

    registry: str
    repository: str
    tag: str = ""
    digest: str = ""

    @property
    def name(self) -> str:
        """The last part of the repository: the chart's name."""
        return self.repository.rpartition("/")[2]

    def __str__(self) -> str:
        base = f"{self.registry}/{self.repository}"
        if self.tag:
            return f"{base}:{self.tag}"
        return f"{base}@{self.digest}" if self.digest else base


def parse(text: str) -> Reference:
    """A reference, with or without ``oci://``. Raises DistributionError in oras' words."""
    raw = text.removeprefix("oci://")
    raw, at, digest = raw.rpartition("@") if "@" in raw else (raw, "", "")
    parts = raw.split(":")
    if len(parts) > 1 and "/" not in parts[-1] and parts[-1]:
        raw = raw.replace(parts[-1], parts[-1].replace("+", "_"))
    registry, slash, path = raw.partition("/")
    if not slash:
        raise DistributionError(
            "invalid reference: missing registry or repository", hint="oci://HOST[:PORT]/PATH/CHART is wanted"
        )
    repository, _, tag = path.partition(":")
    if not is_host(registry):
        raise DistributionError(f"invalid reference: invalid registry {quote(registry)}")
    if not _is_repository(repository):
        raise DistributionError(
            f"invalid reference: invalid repository {quote(repository)}",
            hint="lower-case letters, digits, and . _ - between them; parts with slashes between them",
        )
    if tag and not (len(tag) <= 128 and tag[0] not in ".-" and _TAG.issuperset(tag)):
        raise DistributionError(f"invalid reference: invalid tag {quote(tag)}")
    return Reference(registry, repository, tag, digest if at else "")


def is_host(text: str) -> bool:
    """Whether `text` is a host, with a port or without."""
    from charthouse.distribution import urls

    if not text or any(c in text for c in ' "<>\\^`{|}%@?#'):
        return False
    try:
        return urls.parse(f"dummy://{text}").netloc == text
    except DistributionError:
        return False


def _is_repository(text: str) -> bool:
    return all(_is_component(part) for part in text.split("/"))


def _is_component(text: str) -> bool:
    """Lower-case letters and digits; between them one of ``.``, ``_``, ``__``, or any number of ``-``."""
    if not text or text[0] not in _LOWER or text[-1] not in _LOWER:
        return False
    run = ""
    for char in text:
        if char in _LOWER:
            if run and run not in (".", "_", "__") and run.strip("-"):
                return False
            run = ""
        elif char in "._-":
            run += char
        else:
            return False
    return True
