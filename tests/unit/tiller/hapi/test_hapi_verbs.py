"""Requests by Helm 2's API from end to end: what is recorded when, in which order, and how it is worded."""

from __future__ import annotations

import threading
from typing import Any

import pytest

pytest.importorskip("google.protobuf")

from charthouse.actions.ports import ApiError
from charthouse.hapi import messages
from charthouse.rpc.status import Code, RpcError
from charthouse.tiller.hapi import changing
from tests.unit.tiller.hapi.serving_hapi import Served, chart, config_map

HOOKS = {"pre": "pre-install,pre-upgrade,pre-delete", "post": "post-install,post-upgrade,post-delete"}
WITH_HOOKS = {name: config_map(name, hook=events) for name, events in HOOKS.items()}


@pytest.fixture
def served() -> Served:
    return Served()


def writes(served: Served) -> list[str]:
    """What was made, changed and deleted: objects by name, records by revision."""
    out = []
    for call in served.client.calls:
        verb, _, ref = call.partition(" ")
        if verb in ("create", "replace", "patch", "delete") and "Lease" not in ref and "sh.charthouse" not in ref:
            out.append(f"{verb} {ref.rpartition('/')[2].removeprefix('sh.helm.release.v1.')}")
    return out


def test_a_life(served: Served) -> None:
    made = served.install(values="colour: blue # mine\n").release
    assert (made.version, made.info.Description, made.config.raw) == (1, "Install complete", "colour: blue # mine\n")
    assert made.manifest == "\n---\n# Source: web/templates/map.yaml\n" + config_map("web").replace(
        "{{ .Values.colour }}", "blue"
    ).rstrip("\n")
    assert served.upgrade(description="better").release.config.raw == "colour: blue # mine\n"
    assert served.upgrade(values="size: 3\n").release.manifest.endswith("colour: red")
    done = served.call("RollbackRelease", messages.RollbackReleaseRequest(name="r", version=1)).release
    assert (done.info.Description, done.config.raw) == ("Rollback to 1", "colour: blue # mine\n")
    assert served.history() == [
        (1, "SUPERSEDED", "Install complete"),
        (2, "SUPERSEDED", "better"),
        (3, "SUPERSEDED", "Upgrade complete"),
        (4, "DEPLOYED", "Rollback to 1"),
    ]
    gone = served.call("UninstallRelease", messages.UninstallReleaseRequest(name="r"))
    assert (gone.release.info.status.code, gone.info) == (messages.Status.DELETED, "")
    assert served.objects() == ["Namespace//ns"]
    again = served.call("UninstallRelease", messages.UninstallReleaseRequest(name="r"))
    assert again == '2 the release named "r" is already deleted'
    assert served.install() == (
        "2 a release named r already exists.\nRun: helm ls --all r; to check the status of the release\n"
        "Or run: helm del --purge r; to delete it"
    )
    assert served.install(reuse_name=True).release.version == 5
    served.call("UninstallRelease", messages.UninstallReleaseRequest(name="r", purge=True))
    assert served.history() == '2 release: "r" not found'
    assert not [name for _, _, name in served.client.objects if name.startswith("sh.")]


def test_the_order_of_an_install(served: Served) -> None:
    served.install(chart=chart(map=config_map("web"), **WITH_HOOKS))
    assert writes(served) == ["create ns", "create pre", "create r.v1", "create web", "create post", "replace r.v1"]
    namespace = served.client.objects["Namespace", "", "ns"]
    assert namespace["metadata"]["labels"] == {"name": "ns"}


def test_the_order_of_an_upgrade_and_a_deletion(served: Served) -> None:
    served.install()
    served.client.calls.clear()
    policy = {"hook_delete_policy": "before-hook-creation", "hook_delete_timeout": "0"}
    hooks = {name: config_map(name, hook=events, **policy) for name, events in HOOKS.items()}
    served.upgrade(chart=chart(map=config_map("web", more="  more: x\n"), **hooks))
    assert writes(served) == [
        *("create r.v2", "delete pre", "create pre", "patch web", "delete post", "create post"),
        *("replace r.v1", "replace r.v2"),
    ]
    served.client.calls.clear()
    served.call("UninstallRelease", messages.UninstallReleaseRequest(name="r", timeout=5))
    assert writes(served) == [
        *("delete pre", "create pre", "replace r.v2", "delete web", "delete post", "create post", "replace r.v2"),
    ]


