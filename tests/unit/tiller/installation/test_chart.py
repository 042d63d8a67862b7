"""The objects of a Tiller, for what may be chosen: rights, isolation, names Helm 2's client finds it by."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from charthouse import __version__
from charthouse.formats.yaml import load_map
from charthouse.tiller.installation.authority import Authority, server_hosts
from charthouse.tiller.installation.certificates import Certificates
from charthouse.tiller.installation.chart import CHOICES_NOTE, chart_folder, objects
from charthouse.tiller.installation.errors import BadOption, InstallationError
from charthouse.tiller.installation.options import Impersonation, Options, node_selector

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
AUTHORITY = Authority.made(NOW, 100)
OWN = Certificates("own", AUTHORITY.issue(("localhost",), NOW, 10), AUTHORITY.certificate)
PLAIN = Options()
KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


def made(options: Options = PLAIN, certificates: Certificates = OWN) -> dict[str, dict[str, Any]]:
    """By `Kind name`, in order."""
    return {f"{body['kind']} {body['metadata']['name']}": body for body in objects(options, certificates, KEY)}


def pod(options: Options = PLAIN, certificates: Certificates = OWN) -> dict[str, Any]:
    spec: dict[str, Any] = made(options, certificates)["Deployment tiller-deploy"]["spec"]["template"]["spec"]
    return spec


def test_everything_is_there_and_the_deployment_comes_after_what_it_needs() -> None:
    assert list(made(Options(aggregated=True))) == [
        "ServiceAccount tiller",
        "NetworkPolicy tiller-deploy",
        "PodDisruptionBudget tiller-deploy",
        "Secret tiller-secret",
        "Secret tiller-journal-key",
        "ConfigMap charthouse-tiller-ca",
        "ClusterRole charthouse-tiller-view",
        "ClusterRole charthouse-tiller-edit",
        "ClusterRole charthouse-tiller-operations",
        "ClusterRole charthouse-tiller",
        "ClusterRoleBinding charthouse-tiller-operations",
        "ClusterRoleBinding charthouse-tiller",
        "Role charthouse-tiller-ca",
        "Role charthouse-tiller",
        "RoleBinding charthouse-tiller-ca",
        "RoleBinding charthouse-tiller",
        "RoleBinding charthouse-tiller-authentication",
        "Service tiller-deploy",
        "Deployment tiller-deploy",
        "APIService v1.tiller.charthouse.dev",
    ]


def test_every_object_is_labelled_so_that_reset_finds_it() -> None:
    for body in objects(Options("ops", aggregated=True), OWN, KEY):
        labels = body["metadata"]["labels"]
        assert (labels["app"], labels["name"]) == ("helm", "tiller"), body["kind"]  # Helm 2's client looks for these
        assert labels["app.kubernetes.io/managed-by"] == "charthouse-init"
        assert labels["tiller.charthouse.dev/namespace"] == "ops"


def test_names_outside_the_namespace_are_a_tillers_own() -> None:
    clustered = [name for name, body in made(Options("ops")).items() if body["metadata"].get("namespace") != "ops"]
    assert clustered == [
        "ClusterRole charthouse-tiller-ops",
        "ClusterRoleBinding charthouse-tiller-ops",
        "RoleBinding charthouse-tiller-authentication-ops",
    ]


def test_pods_have_no_rights_on_their_nodes() -> None:
    found = pod()
    assert found["securityContext"] == {
        "runAsNonRoot": True, "runAsUser": 65532, "runAsGroup": 65532, "fsGroup": 65532,
        "seccompProfile": {"type": "RuntimeDefault"},
    }  # fmt: skip
    container = found["containers"][0]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}
    }  # fmt: skip
    assert found["automountServiceAccountToken"] is False
    assert [volume["name"] for volume in found["volumes"]] == ["tmp", "token", "tiller-certs"]
    assert found["volumes"][1]["projected"]["sources"][0]["serviceAccountToken"]["expirationSeconds"] == 3607
    assert container["livenessProbe"]["httpGet"] == {"path": "/liveness", "port": 44135}
    assert container["readinessProbe"]["httpGet"] == {"path": "/readiness", "port": 44135}
    assert container["resources"]["limits"] == {"memory": "3Gi"}
    assert [one["topologyKey"] for one in found["topologySpreadConstraints"]] == [
        "kubernetes.io/hostname", "topology.kubernetes.io/zone"
    ]  # fmt: skip


def rules(body: dict[str, Any]) -> list[str]:
    """`verbs groups/resources [names]`, one a rule."""
    return [
        f"{','.join(rule['verbs'])} {','.join(rule['apiGroups'])}/{','.join(rule['resources'])}"
        + (f" [{','.join(rule['resourceNames'])}]" if "resourceNames" in rule else "")
        for rule in body["rules"]
    ]


IDENTITY = "authentication.kubernetes.io"
EXTRAS = ",".join(
    f"userextras/{IDENTITY}/{key}" for key in ("credential-id", "node-name", "node-uid", "pod-name", "pod-uid")
)


def test_the_rights_and_no_others() -> None:
    found = made()
    assert rules(found["ClusterRole charthouse-tiller"]) == [
        "impersonate /users",
        "impersonate /groups",
        "impersonate authentication.k8s.io/uids",
        f"impersonate authentication.k8s.io/{EXTRAS}",
        "impersonate /serviceaccounts",
        "create authentication.k8s.io/tokenreviews",
        "create authorization.k8s.io/subjectaccessreviews",
    ]
    assert rules(found["Role charthouse-tiller-ca"]) == ["get /configmaps [charthouse-tiller-ca]"]
    assert found["RoleBinding charthouse-tiller-authentication"]["roleRef"]["name"] == (
        "extension-apiserver-authentication-reader"
    )
    public = found["RoleBinding charthouse-tiller-ca"]["subjects"]
    assert public == [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "system:authenticated"}]
    account = [{"kind": "ServiceAccount", "name": "tiller", "namespace": "kube-system"}]
    for name in ("ClusterRoleBinding charthouse-tiller", "RoleBinding charthouse-tiller"):
        assert found[name]["subjects"] == account


def test_the_aggregated_api_is_open_to_those_who_may_view_or_edit_and_gives_tiller_nothing() -> None:
    found = made(Options(aggregated=True))
    given = {name: rules(found[f"ClusterRole charthouse-tiller-{name}"]) for name in ("view", "edit", "operations")}
    assert given == {
        "view": ["get,list,watch tiller.charthouse.dev/*"],
        "edit": ["create,delete,patch,update tiller.charthouse.dev/*"],
        "operations": [
            "create,get,list tiller.charthouse.dev/"
            "operations,operations/events,operations/cancel,operations/approve,server"
        ],
    }
    plain = made()
    account = [name for name, body in found.items() if "subjects" in body and body["subjects"][0]["kind"] != "Group"]
    assert account == [
        name for name, body in plain.items() if "subjects" in body and body["subjects"][0]["kind"] != "Group"
    ]
    assert found["ClusterRole charthouse-tiller"] == plain["ClusterRole charthouse-tiller"]


def test_whom_tiller_may_act_as_can_be_narrowed() -> None:
    narrow = Impersonation(("alice",), ("devs",), ("ci:bot", "ci:bat", "x:y"), ("Example.org/Team",))
    found = made(Options(impersonate=narrow))
    assert rules(found["ClusterRole charthouse-tiller"])[:4] == [
        "impersonate /users [alice]",
        "impersonate /groups [devs,system:authenticated,system:serviceaccounts,system:serviceaccounts:ci,"
        "system:serviceaccounts:x]",
        "impersonate authentication.k8s.io/uids",
        f"impersonate authentication.k8s.io/{EXTRAS},userextras/example.org/team",
    ]
    callers = [
        (body["metadata"]["namespace"], rules(body))
        for body in objects(Options(impersonate=narrow), OWN, KEY)
        if body["kind"] == "Role" and body["metadata"]["name"] == "charthouse-tiller-callers"
    ]
    assert callers == [
        ("ci", ["impersonate /serviceaccounts [bot,bat]"]), ("x", ["impersonate /serviceaccounts [y]"])
    ]  # fmt: skip
    none = made(Options(impersonate=Impersonation(service_accounts=("none",))))
    assert "impersonate /serviceaccounts" not in rules(none["ClusterRole charthouse-tiller"])
    assert not [name for name in none if "callers" in name]


def test_cert_manager_makes_what_init_would_and_vouches_for_no_client() -> None:
    found = made(Options("ops", aggregated=True), Certificates("cert-manager"))
    certificate = found["Certificate tiller"]["spec"]
    assert certificate["dnsNames"] == list(server_hosts("ops"))
    assert certificate["issuerRef"] == {"group": "cert-manager.io", "kind": "Issuer", "name": "tiller-authority"}
    assert [name for name in found if name.startswith("Issuer")] == [
        "Issuer tiller-self-signed",
        "Issuer tiller-authority",
    ]
    assert "Secret tiller-secret" not in found and "ConfigMap charthouse-tiller-ca" not in found
    service = found["APIService v1.tiller.charthouse.dev"]
    assert service["metadata"]["annotations"] == {"cert-manager.io/inject-ca-from": "ops/tiller"}
    given = pod(Options("ops"), Certificates("cert-manager"))["volumes"][-1]["projected"]["sources"]
    assert [entry["key"] for source in given for entry in source["secret"]["items"]] == ["tls.crt", "tls.key"]
    corp = made(Options(), Certificates("cert-manager", issuer="ClusterIssuer/corp"))
    assert corp["Certificate tiller"]["spec"]["issuerRef"]["kind"] == "ClusterIssuer"
    assert not [name for name in corp if name.startswith("Issuer")]


def test_client_certificates_are_vouched_for_by_the_authority_given_and_no_other() -> None:
    found = made(certificates=Certificates("own", OWN.pair, OWN.authorities, "-----CLIENTS-----\n"))
    assert found["ConfigMap tiller-client-ca"]["data"] == {"ca.crt": "-----CLIENTS-----\n"}
    sources = found["Deployment tiller-deploy"]["spec"]["template"]["spec"]["volumes"][-1]["projected"]["sources"]
    assert sources[1]["configMap"]["name"] == "tiller-client-ca"
    container = found["Deployment tiller-deploy"]["spec"]["template"]["spec"]["containers"][0]
    assert {"name": "TILLER_TLS_VERIFY", "value": "1"} in container["env"]
    assert "TILLER_TLS_VERIFY" not in json.dumps(pod())


@pytest.mark.parametrize(
    ("options", "path", "value"),
    [
        (Options(image="r/t:1"), "containers.0.image", "r/t:1"),
        (Options(), "containers.0.image", f"localhost/charthouse/tiller:{__version__}"),
        (Options(storage="secret"), "containers.0.args", ["--storage=secret"]),
        (Options(history_max=7), "containers.0.env.1.value", "7"),
        (Options(anonymous=True), "containers.0.args.1", "--insecure-allow-anonymous"),
        (Options(arguments=("--log-format=json",)), "containers.0.args.1", "--log-format=json"),
        (Options(host_network=True), "hostNetwork", True),
        (Options(host_network=True), "dnsPolicy", "ClusterFirstWithHostNet"),
        (Options(node_selector=node_selector("a=b,c=d")), "nodeSelector", {"a": "b", "c": "d"}),
        (Options(service_account="mine"), "serviceAccountName", "mine"),
        (Options(token=False), "volumes.1.name", "tiller-certs"),
        (Options(override=("spec.template.spec.priorityClassName=x",)), "priorityClassName", "x"),
        (Options(override=("spec.template.spec.containers[0].image=a", "spec.template.spec.containers[0].tty=true")),
         "containers.0.tty", True),
        (Options(storage="sql", sql_secret="db"), "containers.0.env.6.valueFrom.secretKeyRef",
         {"name": "db", "key": "connection-string"}),
    ],
)  # fmt: skip
def test_options_reach_the_pods(options: Options, path: str, value: Any) -> None:
    found: Any = pod(options)
    for part in path.split("."):
        found = found[int(part)] if part.isdigit() else found[part]
    assert found == value


def test_without_tls_nothing_of_it_is_there() -> None:
    found = made(Options(anonymous=True), Certificates("none"))
    assert not [name for name in found if "secret" in name or "-ca" in name]
    container = found["Deployment tiller-deploy"]["spec"]["template"]["spec"]["containers"][0]
    assert not [entry for entry in container["env"] if "TLS" in entry["name"]]


@pytest.mark.parametrize(
    ("options", "certificates", "message"),
    [
        (Options(storage="disk"), OWN, 'unknown storage "disk"'),
        (Options(storage="memory"), OWN, "records in memory cannot be shared by replicas"),
        (Options(), Certificates("none"), "without TLS nobody can be identified safely"),
        (Options(anonymous=True, aggregated=True), Certificates("none"), "--aggregated-api needs TLS"),
        (Options(impersonate=Impersonation(service_accounts=("bot",))), OWN, '"bot" names no service account'),
        (Options(impersonate=Impersonation(service_accounts=("none", "a:b"))), OWN,
         "--impersonate-service-accounts none stands alone"),
        (Options(override=("a[x]=1",)), OWN, "Error merging --set values into Deployment manifest"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_refused(options: Options, certificates: Certificates, message: str) -> None:
    with pytest.raises(BadOption) as caught:
        objects(options, certificates, KEY)
    assert caught.value.message == message


def test_what_the_schema_refuses_is_an_error_of_ours() -> None:
    with pytest.raises(InstallationError, match="at '/serviceAccount/name'"):
        objects(Options(service_account="No Name"), OWN, KEY)


def test_node_selectors_are_refused_in_helm_2s_words() -> None:
    with pytest.raises(BadOption) as caught:
        node_selector("a=b,c")
    assert caught.value.message == 'invalid nodeSelector label: ["a=b" "c"]'


def test_what_was_chosen_is_noted() -> None:
    found = objects(Options(), OWN, KEY, {"replicas": 3, "override": ["a=b"]})
    deployment = next(body for body in found if body["kind"] == "Deployment")
    assert json.loads(deployment["metadata"]["annotations"][CHOICES_NOTE]) == {"replicas": 3, "override": ["a=b"]}


def test_a_kept_authority_is_a_secret_of_its_own() -> None:
    kept = Certificates("own", OWN.pair, OWN.authorities, signing=AUTHORITY.text)
    found = made(certificates=kept)["Secret tiller-authority-key"]
    assert found["metadata"]["labels"] == made()["Secret tiller-secret"]["metadata"]["labels"]
    assert "tiller-authority-key" not in json.dumps(made(certificates=kept)["Deployment tiller-deploy"])


def test_the_chart_has_the_programs_version_and_documents_every_value() -> None:
    folder = Path(chart_folder())
    about = load_map((folder / "Chart.yaml").read_text())
    assert about["version"] == about["appVersion"] == __version__
    schema = json.loads((folder / "values.schema.json").read_text())
    values = load_map((folder / "values.yaml").read_text())
    assert set(values) == set(schema["properties"]) - {"global"}
    for name in ("certificates", "image", "networkPolicy", "rbac", "serviceAccount", "sql"):
        assert set(values[name]) == set(schema["properties"][name]["properties"]), name
