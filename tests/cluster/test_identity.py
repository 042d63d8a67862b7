"""Who a client is by its certificate, the front proxy's word, its own request for one; and that the audit log knows."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster.conftest import RunningCluster
from tests.cluster.identities import certificate_request, client_certificate, with_certificate
from tests.cluster.interop import Tool, fresh

WHO = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests"


class Caller:
    """Plain requests with a certificate, without one, or with a token."""

    def __init__(self, cluster: RunningCluster, certificate: Path | None = None, token: str = "") -> None:
        config = yaml.safe_load(cluster.kubeconfig.read_text())
        self.server = config["clusters"][0]["cluster"]["server"]
        self.headers = {"Content-Type": "application/json", "User-Agent": "caller/1"}
        if token:
            self.headers["Authorization"] = f"Bearer {token}"
        self.context = with_certificate(certificate)

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.server + path, data, {**self.headers, **headers}, method=method)
        try:
            with urllib.request.urlopen(request, context=self.context, timeout=20) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())

    def who(self, **headers: str) -> Any:
        status, answer = self("POST", WHO, {}, **headers)
        return answer["status"]["userInfo"] if status == 201 else (status, answer["message"])


@pytest.fixture
def admin(cluster: RunningCluster) -> Caller:
    config = yaml.safe_load(cluster.kubeconfig.read_text())
    token = next(user["user"]["token"] for user in config["users"] if user["name"] == "admin")
    return Caller(cluster, token=token)


def test_a_certificate_names_user_and_groups(cluster: RunningCluster, tmp_path: Path) -> None:
    user = Caller(cluster, client_certificate(cluster.folder, "ca", tmp_path, "dora", "devs", "captains")).who()
    digest = user.pop("extra")["authentication.kubernetes.io/credential-id"][0]
    assert user == {"username": "dora", "groups": ["devs", "captains", "system:authenticated"]}
    assert digest.startswith("X509SHA256=") and len(digest) == 11 + 64


def test_a_certificate_s_user_has_the_rights_it_was_given(
    cluster: RunningCluster, kubectl: Tool, tmp_path: Path
) -> None:
    caller = Caller(cluster, client_certificate(cluster.folder, "ca", tmp_path, "emil"))
    space = fresh("certs")
    path = f"/api/v1/namespaces/{space}/configmaps"
    kubectl.run("create", "namespace", space)
    assert caller("GET", path)[1]["message"] == (
        'configmaps is forbidden: User "emil" cannot list resource "configmaps" in API group "" in the namespace '
        f'"{space}"'
    )
    kubectl.run("create", "rolebinding", "emil", "--clusterrole=view", "--user=emil", "-n", space)
    for _ in range(50):
        if caller("GET", path)[0] == 200:
            break
        time.sleep(0.1)
    assert caller("GET", path)[0] == 200
    assert caller("GET", f"/api/v1/namespaces/{space}/secrets")[0] == 403
    kubectl.run("delete", "namespace", space, "--wait=false")


def test_the_front_proxy_speaks_for_others(cluster: RunningCluster, tmp_path: Path) -> None:
    pair = b"".join((cluster.folder / f"front-proxy-client.{kind}").read_bytes() for kind in ("crt", "key"))
    proxy = tmp_path / "proxy.pem"
    proxy.write_bytes(pair)
    said = Caller(cluster, proxy).who(
        **{"X-Remote-User": "fred", "X-Remote-Group": "crew", "X-Remote-Uid": "7", "X-Remote-Extra-Deck%2fplace": "aft"}
    )
    assert said == {
        "username": "fred", "uid": "7", "groups": ["crew", "system:authenticated"], "extra": {"deck/place": ["aft"]},
    }  # fmt: skip
    other = client_certificate(cluster.folder, "ca", tmp_path, "dora")
    assert Caller(cluster, other).who(**{"X-Remote-User": "fred"})["username"] == "dora"


def test_strangers_are_anonymous_or_nobody(cluster: RunningCluster) -> None:
    stranger = Caller(cluster)
    assert stranger.who() == (
        403,
        'selfsubjectreviews.authentication.k8s.io is forbidden: User "system:anonymous" cannot create resource '
        '"selfsubjectreviews" in API group "authentication.k8s.io" at the cluster scope',
    )
    assert Caller(cluster, token="nonsense").who() == (401, "Unauthorized")


def test_the_authorities_are_published(cluster: RunningCluster, admin: Caller) -> None:
    data = admin("GET", "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication")[1]["data"]
    assert data.pop("client-ca-file") == (cluster.folder / "ca.crt").read_text()
    assert data.pop("requestheader-client-ca-file") == (cluster.folder / "front-proxy-ca.crt").read_text()
    assert data == {
        "requestheader-allowed-names": '["front-proxy-client"]',
        "requestheader-extra-headers-prefix": '["X-Remote-Extra-"]',
        "requestheader-group-headers": '["X-Remote-Group"]',
        "requestheader-uid-headers": '["X-Remote-Uid"]',
        "requestheader-username-headers": '["X-Remote-User"]',
    }


def test_a_request_for_a_certificate_is_signed(cluster: RunningCluster, admin: Caller, kubectl: Tool) -> None:
    name = fresh("csr")
    spec = {"request": certificate_request("gina", "devs"), "signerName": "kubernetes.io/kube-apiserver-client",
            "usages": ["client auth"], "expirationSeconds": 3600}  # fmt: skip
    status, made = admin("POST", REQUESTS, {"metadata": {"name": name}, "spec": spec})
    assert (status, made["spec"]["username"]) == (201, "admin")
    assert "certificatesigningrequest" in kubectl.run("certificate", "approve", name).stdout
    for _ in range(100):
        found = admin("GET", f"{REQUESTS}/{name}")[1]["status"]
        if found.get("certificate"):
            break
        time.sleep(0.1)
    assert [c["type"] for c in found["conditions"]] == ["Approved"]
    from base64 import b64decode

    from cryptography import x509
    from cryptography.x509.oid import NameOID

    certificate = x509.load_pem_x509_certificate(b64decode(found["certificate"]))
    authority = x509.load_pem_x509_certificate((cluster.folder / "ca.crt").read_bytes())
    certificate.verify_directly_issued_by(authority)
    named = [
        certificate.subject.get_attributes_for_oid(oid) for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)
    ]
    assert [found[0].value for found in named] == ["gina", "devs"]
    admin("DELETE", f"{REQUESTS}/{name}")


def test_nobody_gets_the_masters_group_by_certificate(admin: Caller) -> None:
    spec = {"request": certificate_request("gina", "system:masters"), "usages": ["client auth"],
            "signerName": "kubernetes.io/kube-apiserver-client"}  # fmt: skip
    status, answer = admin("POST", REQUESTS, {"metadata": {"name": "masters"}, "spec": spec})
    assert (status, answer["message"]) == (
        403,
        'certificatesigningrequests.certificates.k8s.io "masters" is forbidden: use of '
        "kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed",
    )


def test_the_audit_log_tells_both(cluster: RunningCluster, admin: Caller) -> None:
    mark = fresh("audited")
    path = f"/api/v1/namespaces/default/configmaps/{mark}"
    assert admin("GET", path, **{"Impersonate-User": "hugo", "Impersonate-Group": "crew"})[0] == 403
    log = cluster.folder / "audit.log"
    for _ in range(100):
        lines = [json.loads(line) for line in log.read_text().splitlines() if mark in line]
        if lines:
            break
        time.sleep(0.1)
    (line,) = lines
    kept = ("level", "stage", "verb", "requestURI", "impersonatedUser", "objectRef", "userAgent", "sourceIPs")
    told = {key: line[key] for key in kept}
    assert told == {
        "level": "Metadata",
        "stage": "ResponseComplete",
        "verb": "get",
        "requestURI": path,
        "impersonatedUser": {"username": "hugo", "groups": ["crew", "system:authenticated"]},
        "objectRef": {"resource": "configmaps", "namespace": "default", "name": mark, "apiVersion": "v1"},
        "userAgent": "caller/1",
        "sourceIPs": ["127.0.0.1"],
    }
    assert (line["user"]["username"], line["user"]["groups"]) == ("admin", ["system:masters", "system:authenticated"])
    assert (line["responseStatus"]["code"], line["responseStatus"]["reason"]) == (403, "Forbidden")
    assert line["annotations"] == {"authorization.k8s.io/decision": "forbid", "authorization.k8s.io/reason": ""}
