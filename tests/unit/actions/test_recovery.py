"""What killed processes leave, and how the next operation puts it right.

The whole matrix runs on a real API server (tests/cluster/test_killed.py); here the states are made by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from charthouse.actions import install, rollback, uninstall, upgrade
from charthouse.actions.creation import create
from charthouse.actions.options import InstallOptions, RollbackOptions, UninstallOptions, UpgradeOptions
from charthouse.charts.chart import Chart
from charthouse.records import replace
from charthouse.releases.errors import Locked
from charthouse.releases.holder import Holder, this_process
from charthouse.releases.journal import BEGUN, DELETED, DELETING, PURGING, Journal
from charthouse.releases.release import Release

Make = Callable[..., Chart]
Document = Callable[..., str]


def dead() -> Holder:
    return replace(this_process("dead"), pid=2**22 + 1, started=1)


def killed(world: Any, verb: str, step: str = BEGUN, options: dict[str, Any] | None = None) -> None:
    """Leave the lock of a process that is gone."""
    world.holder = dead
    world.env.locks.acquire("r", Journal(verb, 0, step, "2026-11-22T19:00:00Z", options))
    world.holder = lambda: this_process("t")


def apply(world: Any, chart: Chart, **more: Any) -> Release:
    """`upgrade --install`, as the shells do it."""
    options = UpgradeOptions("r", "ns", install=True, **more)
    if upgrade.must_install(world.env, options):
        return install.run(world.env, chart, {}, upgrade.install_instead(world.env, options))
    return upgrade.run(world.env, chart, {}, options)


@pytest.fixture
def chart(make_chart: Make, document: Document) -> Chart:
    return make_chart(a_yaml=document("a"), h_yaml=document("h", hook="pre-install"))


def pending(world: Any, status: str) -> None:
    world.env.storage.update(world.last().with_status(status, "at work"))


def test_an_install_is_done_again(world: Any, chart: Chart, make_chart: Make, document: Document) -> None:
    both = make_chart(a_yaml=document("a"), b_yaml=document("b"), h_yaml=document("h", hook="pre-install"))
    install.run(world.env, both, {}, InstallOptions("r", "ns"))
    pending(world, "pending-install")
    del world.client.objects["ConfigMap", "ns", "h"]
    killed(world, "install")
    apply(world, chart)
    assert world.history() == [
        (1, "failed", "Install interrupted; taken up by the next operation"),
        (2, "deployed", "Install complete"),
    ]
    assert world.objects() == ["ConfigMap/a", "ConfigMap/h"]  # the hook ran again, b is not wanted any more
    assert world.hints == ["revision 1 was left behind by an interrupted install; it is marked failed now"]


def test_an_install_killed_before_its_record(world: Any, chart: Chart) -> None:
    killed(world, "install")
    apply(world, chart)
    assert world.history() == [(1, "deployed", "Install complete")]
    assert world.objects() == ["ConfigMap/a", "ConfigMap/h"]


def test_a_plain_install_finds_the_name_in_use(world: Any, chart: Chart) -> None:
    install.run(world.env, chart, {}, InstallOptions("r", "ns"))
    pending(world, "pending-install")
    killed(world, "install")
    with pytest.raises(Exception, match=r"cannot reuse a name that is still in use"):
        install.run(world.env, chart, {}, InstallOptions("r", "ns"))
    assert [row[1] for row in world.history()] == ["failed"]
    assert "Lease/sh.charthouse.release.v1.r" not in world.objects()


@pytest.mark.parametrize("base", ["deployed", "superseded"])
def test_an_upgrade_is_done_again(base: str, world: Any, chart: Chart, make_chart: Make, document: Document) -> None:
    install.run(world.env, chart, {}, InstallOptions("r", "ns"))
    more = make_chart(a_yaml=document("a"), b_yaml=document("b"))
    upgrade.run(world.env, more, {}, UpgradeOptions("r", "ns"))
    pending(world, "pending-upgrade")
    world.env.storage.update(world.env.storage.get("r", 1).with_status(base))
    killed(world, "upgrade")
    apply(world, chart)
    assert [row[1] for row in world.history()][-1] == "deployed"
    assert [row[1] for row in world.history()].count("deployed") == 1
    assert world.objects() == ["ConfigMap/a", "ConfigMap/h"]  # b, of the interrupted revision, is gone


def test_hooks_nothing_else_would_delete_go(world: Any, chart: Chart, make_chart: Make, document: Document) -> None:
    install.run(world.env, chart, {}, InstallOptions("r", "ns", server_side=False))
    job = document("j", hook="pre-upgrade", **{"helm.sh/hook-delete-policy": "hook-succeeded"})
    other = make_chart(a_yaml=document("a"), j_yaml=job)
    upgrade.run(world.env, other, {}, UpgradeOptions("r", "ns"))
    pending(world, "pending-upgrade")
    world.client.objects["ConfigMap", "ns", "j"] = {"metadata": {"name": "j", "resourceVersion": "1"}}
    killed(world, "upgrade")
    apply(world, other)  # created with POST: a job left over would be in the way
    assert world.history()[-1] == (3, "deployed", "Upgrade complete")


def test_a_rollback(world: Any, chart: Chart) -> None:
    install.run(world.env, chart, {}, InstallOptions("r", "ns"))
    upgrade.run(world.env, chart, {}, UpgradeOptions("r", "ns"))
    rollback.run(world.env, RollbackOptions("r", "ns"))
    pending(world, "pending-rollback")
    world.env.storage.update(world.env.storage.get("r", 2).with_status("deployed"))
    killed(world, "rollback")
    rollback.run(world.env, RollbackOptions("r", "ns", revision=1))
    assert [row[1] for row in world.history()] == ["superseded", "superseded", "failed", "deployed"]


def uninstalling(world: Any, chart: Chart, step: str, **more: Any) -> None:
    install.run(world.env, chart, {}, InstallOptions("r", "ns"))
    pending(world, "uninstalling")
    killed(world, "uninstall", step, {"name": "r", "namespace": "ns", **more})


@pytest.mark.parametrize("step", [BEGUN, DELETING, DELETED, PURGING])
def test_an_uninstall_is_finished_before_an_install(step: str, world: Any, chart: Chart) -> None:
    uninstalling(world, chart, step)
    if step in (DELETED, PURGING):
        del world.client.objects["ConfigMap", "ns", "a"]
    apply(world, chart)
    assert world.history() == [(1, "deployed", "Install complete")]
    assert world.objects() == ["ConfigMap/a", "ConfigMap/h"]


def test_an_uninstall_is_finished_as_it_was_asked_for(world: Any, chart: Chart) -> None:
    uninstalling(world, chart, DELETING, keep_history=True, description="bye")
    apply(world, chart)
    assert world.history() == [
        (1, "superseded", "superseded by new release"),
        (2, "deployed", "Install complete"),
    ]


def test_an_uninstall_is_finished_by_the_next_one(world: Any, chart: Chart) -> None:
    uninstalling(world, chart, BEGUN)
    done = uninstall.run(world.env, UninstallOptions("r", "ns"))
    assert done.release is None
    assert world.objects() == ["ConfigMap/h"]


def test_an_uninstall_that_had_done_nothing(world: Any, chart: Chart) -> None:
    install.run(world.env, chart, {}, InstallOptions("r", "ns"))
    killed(world, "uninstall")
    apply(world, chart)
    assert [row[1] for row in world.history()] == ["superseded", "deployed"]


def test_a_rollback_brings_back_what_was_being_uninstalled(world: Any, chart: Chart) -> None:
    uninstalling(world, chart, DELETED)
    del world.client.objects["ConfigMap", "ns", "a"]
    rollback.run(world.env, RollbackOptions("r", "ns", revision=1))
    assert world.history() == [
        (1, "failed", "Uninstall interrupted; taken up by the next operation"),
        (2, "deployed", "Rollback to 1"),
    ]
    assert "ConfigMap/a" in world.objects()


def test_uninstalling_after_an_interrupted_upgrade_leaves_nothing(
    world: Any, chart: Chart, make_chart: Make, document: Document
) -> None:
    install.run(world.env, chart, {}, InstallOptions("r", "ns"))
    upgrade.run(world.env, make_chart(b_yaml=document("b")), {}, UpgradeOptions("r", "ns"))
    pending(world, "pending-upgrade")
    world.env.storage.update(world.env.storage.get("r", 1).with_status("deployed"))
    create(
        world.env,
        world.cluster.build(world.env.storage.get("r", 1).manifest, "ns"),
        server_side=True,
        progress=print,
        release="r",
        release_namespace="ns",
    )
    killed(world, "upgrade")
    uninstall.run(world.env, UninstallOptions("r", "ns"))
    assert world.objects() == ["ConfigMap/h"]


def test_a_pending_record_older_than_the_journal_is_somebody_elses(world: Any, chart: Chart) -> None:
    install.run(world.env, chart, {}, InstallOptions("r", "ns"))
    pending(world, "pending-upgrade")
    world.holder = dead
    world.env.locks.acquire("r", Journal("rollback", 0, BEGUN, "2026-11-22T21:00:00Z"))
    world.holder = lambda: this_process("t")
    with pytest.raises(Exception, match=r"another operation"):
        upgrade.run(world.env, chart, {}, UpgradeOptions("r", "ns"))
    assert [row[1] for row in world.history()] == ["pending-upgrade"]


def test_a_living_operation_is_left_alone(world: Any, chart: Chart) -> None:
    install.run(world.env, chart, {}, InstallOptions("r", "ns"))
    world.env.locks.acquire("r", Journal("upgrade", 0, BEGUN))
    with pytest.raises(Locked):
        apply(world, chart)


def test_a_record_that_cannot_be_written_leaves_the_journal(world: Any, chart: Chart) -> None:
    install.run(world.env, chart, {}, InstallOptions("r", "ns"))
    world.client.refused("replace", "Secret", 500, "InternalError", "etcd is away")
    with pytest.raises(Exception, match=r"etcd is away"):
        upgrade.run(world.env, chart, {}, UpgradeOptions("r", "ns"))
    world.client.refuse.clear()
    assert [row[1] for row in world.history()] == ["deployed", "pending-upgrade"]
    apply(world, chart)
    assert [row[1] for row in world.history()] == ["superseded", "failed", "deployed"]


def test_a_lock_that_was_lost_ends_the_work_without_a_word(world: Any, chart: Chart) -> None:
    install.run(world.env, chart, {}, InstallOptions("r", "ns"))
    world.cluster.failing["ConfigMap/ns/a"] = "not in time"
    original = world.cluster.wait

    def wait(*arguments: Any) -> None:
        lease = world.client.objects["Lease", "ns", "sh.charthouse.release.v1.r"]
        lease["metadata"]["annotations"]["charthouse.dev/holder"] = "somebody else"
        lease["metadata"]["resourceVersion"] = "other"
        world.env.cluster.beat()
        original(*arguments)

    locks = world.env.locks
    taken: list[Any] = []
    acquire = locks.acquire

    def remember(*arguments: Any) -> Any:
        taken.append(acquire(*arguments))
        return taken[-1]

    locks.acquire = remember
    world.cluster.wait = wait
    world.cluster.beat = lambda: taken[-1]._write({})
    with pytest.raises(Locked):
        upgrade.run(world.env, chart, {}, UpgradeOptions("r", "ns", wait="watcher"))
    assert [row[1] for row in world.history()] == ["deployed", "pending-upgrade"]


def test_an_uninstall_that_is_cancelled_is_finished_later(world: Any, chart: Chart) -> None:
    install.run(world.env, chart, {}, InstallOptions("r", "ns"))
    world.cluster.interrupt_at = "ConfigMap/ns/a"
    with pytest.raises(Exception, match=r"^context canceled$"):
        uninstall.run(world.env, UninstallOptions("r", "ns", wait="watcher"))
    world.cluster.interrupt_at = ""
    assert [row[1] for row in world.history()] == ["uninstalling"]
    uninstall.run(world.env, UninstallOptions("r", "ns"))
    assert world.objects() == ["ConfigMap/h"]
