"""What is done to a cluster: planned, applied, taken over, removed."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import pytest

from charthouse.k8s.ports import ApiError
from charthouse.tiller.installation.authority import Authority
from charthouse.tiller.installation.certificates import Certificates, Present
from charthouse.tiller.installation.chart import objects
from charthouse.tiller.installation.choices import next_image, options
from charthouse.tiller.installation.errors import BadOption, Downgrade, NoTiller, NotOurs, NotReady, StillDeployed
from charthouse.tiller.installation.execution import create_namespace, execute, issued_authority
from charthouse.tiller.installation.options import Impersonation, Options
from charthouse.tiller.installation.plan import Step, plan, plan_pruning
from charthouse.tiller.installation.predecessor import carried_over, check_version, choices_of
from charthouse.tiller.installation.removal import check_releases, made, plan_removal
from charthouse.tiller.installation.survey import further_rights, look
from tests.unit.kube.fakes import FakeClock
from tests.unit.tiller.installation.cluster import Client, subjects

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
AUTHORITY = Authority.made(NOW, 100)
OWN = Certificates("own", AUTHORITY.issue(("localhost",), NOW, 10), AUTHORITY.certificate, AUTHORITY.certificate)
KEY = base64.b64encode(b"k" * 32).decode()
OPS = Options("ops", aggregated=True)


def wanted(chosen: Options = OPS, **choices: Any) -> list[dict[str, Any]]:
    return objects(chosen, OWN, KEY, choices)


def apply(client: Client, chosen: Options = OPS, *, adopt: bool = False, **choices: Any) -> list[str]:
    """Plan and execute; what was told."""
    told: list[str] = []
    steps = plan(client, wanted(chosen, **choices), adopt=adopt)
    execute(client, steps, lambda step: told.append(f"{step.action} {step.subject}"))
    return told


def test_everything_is_created_once() -> None:
    client = Client()
    assert len(apply(client)) == 21
    assert len(subjects(client)) == 21
    assert apply(client) == []


def test_what_changes_is_updated_and_what_is_wanted_no_longer_goes() -> None:
    client = Client()
    apply(client, Options("ops", aggregated=True, impersonate=Impersonation(service_accounts=("ci:bot",))))
    chosen = Options("ops", replicas=3)
    assert apply(client, chosen) == ["update ClusterRole charthouse-tiller-ops", "update Deployment ops/tiller-deploy"]
    pruned = plan_pruning(made(client, "ops"), plan(client, wanted(chosen)))
    assert [f"{step.action} {step.subject}" for step in pruned] == [
        "delete APIService v1.tiller.charthouse.dev",
        "delete RoleBinding ci/charthouse-tiller-callers-ops",
        "delete Role ci/charthouse-tiller-callers-ops",
        "delete ClusterRoleBinding charthouse-tiller-operations-ops",
        "delete ClusterRole charthouse-tiller-view-ops",
        "delete ClusterRole charthouse-tiller-edit-ops",
        "delete ClusterRole charthouse-tiller-operations-ops",
    ]


def test_an_interrupted_installation_is_finished() -> None:
    client = Client()
    steps = plan(client, wanted())
    execute(client, steps[:5], lambda step: None)
    assert look(client, "ops").deployment is None
    assert [line.partition(" ")[0] for line in apply(client)] == ["create"] * 16


def test_conflicting_fields_are_not_taken_over_unasked() -> None:
    client = Client()
    apply(client)
    client.refuse_conflict(client.ref("v1", "Service", "tiller-deploy", "ops"))
    with pytest.raises(ApiError) as caught:
        plan(client, wanted())
    assert caught.value.hint == "--force-conflicts takes the fields over"


HELMS = {"manager": "helm", "operation": "Update", "fieldsV1": {"f:metadata": {}, "f:spec": {}}}
STATUS = {"manager": "kube", "operation": "Update", "subresource": "status", "fieldsV1": {"f:status": {}}}


def helm2s(client: Client, namespace: str = "ops", **more: Any) -> None:
    """What Helm 2's `init` leaves."""
    labels = {"app": "helm", "name": "tiller"}
    container = {
        "name": "tiller", "image": "ghcr.io/helm/tiller:v2.17.0", "command": ["/tiller", "--storage", "secret"],
        "env": [{"name": "TILLER_HISTORY_MAX", "value": "5"}, {"name": "TILLER_TLS_VERIFY", "value": "1"}],
    }  # fmt: skip
    pod = {"containers": [container], "nodeSelector": {"b": "2", "a": "1"}, "hostNetwork": True}
    body = {
        "metadata": {"labels": labels, "managedFields": [HELMS, STATUS], **more},
        "spec": {"replicas": 3, "template": {"spec": pod}},
    }
    client.put(client.ref("apps/v1", "Deployment", "tiller-deploy", namespace), body)
    client.put(client.ref("v1", "Service", "tiller-deploy", namespace), {"metadata": {"labels": labels}})


