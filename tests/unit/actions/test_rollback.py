"""rollback: the target, the record, what is superseded, how it fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from charthouse.actions import install, rollback, uninstall, upgrade
from charthouse.actions.errors import ActionError, VerbFailed
from charthouse.actions.options import InstallOptions, RollbackOptions, UninstallOptions, UpgradeOptions
from charthouse.charts.chart import Chart
from charthouse.errors import CharthouseError
from charthouse.releases.errors import NotFound

Make = Callable[..., Chart]
Document = Callable[..., str]


def options(**more: Any) -> RollbackOptions:
    return RollbackOptions(**{"name": "r", "namespace": "ns", **more})


@pytest.fixture
def two(world: Any, make_chart: Make, document: Document) -> Any:
    """Revision 1 with object a (client side), revision 2 with object b (server side)."""
    install.run(
        world.env,
        make_chart(a_yaml=document("a"), NOTES_txt="one", h_yaml=document("h", hook="pre-rollback")),
        {"v": 1.0},
        InstallOptions(name="r", namespace="ns", server_side=False, labels={"team": "x"}),
    )
    wanted = UpgradeOptions(name="r", namespace="ns", server_side="true")
    upgrade.run(world.env, make_chart(b_yaml=document("b")), {"v": 2.0}, wanted)
    world.client.calls.clear()
    return world


def test_to_the_revision_before(two: Any) -> None:
    release = rollback.run(two.env, options())
    assert two.history() == [
        (1, "superseded", "Install complete"),
        (2, "superseded", "Upgrade complete"),
        (3, "deployed", "Rollback to 1"),
    ]
    assert (release.info.rollback_revision, release.info.notes, release.config, release.apply_method) == (
        1, "one", {"v": 1.0}, "csa",
    )  # fmt: skip
    assert two.objects() == ["ConfigMap/a", "ConfigMap/h"]
    labels = two.client.objects["Secret", "ns", "sh.helm.release.v1.r.v3"]["metadata"]["labels"]
    assert "createdAt" not in labels
    assert labels["team"] == "x"


def test_description_and_hooks(two: Any) -> None:
    rollback.run(two.env, options(revision=1, description="back", disable_hooks=True))
    assert two.history()[2] == (3, "deployed", "back")
    assert two.objects() == ["ConfigMap/a"]


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"revision": 7}, "release has no 7 version"),
        ({"revision": -1}, "invalid release revision"),
        ({"name": "Not_Good"}, "prepareRollback: Release name is invalid: Not_Good"),
        ({"description": "x" * 257}, "description must be 256 characters or less, got 257"),
        ({"server_side": "maybe"}, "invalid/unknown release server-side apply method: maybe"),
        ({"name": "none"}, "release: not found"),
    ],
)
def test_refusals(more: dict[str, Any], text: str, two: Any) -> None:
    with pytest.raises(CharthouseError) as caught:
        rollback.run(two.env, options(**more))
    assert caught.value.message == text
    assert isinstance(caught.value, (ActionError, NotFound))
    assert len(two.history()) == 2


def test_a_dry_run(two: Any) -> None:
    release = rollback.run(two.env, options(dry_run="server"))
    assert release.version == 3
    assert len(two.history()) == 2
    assert two.writes() == []


def test_failed_waiting(two: Any) -> None:
    two.cluster.failing["ConfigMap/ns/a"] = "not in time"
    with pytest.raises(VerbFailed) as caught:
        rollback.run(two.env, options(wait="watcher"))
    assert caught.value.message == "release r failed: not in time"
    assert caught.value.hint == "ConfigMap/ns/a: event: no node has room"
    assert two.history()[1:] == [
        (2, "deployed", "Upgrade complete"),
        (3, "failed", 'Release "r" failed: not in time'),
    ]


def test_failed_applying(two: Any) -> None:
    two.client.refused("create", "ConfigMap", 422, "Invalid", "that is no ConfigMap")
    with pytest.raises(VerbFailed) as caught:
        rollback.run(two.env, options(disable_hooks=True))
    assert caught.value.message == "failed to create resource: that is no ConfigMap"
    assert two.history()[1:] == [
        (2, "superseded", "Upgrade complete"),
        (3, "failed", 'Rollback "r" failed: failed to create resource: that is no ConfigMap'),
    ]


def test_a_failed_hook_leaves_no_pending_revision_for_long(two: Any) -> None:
    two.cluster.failing["ConfigMap/ns/h"] = "no"
    with pytest.raises(CharthouseError, match=r"^no$"):
        rollback.run(two.env, options())
    assert two.history()[2] == (3, "pending-rollback", "Rollback to 1")  # as Helm leaves it
    two.cluster.failing.clear()
    rollback.run(two.env, options(revision=1))
    assert two.history()[2:] == [
        (3, "failed", "Rollback interrupted; taken up by the next operation"),
        (4, "deployed", "Rollback to 1"),
    ]


def test_an_uninstalled_release_comes_back(two: Any) -> None:
    uninstall.run(two.env, UninstallOptions(name="r", namespace="ns", keep_history=True))
    assert two.objects() == []
    rollback.run(two.env, options(revision=2))
    assert two.objects() == ["ConfigMap/b"]
    assert two.history()[2] == (3, "deployed", "Rollback to 2")
