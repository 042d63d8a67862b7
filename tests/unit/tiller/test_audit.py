"""What is left on a revision and in the log."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from charthouse.k8s.ports import ApiError
from charthouse.logs import LogRecord
from charthouse.releases.release import DEPLOYED, PENDING_INSTALL, PENDING_UPGRADE, SUPERSEDED, UNINSTALLED
from charthouse.tiller.audit import (
    ANNOTATION,
    UNINSTALL_ANNOTATION,
    AuditedDriver,
    AuditTrail,
    ValuesDigest,
    plain,
)
from charthouse.tiller.caller import ANONYMOUS, Caller
from tests.unit.tiller.workplaces.walls import release, store


def seal(*parts: str) -> str:
    return hashlib.sha256("|".join(("secret", *parts)).encode()).hexdigest()


DIGEST = ValuesDigest(seal, b"k")
ANN = Caller("ann", uid="7", groups=("crew", "system:authenticated"), how="certificate", address="192.0.2.1:7")


def audited(caller: Caller = ANN, made: Any = None) -> tuple[AuditedDriver, Any, list[LogRecord]]:
    logged: list[LogRecord] = []
    made = made or store()
    now = lambda: datetime(2026, 11, 23, 9, 0, 0, 5, tzinfo=UTC)  # noqa: E731  # one line says it
    return AuditedDriver(made("team"), AuditTrail(caller, logged.append, DIGEST, now)), made, logged


def test_a_revision_says_who_made_it() -> None:
    driver, made, logged = audited()
    driver.create(release("r", 1, status=PENDING_INSTALL, password="hunter2"))
    driver.update(release("r", 1, status=DEPLOYED, password="hunter2"))
    entry = json.loads(made("team").get("sh.helm.release.v1.r.v1").annotations[ANNOTATION])
    assert entry == {
        "user": "ann", "uid": "7", "groups": ["crew", "system:authenticated"], "how": "certificate",
        "from": "192.0.2.1:7", "verb": "install", "time": "2026-11-23T09:00:00+00:00",
        "values": DIGEST.of({"password": "hunter2"}),
    }  # fmt: skip
    assert [(line.message, line.attributes["verb"], line.attributes["status"]) for line in logged] == [
        ("audit", "install", "pending-install"), ("audit", "update", "deployed"),
    ]  # fmt: skip
    assert logged[0].attributes == {
        **entry, "namespace": "team", "release": "r", "revision": 1, "status": "pending-install",
    }  # fmt: skip
    assert "hunter2" not in repr(logged) + repr(entry)


def test_who_supersedes_it_does_not_take_its_place() -> None:
    _, made, _ = driver, made, _ = audited()
    driver.create(release("r", 1, status=PENDING_INSTALL))
    bob, _, logged = audited(Caller("bob"), made)
    bob.update(bob.get("sh.helm.release.v1.r.v1").with_status(SUPERSEDED))
    bob.create(release("r", 2, status=PENDING_UPGRADE))
    users = [json.loads(made("team").get(f"sh.helm.release.v1.r.v{n}").annotations[ANNOTATION])["user"] for n in (1, 2)]
    assert users == ["ann", "bob"]
    assert [line.attributes["user"] for line in logged] == ["bob", "bob"]


def test_an_uninstall_that_keeps_the_history_says_so_too() -> None:
    driver, made, _ = audited()
    driver.create(release("r", 1, status=PENDING_INSTALL))
    bob, _, _ = audited(Caller("bob"), made)
    bob.update(bob.get("sh.helm.release.v1.r.v1").with_status(UNINSTALLED))
    kept = made("team").get("sh.helm.release.v1.r.v1").annotations
    verbs = [json.loads(kept[key]) for key in (ANNOTATION, UNINSTALL_ANNOTATION)]
    assert [(one["user"], one["verb"]) for one in verbs] == [("ann", "install"), ("bob", "uninstall")]


def test_what_is_deleted_is_in_the_log() -> None:
    driver, _, logged = audited(ANONYMOUS)
    driver.create(release("r"))
    driver.delete("sh.helm.release.v1.r.v1")
    assert [(line.attributes["user"], line.attributes["verb"], line.attributes["status"]) for line in logged] == [
        ("anonymous", "install", "deployed"), ("anonymous", "delete", "deleted"),
    ]  # fmt: skip


def test_digests_tell_equal_values_and_nothing_else() -> None:
    one, other = {"a": 1.0, "b": {"c": ["ü", 2.5]}}, {"b": {"c": ["ü", 2.5]}, "a": 1}
    assert DIGEST.of(one) == DIGEST.of(other) != DIGEST.of({"a": 1})
    assert DIGEST.of(one) == "hmac-sha256:" + seal("charthouse audit: values", '{"a":1,"b":{"c":["\\u00fc",2.5]}}')


def test_without_the_journal_s_key_a_key_of_one_s_own() -> None:
    asked: list[str] = []

    def refused(*parts: str) -> str:
        asked.append(parts[0])
        raise ApiError("secrets is forbidden", code=403, reason="Forbidden")

    digest = ValuesDigest(refused, b"k")
    # printf '{}' | openssl dgst -sha256 -hmac k
    expected = "local-hmac-sha256:add853b103fbcc936a194f9eb15e29c4ff08af6e47d5d1bca4f20218e31e4fff"
    assert [digest.of({}), digest.of({})] == [expected, expected]
    assert asked == ["charthouse audit: values"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ann", "ann"),
        ("a\nlevel=INFO msg=forged", "a\\nlevel=INFO msg=forged"),
        ("\x1b[2Jü\u2028\u202e\x85", "\\x1b[2Jü\\u2028\\u202e\\x85"),
        ("x" * 300, "x" * 256 + "…"),
    ],
)
def test_foreign_texts_stay_on_their_line(text: str, expected: str) -> None:
    assert plain(text) == expected


def test_a_crowd_of_groups_is_cut_off() -> None:
    driver, made, _ = audited(Caller("ann", groups=tuple(f"g{number}" * 200 for number in range(500))))
    driver.create(release("r"))
    text = made("team").get("sh.helm.release.v1.r.v1").annotations[ANNOTATION]
    assert len(text) < 8000 and len(json.loads(text)["groups"]) == 20
