"""upgrade: which revision is the base, which values, what is recorded and deleted, how failure is undone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from charthouse.actions import install, uninstall, upgrade
from charthouse.actions.errors import ActionError, Pending, VerbFailed
from charthouse.actions.options import InstallOptions, UninstallOptions, UpgradeOptions
from charthouse.charts.chart import Chart
from charthouse.releases.errors import NoDeployedReleases

Make = Callable[..., Chart]
Document = Callable[..., str]


def options(**more: Any) -> UpgradeOptions:
    return UpgradeOptions(**{"name": "r", "namespace": "ns", **more})


def installed(world: Any, chart: Chart, values: dict[str, Any] | None = None, **more: Any) -> None:
    install.run(world.env, chart, values or {}, InstallOptions(name="r", namespace="ns", **more))


def test_old_superseded_new_deployed(world: Any, make_chart: Make, document: Document) -> None:
    installed(world, make_chart(a_yaml=document("a"), b_yaml=document("b")))
    chart = make_chart(a_yaml=document("a", data="{{ .Release.Revision }}"), c_yaml=document("c"))
    release = upgrade.run(world.env, chart, {}, options(description="better"))
    assert world.history() == [(1, "superseded", "Install complete"), (2, "deployed", "better")]
    assert world.objects() == ["ConfigMap/a", "ConfigMap/c"]
    assert world.client.objects["ConfigMap", "ns", "a"]["data"] == {"value": 2.0}
    first = world.env.storage.get("r", 1)
    assert release.info.first_deployed == first.info.first_deployed


def test_labels_are_carried_and_leak_as_in_helm(world: Any, make_chart: Make, document: Document) -> None:
    chart = make_chart(a_yaml=document("a"))
    installed(world, chart, labels={"team": "x", "gone": "y"})
    upgrade.run(world.env, chart, {}, options(labels={"gone": "null", "new": "z"}))
    labels = world.client.objects["Secret", "ns", "sh.helm.release.v1.r.v2"]["metadata"]["labels"]
    assert labels == {
        "modifiedAt": "0",
        "createdAt": "0",
        "name": "r",
        "new": "z",
        "owner": "helm",
        "status": "deployed",
        "team": "x",
        "version": "2",
    } or labels == {key: value for key, value in labels.items() if key != "createdAt"}
    assert "gone" not in labels


VALUES = [
    ({}, {}, {"user": 1.0}, "1-chart2"),
    ({}, {"other": 2.0}, {"other": 2.0}, "-chart2"),
    ({"reset_values": True}, {}, {}, "-chart2"),
    ({"reuse_values": True}, {"other": 2.0}, {"other": 2.0, "user": 1.0}, "1-chart1"),
    ({"reuse_values": True}, {"user": None}, {}, "1-chart1"),  # as in Helm
    ({"reset_then_reuse_values": True}, {"other": 2.0}, {"other": 2.0, "user": 1.0}, "1-chart2"),
    ({"reset_values": True, "reuse_values": True}, {"other": 2.0}, {"other": 2.0}, "-chart2"),
]


@pytest.mark.parametrize(("more", "given", "recorded", "rendered"), VALUES)
def test_values(
    more: dict[str, Any],
    given: dict[str, Any],
    recorded: dict[str, Any],
    rendered: str,
    world: Any,
    make_chart: Make,
    document: Document,
) -> None:
    text = document("a", data='"{{ .Values.user }}-{{ .Values.from }}"')
    installed(world, make_chart(a_yaml=text, values={"from": "chart1"}), {"user": 1.0})
    chart = make_chart(a_yaml=text, values={"from": "chart2"})
    release = upgrade.run(world.env, chart, given, options(**more))
    assert release.config == recorded
    assert f'value: "{rendered}"' in release.manifest
    assert chart.values == {"from": "chart2"}


def test_nothing_there(world: Any, make_chart: Make, document: Document) -> None:
    chart = make_chart(a_yaml=document("a"))
    with pytest.raises(NoDeployedReleases, match=r'^"r" has no deployed releases$'):
        upgrade.run(world.env, chart, {}, options())
    with pytest.raises(ActionError, match=r"^release name is invalid: Not_Good$"):
        upgrade.run(world.env, chart, {}, options(name="Not_Good"))


BASES = [
    ({1: "deployed", 2: "failed"}, 1),
    ({1: "superseded", 2: "failed"}, 2),
    ({1: "failed"}, 1),
    ({1: "superseded"}, 1),
    ({1: "uninstalled"}, None),
    ({1: "superseded", 2: "uninstalled"}, None),
    ({1: "uninstalling"}, None),
]


@pytest.mark.parametrize(("states", "base"), BASES)
def test_the_base(states: dict[int, str], base: int | None, world: Any, make_chart: Make, document: Document) -> None:
    from charthouse.records import replace

    chart = make_chart(a_yaml=document("a"))
    installed(world, chart)
    one = world.env.storage.get("r", 1)
    for version, status in states.items():
        release = replace(one, version=version).with_status(status, "")
        (world.env.storage.update if version == 1 else world.env.storage.create)(release)
    if base is None:
        with pytest.raises(NoDeployedReleases):
            upgrade.run(world.env, chart, {}, options())
        return
    assert upgrade.prepare(world.env, chart, {}, options()).base.version == base


def test_pending_of_somebody_else(world: Any, make_chart: Make, document: Document) -> None:
    chart = make_chart(a_yaml=document("a"))
    installed(world, chart)
    world.env.storage.update(world.last().with_status("pending-upgrade"))
    with pytest.raises(Pending) as caught:
        upgrade.run(world.env, chart, {}, options())
    assert caught.value.message == "another operation (install/upgrade/rollback) is in progress"
    assert "--recover" in caught.value.hint
    upgrade.run(world.env, chart, {}, options(recover=True))
    assert [row[:2] for row in world.history()] == [(1, "superseded"), (2, "deployed")]


def test_pending_that_nobody_can_be_at_work_on(world: Any, make_chart: Make, document: Document) -> None:
    chart = make_chart(a_yaml=document("a"))
    installed(world, chart)
    world.env.storage.update(world.last().with_status("pending-install"))
    world.clock.seconds = 3599
    with pytest.raises(Pending):
        upgrade.run(world.env, chart, {}, options())
    world.clock.seconds = 3601
    upgrade.run(world.env, chart, {}, options())


def test_failed_waiting(world: Any, make_chart: Make, document: Document) -> None:
    installed(world, make_chart(a_yaml=document("a")))
    world.cluster.failing["ConfigMap/ns/b"] = "not in time"
    chart = make_chart(a_yaml=document("a"), b_yaml=document("b"))
    with pytest.raises(VerbFailed, match=r"^not in time$"):
        upgrade.run(world.env, chart, {}, options(wait="watcher", cleanup_on_fail=True))
    assert world.history() == [
        (1, "deployed", "Install complete"),
        (2, "failed", 'Upgrade "r" failed: not in time'),
    ]
    assert world.objects() == ["ConfigMap/a"]
    assert [(line.level, line.message) for line in world.said if line.level == "WARN"] == [("WARN", "upgrade failed")]


def test_rollback_on_failure(world: Any, make_chart: Make, document: Document) -> None:
    installed(world, make_chart(a_yaml=document("a")))
    world.cluster.failing["ConfigMap/ns/b"] = "not in time"
    chart = make_chart(b_yaml=document("b"))
    with pytest.raises(VerbFailed) as caught:
        upgrade.run(world.env, chart, {}, options(rollback_on_failure=True))
    assert caught.value.message == (
        "release r failed, and has been rolled back due to rollback-on-failure being set: not in time"
    )
    assert world.history() == [
        (1, "superseded", "Install complete"),
        (2, "failed", 'Upgrade "r" failed: not in time'),
        (3, "deployed", "Rollback to 1"),
    ]
    assert world.objects() == ["ConfigMap/a"]


@pytest.mark.parametrize("event", ["pre-upgrade", "post-upgrade"])
def test_failed_hooks(event: str, world: Any, make_chart: Make, document: Document) -> None:
    installed(world, make_chart(a_yaml=document("a")))
    world.cluster.failing["ConfigMap/ns/h"] = "no"
    chart = make_chart(a_yaml=document("a"), h_yaml=document("h", hook=event))
    with pytest.raises(VerbFailed, match=f"^{event} hooks failed: no$"):
        upgrade.run(world.env, chart, {}, options())
    upgrade.run(world.env, chart, {}, options(disable_hooks=True))


def test_history_is_limited(world: Any, make_chart: Make, document: Document) -> None:
    chart = make_chart(a_yaml=document("a"))
    installed(world, chart)
    for _ in range(4):
        upgrade.run(world.env, chart, {}, options(history_max=2))
    assert [row[0] for row in world.history()] == [4, 5]


def test_kept_objects_stay(world: Any, make_chart: Make, document: Document) -> None:
    keep = document("k", **{"helm.sh/resource-policy": "keep"})
    installed(world, make_chart(a_yaml=document("a"), k_yaml=keep))
    upgrade.run(world.env, make_chart(a_yaml=document("a")), {}, options())
    assert world.objects() == ["ConfigMap/a", "ConfigMap/k"]


METHODS = [(True, "auto", "ssa"), (False, "auto", "csa"), (False, "true", "ssa"), (True, "false", "csa")]


@pytest.mark.parametrize(("before", "wanted", "after"), METHODS)
def test_apply_method(before: bool, wanted: str, after: str, world: Any, make_chart: Make, document: Document) -> None:
    chart = make_chart(a_yaml=document("a"))
    installed(world, chart, server_side=before)
    assert upgrade.run(world.env, chart, {}, options(server_side=wanted)).apply_method == after


def test_unknown_apply_method(world: Any, make_chart: Make, document: Document) -> None:
    chart = make_chart(a_yaml=document("a"))
    installed(world, chart)
    with pytest.raises(ActionError, match=r"^invalid/unknown release server-side apply method: maybe$"):
        upgrade.run(world.env, chart, {}, options(server_side="maybe"))


def test_a_dry_run(world: Any, make_chart: Make, document: Document) -> None:
    installed(world, make_chart(a_yaml=document("a")))
    before = dict(world.client.objects)
    release = upgrade.run(world.env, make_chart(b_yaml=document("b")), {}, options(dry_run="server"))
    assert (release.version, release.info.status, release.info.description) == (
        2, "pending-upgrade", "Dry run complete",
    )  # fmt: skip
    assert world.client.objects == before


def test_install_when_there_is_nothing(world: Any, make_chart: Make, document: Document) -> None:
    chart = make_chart(a_yaml=document("a"))
    wanted = options(install=True, server_side="false", labels={"team": "x"}, create_namespace=True)
    assert upgrade.must_install(world.env, wanted)
    instead = upgrade.install_instead(world.env, wanted)
    assert (instead.replace, instead.server_side, instead.labels, instead.create_namespace) == (
        False, False, {"team": "x"}, True,
    )  # fmt: skip
    install.run(world.env, chart, {}, instead)
    assert not upgrade.must_install(world.env, wanted)
    uninstall.run(world.env, UninstallOptions(name="r", namespace="ns", keep_history=True))
    assert upgrade.must_install(world.env, wanted)
    assert upgrade.install_instead(world.env, wanted).replace
