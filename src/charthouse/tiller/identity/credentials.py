"""What a client shows Tiller: the kubeconfig user's token or certificate, never more than is needed.

For the client's room: make one ``TillerCredentials`` of the Access (``kube.connect.resolve``) and a client of the same
cluster, then, once the server is verified (``authority.published`` or `--tls-ca-cert`) and only then:

- ``certificate()`` goes into the TLS handshake (PEM of certificate and key, both empty for none);
- ``token()`` goes into the metadata `authorization: Bearer …` of each call; through the service proxy, into the header
  ``identity.TOKEN_HEADER``. "" for none;
- after UNAUTHENTICATED, ``refused()`` says whether asking once more, with ``token()`` again, makes sense.

A service account's token is exchanged for one that Tiller alone accepts (TokenRequest, audience `charthouse-tiller`,
ten minutes), when the account may do that for itself: then nothing that the API server would take leaves the machine.
Other users' tokens cannot be exchanged and are sent as they are; Tiller accepts the API server's audience too.

A kubeconfig with both a certificate and a token shows both; the certificate counts, as with the API server.
"""

from __future__ import annotations

import base64
import json
import threading

from charthouse.kube.credentials import Credentials
from charthouse.kube.errors import CredentialError
from charthouse.tiller.identity import AUDIENCE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from charthouse.actions.ports import Clock
    from charthouse.kube.client import Client
    from charthouse.kube.kubeconfig import Access

__all__ = ["TillerCredentials", "service_account_of"]

_SECONDS = 600  # the least TokenRequest grants
_RENEW_BEFORE = 120.0
_MAX_TOKEN = 64 << 10


class TillerCredentials:
    """Safe to use from several threads; nothing is read or asked before it is needed."""

    def __init__(
        self,
        access: Access,
        client: Client,
        *,
        clock: Clock,
        environ: Mapping[str, str],
        interactive: bool = False,
        audience: str = AUDIENCE,
    ) -> None:
        """access: the kubeconfig's user. client: of the API server, as that user. environ, interactive: for credential
        plugins. audience: "" sends tokens as they are."""
        self._access = access
        self._client = client
        self._clock = clock
        self._audience = audience
        self._credentials = Credentials(access, clock=clock, environ=environ, interactive=interactive)
        self._lock = threading.Lock()
        self._exchanged: tuple[str, str, float] | None = None  # for which token, what, until when (monotonic)
        self._unchangeable = ""

    def token(self) -> str:
        """A bearer token, "" for none. Raises CredentialError (a plugin failed, a user that cannot be carried)."""
        self._check_user()
        own = self._credentials.authorization()
        if not own.startswith("Bearer "):
            return ""
        token = own.removeprefix("Bearer ").strip()
        if not token:
            return ""
        if len(token) > _MAX_TOKEN or any(not "!" <= letter <= "~" for letter in token):
            raise CredentialError(
                "the kubeconfig's token is no bearer token", hint="it holds blanks, line ends or other letters"
            )
        return self._for_tiller(token)

    def certificate(self) -> tuple[bytes, bytes]:
        """(certificate with its chain, key), PEM; both empty for none. Raises CredentialError."""
        self._check_user()
        cert, key = self._credentials.certificate()
        if cert and key:
            return cert, key
        access = self._access
        cert = access.cert_data or _file(access.cert_file, "client certificate")
        key = access.key_data or _file(access.key_file, "client key")
        return (cert, key) if cert and key else (b"", b"")

    def refused(self) -> bool:
        """Tiller said UNAUTHENTICATED: forget what can be had anew. True when another try makes sense."""
        with self._lock:
            exchanged, self._exchanged = self._exchanged, None
        return self._credentials.refused() or exchanged is not None

    def _check_user(self) -> None:
        if self._access.impersonate:
            raise CredentialError(
                f'Tiller cannot be asked as "{self._access.impersonate}": it takes nobody\'s word for who somebody is',
                hint="use that user's own credentials, or leave Tiller out (direct mode) with --kube-as-user",
            )

    def _for_tiller(self, token: str) -> str:
        """A token for Tiller alone in the place of a service account's."""
        account = service_account_of(token) if self._audience else None
        if account is None:
            return token
        with self._lock:
            now = self._clock.monotonic()
            held = self._exchanged
            if held is not None and held[0] == token and now < held[2]:
                return held[1]
            if self._unchangeable == token:
                return token
            made = self._request(*account)
            if made is None:
                self._unchangeable = token
                return token
            self._exchanged = (token, made, now + _SECONDS - _RENEW_BEFORE)
            return made

    def _request(self, namespace: str, name: str) -> str | None:
        """A token of this account for Tiller; None when it may not have one."""
        from charthouse.k8s.ports import ApiError

        body = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "spec": {"audiences": [self._audience], "expirationSeconds": _SECONDS},
        }
        try:
            answer = self._client.raw("POST", f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token", body)
        except ApiError as error:
            if error.code in (403, 404, 405):
                return None
            raise
        found = (answer.get("status") or {}).get("token")
        return found if isinstance(found, str) and found else None


def service_account_of(token: str) -> tuple[str, str] | None:
    """(namespace, name) a token says it is of, unverified; None for another user's, or what is no JWT."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims: Any = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        subject = claims["sub"]
        prefix, kind, namespace, name = subject.split(":")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    letters = (namespace + name).replace("-", "").replace(".", "")
    if (prefix, kind) != ("system", "serviceaccount") or not (namespace and name and letters.isascii()):
        return None
    return (namespace, name) if letters.isalnum() else None


def _file(path: str, what: str) -> bytes:
    if not path:
        return b""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        text = (error.strerror or str(error)).lower()
        raise CredentialError(f"open {path}: {text}", hint=f"the {what} named by the kubeconfig") from error
