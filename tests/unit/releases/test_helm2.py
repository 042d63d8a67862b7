"""Helm 2's records: payload, conversion both ways, companions, the driver, migration."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from charthouse.charts.chart import Chart, File, Metadata
from charthouse.golang.moment import from_text
from charthouse.hapi import messages
from charthouse.hapi.errors import Malformed
from charthouse.hapi.service import METHODS
from charthouse.k8s.objects import ObjectRef
from charthouse.logs import LogRecord, silent
from charthouse.manifests.hooks import Hook
from charthouse.records import replace
from charthouse.releases.errors import AlreadyExists, CodecError, NotFound, StorageError
from charthouse.releases.helm2 import migration
from charthouse.releases.helm2.companion import Companion, decode_companion
from charthouse.releases.helm2.companions import Companions, beside_record, completed
from charthouse.releases.helm2.conversion import release_from_message, release_to_message
from charthouse.releases.helm2.driver import TillerDriver, tiller_driver
from charthouse.releases.helm2.payload import decode_message, encode_message
from charthouse.releases.helm2.whole import WholeDriver
from charthouse.releases.history import Storage
from charthouse.releases.release import Info, Release
from charthouse.releases.storage.configmap import ConfigMapDriver
from charthouse.releases.storage.secret import SecretDriver

pytest.importorskip("google.protobuf")
RECORDED = Path(__file__).parent.parent.parent / "conformance" / "helm2" / "recorded.json"


def recorded() -> Iterator[tuple[str, messages.Release]]:
    """Every release the real Tiller sent."""
    responses = {method.path: method.response for method in METHODS}
    for index, call in enumerate(json.loads(RECORDED.read_text())):
        for data in call["responses"]:
            answer = messages.parse(getattr(messages, responses[call["method"]]), base64.b64decode(data))
            for field, value in answer.ListFields():
                if field.name in ("release", "releases"):
                    for number, release in enumerate([value] if field.name == "release" else value):
                        yield f"{index}-{number}", release


RELEASES = list(recorded())


def message(name: str = "quiet", version: int = 1, code: int = messages.Status.DEPLOYED) -> messages.Release:
    """A release with everything a later record has no place for."""
    made = messages.Release()
    made.CopyFrom(RELEASES[0][1])
    made.name, made.version, made.namespace = name, version, "fields"
    made.info.status.code = code
    made.info.status.last_test_suite_run.results.add(name="look", status=messages.TestRun.SUCCESS)
    made.config.raw = "cows: 4 # as many as there are\n"
    made.config.values["a"].value = "b"
    made.hooks[0].delete_timeout = 7
    return made


@pytest.mark.parametrize(("name", "given"), RELEASES, ids=[name for name, _ in RELEASES])
def test_both_ways_lose_nothing(name: str, given: messages.Release) -> None:
    assert decode_message(encode_message(given)) == given
    release = release_from_message(given)
    assert release_to_message(release) == given
    beside = beside_record(release)
    assert beside is not None
    assert decode_companion(beside.encode()) == beside


def test_what_ours_is() -> None:
    release = release_from_message(message())
    assert (release.name, release.version, release.namespace, release.status) == ("quiet", 1, "fields", "deployed")
    assert release.config == {"cows": 4.0}
    assert release.chart.values["colour"] == "green"
    assert [d and d.name for d in release.chart.metadata.dependencies or []] == ["brook"]
    assert [inner.name for inner in release.chart.dependencies] == ["brook"]
    assert release.manifest.startswith("\n---\n# Source: meadow/")
    [test, job] = sorted(release.hooks, key=lambda hook: hook.kind, reverse=True)
    assert (test.events, test.delete_policies) == (("test",), ())
    assert (job.events, job.weight) == (("pre-install", "pre-upgrade"), -5)
    assert job.delete_policies == ("before-hook-creation", "hook-succeeded")
    assert job.last_run.phase == "Succeeded"
    assert job.last_run.completed == job.last_run.started is not None
    companion = release.companion
    assert companion is not None
    assert sorted(companion.fields) == [
        "config.raw",
        "config.values",
        "hooks",
        "info.status.last_test_suite_run",
    ]


def test_our_own_release_in_helm_2s_form() -> None:
    chart = Chart(Metadata("demo", "0.1.0", api_version="v1"), values={"a": 1.0})
    inner = Chart(Metadata("inner", "0.2.0", api_version="v1"), values={}, raw=[File("values.yaml", b"# none\n")])
    chart.add_dependency(inner)
    when = from_text("2026-11-23T05:00:00.123456789+01:00")
    hook = Hook(
        "h", "Job", "demo/templates/h.yaml", "kind: Job", ("crd-install", "test"), delete_policies=("hook-failed",)
    )
    info = Info(first_deployed=when, last_deployed=when, status="pending-rollback", description="d", notes="n")
    made = release_to_message(Release("r", "ns", 2, info, chart, {"x": {"k": None}, "m": 3.0}, hooks=(hook,)))
    expected = messages.Release(name="r", version=2, namespace="ns")
    expected.info.status.code = messages.Status.PENDING_ROLLBACK
    expected.info.status.notes = "n"
    expected.info.Description = "d"
    for moment in (expected.info.first_deployed, expected.info.last_deployed):
        moment.seconds, moment.nanos = 1795406400, 123456789
    expected.chart.metadata.MergeFrom(messages.Metadata(name="demo", version="0.1.0", apiVersion="v1"))
    expected.chart.values.raw = "a: 1\n"
    below = expected.chart.dependencies.add()
    below.metadata.MergeFrom(messages.Metadata(name="inner", version="0.2.0", apiVersion="v1"))
    below.values.raw = "# none\n"
    expected.config.raw = "m: 3\nx:\n  k: null\n"
    expected.hooks.add(
        name="h", kind="Job", path="demo/templates/h.yaml", manifest="kind: Job", events=[11, 9], delete_policies=[1],
        delete_timeout=60,
    )  # fmt: skip
    assert made == expected
    assert release_from_message(made).companion is None


def test_an_override_holds_while_its_field_does() -> None:
    release = release_from_message(message())
    other = replace(release, config={"cows": 5.0}).with_status("superseded")
    made = release_to_message(other)
    assert made.config.raw == "cows: 5\n"
    assert made.info.status.code == messages.Status.SUPERSEDED
    assert made.config.values["a"].value == "b"
    assert made.info.status.last_test_suite_run.results[0].name == "look"


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        ("!", "illegal base64 data"),
        ("", "the record is empty"),
        (base64.b64encode(b"\x1f\x8b\x08junk").decode(), "gzip: "),
        (base64.b64encode(b"\xff\xff").decode(), "not a hapi.release.Release"),
        (encode_message(messages.Release(version=1))[:30], "unexpected EOF|illegal base64"),
    ],
)
def test_bad_payloads(payload: str, said: str) -> None:
    with pytest.raises(CodecError, match=said):
        decode_message(payload)


def test_old_payloads_are_not_compressed() -> None:
    given = messages.Release(name="r")
    assert decode_message(base64.b64encode(given.SerializeToString())) == given


def test_bad_releases() -> None:
    with pytest.raises(CodecError, match="names no release"):
        release_from_message(messages.Release(version=1))
    with pytest.raises(CodecError, match="values of the record cannot be read"):
        release_from_message(messages.Release(name="r", config=messages.Config(raw="a: [")))
    with pytest.raises(Malformed, match="not UTF-8"):
        release_to_message(replace(release_from_message(message()), manifest="\udcff"))


@pytest.mark.parametrize(
    "text",
    ["", "!", base64.b64encode(b"x").decode(), Companion({"name": 5}, b"").encode(), Companion({}, b"\xff").encode()],  # type: ignore[dict-item]  # that is the test
)
def test_bad_companions(text: str) -> None:
    with pytest.raises(CodecError):
        decode_companion(text)


def test_paths_of_a_companion_that_lead_nowhere_are_passed_over() -> None:
    forged = Companion({"nothing.here": "x", "name.deeper": "x", "chart.files.x": "x"}, b"")
    release = replace(release_from_message(message()), companion=forged)
    assert release_to_message(release).name == "quiet"


def opened(client: Any, storage: str = "configmap", log: Any = silent) -> TillerDriver:
    return tiller_driver(storage, client, "kube-system", now=lambda: 1700000000.9, log=log)


def test_the_objects_tiller_writes(client: Any) -> None:
    for storage, kind in (("configmap", "ConfigMap"), ("secret", "Secret")):
        driver = opened(client, storage)
        release = release_from_message(message())
        driver.create(release)
        stored = client.get(ObjectRef(driver.type, "kube-system", "quiet.v1"))
        assert stored["kind"] == kind
        assert "type" not in stored
        assert stored["metadata"]["labels"] == {
            "CREATED_AT": "1700000000",
            "NAME": "quiet",
            "OWNER": "TILLER",
            "STATUS": "DEPLOYED",
            "VERSION": "1",
        }
        text = stored["data"]["release"]
        assert decode_message(base64.b64decode(text) if kind == "Secret" else text) == message()
        driver.update(release.with_status("uninstalled"))
        labels = client.get(ObjectRef(driver.type, "kube-system", "quiet.v1"))["metadata"]["labels"]
        assert labels["STATUS"] == "DELETED"
        assert labels["MODIFIED_AT"] == "1700000000"
        assert "CREATED_AT" not in labels


def test_history_over_tillers_records(client: Any) -> None:
    said: list[LogRecord] = []
    storage = Storage(opened(client, log=said.append))
    storage.create(release_from_message(message(version=1, code=messages.Status.SUPERSEDED)))
    storage.create(release_from_message(message(version=2)))
    assert storage.last("quiet").version == 2
    assert storage.deployed("quiet").version == 2
    assert [(head.key, dict(head.labels)) for head in storage.heads()] == [
        (
            f"sh.helm.release.v1.quiet.v{version}",
            {"name": "quiet", "owner": "helm", "status": status, "version": str(version)},
        )
        for version, status in ((1, "superseded"), (2, "deployed"))
    ]
    assert [found.version for found in storage.fetch(storage.heads(), 2)] == [1, 2]
    with pytest.raises(AlreadyExists):
        storage.create(release_from_message(message(version=2)))
    ref = ObjectRef(storage.driver.type, "kube-system", "quiet.v1")  # type: ignore[attr-defined]  # it is a TillerDriver
    client.replace(ref, {**client.get(ref), "data": {"release": ""}})
    assert [found.version for found in storage.history("quiet")] == [2]
    assert [record.message for record in said] == ["failed to decode release"]
    storage.delete("quiet", 2)
    with pytest.raises(NotFound):
        storage.get("quiet", 2)
    with pytest.raises(StorageError, match='unknown storage of Tiller "sql"'):
        tiller_driver("sql", client, "x", now=lambda: 0.0, log=silent)


def whole(client: Any, kind: Any, namespace: str = "fields") -> WholeDriver:
    driver = kind(client, namespace, now=lambda: 0.0)
    return WholeDriver(driver, lambda place: Companions(client, place, driver.type))


KINDS = pytest.mark.parametrize("kind", [ConfigMapDriver, SecretDriver])


def target_of(client: Any, kind: Any) -> migration.Target:
    def target(namespace: str) -> Any:
        driver = kind(client, namespace, now=lambda: 0.0)
        return driver, Companions(client, namespace, driver.type)

    return target


def done(client: Any, kind: Any, *, delete: bool = False, **options: Any) -> list[str]:
    source, target = opened(client), target_of(client, kind)
    planned = migration.plan(source, target, **options)
    steps = migration.execute(planned, source, target, delete_originals=delete)
    return [f"{found.name} {step.release.version} {action}" for found, step, action in steps]


@KINDS
def test_migration(client: Any, kind: Any) -> None:
    originals = [message(version=1, code=messages.Status.SUPERSEDED), message(version=2)]
    for original in originals:
        opened(client).create(release_from_message(original))
    before = dict(client.objects)
    assert [
        (found.name, found.namespace, [(step.release.version, step.action) for step in found.steps], found.obstacle)
        for found in migration.plan(opened(client), target_of(client, kind))
    ] == [("quiet", "fields", [(1, "convert"), (2, "convert")], "")]
    assert client.objects == before
    assert done(client, kind) == ["quiet 1 convert", "quiet 2 convert"]
    assert done(client, kind) == ["quiet 1 done", "quiet 2 done"]
    records, companions = target_of(client, kind)("fields")
    history = Storage(records).history("quiet")
    assert [(found.version, found.status, found.config) for found in history] == [
        (1, "superseded", {"cows": 4.0}),
        (2, "deployed", {"cows": 4.0}),
    ]
    for record, original in zip(history, originals, strict=True):
        companion = companions.read(record.key)
        assert companion is not None
        assert release_to_message(completed(record, companion)) == original
    owner = client.objects[kind.type.kind, "fields", "sh.charthouse.helm2.v1.quiet.v2"]["metadata"]["ownerReferences"]
    uid = client.objects[kind.type.kind, "fields", "sh.helm.release.v1.quiet.v2"]["metadata"]["uid"]
    assert owner == [{"apiVersion": "v1", "kind": kind.type.kind, "name": "sh.helm.release.v1.quiet.v2", "uid": uid}]
    assert done(client, kind, delete=True)[-1] == "quiet 2 delete"
    assert migration.plan(opened(client), target_of(client, kind)) == []


@KINDS
def test_whole_releases_in_helm_4s_records(client: Any, kind: Any) -> None:
    storage = Storage(whole(client, kind))
    storage.create(release_from_message(message()))
    assert release_to_message(storage.get("quiet", 1)) == message()
    assert [release_to_message(found) for found in storage.history("quiet")] == [message()]
    everywhere = Storage(whole(client, kind, ""))
    assert [release_to_message(found) for found in everywhere.fetch(everywhere.heads(), 1)] == [message()]
    # another state is kept, and with it all that did not change
    storage.update(storage.get("quiet", 1).with_status("uninstalled"))
    assert release_to_message(storage.get("quiet", 1)) == message(code=messages.Status.DELETED)
    # Helm writes the record again: what it says counts, what it has no word for stays
    plain = kind(client, "fields", now=lambda: 0.0)
    record = plain.get("sh.helm.release.v1.quiet.v1")
    plain.update(replace(record.with_status("superseded"), config={"cows": 9.0}))
    found = release_to_message(storage.get("quiet", 1))
    assert (found.info.status.code, found.config.raw) == (messages.Status.SUPERSEDED, "cows: 9\n")
    assert found.chart == message().chart
    assert found.info.status.last_test_suite_run == message().info.status.last_test_suite_run
    # a release that holds nothing more loses its companion
    bare = replace(storage.get("quiet", 1), companion=None, chart=Chart(Metadata("c", "1.0.0")))
    storage.update(bare)
    assert [name for _, _, name in client.objects] == ["sh.helm.release.v1.quiet.v1"]
    storage.update(release_from_message(message()))
    assert release_to_message(storage.delete("quiet", 1)) == message()
    assert client.objects == {}


@KINDS
@pytest.mark.parametrize("write", range(1, 5))
def test_an_interrupted_migration_goes_on(client: Any, kind: Any, write: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two revisions are four writes; before each of them the process dies."""
    for version in (1, 2):
        opened(client).create(release_from_message(message(version=version)))
    real, writes = client.create, 0

    def create(*given: Any, **options: Any) -> Any:
        nonlocal writes
        writes += 1
        if writes == write:
            raise KeyboardInterrupt
        return real(*given, **options)

    monkeypatch.setattr(client, "create", create)
    with pytest.raises(KeyboardInterrupt):
        done(client, kind)
    monkeypatch.setattr(client, "create", real)
    done(client, kind, delete=True)
    assert sorted(name for _, _, name in client.objects) == [
        f"sh.{whose}.v1.quiet.v{version}" for whose in ("charthouse.helm2", "helm.release") for version in (1, 2)
    ]