def test_timeouts_of_hooks_outlive_their_run(served: Served) -> None:
    note = {"hook_delete_policy": "before-hook-creation,hook-succeeded", "hook_delete_timeout": "7"}
    served.install(chart=chart(map=config_map("web"), hook=config_map("hook", hook="pre-install", **note)))
    found = served.call("GetReleaseContent", messages.GetReleaseContentRequest(name="r")).release.hooks[0]
    assert (found.delete_timeout, found.HasField("last_run"), list(found.delete_policies)) == (7, True, [2, 0])


@pytest.mark.parametrize(
    ("kind", "said", "history"),
    [
        ("pre", '2 configmaps "hook" already exists', '2 release: "r" not found'),
        (
            "post",
            '2 configmaps "hook" already exists',
            [(1, "FAILED", 'Release "r" failed post-install: configmaps "hook" already exists')],
        ),
    ],
)
def test_hooks_that_fail_an_install(served: Served, kind: str, said: str, history: Any) -> None:
    served.put("ConfigMap", "hook", {})
    hook = config_map("hook", hook=f"{kind}-install")
    assert served.install(chart=chart(map=config_map("web"), hook=hook)) == said
    assert served.history() == history


def test_a_hook_that_fails_an_upgrade_leaves_it_pending(served: Served) -> None:
    served.install()
    served.put("ConfigMap", "hook", {})
    hooked = chart(map=config_map("web"), hook=config_map("hook", hook="pre-upgrade"))
    assert served.upgrade(chart=hooked) == '2 configmaps "hook" already exists'
    assert served.history()[1:] == [(2, "PENDING_UPGRADE", "Preparing upgrade")]
    assert served.upgrade() == "2 another operation (install/upgrade/rollback) is in progress"
    assert served.upgrade(force=True) == "2 a release named r is in use, cannot re-use a name that is still in use"
    served.call("RollbackRelease", messages.RollbackReleaseRequest(name="r", version=1))
    assert [(status, text) for _, status, text in served.history()] == [
        ("SUPERSEDED", "Install complete"),
        ("SUPERSEDED", "Preparing upgrade"),
        ("DEPLOYED", "Rollback to 1"),
    ]


def test_objects_that_fail(served: Served) -> None:
    served.put("ConfigMap", "web", {})
    assert served.install() == '2 release r failed: configmaps "web" already exists'
    assert served.history() == [(1, "FAILED", 'Release "r" failed: configmaps "web" already exists')]
    foreign = (
        'kind ConfigMap with the name "other" in "ns" already exists in the cluster and wasn\'t defined in the '
        "previous release. Before upgrading, please either delete the resource from the cluster or remove it from "
        "the chart"
    )
    served.put("ConfigMap", "other", {})
    assert served.install(reuse_name=True, chart=chart(map=config_map("other"))) == f"2 {foreign}"
    assert served.history()[1] == (2, "FAILED", f'Release replace "r" failed: {foreign}')
    assert served.upgrade() == '2 "r" has no deployed releases'
    assert served.upgrade(force=True, dry_run=True).release.info.Description == "Dry run complete"
    done = served.upgrade(force=True, chart=chart(map=config_map("new"))).release
    assert (done.version, done.info.status.code) == (3, messages.Status.DEPLOYED)
    assert served.history()[1] == (2, "DELETED", "Deletion complete")


def test_what_is_made_goes_when_an_update_fails(served: Served) -> None:
    served.install()
    served.put("ConfigMap", "last", {})
    both = chart(a=config_map("first"), b=config_map("last"))
    assert "already exists in the cluster" in served.upgrade(chart=both, cleanup_on_fail=True)
    assert "ConfigMap/ns/first" not in served.objects()
    assert "already exists in the cluster" in served.upgrade(chart=both)
    assert "ConfigMap/ns/first" in served.objects()


@pytest.mark.parametrize(
    ("flags", "values", "config", "colour", "size"),
    [
        ({}, "{}\n", "colour: blue\n", "blue", ""),
        ({}, "size: 2\n", "size: 2\n", "green", "2"),
        ({"reset_values": True}, "{}\n", "{}\n", "green", ""),
        ({"reuse_values": True}, "size: 2\n", "colour: blue\nsize: 2\n", "blue", "2"),
        ({"reuse_values": True}, "{}\n", "colour: blue\n", "blue", ""),
    ],
)
def test_values(served: Served, flags: Any, values: str, config: str, colour: str, size: str) -> None:
    served.install(values="colour: blue\n", chart=chart("colour: red\nold: 1\n", map=config_map("web")))
    text = config_map("web", more='  size: {{ .Values.size | default "" }}\n  new: {{ .Values.new | default "" }}\n')
    made = served.upgrade(values=values, chart=chart("colour: green\nnew: fresh\n", map=text), **flags).release
    assert made.config.raw == config
    new = "" if flags.get("reuse_values") else "fresh"
    assert made.manifest.endswith(f"colour: {colour}\n  size: {size}\n  new: {new}".rstrip())


