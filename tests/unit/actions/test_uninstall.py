"""uninstall: what goes, what stays and what is said of it; records; failures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from charthouse.actions import install, uninstall
from charthouse.actions.options import InstallOptions, UninstallOptions
from charthouse.actions.uninstall import Uninstalled
from charthouse.charts.chart import Chart
from charthouse.errors import CharthouseError

Make = Callable[..., Chart]
Document = Callable[..., str]


def options(**more: Any) -> UninstallOptions:
    return UninstallOptions(**{"name": "r", "namespace": "ns", **more})


@pytest.fixture
def one(world: Any, make_chart: Make, document: Document) -> Any:
    secret = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\n"
    chart = make_chart(
        a_yaml=document("a"),
        k_yaml=document("k", **{"helm.sh/resource-policy": " Keep "}),
        o_yaml=document("o", **{"helm.sh/resource-policy": "other"}),
        s_yaml=secret,
        before_yaml=document("before", hook="pre-delete", **{"helm.sh/hook-delete-policy": "hook-succeeded"}),
        after_yaml=document("after", hook="post-delete"),
    )
    install.run(world.env, chart, {}, InstallOptions(name="r", namespace="ns"))
    world.client.calls.clear()
    return world


def test_everything_goes_but_what_is_kept(one: Any) -> None:
    done = uninstall.run(one.env, options(wait="watcher"))
    assert done.info == "These resources were kept due to the resource policy:\n[ConfigMap] k\n"
    assert done.release is not None
    assert (done.release.status, done.release.info.description) == ("uninstalled", "Uninstallation complete")
    assert one.objects() == ["ConfigMap/after", "ConfigMap/k", "ConfigMap/o"]
    assert one.writes() == [
        "patch ConfigMap/ns/before",
        "delete ConfigMap/ns/before",
        "delete ConfigMap/ns/a",
        "delete Secret/ns/s",
        "delete ConfigMap/ns/after",
        "patch ConfigMap/ns/after",
    ]
    assert [name for _, _, name in one.client.objects if name.startswith("sh.")] == []


def test_history_may_be_kept(one: Any) -> None:
    uninstall.run(one.env, options(keep_history=True, description="bye"))
    assert one.history() == [(1, "uninstalled", "bye")]
    assert one.last().info.deleted is not None
    with pytest.raises(CharthouseError, match=r'^the release named "r" is already deleted$'):
        uninstall.run(one.env, options(keep_history=True))
    uninstall.run(one.env, options())
    assert [name for _, _, name in one.client.objects if name.startswith("sh.")] == []


def test_not_there(world: Any) -> None:
    with pytest.raises(CharthouseError) as caught:
        uninstall.run(world.env, options())
    assert caught.value.message == "uninstall: Release not loaded: r: release: not found"
    assert uninstall.run(world.env, options(ignore_not_found=True)) == Uninstalled()
    with pytest.raises(CharthouseError, match=r"^uninstall: Release name is invalid: Not_Good$"):
        uninstall.run(world.env, options(name="Not_Good"))
    assert world.client.objects == {}


def test_what_belongs_to_others_stays(one: Any) -> None:
    one.client.objects["ConfigMap", "ns", "a"]["metadata"]["annotations"]["meta.helm.sh/release-name"] = "other"
    del one.client.objects["Secret", "ns", "s"]
    done = uninstall.run(one.env, options(disable_hooks=True))
    assert done.info == (
        "These resources were kept due to the resource policy:\n[ConfigMap] k\n\n"
        "1 resource(s) were not deleted because they are not owned by this release:\n[ConfigMap] a\n"
    )
    assert [(line.level, line.message) for line in one.said if line.level == "WARN"] == [
        ("WARN", "skipping delete of resource not owned by this release")
    ]


def test_a_dry_run(one: Any) -> None:
    before = dict(one.client.objects)
    done = uninstall.run(one.env, options(dry_run=True))
    assert done.info == "These resources were kept due to the resource policy:\n[ConfigMap] k\n"
    assert one.client.objects == before
    with pytest.raises(CharthouseError, match=r"^release: not found$"):
        uninstall.run(one.env, options(name="none", dry_run=True))


def test_what_cannot_be_deleted(one: Any) -> None:
    one.client.refused("delete", "Secret", 403, "Forbidden", "secrets is forbidden")
    with pytest.raises(CharthouseError) as caught:
        uninstall.run(one.env, options())
    assert caught.value.message == "failed to delete release: r"
    assert "secrets is forbidden" in caught.value.hint
    assert one.history() == [(1, "uninstalling", "Deletion in progress (or silently failed)")]


def test_a_failing_post_delete_hook(one: Any) -> None:
    one.cluster.failing["ConfigMap/ns/after"] = "no"
    with pytest.raises(CharthouseError) as caught:
        uninstall.run(one.env, options())
    assert caught.value.message == "uninstallation completed with 1 error(s): no"
    assert "ConfigMap/a" not in one.objects()


def test_a_failing_pre_delete_hook(one: Any) -> None:
    one.cluster.failing["ConfigMap/ns/before"] = "no"
    with pytest.raises(CharthouseError, match=r"^no$"):
        uninstall.run(one.env, options())
    assert "ConfigMap/a" in one.objects()
