"""Answer by answer what a real ChartMuseum answered to the same requests, with the same options.

Recorded by tools/record_chartmuseum.py. What is meant to be different stands in DIFFERENT, each with its reason.
"""

from __future__ import annotations

import json
import time
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from charthouse.repository_server.access import Access, Authority
from charthouse.repository_server.requests import Answer
from charthouse.repository_server.site import Site
from charthouse.repository_server.uploads import Policy
from tests.unit.repository_server.sites import ask, content, site
from tests.unit.repository_server.stories import STORIES, body_of, steady
from tests.unit.repository_server.tokens import public_key, token

RECORDED: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parent / "chartmuseum.json").read_text(encoding="utf-8")
)
DIFFERENT: dict[str, dict[str, Any] | None] = {
    "GET /info": None,  # a version
    "GET /info Authorization: nothing": None,
    "GET /api/charts?offset=1": None,  # theirs is empty without a limit
    "GET /some/placeindex.yaml": None,  # theirs takes any path that begins with the same letters
    "HEAD /api/charts/a": {"type": "application/json; charset=utf-8"},  # ours has the headers of GET
}


def _users() -> Access:
    users = {"anna": b"plain:" + sha256(b"secret").hexdigest().encode()}
    return Access(users=users, monotonic=time.monotonic)


def _make(name: str, folder: Path) -> Site:
    if name == "overwrite":
        return site(folder, policy=Policy(overwrite=True))
    if name == "keep":
        return site(folder, policy=Policy(force=False), has_deletes=False)
    if name == "quiet":
        return site(folder, has_api=False)
    if name == "below":
        prefix = "https://charts.example.com/some/place/"
        return site(folder, context="/some/place", prefix=prefix)
    if name == "small":
        return site(folder, policy=Policy(limit=1))
    if name == "fields":
        return site(folder, fields=("mine", "mineprov"))
    if name == "users":
        return site(folder, access=_users())
    if name == "readers":
        users = {"anna": b"plain:" + sha256(b"secret").hexdigest().encode()}
        return site(folder, access=Access(users=users, anonymous=True, monotonic=time.monotonic))
    if name == "tokens":
        authority = Authority("https://auth.example.com/token", "here", public_key())
        return site(folder, access=Access(authority=authority, monotonic=time.monotonic))
    return site(folder)


def _row(step: str, method: str, answer: Answer) -> dict[str, Any]:
    kind = dict(answer.headers).get("Content-Type", "")
    data = content(answer) if method != "HEAD" else b""
    text = "an archive" if "tar" in kind else steady(data.decode())
    row = {"step": step, "status": answer.status, "type": kind, "body": text}
    if challenge := dict(answer.headers).get("WWW-Authenticate"):
        row["challenge"] = challenge
    return row


@pytest.mark.parametrize("name", STORIES)
def test_answers_as_chartmuseum_does(name: str, tmp_path: Path) -> None:
    shop = _make(name, tmp_path)
    for step, recorded in zip(STORIES[name][1], RECORDED[name], strict=True):
        method, path, what = step
        body, headers = body_of(what)
        if "@" in headers.get("Authorization", ""):
            headers["Authorization"] = "Bearer " + token(headers["Authorization"].partition("@")[2])
        given = {key.replace("-", "_"): value for key, value in headers.items()}
        answer = _row(" ".join(step).strip(), method, ask(shop, method, path, body, **given))
        different = DIFFERENT.get(recorded["step"], {})
        if different is not None:
            assert answer == {**recorded, **different}