def test_history_that_is_limited() -> None:
    """The example of the real Tiller: three good upgrades, three that fail, two revisions kept."""
    served = Served(history_max=2)
    served.install()
    for _ in range(2):
        served.upgrade()
    served.put("ConfigMap", "other", {})
    for _ in range(3):
        served.upgrade(chart=chart(map=config_map("other")))
    assert [(version, status) for version, status, _ in served.history()] == [(3, "DEPLOYED"), (6, "FAILED")]


def test_what_is_kept(served: Served) -> None:
    kept = chart(a=config_map("a", resource_policy="anything"), b=config_map("b", resource_policy="delete"))
    served.install(chart=kept)
    gone = served.call("UninstallRelease", messages.UninstallReleaseRequest(name="r"))
    assert gone.info == "These resources were kept due to the resource policy:\n[ConfigMap] a\n"
    assert served.objects() == ["ConfigMap/ns/a", "Namespace//ns"]


def test_deletions_that_fail(served: Served) -> None:
    served.install()
    served.refuse("delete", "ConfigMap", 'configmaps "web" is forbidden')
    gone = served.call("UninstallRelease", messages.UninstallReleaseRequest(name="r"))
    assert gone == '2 deletion completed with 1 error(s): configmaps "web" is forbidden'
    assert served.history() == [(1, "DELETED", "Deletion complete")]


def test_dry_runs_write_nothing(served: Served) -> None:
    made = served.install(dry_run=True).release
    assert (made.info.status.code, made.info.Description) == (messages.Status.PENDING_INSTALL, "Dry run complete")
    crd = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"
    crd += "metadata: {name: x, annotations: {helm.sh/hook: crd-install}}\n"
    skipped = served.install(dry_run=True, chart=chart(crd=crd, map=config_map("web"))).release
    assert skipped.info.Description == "Validation skipped because CRDs are not installed"
    bad = served.install(dry_run=True, chart=chart(map=config_map("web"), zoo="a: [\n"))
    assert bad.startswith("2 YAML parse error on web/templates/zoo.yaml: ")
    assert bad.endswith("\n\n---\n# Source: web/templates/zoo.yaml\na: [\n")
    assert "\n\n---\n# Source: web/templates/map.yaml\napiVersion: v1\n" in bad
    served.install()
    served.client.calls.clear()
    assert served.upgrade(dry_run=True).release.info.status.code == messages.Status.PENDING_UPGRADE
    rolled = served.call("RollbackRelease", messages.RollbackReleaseRequest(name="r", version=1, dry_run=True))
    assert rolled.release.info.status.code == messages.Status.PENDING_ROLLBACK
    assert writes(served) == []


def test_refusals(served: Served) -> None:
    calls = {
        "InstallRelease": messages.InstallReleaseRequest(name="r"),
        "UpdateRelease": messages.UpdateReleaseRequest(name="r"),
        "RollbackRelease": messages.RollbackReleaseRequest(name="r", version=-1),
        "UninstallRelease": messages.UninstallReleaseRequest(),
        "GetReleaseContent": messages.GetReleaseContentRequest(name="r", version=3),
        "GetReleaseStatus": messages.GetReleaseStatusRequest(name="r", version=3),
        "RunReleaseTest": messages.TestReleaseRequest(name="r"),
    }
    assert {name: served.call(name, request) for name, request in calls.items()} == {
        "InstallRelease": "2 no chart provided",
        "UpdateRelease": "2 no chart provided",
        "RollbackRelease": "2 invalid release revision",
        "UninstallRelease": "2 no release provided",
        "GetReleaseContent": '2 release: "r.v3" not found',
        "GetReleaseStatus": "2 getting release 'r' (v3): release: \"r.v3\" not found",
        "RunReleaseTest": '2 release: "r" not found',
    }
    assert served.install("x" * 54).startswith(f'2 release name "{"x" * 54}" exceeds max length of 53')
    assert served.install("Bad_Name").startswith("2 invalid release name, must match regex ^[a-z0-9]")
    for place in ("a.b", "../x", "x HTTP/1.1\r\nHost: k"):
        assert served.install("r", namespace=place) == f"3 field namespace: {place!r} is no namespace's name"
    assert served.install(chart=chart(none="# nothing\n")) == "2 release r failed: no objects visited"
    assert served.upgrade("absent") == '2 "absent" has no deployed releases'
    assert served.upgrade("absent", force=True) == '2 release: "absent" not found'
    fails = chart(map='{{ fail "100% wrong" }}')
    assert served.install("s", chart=fails).endswith("error calling fail: 100%% wrong")


