"""Requests to one registry as one user: challenges answered, errors in oras' words.

Rules: OCI distribution spec 1.1; oras-go v2.6 ``registry/remote/auth/client.go`` (challenges, token requests, which
realms may be asked), ``errcode/errors.go``. A token is kept for the session, by scope.
"""

from __future__ import annotations

from charthouse.distribution import urls
from charthouse.distribution.access import Access
from charthouse.distribution.body import LARGEST
from charthouse.distribution.errors import DistributionError, FetchFailed
from charthouse.distribution.registry.credentials import Credential
from charthouse.golang.strconv import quote
from charthouse.records import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from charthouse.distribution.fetch import Fetched, Fetcher, Progress

__all__ = ["RegistryRefusal", "Session"]

_CLIENT = "oras-go"
_LARGEST_TEXT = 32 << 20
"""Bytes of a manifest, a list or a token; blobs may be larger."""
_REASONS = {
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    413: "Request Entity Too Large", 429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway",
    503: "Service Unavailable", 504: "Gateway Timeout",
}  # fmt: skip


class RegistryRefusal(FetchFailed):
    """The registry said no; `status` is the HTTP status."""


class Session:
    """host: the registry, with its port. credential: finds who we are there. access: certificates, from the flags."""

    def __init__(
        self, host: str, fetcher: Fetcher, *, credential: Callable[[str], Credential], access: Access,
        plain_http: bool = False,
    ) -> None:  # fmt: skip
        self.host = host
        self._fetcher = fetcher
        self._credential = credential
        self._access = replace(access, username="", password="", url="")
        name = "registry-1.docker.io" if host == "docker.io" else host
        self.base = f"{'http' if plain_http else 'https'}://{name}"
        self._tokens: dict[str, str] = {}
        self.force_oauth = False

    def ask(
        self, method: str, path: str, *, scope: str = "", accept: str = "", headers: Sequence[tuple[str, str]] = (),
        body: bytes | None = None, expect: tuple[int, ...] = (200,), progress: Progress | None = None,
    ) -> Fetched:  # fmt: skip
        """Make a request, answering a challenge once. path: below the registry, or an address the registry gave.

        Raises FetchFailed, RegistryRefusal for a status that was not expected.
        """
        url = path if "://" in path else self.base + path
        sent = list(headers)
        if accept:
            sent.append(("Accept", accept))
        known = self._tokens.get(scope) or self._tokens.get("")
        largest = LARGEST if progress is not None or "/blobs/" in path else _LARGEST_TEXT
        token = [("Authorization", known)] if known and urls.origin(url) == urls.origin(self.base) else []
        answer = self._fetcher.request(
            method, url, self._access, headers=[*sent, *token], body=body, progress=progress, largest=largest
        )
        ours = urls.origin(url) == urls.origin(self.base)  # nobody else is told who we are there
        if answer.status == 401 and ours and urls.origin(answer.url) == urls.origin(url):
            found = self._answer_challenge(method, url, answer.headers.get("www-authenticate", ""), scope)
            if found:
                sent.append(("Authorization", found))
                answer = self._fetcher.request(
                    method, url, self._access, headers=sent, body=body, progress=progress, largest=largest
                )
        if answer.status not in expect:
            raise refusal(method, answer)
        return answer

    def _answer_challenge(self, method: str, url: str, challenge: str, scope: str) -> str:
        """The Authorization header a challenge wants, "" when we have nothing to say. Raises FetchFailed."""
        scheme, parameters = _parse_challenge(challenge)
        shown = f"{method} {quote(url)}"
        if scheme == "basic":
            credential = self._who(shown)
            if not credential:
                raise FetchFailed(
                    f"{shown}: basic credential not found", status=401, hint=f"`charthouse registry login {self.host}`"
                )
            if not (credential.username and credential.password):
                raise FetchFailed(f"{shown}: missing username or password for basic auth", status=401)
            self._tokens[""] = _basic(credential)
            return self._tokens[""]
        if scheme == "bearer":
            wanted = scope or parameters.get("scope", "")
            try:
                token = self._bearer(parameters.get("realm", ""), parameters.get("service", ""), wanted)
            except FetchFailed as error:
                raise FetchFailed(f"{shown}: {error}", status=error.status, hint=error.hint) from error
            self._tokens[scope] = f"Bearer {token}"
            return self._tokens[scope]
        return ""

    def _who(self, shown: str) -> Credential:
        """Who we are there. shown: the request. Raises FetchFailed when a file or a helper does not say."""
        try:
            return self._credential(self.host)
        except DistributionError as error:
            raise FetchFailed(f"{shown}: {error}" if shown else str(error), hint=error.hint) from error

    def _bearer(self, realm: str, service: str, scope: str) -> str:
        import json
        from urllib.parse import quote_plus, urlencode

        _check_realm(realm, self.base)
        credential = self._who("")
        if credential.access_token:
            return credential.access_token
        if credential and (credential.refresh_token or self.force_oauth):
            form = {"grant_type": "refresh_token", "refresh_token": credential.refresh_token}
            if not credential.refresh_token:
                form = {"grant_type": "password", "username": credential.username, "password": credential.password}
            form |= {"service": service, "client_id": _CLIENT} | ({"scope": scope} if scope else {})
            body = urlencode(sorted(form.items())).encode()
            kind = [("Content-Type", "application/x-www-form-urlencoded")]
            method, answer = "POST", self._fetcher.request("POST", realm, self._access, headers=kind, body=body)
        else:
            query = "&".join(
                f"{key}={quote_plus(value)}" for key, value in (("scope", scope), ("service", service)) if value
            )
            separator = "&" if "?" in realm else "?"
            address = f"{realm}{separator}{query}" if query else realm
            sent = [("Authorization", _basic(credential))] if credential.username or credential.password else []
            method, answer = "GET", self._fetcher.request("GET", address, self._access, headers=sent)
        if answer.status != 200:
            raise refusal(method, answer)
        try:
            value = json.loads(answer.body)
        except (ValueError, RecursionError) as error:
            raise FetchFailed(f"{method} {quote(answer.url)}: failed to decode response: {error}") from error
        found = (value.get("access_token") or value.get("token")) if isinstance(value, dict) else None
        if not isinstance(found, str) or not found:
            raise FetchFailed(f"{method} {quote(answer.url)}: empty token returned")
        return found


