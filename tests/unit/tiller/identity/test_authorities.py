"""The CAs callers are known by."""

from __future__ import annotations

import base64
import threading
from pathlib import Path
from typing import Any

import pytest

from charthouse.k8s.ports import ApiError
from charthouse.logs import LogRecord
from charthouse.tiller.identity.authorities import BOTH, FRONT_PROXY, USERS, Authorities, ClientAuthorities
from tests.unit.tiller.identity.proofs import certificate


def pem(name: str) -> str:
    body = base64.encodebytes(certificate(("2.5.4.3", name))).decode()
    return f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n"


class ConfigMap:
    """An API server with one ConfigMap, or without it."""

    def __init__(self, data: dict[str, str] | None) -> None:
        self.data = data

    def get(self, ref: Any) -> dict[str, Any]:
        assert ref.path == "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication"
        if self.data is None:
            raise ApiError("configmaps is forbidden", code=403, reason="Forbidden")
        return {"data": self.data}


CLIENT, FRONT, OWN = pem("clients"), pem("front"), pem("own")


def made(server: Any, file: Path | str = "") -> tuple[Authorities, list[LogRecord]]:
    logged: list[LogRecord] = []
    return Authorities(server, str(file), log=logged.append), logged


def test_the_cluster_s_and_ours(tmp_path: Path) -> None:
    (tmp_path / "ca.crt").write_text("# ours\n" + OWN)
    data = {"client-ca-file": CLIENT, "requestheader-client-ca-file": FRONT, "requestheader-allowed-names": '["p"]'}
    found, _ = made(ConfigMap(data), tmp_path / "ca.crt")
    sets = found.current.sets()
    assert list(sets) == [USERS, FRONT_PROXY]
    assert [sets[USERS].count(b"BEGIN"), sets[FRONT_PROXY]] == [2, FRONT.encode()]
    assert found.current.rules is not None and found.current.rules.names == ("p",)


def test_a_ca_of_both_is_told_apart() -> None:
    data = {"client-ca-file": CLIENT + FRONT, "requestheader-client-ca-file": FRONT}
    found, _ = made(ConfigMap(data))
    assert found.current.sets() == {USERS: CLIENT.encode(), BOTH: FRONT.encode()}


def test_changes_are_told_and_what_cannot_be_read_stays(tmp_path: Path) -> None:
    server = ConfigMap({"client-ca-file": CLIENT})
    found, logged = made(server)
    heard: list[ClientAuthorities] = []
    found.on_change(heard.append)
    found.refresh()
    assert heard == []
    server.data = None
    found.refresh()
    found.refresh()
    assert found.current.users == CLIENT and heard == []
    assert [line.message for line in logged if line.level == "WARN"] == [
        "the cluster's client authorities cannot be read"
    ]
    server.data = {"client-ca-file": OWN}
    found.refresh()
    assert [one.users for one in heard] == [OWN]
    server.data = {"client-ca-file": "rubbish"}
    found.refresh()
    assert found.current.users == OWN


def test_without_any() -> None:
    found, logged = made(None)
    assert (found.current, found.current.sets(), logged) == (ClientAuthorities(), {}, [])


@pytest.mark.parametrize("names", ["{}", '"x"', "[1]", "nonsense", '[""]'])
def test_rules_that_cannot_be_read_give_the_front_proxy_no_word(names: str) -> None:
    data = {"requestheader-client-ca-file": FRONT, "requestheader-allowed-names": names}
    found, logged = made(ConfigMap(data))
    assert found.current.rules is None and len(logged) == 1


def test_what_a_listener_raises_does_not_end_the_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("charthouse.tiller.identity.authorities.EVERY_SECONDS", 0.001)
    server = ConfigMap({"client-ca-file": CLIENT})
    found, logged = made(server)
    first, again = threading.Event(), threading.Event()

    def listener(current: ClientAuthorities) -> None:
        (again if first.is_set() else first).set()
        raise OSError("no such CA")

    found.on_change(listener)
    server.data = {"client-ca-file": FRONT}
    found.start()
    assert first.wait(60)
    server.data = {"client-ca-file": OWN}
    assert again.wait(60)
    found.stop()
    told = [record.message for record in logged if record.level == "WARN"]
    assert told[0] == "the client authorities cannot be taken over"
