"""Kubeconfig rules; error texts were compared with helm 4.3.1 on the same files."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from charthouse.kube.errors import KubeconfigError
from charthouse.kube.kubeconfig import Access, Exec, Overrides, merge, namespace, parse, select

SERVER = "http://localhost:8080"


def config(user: dict[str, Any], cluster: dict[str, Any] | None = None, **context: str) -> dict[str, Any]:
    return {
        "clusters": [{"name": "c", "cluster": {"server": "https://k:6443", **(cluster or {})}}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u", **context}}],
        "current-context": "x",
    }


def access(document: Any, overrides: Overrides = Overrides()) -> Access:  # noqa: B008  # immutable
    return select(parse(document, "/home/u/.kube/config"), overrides, default_server=SERVER)


def test_token_and_certificates() -> None:
    data = base64.b64encode(b"PEM").decode()
    found = access(
        config(
            {"token": "t", "client-certificate": "u.crt", "client-key-data": data},
            {"certificate-authority-data": data, "tls-server-name": "sni", "proxy-url": "socks5://p:1"},
        )
    )
    assert found == Access(
        server="https://k:6443", token="t", cert_file="/home/u/.kube/u.crt", key_data=b"PEM", ca_data=b"PEM",
        tls_server_name="sni", proxy_url="socks5://p:1",
    )  # fmt: skip


def test_impersonation() -> None:
    user = {"as": "jane", "as-uid": "7", "as-groups": ["a", "b"], "as-user-extra": {"k": ["1", "2"]}}
    found = access(config(user))
    assert (found.impersonate, found.impersonate_uid, found.impersonate_groups, found.impersonate_extra) == (
        "jane", "7", ("a", "b"), (("k", ("1", "2")),),
    )  # fmt: skip


def test_exec_plugin() -> None:
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1beta1", "command": "get-token", "args": ["-x"],
        "env": [{"name": "A", "value": "b"}], "installHint": "install it", "provideClusterInfo": True,
    }  # fmt: skip
    extension = [{"name": "client.authentication.k8s.io/exec", "extension": {"audience": "a"}}]
    found = access(config({"exec": plugin}, {"extensions": extension}))
    assert found.exec == Exec(
        api_version="client.authentication.k8s.io/v1beta1", command="get-token", args=("-x",), env=(("A", "b"),),
        install_hint="install it", provide_cluster_info=True, interactive="IfAvailable",
        cluster_config={"audience": "a"},
    )  # fmt: skip


def test_overrides() -> None:
    document = config({"token": "t"}, {"certificate-authority": "ca.crt", "tls-server-name": "sni"})
    found = access(document, Overrides(token="T", server="https://other", as_user="jane", as_groups=("g",)))
    assert (found.token, found.server, found.tls_server_name) == ("T", "https://other", "")
    assert (found.impersonate, found.impersonate_groups) == ("jane", ("g",))
    assert access(document, Overrides(insecure=True)).ca_file == ""
    assert access(document, Overrides(ca_file="/x")).ca_file == "/x"


def test_first_file_wins() -> None:
    one = parse({**config({"token": "1"}), "current-context": ""}, "/a/config")
    two = parse(config({"token": "2"}, namespace="two"), "/b/config")
    found = merge([one, two])
    assert found.users["u"] == {"token": "1"}
    assert found.current_context == "x"
    assert namespace(found, Overrides()) == ""
    assert namespace(merge([two, one]), Overrides()) == "two"
    assert namespace(merge([two, one]), Overrides(namespace="flag")) == "flag"


def test_nothing_configured() -> None:
    assert access(None) == Access(server=SERVER, default=True)


BAD: list[tuple[str, Any, Overrides, str]] = [
    (
        "type",
        config({"username": True}),
        Overrides(),
        'error loading config file "/home/u/.kube/config": json: cannot unmarshal bool into Go struct field '
        "AuthInfo.users.user.username of type string",
    ),
    (
        "list",
        {"clusters": {}},
        Overrides(),
        'error loading config file "/home/u/.kube/config": json: cannot unmarshal object into Go struct field '
        "Config.clusters of type []v1.NamedCluster",
    ),
    (
        "no context",
        {"current-context": "z"},
        Overrides(),
        "invalid configuration: context was not found for specified context: z",
    ),
    ("context flag", config({}), Overrides(context="z"), 'context "z" does not exist'),
    (
        "two ways",
        config({"token": "t", "username": "n", "password": "p"}),
        Overrides(),
        "invalid configuration: more than one authentication method found for u; found [token basicAuth], only one is "
        "allowed",
    ),
    (
        "no key",
        config({"client-certificate-data": "eA=="}),
        Overrides(),
        "invalid configuration: client-key-data or client-key must be specified for u to use the clientCert "
        "authentication method.",
    ),
    (
        "groups alone",
        config({}),
        Overrides(as_groups=("g",)),
        "invalid configuration: requesting uid, groups or user-extra for u without impersonating a user",
    ),
    (
        "proxy",
        config({}, {"proxy-url": "ftp://x"}),
        Overrides(),
        'invalid configuration: invalid \'proxy-url\' "ftp://x" for cluster "c": unsupported scheme "ftp", must be '
        "http, https, or socks5",
    ),
    (
        "auth provider",
        config({"auth-provider": {"name": "what"}}),
        Overrides(),
        'no Auth Provider found for name "what"',
    ),
    (
        "exec version",
        config({"exec": {"apiVersion": "client.authentication.k8s.io/v1alpha1", "command": "x"}}),
        Overrides(),
        'exec plugin: invalid apiVersion "client.authentication.k8s.io/v1alpha1"',
    ),
    (
        "exec mode",
        config({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "x"}}),
        Overrides(),
        "invalid configuration: interactiveMode must be specified for u to use exec authentication plugin",
    ),
    (
        "both",
        config({}),
        Overrides(insecure=True, ca_file="/x"),
        "specifying a root certificates file with the insecure flag is not allowed",
    ),
]


@pytest.mark.parametrize(("document", "overrides", "message"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_refused(document: Any, overrides: Overrides, message: str) -> None:
    with pytest.raises(KubeconfigError) as caught:
        access(document, overrides)
    assert str(caught.value) == message


def test_a_file_that_cannot_be_read() -> None:
    with pytest.raises(KubeconfigError) as caught:
        select(
            parse(config({}, {"certificate-authority": "ca"}), "/k/config"),
            Overrides(),
            default_server=SERVER,
            unreadable=lambda path: f"open {path}: permission denied",
        )
    assert str(caught.value) == (
        "invalid configuration: unable to read certificate-authority /k/ca for c due to open /k/ca: permission denied"
    )


def test_oidc_token_is_used() -> None:
    assert access(config({"auth-provider": {"name": "oidc", "config": {"id-token": "tok"}}})).token == "tok"