def refusal(method: str, answer: Fetched) -> RegistryRefusal:
    """The error of an answer nobody expected, in oras' words."""
    text = _errors(answer.body) or _REASONS.get(answer.status, answer.reason)
    hint = ""
    if answer.status in (401, 403):
        hint = f"`charthouse registry login {urls.origin(answer.url)[1]}`, with a user who may do that"
    return RegistryRefusal(
        f"{method} {quote(urls.without_credentials(answer.url))}: response status code {answer.status}: {text}",
        status=answer.status,
        hint=hint,
    )


def _errors(body: bytes) -> str:
    import json

    from charthouse.golang.fmt import sprint

    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    listed = value.get("errors") if isinstance(value, dict) else None
    out = []
    for entry in listed if isinstance(listed, list) else ():
        if not isinstance(entry, dict):
            continue
        code = str(entry.get("code", "")).replace("_", " ").lower()
        message, detail = entry.get("message"), entry.get("detail")
        text = code
        if message:
            text = f"{code}: {message}" if detail is None else f"{code}: {message}: {sprint([detail])}"
        out.append(text)
    return "; ".join(out)


def _basic(credential: Credential) -> str:
    import binascii

    pair = f"{credential.username}:{credential.password}".encode("utf-8", "surrogateescape")
    return f"Basic {binascii.b2a_base64(pair, newline=False).decode()}"


def _parse_challenge(text: str) -> tuple[str, dict[str, str]]:
    """RFC 9110 §11.6.1: the scheme in lower case, and its parameters."""
    scheme, _, rest = text.strip().partition(" ")
    parameters: dict[str, str] = {}
    while rest:
        name, equal, rest = rest.lstrip(" ,").partition("=")
        if not equal:
            break
        if rest.startswith('"'):
            end = 1
            while end < len(rest) and rest[end] != '"':
                end += 2 if rest[end] == "\\" else 1
            value, rest = rest[1:end].replace("\\", ""), rest[end + 1 :]
        else:
            value, _, rest = rest.partition(",")
        parameters[name.strip().lower()] = value.strip()
    return scheme.lower(), parameters


def _check_realm(realm: str, base: str) -> None:
    """Raises FetchFailed for a token server that must not hear our credentials (``validateRealm``)."""
    parts = urls.parse(realm)
    registry = urls.parse(base)
    shown = f"bearer realm {quote(realm)}"
    if parts.scheme not in ("http", "https"):
        raise FetchFailed(f"{shown} uses unsupported scheme {quote(parts.scheme)}")
    if parts.scheme == "http" and registry.scheme == "https":
        raise FetchFailed(f"{shown} uses http but registry was contacted over https")
    if parts.hostname == registry.hostname:
        return
    import ipaddress

    try:
        address = ipaddress.ip_address(parts.hostname or "")
    except ValueError:
        return
    if address.is_loopback or address.is_link_local or address.is_private or address.is_unspecified:
        raise FetchFailed(
            f"bearer realm host {quote(parts.hostname or '')} is a loopback, link-local, private, "
            "or unspecified address"
        )
