"""Going on with verbs that died, by the journal of a thorough lock; undoing those that had recorded nothing.

Every write of every verb is tried on clusters (tests/cluster/test_tiller_crash.py); here the rarer states are made by
hand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from charthouse.actions import install, upgrade
from charthouse.actions.guard import journalled
from charthouse.actions.options import InstallOptions, RollbackOptions, UninstallOptions, UpgradeOptions
from charthouse.actions.resume import resume, settle
from charthouse.actions.resumed import Interrupted
from charthouse.charts.chart import Chart
from charthouse.errors import CharthouseError
from charthouse.golang.moment import to_text
from charthouse.k8s.objects import ObjectRef, ResourceType
from charthouse.records import replace
from charthouse.releases.journal import BEGUN, DELETED, FAILING, NAMESPACE, PURGING, RECORDING, HookNote, Journal

Make = Callable[..., Chart]
Document = Callable[..., str]
STARTED = "2026-11-22T20:00:00Z"
SPACE = ResourceType("v1", "Namespace", "namespaces", False)


class Taken:
    """A thorough lock that was taken from a dead operation."""

    thorough = True
    guards = True

    def __init__(self, journal: Journal) -> None:
        self.interrupted: Journal | None = journal
        self.notes: list[Journal] = []
        self.finished: bool | None = None

    def note(self, journal: Journal) -> None:
        self.notes.append(journal)

    note_finely = note

    def check(self) -> None:
        """Never lost."""

    def abandon(self) -> None:
        """Nothing to leave."""

    def release(self, *, finished: bool = True) -> None:
        self.finished = finished


def no_progress(progress: Any) -> None:
    """Nobody watches."""


def go_on(world: Any, journal: Journal) -> tuple[Any, Taken]:
    lock = Taken(journal)
    return resume(world.env, lock, "r", "ns", no_progress), lock


def journal_of(world: Any, verb: str, options: Any, *, base: int = 0, step: str = RECORDING, **more: Any) -> Journal:
    last = world.last()
    recorded = to_text(last.info.last_deployed)
    return Journal(verb, last.version, step, STARTED, journalled(options), base=base, recorded=recorded, **more)


@pytest.fixture
def chart(make_chart: Make, document: Document) -> Chart:
    return make_chart(
        a_yaml=document("a"), h_yaml=document("h", hook="pre-install"), p_yaml=document("p", hook="post-install")
    )


def pending(world: Any, status: str) -> None:
    world.env.storage.update(world.last().with_status(status, "at work"))


def test_hooks_noted_as_ended_are_not_run_again(world: Any, chart: Chart) -> None:
    options = InstallOptions("r", "ns")
    install.run(world.env, chart, {}, options)
    pending(world, "pending-install")
    for name in ("h", "p"):
        del world.client.objects["ConfigMap", "ns", name]
    release, lock = go_on(world, journal_of(world, "install", options, hook=HookNote("pre-install", 0, "succeeded")))
    assert release.status == "deployed"
    assert world.history() == [(1, "deployed", "Install complete")]
    assert world.objects() == ["ConfigMap/a", "ConfigMap/p"]
    assert [note.hook for note in lock.notes] == [
        HookNote("post-install", 0, "running"), HookNote("post-install", 0, "succeeded"),
    ]  # fmt: skip
    assert lock.finished


def test_earlier_hooks_are_not_run_again_when_later_ones_were_noted(world: Any, chart: Chart) -> None:
    options = InstallOptions("r", "ns")
    install.run(world.env, chart, {}, options)
    pending(world, "pending-install")
    before = len(world.writes())
    go_on(world, journal_of(world, "install", options, hook=HookNote("post-install", 0, "succeeded")))
    assert world.writes()[before:] == []
    assert world.history() == [(1, "deployed", "Install complete")]


def test_a_rollback_that_a_failed_upgrade_had_not_recorded_yet_is_begun(world: Any, chart: Chart) -> None:
    install.run(world.env, chart, {}, InstallOptions("r", "ns"))
    upgrade.run(world.env, chart, {}, UpgradeOptions("r", "ns"))
    world.env.storage.update(world.last().with_status("failed", 'Upgrade "r" failed: no room'))
    options = RollbackOptions("r", "ns", revision=1)
    journal = replace(journal_of(world, "rollback", options, base=2, reason="no room"), revision=3)
    with pytest.raises(CharthouseError, match="has been rolled back due to rollback-on-failure being set: no room"):
        go_on(world, journal)
    assert [status for _, status, _ in world.history()] == ["superseded", "failed", "deployed"]


def test_a_record_older_than_the_journal_is_caught_up_with(world: Any, chart: Chart) -> None:
    more = UpgradeOptions("r", "ns", rollback_on_failure=True)
    install.run(world.env, chart, {}, InstallOptions("r", "ns"))
    upgrade.run(world.env, chart, {}, more)
    pending(world, "pending-upgrade")
    note = HookNote("pre-install", 0, "succeeded")
    hooks = [replace(hook, last_run=replace(hook.last_run, phase="Running")) for hook in world.last().hooks]
    world.env.storage.update(replace(world.last(), hooks=tuple(hooks)))
    world.env.storage.update(world.env.storage.get("r", 1).with_status("deployed"))
    with pytest.raises(CharthouseError):
        go_on(world, journal_of(world, "upgrade", more, base=1, step=FAILING, reason="no room", hook=note))
    found = {hook.name: hook.last_run.phase for hook in world.env.storage.get("r", 2).hooks}
    assert found == {"h": "Succeeded", "p": "Running"}


def test_a_hook_that_was_running_is_waited_for_when_it_is_there(world: Any, chart: Chart) -> None:
    options = InstallOptions("r", "ns")
    install.run(world.env, chart, {}, options)
    pending(world, "pending-install")
    before = world.client.objects["ConfigMap", "ns", "h"]["metadata"]["uid"]
    world.cluster.waited.clear()
    go_on(world, journal_of(world, "install", options, hook=HookNote("pre-install", 0, "running")))
    assert world.client.objects["ConfigMap", "ns", "h"]["metadata"]["uid"] == before
    assert "hook ConfigMap/ns/h hookOnly" in world.cluster.waited


def test_a_hook_that_failed_fails_the_verb_with_its_words(world: Any, chart: Chart) -> None:
    options = InstallOptions("r", "ns")
    install.run(world.env, chart, {}, options)
    pending(world, "pending-install")
    note = HookNote("pre-install", 0, "failed", "the hook said no")
    with pytest.raises(CharthouseError, match="failed pre-install: the hook said no"):
        go_on(world, journal_of(world, "install", options, hook=note))
    assert world.history() == [(1, "failed", 'Release "r" failed: failed pre-install: the hook said no')]


def test_what_failed_already_is_told_again(world: Any, chart: Chart) -> None:
    options = UpgradeOptions("r", "ns")
    install.run(world.env, chart, {}, InstallOptions("r", "ns"))
    upgrade.run(world.env, chart, {}, options)
    world.env.storage.update(world.last().with_status("failed", 'Upgrade "r" failed: no room'))
    with pytest.raises(CharthouseError, match=r"^no room$"):
        go_on(world, journal_of(world, "upgrade", options, base=1))


def test_what_is_done_already_is_reported(world: Any, chart: Chart) -> None:
    install.run(world.env, chart, {}, InstallOptions("r", "ns"))
    release, _ = go_on(world, journal_of(world, "install", InstallOptions("r", "ns")))
    assert (release.version, release.status) == (1, "deployed")


def test_a_failing_upgrade_cleans_up_and_rolls_back(
    world: Any, chart: Chart, make_chart: Make, document: Document
) -> None:
    install.run(world.env, chart, {}, InstallOptions("r", "ns"))
    more = make_chart(a_yaml=document("a", data="y"), b_yaml=document("b"))
    options = UpgradeOptions("r", "ns", rollback_on_failure=True, cleanup_on_fail=True, wait="watcher")
    upgrade.run(world.env, more, {}, options)
    pending(world, "pending-upgrade")
    world.env.storage.update(world.env.storage.get("r", 1).with_status("deployed"))
    made = (("v1", "ConfigMap", "ns", "b"),)
    journal = journal_of(world, "upgrade", options, base=1, step=FAILING, reason="no room", created=made)
    with pytest.raises(CharthouseError, match=r"release r failed, and has been rolled back .*: no room"):
        go_on(world, journal)
    assert [(version, status) for version, status, _ in world.history()] == [
        (1, "superseded"), (2, "failed"), (3, "deployed"),
    ]  # fmt: skip
    assert "ConfigMap/b" not in world.objects()


def test_a_rollback_begun_by_a_failing_upgrade_ends_as_its_failure(world: Any, chart: Chart) -> None:
    from charthouse.actions import rollback

    install.run(world.env, chart, {}, InstallOptions("r", "ns"))
    upgrade.run(world.env, chart, {}, UpgradeOptions("r", "ns"))
    options = RollbackOptions("r", "ns", revision=1)
    rollback.run(world.env, options)
    pending(world, "pending-rollback")
    with pytest.raises(CharthouseError, match="has been rolled back due to rollback-on-failure being set: no room"):
        go_on(world, journal_of(world, "rollback", options, base=2, reason="no room"))
    assert [status for _, status, _ in world.history()] == ["superseded", "superseded", "deployed"]


def test_an_uninstall_goes_on_from_its_step(world: Any, chart: Chart) -> None:
    install.run(world.env, chart, {}, InstallOptions("r", "ns"))
    options = UninstallOptions("r", "ns")
    done, lock = go_on(world, Journal("uninstall", 0, PURGING, STARTED, journalled(options)))
    assert done.release.status == "uninstalled"
    assert lock.finished
    assert not [key for key in world.client.objects if key[2].startswith("sh.helm")]
    assert "ConfigMap/a" in world.objects()  # purging comes after the objects
    again, _ = go_on(world, Journal("uninstall", 0, PURGING, STARTED, journalled(options)))
    assert again.release is None


def test_an_uninstall_runs_no_hook_again(world: Any, make_chart: Make, document: Document) -> None:
    both = make_chart(a_yaml=document("a"), d_yaml=document("d", hook="post-delete"))
    install.run(world.env, both, {}, InstallOptions("r", "ns"))
    note = HookNote("post-delete", 0, "succeeded")
    options = journalled(UninstallOptions("r", "ns"))
    done, lock = go_on(world, Journal("uninstall", 0, DELETED, STARTED, options, hook=note))
    assert done.release.status == "uninstalled"
    assert "ConfigMap/d" not in world.objects()
    assert [note.step for note in lock.notes] == [PURGING]


def test_another_operations_revision_is_not_touched(world: Any, chart: Chart) -> None:
    install.run(world.env, chart, {}, InstallOptions("r", "ns"))
    pending(world, "pending-install")
    journal = replace(journal_of(world, "install", InstallOptions("r", "ns")), recorded="2026-11-22T19:00:00Z")
    later = replace(journal, started="2026-11-22T21:00:00Z")
    with pytest.raises(
        Interrupted, match="the install was interrupted before anything was recorded, and has been undone"
    ):
        go_on(world, later)
    assert [status for _, status, _ in world.history()] == ["pending-install"]


def test_what_is_left_pending_is_marked_failed_when_it_cannot_be_gone_on_with(world: Any, chart: Chart) -> None:
    install.run(world.env, chart, {}, InstallOptions("r", "ns"))
    pending(world, "pending-install")
    lock = Taken(Journal("install", 0, BEGUN, STARTED))
    assert [release.version for release in settle(world.env, lock, "r", "ns", no_progress)] == [1]
    assert [status for _, status, _ in world.history()] == ["failed"]
    assert lock.finished


def test_a_revision_that_made_way_is_put_back(world: Any, chart: Chart) -> None:
    install.run(world.env, chart, {}, InstallOptions("r", "ns"))
    world.env.storage.update(world.last().with_status("superseded", "superseded by new release"))
    journal = Journal("install", 2, RECORDING, STARTED, journalled(InstallOptions("r", "ns", replace=True)), base=1)
    with pytest.raises(Interrupted):
        go_on(world, journal)
    assert world.history() == [(1, "uninstalled", "Uninstallation complete")]


@pytest.mark.parametrize("there", [0, 1, 2])
def test_objects_whose_names_the_server_chooses_are_not_made_twice(world: Any, make_chart: Make, there: int) -> None:
    from charthouse.actions.generated import not_made_yet

    install.run(world.env, make_chart(), {}, InstallOptions("r", "ns"))
    release = world.last()
    kind = world.client.resource_type("v1", "ConfigMap")
    notes = {"meta.helm.sh/release-name": "r", "meta.helm.sh/release-namespace": "ns"}
    for number in range(3):
        mine = number < there
        metadata = {
            "name": f"g-{number}", "generateName": "g-", "annotations": notes if mine else {},
            "labels": {"app.kubernetes.io/managed-by": "Helm"},
            "creationTimestamp": to_text(release.info.last_deployed),
        }  # fmt: skip
        world.client.create(ObjectRef(kind, "ns", f"g-{number}"), {"metadata": metadata})
    manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  generateName: g-\n"
    named = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: g-0\n"
    resources = world.cluster.build("---\n".join([manifest, named, manifest]), "ns")
    left = not_made_yet(world.env, release, resources)
    assert [resource.name for resource in left] == [["", "g-0", ""], ["g-0", ""], ["g-0"]][there]


class Spaces:
    """The namespace of the release."""

    def __init__(self, world: Any) -> None:
        self.world = world
        world.client.types["v1", "ConfigMap"] = ResourceType("v1", "ConfigMap", "configmaps", True, ("list",))
        world.client.api_versions = lambda: ("v1", "v1/ConfigMap", "v1/Namespace")

    def make(self, made: str, labels: dict[str, str]) -> None:
        metadata = {"name": "ns", "labels": labels, "creationTimestamp": made}
        self.world.client.create(ObjectRef(SPACE, "", "ns"), {"metadata": metadata})

    def undo(self) -> str:
        with pytest.raises(Interrupted) as told:
            go_on(self.world, Journal("install", 0, NAMESPACE, STARTED))
        return str(told.value).partition("; ")[2]

    @property
    def there(self) -> bool:
        return ("Namespace", "", "ns") in self.world.client.objects


@pytest.mark.parametrize(
    ("made", "labels", "inside", "said"),
    [
        (STARTED, {"name": "ns"}, "", ""),
        (STARTED, {"name": "ns"}, "kube-root-ca.crt", ""),
        (STARTED, {"name": "ns"}, "theirs", "namespace ns is kept: there is ConfigMap theirs in it"),
        ("2026-11-22T19:00:00Z", {"name": "ns"}, "", "namespace ns is kept: somebody else made it"),
        (STARTED, {}, "", "namespace ns is kept: somebody else made it"),
    ],
)
def test_a_namespace_goes_when_it_is_the_installs_and_empty(
    world: Any, made: str, labels: dict[str, str], inside: str, said: str
) -> None:
    spaces = Spaces(world)
    spaces.make(made, labels)
    if inside:
        kind = world.client.types["v1", "ConfigMap"]
        world.client.create(ObjectRef(kind, "ns", inside), {"metadata": {"name": inside}})
    assert spaces.undo() == said
    assert spaces.there == bool(said)


def test_a_namespace_that_may_not_be_deleted_is_kept(world: Any) -> None:
    spaces = Spaces(world)
    spaces.make(STARTED, {"name": "ns"})
    world.client.refused("delete", "Namespace", 403, "Forbidden", "namespaces is forbidden")
    assert spaces.undo() == "namespace ns is kept: namespaces is forbidden"