def test_helm_2s_tiller_is_replaced_when_asked_and_nothing_of_it_stays() -> None:
    client = Client()
    helm2s(client)
    with pytest.raises(NotOurs) as caught:
        plan(client, wanted())
    assert caught.value.message == "Service ops/tiller-deploy exists and was not made by `charthouse init`"
    told = apply(client, adopt=True)
    assert told[-3:] == [
        "update Service ops/tiller-deploy",
        "replace Deployment ops/tiller-deploy",
        "create APIService v1.tiller.charthouse.dev",
    ]
    live = client.get(client.ref("apps/v1", "Deployment", "tiller-deploy", "ops"))
    assert live["metadata"]["managedFields"] == [STATUS, {"manager": "charthouse-init", "operation": "Apply"}]
    assert "nodeSelector" not in live["spec"]["template"]["spec"]
    assert apply(client) == []


def test_what_was_chosen_for_helm_2s_tiller_is_carried_over() -> None:
    client = Client()
    helm2s(client)
    found = look(client, "ops").deployment
    assert found is not None
    assert carried_over(found) == {
        "history-max": 5, "replicas": 3, "net-host": True, "node-selectors": "a=1,b=2", "storage": "secret",
    }  # fmt: skip
    plain: dict[str, Any] = {"metadata": {}, "spec": {"template": {"spec": {"containers": [{"name": "tiller"}]}}}}
    assert carried_over(plain) == {}


def test_a_release_of_helms_is_not_touched() -> None:
    client = Client()
    helm2s(client, annotations={"meta.helm.sh/release-name": "tiller"})
    with pytest.raises(NotOurs) as caught:
        plan(client, [body for body in wanted() if body["kind"] == "Deployment"], adopt=True)
    assert caught.value.message == 'Deployment ops/tiller-deploy exists and belongs to the release "tiller"'
    assert caught.value.hint.endswith("helm uninstall tiller")


def test_two_tillers_share_no_aggregated_api() -> None:
    client = Client()
    apply(client, Options("one", aggregated=True))
    with pytest.raises(NotOurs) as caught:
        plan(client, wanted())
    assert caught.value.message == (
        "APIService v1.tiller.charthouse.dev exists and belongs to the Tiller in namespace one"
    )


def test_a_service_account_somebody_made_serves_and_stays_theirs() -> None:
    client = Client()
    account = client.ref("v1", "ServiceAccount", "tiller", "ops")
    client.put(account, {"metadata": {"labels": {"theirs": "yes"}}})
    assert "create ServiceAccount ops/tiller" not in apply(client)
    execute(client, plan_removal(client, "ops"), lambda step: None)
    assert subjects(client) == ["ServiceAccount ops/tiller"]


def test_everything_init_made_is_removed_and_nothing_else() -> None:
    client = Client()
    apply(client)
    apply(client, Options("other"))
    client.put(
        client.ref("v1", "ConfigMap", "mine", "ops"), {"metadata": {"labels": {"app": "helm", "name": "tiller"}}}
    )
    client.put(
        client.ref("v1", "Secret", "sh.helm.release.v1.web.v1", "ops"), {"metadata": {"labels": {"owner": "helm"}}}
    )
    steps = plan_removal(client, "ops")
    assert (
        steps[0].subject == "APIService v1.tiller.charthouse.dev" and steps[-1].subject == "ServiceAccount ops/tiller"
    )
    execute(client, steps, lambda step: None)
    left = [subject for subject in subjects(client) if "other" not in subject]
    assert left == ["ConfigMap ops/mine", "Secret ops/sh.helm.release.v1.web.v1"]
    with pytest.raises(NoTiller) as caught:
        plan_removal(client, "ops")
    assert caught.value.message == "could not find tiller"


def test_what_has_gone_meanwhile_is_no_error() -> None:
    client = Client()
    apply(client)
    steps = plan_removal(client, "ops")
    client.remove(client.ref("v1", "Service", "tiller-deploy", "ops"))
    execute(client, steps, lambda step: None)
    assert subjects(client) == []


def test_helm_2s_tiller_is_removed_by_force_only() -> None:
    client = Client()
    helm2s(client)
    with pytest.raises(NotOurs) as caught:
        plan_removal(client, "ops")
    assert caught.value.message == "Tiller in namespace ops exists and was not made by `charthouse init`"
    assert [step.subject for step in plan_removal(client, "ops", force=True)] == [
        "Service ops/tiller-deploy", "Deployment ops/tiller-deploy"
    ]  # fmt: skip


def test_releases_in_helm_2s_form_are_a_reason_to_refuse() -> None:
    client = Client()
    for number, status in enumerate(("DEPLOYED", "SUPERSEDED", "DEPLOYED")):
        labels = {"OWNER": "TILLER", "STATUS": status}
        client.put(client.ref("v1", "ConfigMap", f"web.v{number}", "ops"), {"metadata": {"labels": labels}})
    check_releases(client, "elsewhere")
    with pytest.raises(StillDeployed) as caught:
        check_releases(client, "ops")
    assert caught.value.message == (
        "there are still 2 deployed releases (Tip: use --force to remove Tiller. Releases will not be deleted.)"
    )


