"""The audit log: who, as whom, what, with what outcome; and never a body."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from charthouse.devcluster.audit import Audit
from charthouse.devcluster.security import Security, SecurityError
from tests.unit.devcluster.conftest import Bench

SECRETS = "/api/v1/namespaces/default/secrets"


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_the_caller_and_whom_they_act_as(tmp_path: Path) -> None:
    audit = Audit(str(tmp_path / "log"))
    bench = Bench(audit=audit)
    body = {"metadata": {"name": "s"}, "stringData": {"password": "hunter2"}}
    assert bench("POST", SECRETS, body, **{"Impersonate-User": "zoe", "Impersonate-Group": "system:masters"})[0] == 201
    assert bench("GET", f"{SECRETS}/s?x=%0a1", user="bob")[0] == 403
    assert bench("GET", SECRETS, user="wrong")[0] == 401
    assert bench("GET", "/nope")[0] == 404
    stream = bench("GET", f"{SECRETS}?watch=1")[1]
    stream.close()
    audit.close()
    created, refused, unknown, path, watched = lines(tmp_path / "log")
    assert "hunter2" not in (tmp_path / "log").read_text()
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600
    assert created["user"] == {"username": "admin", "groups": ["system:masters", "system:authenticated"]}
    assert created["impersonatedUser"] == {"username": "zoe", "groups": ["system:masters", "system:authenticated"]}
    assert (created["verb"], created["objectRef"], created["responseStatus"]) == (
        "create",
        {"resource": "secrets", "namespace": "default", "apiVersion": "v1"},
        {"metadata": {}, "code": 201},
    )
    assert refused["responseStatus"]["message"] == (
        'secrets "s" is forbidden: User "bob" cannot get resource "secrets" in API group "" in the namespace "default"'
    )
    assert refused["requestURI"] == f"{SECRETS}/s?x=%0a1"
    assert refused["annotations"]["authorization.k8s.io/decision"] == "forbid"
    assert (unknown["user"], unknown["responseStatus"]["code"]) == ({}, 401)
    assert (path["requestURI"], path["verb"], path["responseStatus"]["code"]) == ("/nope", "get", 404)
    assert (watched["stage"], watched["verb"]) == ("ResponseStarted", "watch")


def test_settings_that_do_not_go_together(tmp_path: Path) -> None:
    with pytest.raises(SecurityError, match="need TLS"):
        Security(rbac=True).opened(tls=False)
    with pytest.raises(SecurityError, match="with RBAC only"):
        Security(pki=str(tmp_path)).opened(tls=True)
    with pytest.raises(SecurityError, match="No such file"):
        Security(audit=str(tmp_path / "none" / "log")).opened(tls=True)
    (tmp_path / "ca.key").write_text("no key")
    with pytest.raises(SecurityError):
        Security(rbac=True, pki=str(tmp_path)).opened(tls=True)


def test_authorities_are_kept(tmp_path: Path) -> None:
    first, _ = Security(rbac=True, pki=str(tmp_path)).opened(tls=True)
    again, _ = Security(rbac=True, pki=str(tmp_path)).opened(tls=True)
    assert first is not None and again is not None
    assert (again.clients.pem, again.front.pem) == (first.clients.pem, first.front.pem)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