@pytest.mark.parametrize(
    ("changes", "options", "obstacle"),
    [
        ({"name": "Bad.Name"}, {}, "invalid release name, must match regex"),
        ({"code": messages.Status.PENDING_UPGRADE}, {}, "revision 1 is pending-upgrade: Tiller may be working on it"),
        ({"code": messages.Status.DELETING}, {}, "revision 1 is uninstalling: Tiller may be working on it"),
        ({"code": messages.Status.PENDING_UPGRADE}, {"pending": True}, ""),
    ],
)
def test_obstacles(client: Any, changes: dict[str, Any], options: dict[str, Any], obstacle: str) -> None:
    opened(client).create(release_from_message(message(**changes)))
    target = target_of(client, SecretDriver)
    [found] = migration.plan(opened(client), target, **options)
    assert found.obstacle.startswith(obstacle)
    assert bool(found.obstacle) == bool(obstacle)
    assert bool(list(migration.execute([found], opened(client), target))) != bool(obstacle)


def test_what_is_in_the_way(client: Any) -> None:
    opened(client).create(release_from_message(message()))
    target = target_of(client, SecretDriver)
    target("fields")[0].create(replace(release_from_message(message()), manifest="another", companion=None))
    [found] = migration.plan(opened(client), target)
    assert found.obstacle == "revision 1 is taken: namespace fields holds another quiet"
    opened(client).create(replace(release_from_message(message(version=2)), namespace="elsewhere"))
    [found] = migration.plan(opened(client), target)
    assert found.obstacle == "its revisions are in different namespaces"
    driver = opened(client)
    ref = ObjectRef(driver.type, "kube-system", "quiet.v2")
    client.replace(ref, {**client.get(ref), "data": {"release": "x"}})
    [found] = migration.plan(driver, target)
    assert found.obstacle == "1 of its records cannot be read"
    with pytest.raises(NotFound, match='release: "nobody" not found'):
        migration.plan(driver, target, ["nobody"])


def test_originals_that_changed_are_not_deleted(client: Any) -> None:
    source, target = opened(client), target_of(client, SecretDriver)
    source.create(release_from_message(message()))
    planned = migration.plan(source, target)
    list(migration.execute(planned, source, target))
    source.update(release_from_message(message()).with_status("uninstalled"))
    with pytest.raises(StorageError, match="was changed meanwhile by Tiller"):
        list(migration.execute(migration.plan(source, target)[:0] + planned, source, target, delete_originals=True))
    assert source.get("sh.helm.release.v1.quiet.v1").status == "uninstalled"
