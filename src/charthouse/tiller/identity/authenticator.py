"""Who a call is from: the layer that says so to everything inside it.

As the API server does it (k8s.io/apiserver v0.37.2 pkg/authentication/request/union over the front proxy's headers,
client certificates, bearer tokens, in this order): the first proof that holds counts, so a certificate wins over a
token sent with it. Everybody known is in `system:authenticated`. Differs: a proof that does not hold ends the call even
where another might (there a bad certificate leaves it to the token), a caller with two different tokens is refused, and
nobody becomes `system:anonymous`: who is not known is refused, unless Tiller is started for that.
"""

from __future__ import annotations

from charthouse.logs import WARN, LogRecord, silent
from charthouse.records import Record, replace
from charthouse.rpc.status import Code, RpcError
from charthouse.tiller.audit import plain
from charthouse.tiller.caller import ANONYMOUS, Caller
from charthouse.tiller.identity import TOKEN_HEADER
from charthouse.tiller.identity.authorities import BOTH, FRONT_PROXY, USERS, ClientAuthorities
from charthouse.tiller.identity.certificates import common_name, subject_of
from charthouse.tiller.identity.errors import Unauthenticated
from charthouse.tiller.identity.front_proxy import FrontProxyRules, claims, remote_caller
from charthouse.tiller.workplaces import impersonation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from charthouse.logs import Log
    from charthouse.rpc.call import Call, Handler, HttpRequest, Peer
    from charthouse.tiller.identity.tokens import TokenReviews

    Headers = Sequence[tuple[str, str]]

__all__ = ["OPEN_METHODS", "Authenticator", "AuthenticatorSettings"]

OPEN_METHODS = frozenset(
    ("/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch",
     "/hapi.services.tiller.ReleaseService/GetVersion")
)  # fmt: skip
"""Calls that need no identity: they tell nothing of any release."""

_AUTHENTICATED = "system:authenticated"
_NOBODY = (
    "Tiller does not know who you are: send a bearer token (authorization) or a client certificate over TLS; "
    "`charthouse --tiller` does so by itself, `helm` 2 needs --tls and a certificate of the cluster's or of Tiller's CA"
)
_BAD_TOKEN = "the authorization is no bearer token; Tiller takes `authorization: Bearer TOKEN`"


class AuthenticatorSettings(Record):
    """allow_anonymous: callers without any proof get Tiller's own rights. allow_privileged: the control plane may call.
    plain_tokens: take tokens without TLS, too (where something in front of Tiller ends it)."""

    allow_anonymous: bool = False
    allow_privileged: bool = False
    plain_tokens: bool = False


