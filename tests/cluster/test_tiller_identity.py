"""Who a caller of Tiller is: what the API server would make of the same credentials, or nobody."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from charthouse.rpc.status import RpcError
from tests.cluster.conftest import RunningCluster
from tests.cluster.doors import Door, forget_rights, least_rights, opened, patiently, strangers_authority
from tests.cluster.identities import client_certificate
from tests.cluster.interop import Tool, fresh
from tests.cluster.test_identity import Caller as Direct

ALL = "system:authenticated"


@pytest.fixture(scope="module")
def place(cluster: RunningCluster, kubectl: Tool) -> Iterator[str]:
    """A namespace with the account `robot`."""
    name = fresh("identity")
    kubectl.run("create", "namespace", name)
    kubectl.run("create", "serviceaccount", "robot", "-n", name)
    yield name
    kubectl.run("delete", "namespace", name, "--wait=false")


@pytest.fixture(scope="module")
def door(
    cluster: RunningCluster, charthouse: Tool, kubectl: Tool, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Door]:
    namespace = fresh("door")
    access = least_rights(cluster, charthouse, kubectl, namespace)
    with opened(access, namespace, tmp_path_factory.mktemp("door")) as found:
        yield found
    forget_rights(kubectl, namespace)


@pytest.fixture
def robot(kubectl: Tool, place: str) -> Callable[..., str]:
    """robot(FLAGS…): a token of that account."""
    return lambda *flags: kubectl.run("create", "token", "robot", "-n", place, *flags).stdout.strip()


def token_of(cluster: RunningCluster, user: str) -> str:
    config = yaml.safe_load(cluster.kubeconfig.read_text())
    return str(next(one["user"]["token"] for one in config["users"] if one["name"] == user))


def same(answer: Any, direct: Any) -> None:
    """The API server sees through Tiller whom it sees directly. (Of impersonated users it keeps no order of keys.)"""
    assert answer["seen"] == direct
    assert {
        "username": answer["caller"]["user"], "groups": answer["caller"]["groups"],
        **({"uid": answer["caller"]["uid"]} if answer["caller"]["uid"] else {}),
        **({"extra": answer["caller"]["extra"]} if answer["caller"]["extra"] else {}),
    } == direct  # fmt: skip


def test_a_user_s_token(cluster: RunningCluster, door: Door) -> None:
    token = token_of(cluster, "alice")
    same(door.ask(token=token), Direct(cluster, token=token).who())


def test_a_service_account_s_tokens(cluster: RunningCluster, door: Door, robot: Callable[..., str], place: str) -> None:
    servers = robot()
    direct = Direct(cluster, token=servers).who()
    assert direct["username"] == f"system:serviceaccount:{place}:robot"
    same(door.ask(token=servers), direct)
    ours = robot("--audience", "charthouse-tiller")
    assert Direct(cluster, token=ours).who() == (401, "Unauthorized")
    found = door.ask(token=ours)
    for who in (found["seen"], direct):
        assert who["extra"].pop("authentication.kubernetes.io/credential-id")[0].startswith("JTI=")
    assert found["seen"] == direct


def test_a_certificate(cluster: RunningCluster, door: Door, tmp_path: Path) -> None:
    pair = client_certificate(cluster.folder, "ca", tmp_path, "dora", "devs", "captains")
    same(door.ask(certificate=pair), Direct(cluster, pair).who())
    same(door.http(certificate=pair)[1], Direct(cluster, pair).who())


def test_a_certificate_beside_a_token(cluster: RunningCluster, door: Door, tmp_path: Path) -> None:
    pair, token = client_certificate(cluster.folder, "ca", tmp_path, "dora"), token_of(cluster, "alice")
    direct = Direct(cluster, pair, token=token).who()
    assert direct["username"] == "dora"
    same(door.ask(certificate=pair, token=token), direct)


def test_the_front_proxy(cluster: RunningCluster, door: Door, tmp_path: Path) -> None:
    pair = b"".join((cluster.folder / f"front-proxy-client.{kind}").read_bytes() for kind in ("crt", "key"))
    (proxy := tmp_path / "proxy.pem").write_bytes(pair)
    headers = {"X-Remote-User": "fred", "X-Remote-Group": "crew", "X-Remote-Uid": "7",
               "X-Remote-Extra-authentication.kubernetes.io%2Fpod-name": "aft"}  # fmt: skip
    status, found = door.http(*headers.items(), certificate=proxy)
    assert status == 200
    same(found, Direct(cluster, proxy).who(**headers))
    status, found = door.http(certificate=proxy)
    assert (status, found["message"]) == (401, "the front proxy names no user")


def test_forged_headers_are_nothing(cluster: RunningCluster, door: Door, tmp_path: Path) -> None:
    forged = (("X-Remote-User", "root"), ("X-Remote-Group", "system:masters"), ("X-Remote-Extra-Scope", "all"))
    assert door.http(*forged)[0] == 401
    token = ("Authorization", f"Bearer {token_of(cluster, 'alice')}")
    assert door.http(*forged, token)[1]["seen"]["username"] == "alice"
    named = client_certificate(cluster.folder, "ca", tmp_path, "front-proxy-client")
    assert door.http(*forged, certificate=named)[1]["seen"]["username"] == "front-proxy-client"
    other = client_certificate(cluster.folder, "front-proxy-ca", tmp_path, "dora")
    assert door.http(*forged, certificate=other)[0] == 401
    sent = {name.lower(): value for name, value in forged}
    assert door.refused(metadata=sent)[0] == "UNAUTHENTICATED"
    also = {"impersonate-user": "root", "impersonate-group": "system:masters"}
    assert door.ask(metadata={**sent, **also}, token=token_of(cluster, "alice"))["seen"]["username"] == "alice"


def test_nobody_is_let_in(door: Door) -> None:
    code, text = door.refused()
    assert (code, text.partition(":")[0]) == ("UNAUTHENTICATED", "Tiller does not know who you are")


def test_tokens_that_do_not_hold(cluster: RunningCluster, door: Door, robot: Callable[..., str]) -> None:
    good = robot("--audience", "charthouse-tiller")
    head, body, signature = good.split(".")
    changed = base64.urlsafe_b64encode(base64.urlsafe_b64decode(body + "===").replace(b"robot", b"admin"))
    for token in ("guess", f"{head}.{changed.decode().rstrip('=')}.{signature}", f"{head}.{body}.", good + "x"):
        assert door.refused(token=token)[0] == "UNAUTHENTICATED"
    code, text = door.refused(token=robot("--audience", "vault"))
    assert (code, text.partition(";")[0]) == ("UNAUTHENTICATED", "the API server does not accept your token")
    code, text = door.refused(token=expired(cluster, good))
    assert (code, text) == ("UNAUTHENTICATED", "your token has expired; get a new one")
    assert good not in repr(door.logged)


def test_a_token_ends_with_its_account(door: Door, kubectl: Tool, place: str) -> None:
    kubectl.run("create", "serviceaccount", "brief", "-n", place)
    token = kubectl.run("create", "token", "brief", "-n", place).stdout.strip()
    assert door.ask(token=token)["caller"]["user"].endswith(":brief")
    kubectl.run("delete", "serviceaccount", "brief", "-n", place)
    assert door.ask(token=token)["caller"]["user"].endswith(":brief"), "it is remembered for a moment"

    def over() -> bool:
        door.clock.by += 10
        try:
            door.ask(token=token)
        except RpcError as error:
            return error.code.name == "UNAUTHENTICATED"
        return False

    assert patiently(over), "the API server forgets it, and Tiller with it"


def test_certificates_that_do_not_hold(cluster: RunningCluster, door: Door, tmp_path: Path) -> None:
    stranger = client_certificate(strangers_authority(tmp_path / "pki"), "ca", tmp_path, "dora")
    try:
        found = door.ask(certificate=stranger)
    except OSError:
        found = None
    except RpcError as error:
        found = None
        assert error.code.name == "UNAVAILABLE"
    assert found is None
    assert door.ask(token=token_of(cluster, "alice"))["seen"]["username"] == "alice", "others are served"


def test_some_tiller_never_is(cluster: RunningCluster, door: Door, tmp_path: Path) -> None:
    masters = client_certificate(cluster.folder, "ca", tmp_path, "root", "system:masters")
    code, text = door.refused(certificate=masters)
    assert code == "PERMISSION_DENIED" and text.startswith('Tiller does not act as a member of "system:masters": ')
    code, text = door.refused(token=token_of(cluster, "admin"))
    assert code == "PERMISSION_DENIED" and text.startswith('Tiller does not act as a member of "system:masters": ')


def test_names_go_through_unchanged_or_not_at_all(cluster: RunningCluster, door: Door, tmp_path: Path) -> None:
    pair = client_certificate(cluster.folder, "ca", tmp_path, "Łucja Ö <l@x.org>", "gruppe:ä", "a,b")
    same(door.ask(certificate=pair), Direct(cluster, pair).who())
    evil = client_certificate(cluster.folder, "ca", tmp_path, "a\r\nImpersonate-Group: system:masters")
    code, text = door.refused(certificate=evil)
    assert (code, text) == (
        "PERMISSION_DENIED", "the caller's user, groups or extra hold control characters, which no header can carry",
    )  # fmt: skip
    assert all("\n" not in str(value) for line in door.logged for value in line.attributes.values())


def expired(cluster: RunningCluster, token: str) -> str:
    """The same token, an hour past its time, signed by the cluster's own key."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    head, body, _ = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "==="))
    past = int(time.time()) - 7200
    claims |= {"exp": past + 3600, "iat": past, "nbf": past}
    text = f"{head}.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}"
    key: Any = load_pem_private_key((cluster.folder / "sa.key").read_bytes(), None)
    if isinstance(key, rsa.RSAPrivateKey):
        signature = key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    else:
        r, s = decode_dss_signature(key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return f"{text}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"
