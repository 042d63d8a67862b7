"""Who asks, and whether they may: tokens, client certificates, the front proxy's headers, impersonation, RBAC.

Rules: pkg/kubeapiserver/authenticator/config.go of k8s.io/kubernetes v1.37.2 (the order: front proxy, certificate,
token file, service account tokens), apiserver/pkg/endpoints/filters/{authentication,authorization}.go v0.37.2.
Differs: a certificate that no known CA signed ends the TLS handshake; a real server answers 401.
"""

from __future__ import annotations

from charthouse.devcluster.account_tokens import AccountTokens, TokenError
from charthouse.devcluster.failures import unauthorized
from charthouse.devcluster.identity import ANONYMOUS, AUTHENTICATED, Attributes, User, refusal
from charthouse.devcluster.impersonation import Impersonation, wanted_user
from charthouse.devcluster.rbac import Rbac

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from charthouse.devcluster.pki import Pki
    from charthouse.devcluster.store import Store
    from charthouse.devcluster.wire import Request

__all__ = ["Access", "Caller"]


class Caller:
    """user: whose rights count; by: who sent the request, when they act as somebody else."""

    __slots__ = ("by", "user")

    def __init__(self, user: User, by: User | None = None) -> None:
        self.user = user
        self.by = by


class Access:
    """Every access decision. tokens: bearer token → (user name, groups); anonymous: who asks without credentials.

    pki: the authorities of client certificates and of the front proxy, None when certificates are not asked for.
    """

    def __init__(
        self,
        store: Store,
        tokens: Mapping[str, tuple[str, tuple[str, ...]]],
        *,
        anonymous: User | None = None,
        pki: Pki | None = None,
    ) -> None:
        self.rbac = Rbac(store)
        self.anonymous = anonymous or ANONYMOUS
        self.tokens = dict(tokens)
        self.pki = pki
        self.impersonation = Impersonation(self.allowed)
        self.accounts = AccountTokens(store, pki.folder if pki else "")

    # authentication --------------------------------------------------------------------------------------------------

    def caller(self, request: Request, on: Attributes) -> Caller:
        """Who asks for `on`. Raises ApiFailure: 401, or 400 and 403 when impersonation is wrong or not allowed."""
        user = self._authenticated(request)
        request.by = user
        wanted = wanted_user(request)
        if wanted is None:
            return Caller(user)
        return Caller(self.impersonation.impersonated(user, wanted, on), user)

    def _authenticated(self, request: Request) -> User:
        if request.peer is not None and self.pki is not None:
            user = self.pki.remote_user(request) or self.pki.certificate_user(request.peer)
            if user is not None:
                return _with_group(user)
        given = request.header("authorization")
        if not given:
            return self.anonymous
        scheme, _, token = given.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            return self.anonymous
        try:
            return self.token_user(token.strip(), self.accounts.audiences)[0]
        except TokenError as error:
            raise unauthorized() from error

    def token_user(self, token: str, audiences: list[str]) -> tuple[User, list[str]]:
        """(user of a token, those of `audiences` it is for). Raises TokenError."""
        found = self.tokens.get(token)
        if found is not None:
            for_us = [one for one in audiences if one in self.accounts.audiences]
            if not for_us:
                raise TokenError("invalid bearer token")
            return User(found[0], (*found[1], AUTHENTICATED)), for_us
        user, for_us = self.accounts.user(token, audiences)
        return _with_group(user), for_us

    # authorization ---------------------------------------------------------------------------------------------------

    def require(self, user: User, asked: Attributes) -> str:
        """The reason why it is allowed. Raises ApiFailure (403) with the real server's text."""
        allows, reason = self.allowed(user, asked)
        if not allows:
            raise refusal(user, asked, reason)
        return reason

    def allowed(self, user: User, asked: Attributes) -> tuple[bool, str]:
        """(decision, its reason)."""
        allows, reason = self.rbac.allowed(user, asked)
        return allows, reason if allows or not reason else f"rbac: {reason}"


def _with_group(user: User) -> User:
    if AUTHENTICATED in user.groups or user.name == ANONYMOUS.name:
        return user
    return User(user.name, (*user.groups, AUTHENTICATED), user.uid, user.extra)