def test_what_is_there_is_surveyed() -> None:
    client = Client()
    assert look(client, "ops").certificates == Present()
    apply(client, replicas=3)
    found = look(client, "ops")
    assert found.is_ours and found.journal_key == KEY
    assert found.deployment is not None and choices_of(found.deployment) == {"replicas": 3}
    assert found.certificates == Present("own", OWN.pair, OWN.authorities, OWN.client_authority)


def test_certificates_of_helm_2s_tiller_are_kept() -> None:
    client = Client()
    assert OWN.pair is not None
    texts = {"tls.crt": OWN.pair.certificate, "tls.key": OWN.pair.key, "ca.crt": OWN.authorities}
    data = {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()}
    client.put(client.ref("v1", "Secret", "tiller-secret", "ops"), {"metadata": {}, "data": data})
    found = look(client, "ops").certificates
    assert found == Present("files", OWN.pair, OWN.authorities, OWN.authorities)


def test_rights_beyond_what_init_gives_are_found() -> None:
    client = Client()
    apply(client)
    subject = {"kind": "ServiceAccount", "name": "tiller", "namespace": "ops"}
    role = {"roleRef": {"name": "cluster-admin"}, "subjects": [subject]}
    client.put(client.ref("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "tiller"), {"metadata": {}, **role})
    other = {**role, "subjects": [{**subject, "namespace": "x"}, {"kind": "User", "name": "tiller"}]}
    client.put(client.ref("rbac.authorization.k8s.io/v1", "RoleBinding", "b", "y"), {"metadata": {}, **other})
    assert further_rights(client, "ops", "tiller") == ["ClusterRoleBinding tiller (cluster-admin)"]


@pytest.mark.parametrize(
    ("there", "new", "refused"),
    [
        ("r.example:5000/t:v2.0.0", "r.example:5000/t:1.9.9", True),
        ("r.example:5000/t:1.0.0", "r.example:5000/t:1.0.0", False),
        ("r/t:canary", "r/t:0.1.0", False),
        ("ghcr.io/helm/tiller:v2.17.0", "localhost/charthouse/tiller:0.1.0", False),
        ("r/t@sha256:00", "r/t:0.1.0", False),
    ],
)
def test_only_images_of_one_repository_are_compared(there: str, new: str, refused: bool) -> None:
    if not refused:
        check_version(there, new)
        return
    with pytest.raises(Downgrade) as caught:
        check_version(there, new)
    assert caught.value.message == (
        f"current Tiller version {there} is newer than client version {new}, use --force-upgrade to downgrade"
    )


@pytest.mark.parametrize(
    ("image", "next"),
    [
        ("r:5000/t:0.1.0", "r:5000/t:0.2.0"),
        ("r/t:v0.1.0", "r/t:v0.2.0"),
        ("r/t:7", "r/t:7"),
        ("r:5000/t", "r:5000/t"),
        ("r/t:0.1.0@sha256:00", "r/t:0.1.0@sha256:00"),
    ],
)
def test_an_image_tagged_with_our_version_follows_it(image: str, next: str) -> None:
    assert next_image(image, "0.1.0", "0.2.0") == next


def test_noted_options_are_read_again() -> None:
    noted = {"replicas": 3, "override": ["a=b"], "impersonate-users": ["x"], "node-selectors": "a=b", "later": 1}
    assert options("ops", noted) == Options(
        "ops", replicas=3, override=("a=b",), impersonate=Impersonation(("x",)), node_selector=(("a", "b"),)
    )
    with pytest.raises(BadOption, match="the options noted on the Deployment cannot be read"):
        options("ops", {"replicas": "many"})
    assert choices_of({"metadata": {"annotations": {"tiller.charthouse.dev/options": "[1"}}}) == {}


def test_cert_managers_authority_is_waited_for() -> None:
    client, clock = Client(), FakeClock()
    with pytest.raises(NotReady) as caught:
        issued_authority(client, "ops", clock=clock, timeout=2.0)
    assert caught.value.message == "tiller was not found. polling deadline exceeded"
    assert clock.slept == [0.5] * 4
    data = {"ca.crt": base64.b64encode(b"PEM").decode()}
    client.put(client.ref("v1", "Secret", "tiller-secret", "ops"), {"metadata": {}, "data": data})
    assert issued_authority(client, "ops", clock=clock, timeout=2.0) == "PEM"


def test_a_namespace_is_made_for_restricted_pods() -> None:
    client = Client()
    assert create_namespace(client, "ops") and not create_namespace(client, "ops")
    labels = client.get(client.ref("v1", "Namespace", "ops"))["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_a_step_names_its_object() -> None:
    client = Client()
    ref = client.ref("v1", "Namespace", "ops")
    assert Step("create", ref, {"kind": "Namespace", "metadata": {"name": "ops"}}).subject == "Namespace ops"
