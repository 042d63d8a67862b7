"""`tiller migrate` on the command line: what it shows, does, refuses and advises, over records in memory."""

from __future__ import annotations

import io
import json
from types import SimpleNamespace
from typing import Any

import pytest

from charthouse.charts.chart import Chart, Metadata
from charthouse.cli.main import run
from charthouse.cli.streams import Output
from charthouse.logs import silent
from charthouse.releases.helm2.driver import tiller_driver
from charthouse.releases.history import Storage
from charthouse.releases.release import Info, Release
from charthouse.releases.storage.driver import open_driver
from charthouse.releases.storage.memory import MemoryDriver
from tests.unit.releases.conftest import FakeClient, FakeClock

pytest.importorskip("google.protobuf")


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> FakeClient:
    """A cluster in memory, which every command is given."""
    found = FakeClient()

    def environment(context: Any, *, namespace: str = "", offline: bool = False) -> Any:
        kind = context.settings.driver or "secret"
        if kind == "memory":
            driver: Any = MemoryDriver(namespace, now=lambda: 0.0)
        else:
            driver = open_driver(kind, found, namespace, now=lambda: 0.0, log=silent)
        return SimpleNamespace(cluster=SimpleNamespace(client=found), storage=Storage(driver), clock=FakeClock())

    monkeypatch.setattr("charthouse.cli.wiring.environment", environment)
    return found


def keep(client: FakeClient, name: str, *statuses: str, storage: str = "configmap", place: str = "kube-system") -> None:
    """Records of Tiller's."""
    driver = tiller_driver(storage, client, place, now=lambda: 0.0, log=silent)
    for version, status in enumerate(statuses, 1):
        driver.create(Release(name, "web", version, Info(status=status), Chart(Metadata("c", "1.0.0")), {}))


def said(*words: str, **environ: str) -> tuple[int, str, str]:
    """Exit status and both outputs."""
    out, err = io.BytesIO(), io.BytesIO()
    output = Output(out)
    errors = Output(err, before=output)
    variables = {"HOME": "/nonexistent", "CHARTHOUSE_CACHE": "", **environ}
    status = run(["tiller", "migrate", *words], variables, output, errors, lambda: b"")
    output.flush()
    errors.flush()
    return status, out.getvalue().decode(), err.getvalue().decode()


def test_nothing_to_do(client: FakeClient) -> None:
    assert said() == (0, "no releases of Helm 2\n", "")
    assert said("-o", "json") == (0, "[]\n", "")


def test_the_plan_and_what_is_done(client: FakeClient) -> None:
    keep(client, "one", "superseded", "deployed")
    before = dict(client.objects)
    header = "NAME\tNAMESPACE\tREVISIONS\tSTATUS  \tACTION \n"
    row = "one \tweb      \t1,2      \tdeployed\tconvert\n"
    assert said() == (0, header + row, "hint: nothing was changed; --confirm converts the releases\n")
    assert client.objects == before
    advice = "hint: Helm 2 still has its records: do not go on with it, or remove them with --delete-originals\n"
    done = "one revision 1: converted\none revision 2: converted\n"
    assert said("--confirm") == (0, header + row + done, advice)
    status, out, _ = said("-o", "json")
    assert status == 0
    assert json.loads(out) == [
        {
            "name": "one",
            "namespace": "web",
            "revisions": "1,2",
            "status": "deployed",
            "action": "none: converted before",
        }
    ]
    status, out, err = said("one", "--confirm", "--delete-originals")
    assert (status, err) == (0, "")
    assert out.splitlines()[2:] == [
        "one revision 1: was converted before",
        "one revision 2: was converted before",
        "one revision 1: Helm 2's record deleted",
        "one revision 2: Helm 2's record deleted",
    ]
    assert said() == (0, "no releases of Helm 2\n", "")
    assert sorted(name for _, _, name in client.objects) == [f"sh.helm.release.v1.one.v{v}" for v in (1, 2)]


def test_where_tiller_keeps_them(client: FakeClient) -> None:
    keep(client, "one", "deployed", storage="secret", place="tiller")
    assert said()[1] == "no releases of Helm 2\n"
    for words, environ in (
        (["--tiller-namespace", "tiller", "--tiller-storage", "secret"], {}),
        (["--tiller-storage", "secret"], {"TILLER_NAMESPACE": "tiller"}),
    ):
        assert "one" in said(*words, **environ)[1]


def test_what_is_left_alone(client: FakeClient) -> None:
    keep(client, "busy", "pending-upgrade")
    keep(client, "good", "deployed")
    status, out, err = said("--confirm")
    assert status == 1
    assert out.splitlines()[-1] == "good revision 1: converted"
    assert err == (
        "Error: 1 release cannot be migrated: busy\n"
        "hint: busy: revision 1 is pending-upgrade: Tiller may be working on it\n"
        "hint: let it end, or stop Tiller and give --pending\n"
    )
    assert said("--confirm", "--pending")[0] == 0


@pytest.mark.parametrize(
    ("words", "environ", "error"),
    [
        (["nobody"], {}, 'Error: release: "nobody" not found\nhint: Tiller keeps no such release in kube-system\n'),
        (
            ["--tiller-storage", "sql"],
            {},
            'Error: unknown storage of Tiller "sql"\nhint: it is configmap or secret\n',
        ),
        (
            [],
            {"HELM_DRIVER": "memory"},
            "Error: 1 release cannot be migrated: one\n"
            "hint: one: releases of Helm 2 cannot be kept by the driver Memory\n"
            "hint: set HELM_DRIVER to secret or configmap: parts of them lie in an object beside the record\n",
        ),
    ],
)
def test_refusals(words: list[str], environ: dict[str, str], error: str, client: FakeClient) -> None:
    keep(client, "one", "deployed")
    status, _, err = said(*words, **environ)
    assert (status, err) == (1, error)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["one", ""], b"two\n:4\n"),
        (["--tiller-storage", ""], b"configmap\nsecret\n:4\n"),
        (["--compat", ""], b"helm2\nhelm3\nhelm4\n:4\n"),
    ],
)
def test_completion(words: list[str], found: bytes, client: FakeClient) -> None:
    keep(client, "one", "deployed")
    keep(client, "two", "deployed")
    out, err = io.BytesIO(), io.BytesIO()
    output = Output(out)
    line = ["__complete", "tiller", "migrate", *words]
    run(line, {"HOME": "/x"}, output, Output(err, before=output), lambda: b"")
    output.flush()
    assert out.getvalue() == found
