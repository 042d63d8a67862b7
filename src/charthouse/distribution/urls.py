"""Addresses of repositories and charts, as Go's ``net/url`` and Helm treat them.

Rules: Helm 4.3.1 ``pkg/repo/v1/chartrepo.go`` (``ResolveReferenceURL``), ``internal/urlutil`` (``Equal``, ``URLJoin``),
``pkg/registry/reference.go`` (``IsOCI``).
"""

from __future__ import annotations

from charthouse.distribution.errors import DistributionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from urllib.parse import SplitResult

__all__ = [
    "base_name", "clean_path", "equal", "followed", "is_oci", "join", "origin",
    "parse", "public", "redacted", "resolve", "without_credentials",
]  # fmt: skip


def is_oci(reference: str) -> bool:
    """Whether a reference names a registry."""
    return reference.startswith("oci://")


def parse(text: str) -> SplitResult:
    """An address taken apart. Raises DistributionError with ``net/url``'s reason for text that is none."""
    from urllib.parse import urlsplit

    for char in text:
        if char < " " or char == "\x7f":
            raise DistributionError(f"parse {_quote(redacted(text))}: net/url: invalid control character in URL")
    scheme, colon, _ = text.partition(":")
    if colon and not scheme:
        raise DistributionError(f"parse {_quote(redacted(text))}: missing protocol scheme")
    if colon and "/" not in scheme and "?" not in scheme and not (scheme[0].isascii() and scheme[0].isalpha()):
        raise DistributionError(f"parse {_quote(redacted(text))}: first path segment in URL cannot contain colon")
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError as error:
        port = text.partition("://")[2].partition("/")[0].rpartition(":")[2]
        reason = f"invalid port {_quote(':' + port)} after host" if "port" in str(error).lower() else str(error)
        raise DistributionError(f"parse {_quote(redacted(text))}: {reason}") from error
    return parts


def resolve(base: str, reference: str) -> str:
    """`reference` as seen from the repository at `base`: absolute ones as they are, others below it, with its query."""
    from urllib.parse import urljoin, urlsplit, urlunsplit

    try:
        found = parse(reference)
    except DistributionError as error:
        raise DistributionError(f"failed to parse {reference} as URL: {error}") from error
    if found.scheme:
        return reference
    try:
        parts = parse(base)
    except DistributionError as error:
        raise DistributionError(f"failed to parse {base} as URL: {error}") from error
    root = parts._replace(path=parts.path.removesuffix("/") + "/", query="", fragment="")
    # Python joins only schemes it knows; Go joins all, and plugins serve others.
    joined = urlsplit(urljoin(urlunsplit(root._replace(scheme="http")), reference))
    return urlunsplit(joined._replace(scheme=root.scheme, query=parts.query))


def followed(base: str, target: str) -> str:
    """Where `target`, which a server named, leads from `base`. Raises DistributionError for what is no address."""
    from urllib.parse import urljoin, urlsplit

    try:
        joined = urljoin(base, target)
        _ = urlsplit(joined).port
    except ValueError as error:
        raise DistributionError(str(error), hint=f"{origin(base)[1]} named it") from None
    return joined


def join(base: str, *names: str) -> str:
    """`names` below the path of `base`, cleaned (``URLJoin``)."""
    from urllib.parse import urlunsplit

    parts = parse(base)
    path = clean_path("/".join(name for name in (parts.path, *names) if name), rooted=bool(parts.netloc))
    return urlunsplit(parts._replace(path=path))


def equal(one: str, other: str) -> bool:
    """Whether two addresses mean the same place: paths cleaned, an empty path is ``/``."""
    try:
        a, b = parse(one), parse(other)
    except DistributionError:
        return clean_path(one) == clean_path(other)
    same = (a.scheme, a.netloc, a.query, a.fragment) == (b.scheme, b.netloc, b.query, b.fragment)
    return same and (clean_path(a.path) or "/") == (clean_path(b.path) or "/")


def origin(text: str) -> tuple[str, str]:
    """Scheme and host with port as written: what must be equal for credentials to be sent."""
    parts = parse(text)
    return parts.scheme, parts.netloc.rpartition("@")[2]


def without_credentials(text: str) -> str:
    """The address as it may be shown and logged."""
    head, sep, rest = text.partition("://")
    host, slash, path = rest.partition("/")
    return f"{head}{sep}{host.rpartition('@')[2]}{slash}{path}" if sep and "@" in host else text


def redacted(text: str) -> str:
    """The address as Go's errors show it: a name and ``***`` for its password; a name alone may be a token."""
    head, sep, rest = text.partition("://")
    host, slash, path = rest.partition("/")
    user, at, place = host.rpartition("@")
    if not (sep and at and ":" in user):
        return without_credentials(text)
    return f"{head}{sep}{user.partition(':')[0]}:***@{place}{slash}{path}"


def public(text: str) -> str:
    """The address as it may be kept: without credentials, query and fragment, which may hold tokens."""
    return without_credentials(text).partition("?")[0].partition("#")[0]


def base_name(path: str) -> str:
    """The last part of a path (``filepath.Base``)."""
    return path.rstrip("/").rpartition("/")[2] or ("/" if path.startswith("/") else ".")


def clean_path(path: str, *, rooted: bool = False) -> str:
    """``path.Clean``, but "" stays ""."""
    import posixpath

    if not path:
        return ""
    cleaned = posixpath.normpath(path)
    if cleaned.startswith("//"):
        cleaned = "/" + cleaned.lstrip("/")
    if cleaned == "." and not rooted:
        return ""
    return f"/{cleaned}" if rooted and not cleaned.startswith("/") else cleaned


def _quote(text: str) -> str:
    from charthouse.golang.strconv import quote

    return quote(text)