def test_one_name_in_two_namespaces(served: Served) -> None:
    served.install()
    served.copy("r", "other")
    said = 'there is a release named "r" in each of the namespaces "ns" and "other"'
    assert served.history() == f"2 {said}"
    assert served.upgrade() == f"2 {said}"
    assert served.call("GetReleaseStatus", messages.GetReleaseStatusRequest(name="r")) == (
        f'2 getting deployed release "r": {said}'
    )
    assert served.install(namespace="third").startswith("2 a release named r already exists.")
    assert served.install(namespace="third", reuse_name=True) == (
        "2 a release named r has its records in the namespace ns, cannot re-use its name in another.\n"
        "Run: helm del --purge r; to delete it"
    )
    listed = served.call("ListReleases", messages.ListReleasesRequest(sort_by=messages.ListSort.NAME))
    assert [release.namespace for release in listed[0].releases] == ["ns", "other"]


def test_a_caller_of_one_namespace(served: Served) -> None:
    """Who may list nowhere else can install there, under a name that is free there."""
    ask = served.client.list

    def listed(type: Any, namespace: str = "", **options: Any) -> Any:
        if namespace != "ns":
            raise ApiError(f"{type.plural} is forbidden", code=403, reason="Forbidden")
        return ask(type, namespace, **options)

    served.client.list = listed
    assert served.install().release.info.Description == "Install complete"
    assert served.install().startswith("2 a release named r already exists.")
    assert served.install("s", namespace="other") == "2 list: failed to list: configmaps is forbidden"


def test_two_installs_of_one_name_at_once(served: Served) -> None:
    """In two namespaces; who comes while the other one is at it is refused."""
    make = served.client.create
    said: list[Any] = []

    def create(ref: Any, body: Any, **options: Any) -> Any:
        if ref.name == "web" and not said:
            said.append("")
            said.append(served.install(namespace="other"))
        return make(ref, body, **options)

    served.client.create = create
    assert served.install().release.namespace == "ns"
    assert said[1] == (
        "2 a release named r already exists.\nRun: helm ls --all r; to check the status of the release\n"
        "Or run: helm del --purge r; to delete it"
    )
    assert [call for call in served.client.calls if call.startswith("create Lease/kube-system")] == [
        "create Lease/kube-system/sh.charthouse.release.v1.every-namespace.r"
    ]


def test_a_caller_who_goes(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """The call ends, the work does not."""
    monkeypatch.setattr(changing, "_PATIENCE", 0.01)
    go_on, make = threading.Event(), served.client.create

    def create(ref: Any, body: Any, **options: Any) -> Any:
        assert ref.name != "web" or go_on.wait(60)
        return make(ref, body, **options)

    served.client.create = create
    call = served.begin("InstallRelease")
    call.cancel()
    request = messages.InstallReleaseRequest(name="r", namespace="ns", chart=chart(), timeout=5)
    with pytest.raises(RpcError) as caught:
        served.methods["InstallRelease"].handler(request, call)
    assert caught.value.code == Code.CANCELLED
    go_on.set()
    assert not served.operations.drain(60)
    assert [status for _, status, _ in served.history()] == ["DEPLOYED"]


def test_no_name_is_claimed_for_those_who_may_make_no_record(served: Served) -> None:
    served.install(chart=chart(map=config_map("web")), name="one")
    claims = [call for call in served.client.calls if "every-namespace.one" in call]
    assert [call.partition(" ")[0] for call in claims if not call.startswith("get")] == ["create", "delete"]
    served.allowed = False
    served.install(chart=chart(map=config_map("web2")), name="two")
    assert [call for call in served.client.calls if "every-namespace.two" in call] == []
