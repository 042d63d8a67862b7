"""Bearer tokens, as the API server knows them (TokenReview).

A token says itself for whom it is made, so one question is enough: with the audience `charthouse-tiller` when it is
among them, else with none, which means the API server's own. That part of a token is only read to choose the question;
the answer must name the audience that was asked for, since an authenticator that knows no audiences accepts any.

Answers are kept: that a token is good for ten seconds (the API server itself keeps as long, k8s.io/apiserver v0.37.2
pkg/authentication/token/cache, so a token that is withdrawn lives twice that at most) and never longer than the token
says it lives; that it is not, for two, so that a client that repeats itself costs nothing, and a token whose account
was made this moment is known soon. Tokens are kept as a keyed hash only. At most so many questions are asked at a time:
strangers who send random tokens cannot take every thread there is.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections import OrderedDict

from charthouse.errors import CharthouseError
from charthouse.k8s.ports import ApiError
from charthouse.records import Record, replace
from charthouse.rpc.status import Code, RpcError
from charthouse.tiller.caller import Caller
from charthouse.tiller.identity import AUDIENCE
from charthouse.tiller.identity.errors import Unauthenticated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from charthouse.actions.ports import Clock
    from charthouse.kube.client import Client

__all__ = ["GOOD_SECONDS", "REFUSED_SECONDS", "TokenReviews"]

GOOD_SECONDS = 10.0
REFUSED_SECONDS = 2.0
_KEPT = 4096
_REVIEWS_AT_ONCE = 16
_WAIT_SECONDS = 10.0
_MAX_TOKEN = 32 << 10
_PATH = "/apis/authentication.k8s.io/v1/tokenreviews"


class _Claims(Record):
    """What a token says of itself, unproven."""

    audiences: tuple[str, ...] = ()
    expires: float | None = None


class _Known(Record):
    """caller, or why there is none; until: on the monotonic clock."""

    caller: Caller | None
    error: Unauthenticated | None
    until: float


class TokenReviews:
    """Asks the API server, as Tiller. Safe to use from several threads."""

    def __init__(self, client: Client, *, clock: Clock, random: Callable[[int], bytes], kept: int = _KEPT) -> None:
        self._client = client
        self._clock = clock
        self._key = random(32)
        self._kept = kept
        self._lock = threading.Lock()
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        self._asking: dict[bytes, threading.Event] = {}
        self._places = threading.BoundedSemaphore(_REVIEWS_AT_ONCE)

    def caller(self, token: str, address: str) -> Caller:
        """Whose token it is. Raises Unauthenticated; RpcError UNAVAILABLE when the API server cannot be asked."""
        if len(token) > _MAX_TOKEN or any(not "!" <= letter <= "~" for letter in token):
            raise Unauthenticated("this is no bearer token: it is too long, or holds blanks", reason="token")
        digest = hashlib.blake2b(token.encode("ascii"), key=self._key, digest_size=32).digest()
        known = self._recall(digest) or self._ask_once(digest, token)
        if known.error is not None:
            raise Unauthenticated(known.error.message, reason=known.error.reason, hint=known.error.hint)
        assert known.caller is not None
        return replace(known.caller, address=address)

    def _recall(self, digest: bytes) -> _Known | None:
        now = self._clock.monotonic()
        with self._lock:
            known = self._known.get(digest)
            if known is not None and now >= known.until:
                del self._known[digest]
                return None
            return known

    def _ask_once(self, digest: bytes, token: str) -> _Known:
        """The answer; of several that want the same one, one asks."""
        while True:
            with self._lock:
                other = self._asking.get(digest)
                if other is None:
                    mine = self._asking[digest] = threading.Event()
                    break
            if not other.wait(_WAIT_SECONDS):
                raise _unavailable("it takes too long")
            known = self._recall(digest)
            if known is not None:
                return known
        try:
            known = self._ask(token)
            with self._lock:
                self._known[digest] = known
                while len(self._known) > self._kept:
                    self._known.popitem(last=False)
            return known
        finally:
            with self._lock:
                del self._asking[digest]
            mine.set()

    def _ask(self, token: str) -> _Known:
        claims = _claims(token)
        wall = float(self._clock.now().timestamp())
        audience = AUDIENCE if AUDIENCE in claims.audiences else ""
        status = self._review(token, audience)
        now = self._clock.monotonic()
        caller = _caller(status, audience)
        if caller is None:
            return _Known(None, _refusal(claims, wall, status), now + REFUSED_SECONDS)
        left = GOOD_SECONDS if claims.expires is None else min(GOOD_SECONDS, claims.expires - wall)
        return _Known(caller, None, now + max(left, 0.0))

    def _review(self, token: str, audience: str) -> Mapping[str, Any]:
        spec: dict[str, Any] = {"token": token}
        if audience:
            spec["audiences"] = [audience]
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": spec}
        if not self._places.acquire(timeout=_WAIT_SECONDS):
            raise _unavailable("too many tokens wait to be checked")
        try:
            answer = self._client.raw("POST", _PATH, body, safety="repeatable", timeout=_WAIT_SECONDS)
        except ApiError as error:
            why = "it may not ask the API server" if error.code == 403 else f"the API server answers {error.code}"
            raise _unavailable(why, error) from None  # the cause holds the request
        except CharthouseError as error:
            raise _unavailable("the API server does not answer", error) from None
        finally:
            self._places.release()
        status = answer.get("status")
        return status if isinstance(status, dict) else {}


def _unavailable(why: str, cause: CharthouseError | None = None) -> RpcError:
    hint = "Tiller needs the right to create tokenreviews.authentication.k8s.io" if cause is not None else ""
    return RpcError(Code.UNAVAILABLE, f"Tiller cannot check your token now: {why}", hint=hint)


def _caller(status: Mapping[str, Any], audience: str) -> Caller | None:
    """The caller of a positive answer, None for any other."""
    user = status.get("user")
    if status.get("authenticated") is not True or not isinstance(user, dict):
        return None
    if audience and audience not in (status.get("audiences") or ()):
        return None
    try:
        caller = Caller.from_json(
            {
                "user": user.get("username") or "",
                "uid": user.get("uid") or "",
                "groups": user.get("groups") or [],
                "extra": user.get("extra") or {},
                "how": "token",
                "address": "",
            }
        )
    except ValueError:
        return None
    return caller if caller.user else None


def _refusal(claims: _Claims, wall: float, status: Mapping[str, Any]) -> Unauthenticated:
    """Why, as far as the token itself tells its owner."""
    if claims.expires is not None and claims.expires <= wall:
        return Unauthenticated("your token has expired; get a new one", reason="expired")
    if status.get("authenticated") is True or claims.audiences:
        text = (
            "the API server does not accept your token; it must be made for the API server or for the audience "
            f"{AUDIENCE} (kubectl create token NAME --audience {AUDIENCE})"
        )
        return Unauthenticated(text, reason="audience" if AUDIENCE not in claims.audiences else "token")
    return Unauthenticated("the API server does not accept your token; log in again", reason="token")


def _claims(token: str) -> _Claims:
    """What a JWT says; nothing of what is none."""
    parts = token.split(".")
    if len(parts) != 3:
        return _Claims()
    try:
        body = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        given, expires = body.get("aud"), body.get("exp")
    except (ValueError, AttributeError, RecursionError):
        return _Claims()
    audiences = [given] if isinstance(given, str) else given if isinstance(given, list) else []
    plain = tuple(one for one in audiences if isinstance(one, str))
    number = isinstance(expires, (int, float)) and not isinstance(expires, bool) and 0 < expires < 1e12
    return _Claims(plain, float(expires) if number else None)