class Authenticator:
    """Safe to use from several threads."""

    def __init__(
        self,
        settings: AuthenticatorSettings,
        *,
        tokens: TokenReviews | None,
        authorities: Callable[[], ClientAuthorities],
        log: Log = silent,
    ) -> None:
        """tokens: None when none are taken. authorities: what counts now."""
        self._settings = settings
        self._tokens = tokens
        self._authorities = authorities
        self._log = log

    def layer(self, request: Any, call: Call, handler: Handler) -> Any:
        """Around each call (``rpc.call.Layer``): sets ``call.notes["caller"]``. Raises Unauthenticated, Refused."""
        if call.method not in OPEN_METHODS:
            try:
                call.notes["caller"] = self._told(call.peer, list(call.metadata.items()), proxied=False)
            except RpcError as error:
                raise _explained(error, call.method) from None
        return handler(request, call)

    def of_http(self, request: HttpRequest) -> Caller:
        """Who a request of the REST gateway is from. Raises Unauthenticated, Refused, RpcError.

        A proof that a browser shows by itself (a certificate; being anonymous) does not count for what another site had
        the browser ask.
        """
        caller = self._told(request.peer, request.headers, proxied=True)
        if caller.how in ("certificate", "anonymous") and _of_another_site(request):
            raise RpcError(Code.PERMISSION_DENIED, "a browser made this request for another site")
        return caller

    def _told(self, peer: Peer, headers: Headers, *, proxied: bool) -> Caller:
        """The caller; what cannot be told to them goes into the log."""
        try:
            caller = self._caller(peer, headers, proxied=proxied)
            impersonation.check(
                caller,
                allow_privileged=self._settings.allow_privileged,
                allow_anonymous=self._settings.allow_anonymous,
            )
        except RpcError as error:
            reason = getattr(error, "reason", error.code.name)
            self._log(
                LogRecord(WARN, "caller refused", address=plain(peer.address), reason=reason, error=error.message)
            )
            raise
        return caller

    def _caller(self, peer: Peer, headers: Headers, *, proxied: bool) -> Caller:
        current = self._authorities()
        proxy = proxied and _is_front_proxy(peer, current.rules)
        if current.rules is not None and not proxy and claims(current.rules, headers):
            self._log(
                LogRecord(WARN, "headers that name a user ignored: not the front proxy", address=plain(peer.address))
            )
        if proxy and current.rules is not None:
            found = remote_caller(current.rules, headers, peer.address)
            if found is None:
                raise Unauthenticated("the front proxy names no user", reason="front-proxy")
            return _authenticated(found)
        if peer.chain and peer.authority in (USERS, BOTH):
            subject = subject_of(peer.chain[0])
            if subject is not None:
                user, uid, groups, extra = subject
                return _authenticated(
                    Caller(user, uid=uid, groups=groups, extra=extra, how="certificate", address=peer.address)
                )
        token = _token(headers)
        if token:
            return self._by_token(token, peer)
        if self._settings.allow_anonymous:
            return replace(ANONYMOUS, address=peer.address)
        raise Unauthenticated(_NOBODY, reason="none")

    def _by_token(self, token: str, peer: Peer) -> Caller:
        if not (peer.tls or self._settings.plain_tokens or peer.address.startswith("unix:")):
            raise Unauthenticated(
                "Tiller takes tokens over TLS only; the one you sent may have been read on its way: withdraw it",
                reason="plaintext",
            )
        if self._tokens is None:
            raise Unauthenticated("this Tiller takes no tokens; use a client certificate", reason="token")
        return _authenticated(self._tokens.caller(token, peer.address))


def _explained(error: RpcError, method: str) -> RpcError:
    """An error whose advice reaches the caller: ours read it from details, Helm 2's client knows a text alone."""
    if method.startswith("/hapi.") and error.hint:
        return RpcError(error.code, "; ".join((error.message, *error.hint.splitlines())))
    from charthouse.tiller.v1.calls import ended

    return ended(error)


def _of_another_site(request: HttpRequest) -> bool:
    """Whether a browser says that a page from elsewhere is behind a request (Fetch, RFC 6454)."""
    if request.header("sec-fetch-site") in ("cross-site", "same-site"):
        return True
    origin = request.header("origin")
    return bool(origin) and origin.partition("://")[2] != request.header("host")


def _is_front_proxy(peer: Peer, rules: FrontProxyRules | None) -> bool:
    if rules is None or not peer.chain or peer.authority not in (FRONT_PROXY, BOTH):
        return False
    return rules.allows(common_name(peer.chain[0]), shared=peer.authority == BOTH)


def _authenticated(caller: Caller) -> Caller:
    if _AUTHENTICATED in caller.groups:
        return caller
    return replace(caller, groups=(*caller.groups, _AUTHENTICATED))


def _token(headers: Headers) -> str:
    """The bearer token of a call, "" when it has none. Raises Unauthenticated."""
    found = {value.strip() for name, value in headers if name == TOKEN_HEADER}
    for value in (value.strip() for name, value in headers if name == "authorization"):
        scheme, _, token = value.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthenticated(_BAD_TOKEN, reason="token")
        found.add(token.strip())
    found.discard("")
    if len(found) > 1:
        raise Unauthenticated("two different tokens came with one call", reason="ambiguous")
    return found.pop() if found else ""
