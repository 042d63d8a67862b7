"""install: what is recorded and done, in which order, and what is said when it fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from charthouse.actions import install
from charthouse.actions.errors import ActionError, NameInUse, VerbFailed
from charthouse.actions.options import InstallOptions
from charthouse.charts.chart import Chart
from charthouse.charts.metadata import ChartError, Dependency
from charthouse.errors import CharthouseError

Make = Callable[..., Chart]
Document = Callable[..., str]
OWNED = {"meta.helm.sh/release-name": "r", "meta.helm.sh/release-namespace": "ns"}


def options(**more: Any) -> InstallOptions:
    return InstallOptions(**{"name": "r", "namespace": "ns", **more})


def test_the_record_and_the_objects(world: Any, make_chart: Make, document: Document) -> None:
    text = document("{{ .Release.Name }}-a", data="{{ .Values.v }}")
    chart = make_chart(a_yaml=text, NOTES_txt="Hello {{ .Values.v }}")
    release = install.run(world.env, chart, {"v": 1.0}, options(labels={"team": "x"}))
    assert world.history() == [(1, "deployed", "Install complete")]
    stored = world.env.storage.get("r", 1)
    assert (stored.info, stored.config, stored.labels) == (release.info, {"v": 1.0}, {"team": "x"})
    assert stored.apply_method == "ssa"
    assert stored.info.notes == "Hello 1"
    assert stored.manifest == "---\n# Source: demo/templates/a.yaml\n" + document("r-a", data="1") + "\n"
    made = world.client.objects["ConfigMap", "ns", "r-a"]
    assert made["metadata"]["labels"] == {"app.kubernetes.io/managed-by": "Helm"}
    assert made["metadata"]["annotations"] == OWNED
    assert world.objects() == ["ConfigMap/r-a"]  # the lock is gone


def test_order_of_writes(world: Any, make_chart: Make, document: Document) -> None:
    chart = make_chart(
        a_yaml=document("a"),
        pre_yaml=document("pre", hook="pre-install"),
        post_yaml=document("post", hook="post-install"),
    )
    install.run(world.env, chart, {}, options(wait="watcher", create_namespace=True))
    kinds = ("create", "replace", "patch", "delete")
    assert [call for call in world.client.calls if call.startswith(kinds)] == [
        "create Lease/ns/sh.charthouse.release.v1.r",
        "patch Namespace/ns",
        "create Secret/ns/sh.helm.release.v1.r.v1",
        "delete ConfigMap/ns/pre",
        "replace Secret/ns/sh.helm.release.v1.r.v1",
        "patch ConfigMap/ns/pre",
        "patch ConfigMap/ns/a",
        "delete ConfigMap/ns/post",
        "replace Secret/ns/sh.helm.release.v1.r.v1",
        "patch ConfigMap/ns/post",
        "replace Secret/ns/sh.helm.release.v1.r.v1",
        "delete Lease/ns/sh.charthouse.release.v1.r",
    ]
    assert world.client.objects["Namespace", "", "ns"]["metadata"]["labels"] == {"name": "ns"}
    assert "ready ConfigMap/ns/a watcher" in world.cluster.waited


def test_client_side(world: Any, make_chart: Make, document: Document) -> None:
    install.run(world.env, make_chart(a_yaml=document("a")), {}, options(server_side=False))
    assert world.writes() == ["create ConfigMap/ns/a"]
    assert world.last().apply_method == "csa"


NAME_RULE = (
    'release name check failed: release name "Not_Good": invalid release name, must match regex '
    "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the length must not be longer than 53"
)
LABEL_RULE = (
    "user supplied labels contains system reserved label name. "
    "System labels: [name owner status version createdAt modifiedAt]"
)


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"hide_secret": True}, "hiding Kubernetes secrets requires a dry-run mode"),
        ({"name": "Not_Good"}, NAME_RULE),
        ({"labels": {"owner": "me"}}, LABEL_RULE),
    ],
)
def test_refused_options(more: dict[str, Any], text: str, world: Any, make_chart: Make, document: Document) -> None:
    with pytest.raises(CharthouseError) as caught:
        install.run(world.env, make_chart(a_yaml=document("a")), {}, options(**more))
    assert caught.value.message == text
    assert world.objects() == []


def test_a_name_in_use(world: Any, make_chart: Make, document: Document) -> None:
    chart = make_chart(a_yaml=document("a"))
    install.run(world.env, chart, {}, options())
    with pytest.raises(NameInUse) as caught:
        install.run(world.env, chart, {}, options())
    assert caught.value.message == "release name check failed: cannot reuse a name that is still in use"
    assert world.history() == [(1, "deployed", "Install complete")]


def test_replace_goes_on_with_the_next_revision(world: Any, make_chart: Make, document: Document) -> None:
    chart = make_chart(a_yaml=document("a"))
    install.run(world.env, chart, {}, options())
    world.env.storage.update(world.last().with_status("uninstalled", "Uninstallation complete"))
    install.run(world.env, chart, {}, options(replace=True))
    assert world.history() == [
        (1, "superseded", "superseded by new release"),
        (2, "deployed", "Install complete"),
    ]
    world.env.storage.update(world.last().with_status("failed", "why"))
    install.run(world.env, chart, {}, options(replace=True))
    assert world.history()[1:] == [(2, "failed", "why"), (3, "deployed", "Install complete")]


def test_objects_of_others_are_not_taken(world: Any, make_chart: Make, document: Document) -> None:
    world.client.objects["ConfigMap", "ns", "a"] = {"metadata": {"name": "a", "resourceVersion": "1", "uid": "u"}}
    chart = make_chart(a_yaml=document("a"))
    with pytest.raises(ActionError) as caught:
        install.run(world.env, chart, {}, options())
    assert caught.value.message == (
        'unable to continue with install: ConfigMap "a" in namespace "ns" exists and cannot be imported into the '
        "current release: invalid ownership metadata; label validation error: missing key "
        '"app.kubernetes.io/managed-by": must be set to "Helm"; annotation validation error: missing key '
        '"meta.helm.sh/release-name": must be set to "r"; annotation validation error: missing key '
        '"meta.helm.sh/release-namespace": must be set to "ns"'
    )
    install.run(world.env, chart, {}, options(take_ownership=True))
    taken = world.client.objects["ConfigMap", "ns", "a"]["metadata"]
    assert taken["labels"] == {"app.kubernetes.io/managed-by": "Helm"}


def test_dry_runs_write_nothing(world: Any, make_chart: Make, document: Document) -> None:
    chart = make_chart(a_yaml=document("a", data="{{ .Capabilities.KubeVersion.Minor }}"))
    server = install.run(world.env, chart, {}, options(dry_run="server"))
    client = install.run(world.env, chart, {}, options(dry_run="client", kube_version="1.25"))
    assert world.client.objects == {}
    assert (server.info.status, server.info.description) == ("pending-install", "Dry run complete")
    assert "value: 37" in server.manifest
    assert "value: 25" in client.manifest


def test_a_client_dry_run_asks_the_cluster_nothing(world: Any, make_chart: Make, document: Document) -> None:
    install.run(world.env, make_chart(a_yaml=document("a")), {}, options(dry_run="client"))
    assert world.client.calls == []


def test_lookup_sees_the_cluster(world: Any, make_chart: Make, document: Document) -> None:
    world.client.objects["Secret", "ns", "s"] = {"metadata": {"name": "s"}, "data": {"n": 5}}
    text = '{{ (lookup "v1" "Secret" "ns" "s").data.n }}-{{ len (lookup "v1" "Secret" "ns" "none") }}'
    chart = make_chart(a_yaml=document("a", data=text))
    release = install.run(world.env, chart, {}, options(dry_run="server"))
    assert "value: 5-0" in release.manifest


def test_failed_waiting_is_recorded_with_its_reasons(world: Any, make_chart: Make, document: Document) -> None:
    world.cluster.failing["ConfigMap/ns/a"] = "context deadline exceeded"
    with pytest.raises(VerbFailed) as caught:
        install.run(world.env, make_chart(a_yaml=document("a")), {}, options(wait="watcher"))
    assert caught.value.message == "context deadline exceeded"
    assert caught.value.hint == "ConfigMap/ns/a: event: no node has room"
    assert world.history() == [(1, "failed", 'Release "r" failed: context deadline exceeded')]
    assert world.last().annotations == {
        "charthouse.dev/findings": '[{"subject":"ConfigMap/ns/a","source":"event","text":"no node has room"}]'
    }
    assert world.objects() == ["ConfigMap/a"]


@pytest.mark.parametrize("event", ["pre-install", "post-install"])
def test_failed_hooks(event: str, world: Any, make_chart: Make, document: Document) -> None:
    world.cluster.failing["ConfigMap/ns/h"] = "no"
    chart = make_chart(a_yaml=document("a"), h_yaml=document("h", hook=event))
    with pytest.raises(VerbFailed) as caught:
        install.run(world.env, chart, {}, options())
    assert caught.value.message == f"failed {event}: no"
    assert world.last().hooks[0].last_run.phase == "Failed"
    assert ("ConfigMap/a" in world.objects()) == (event == "post-install")


def test_rollback_on_failure_uninstalls(world: Any, make_chart: Make, document: Document) -> None:
    world.cluster.failing["ConfigMap/ns/a"] = "too slow"
    with pytest.raises(VerbFailed) as caught:
        install.run(world.env, make_chart(a_yaml=document("a")), {}, options(rollback_on_failure=True))
    assert caught.value.message == (
        "release r failed, and has been uninstalled due to rollback-on-failure being set: too slow"
    )
    assert world.client.objects == {}


def test_interruption(world: Any, make_chart: Make, document: Document) -> None:
    world.cluster.interrupt_at = "ConfigMap/ns/a"
    with pytest.raises(VerbFailed, match=r"^context canceled$"):
        install.run(world.env, make_chart(a_yaml=document("a")), {}, options(wait="watcher"))
    assert world.history() == [(1, "failed", 'Release "r" failed: context canceled')]


def test_rendering_that_fails_stores_nothing(world: Any, make_chart: Make) -> None:
    with pytest.raises(VerbFailed) as caught:
        install.run(world.env, make_chart(a_yaml='{{ fail "enough" }}'), {}, options())
    assert caught.value.message.endswith("execution error at (demo/templates/a.yaml:1:3): enough")
    assert caught.value.release.info.description == f"failed to render resource: {caught.value.message}"
    assert world.client.objects == {}


CRD = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: xs.example.org\n"


def test_crds_come_first(world: Any, make_chart: Make, document: Document) -> None:
    install.run(world.env, make_chart(a_yaml=document("a"), crds=CRD), {}, options(name="s", skip_crds=True))
    assert world.objects() == ["ConfigMap/a"]
    install.run(world.env, make_chart(b_yaml=document("b"), crds=CRD), {}, options())
    crd = "CustomResourceDefinition/ns/xs.example.org"
    assert world.writes()[1:] == [f"patch {crd}", "patch ConfigMap/ns/b"]
    assert f"ready {crd} watcher" in world.cluster.waited
    assert "forget discovery" in world.client.calls
    made = world.client.objects["CustomResourceDefinition", "ns", "xs.example.org"]
    assert "meta.helm.sh/release-name" not in str(made)


def test_a_bad_crd(world: Any, make_chart: Make, document: Document) -> None:
    with pytest.raises(ActionError, match=r"^failed to install CRD crds/c\.yaml: "):
        install.run(world.env, make_chart(a_yaml=document("a"), crds="a: [\n"), {}, options())


def test_the_chart_is_not_changed(world: Any, make_chart: Make, document: Document) -> None:
    chart = make_chart(a_yaml=document("a"), values={"x": 1.0})
    inner = make_chart(b_yaml=document("b"), values={"y": 1.0})
    inner.metadata.name = "inner"
    chart.add_dependency(inner)
    entry = Dependency("inner", ">=0", "", condition="inner.enabled")
    chart.metadata.dependencies = [entry]
    install.run(world.env, chart, {"inner": {"enabled": False}}, options())
    assert [found.name for found in chart.dependencies] == ["inner"]
    assert entry.enabled is False
    assert world.objects() == ["ConfigMap/a"]


def test_dependencies_that_do_not_fit(world: Any, make_chart: Make, document: Document) -> None:
    chart = make_chart(a_yaml=document("a"))
    inner = make_chart(b_yaml=document("b"))
    inner.metadata.name = "inner"
    chart.add_dependency(inner)
    with pytest.raises(ChartError):
        install.run(world.env, chart, {"inner": "text"}, options())
