"""The verbs asked of a Tiller of Helm 2: which calls they become, what is refused, what is made of the answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

pytest.importorskip("google.protobuf")

from charthouse.actions.options import (
    DiffOptions,
    GetOptions,
    HistoryOptions,
    InstallOptions,
    ListOptions,
    RollbackOptions,
    StatusOptions,
    TestOptions,
    UninstallOptions,
    UpgradeOptions,
)
from charthouse.actions.ports import Progress
from charthouse.charts.chart import Chart, File
from charthouse.charts.loader import load_files
from charthouse.errors import CharthouseError
from charthouse.hapi import messages
from charthouse.hapi.service import METHODS
from charthouse.logs import silent
from charthouse.rpc.status import Code, RpcError
from charthouse.tiller.client.errors import NotCarried
from charthouse.tiller.client.hapi import HapiService
from charthouse.tiller.client.hapi_answers import as_verb_error, resources_of
from charthouse.tiller.client.hapi_verbs import HapiVerbs

KINDS = {method.path: method for method in METHODS}
MANIFEST = (
    "\n---\n# Source: web/templates/a.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  n: '%d'\n"
)


def unheard(progress: Progress, /) -> None:
    pass


class Wire:
    """Answers by method's name: a message, several, or an error. calls: what was asked, in order."""

    def __init__(self, **answers: Any) -> None:
        self._answers = answers
        self.calls: list[tuple[str, Any]] = []
        self.metadata: list[Mapping[str, str] | None] = []

    def _answer(self, path: str, data: bytes, metadata: Mapping[str, str] | None) -> Any:
        method = KINDS[path]
        self.calls.append((method.name, messages.parse(getattr(messages, method.request), data)))
        self.metadata.append(metadata)
        answer = self._answers[method.name]
        if isinstance(answer, list) and method.name != "ListReleases" and method.name != "RunReleaseTest":
            answer = answer.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def unary(
        self, path: str, data: bytes, *, metadata: Mapping[str, str] | None = None, timeout: float | None = None
    ) -> bytes:
        found: bytes = self._answer(path, data, metadata).SerializeToString()
        return found

    def stream(
        self, path: str, data: bytes, *, metadata: Mapping[str, str] | None = None, timeout: float | None = None
    ) -> Any:
        def answers() -> Iterator[bytes]:
            for answer in self._answer(path, data, metadata):
                yield answer.SerializeToString()

        return answers()

    def close(self) -> None:
        pass


def verbs(wire: Wire, *given: str, hints: list[str] | None = None) -> HapiVerbs:
    hint: Callable[[str], None] = hints.append if hints is not None else lambda text: None
    return HapiVerbs(HapiService(lambda: wire), log=silent, hint=hint, given=given)


def chart(*extra: File, api: str = "v1") -> Chart:
    files = [
        File("Chart.yaml", f"apiVersion: {api}\nname: web\nversion: 1.0.0\n".encode()),
        File("values.yaml", b"a: 1 # as written\n"),
        File("templates/a.yaml", b"a: 1\n"),
        *extra,
    ]
    return load_files(files, log=silent)


def release(version: int = 1, status: str = "DEPLOYED", **fields: Any) -> messages.Release:
    made = messages.Release(name="web", namespace="field", version=version, manifest=MANIFEST % version, **fields)
    made.info.status.code = getattr(messages.Status, status)
    made.chart.metadata.name = "web"
    made.chart.metadata.version = "1.0.0"
    return made


def refusal(text: str) -> RpcError:
    return RpcError(Code.UNKNOWN, text)


GONE = 'release: "web" not found'


def test_an_install_is_one_call() -> None:
    wire = Wire(InstallRelease=messages.InstallReleaseResponse(release=release()))
    options = InstallOptions(
        "web", "field", disable_hooks=True, replace=True, wait="watcher", timeout=61.5, description="d", skip_crds=True,
        sub_notes=True, dry_run="server",
    )  # fmt: skip
    found = verbs(wire).install(chart(), {"a": 2.0, "b": [1.0]}, options, progress=unheard)
    assert (found.name, found.namespace, found.version, found.status) == ("web", "field", 1, "deployed")
    [(name, request)] = wire.calls
    assert name == "InstallRelease"
    assert (request.name, request.namespace, request.timeout, request.description) == ("web", "field", 61, "d")
    flags = (request.dry_run, request.disable_hooks, request.reuse_name, request.wait, request.disable_crd_hook)
    assert flags == (True,) * 5
    assert (request.subNotes, request.values.raw) == (True, "a: 2\nb:\n- 1\n")
    assert request.chart.values.raw == "a: 1 # as written\n"
    assert [template.name for template in request.chart.templates] == ["templates/a.yaml"]
    assert wire.metadata == [{"x-helm-api-client": "v2.17.0"}]


def test_what_is_disabled_is_not_sent() -> None:
    inner = [
        File("requirements.yaml", b"dependencies:\n- name: inner\n  version: 1.0.0\n  condition: inner.enabled\n"),
        File("charts/inner/Chart.yaml", b"name: inner\nversion: 1.0.0\n"),
    ]
    for enabled, sent in ((True, ["inner"]), (False, [])):
        wire = Wire(InstallRelease=messages.InstallReleaseResponse(release=release()))
        values = {"inner": {"enabled": enabled}}
        verbs(wire).install(chart(*inner), values, InstallOptions("web", "field"), progress=unheard)
        assert [one.metadata.name for one in wire.calls[0][1].chart.dependencies] == sent


@pytest.mark.parametrize(
    ("verb", "options", "given", "flags"),
    [
        ("install", InstallOptions("web", "f", labels={"a": "b"}), (), "--labels"),
        ("install", InstallOptions("web", "f", labels={}), (), ""),
        ("install", InstallOptions("web", "f", force_replace=True, take_ownership=True), (), "--take-ownership and"),
        ("install", InstallOptions("web", "f"), ("server-side",), "--server-side"),
        ("install", InstallOptions("web", "f", post_renderer=str), (), "--post-renderer"),
        ("upgrade", UpgradeOptions("web", "f", reset_then_reuse_values=True), (), "--reset-then-reuse-values"),
        ("upgrade", UpgradeOptions("web", "f", history_max=3), (), ""),
        ("upgrade", UpgradeOptions("web", "f"), ("history-max",), "--history-max"),
        ("rollback", RollbackOptions("web", "f", wait_for_jobs=True), (), "--wait-for-jobs"),
        ("uninstall", UninstallOptions("web", "f", cascade="orphan"), (), "--cascade"),
        ("uninstall", UninstallOptions("web", "f", wait="watcher"), (), "--wait"),
        ("test", TestOptions("web", "f", include=("x",), exclude=("y",)), (), "--filter"),
        ("list", ListOptions("f", selector="a=b"), (), "--selector"),
    ],
)
def test_what_it_cannot_do_is_refused_before_anything_is_asked(
    verb: str, options: Any, given: tuple[str, ...], flags: str
) -> None:
    from charthouse.tiller.client.hapi_options import refuse

    if not flags:
        refuse(verb, options, given)
        return
    with pytest.raises(NotCarried) as refused:
        refuse(verb, options, given)
    assert refused.value.message.startswith(f"{verb}: Helm 2's Tiller knows no {flags}")
    assert "without --tiller" in refused.value.hint


def test_a_chart_of_later_helms_is_refused() -> None:
    with pytest.raises(CharthouseError, match=r"apiVersion 'v2' is not valid\. The value must be \"v1\"") as refused:
        verbs(Wire()).install(chart(api="v2"), {}, InstallOptions("web", "f"), progress=unheard)
    assert "apiVersion v1 only" in refused.value.hint


def test_crds_are_said_not_to_be_installed() -> None:
    hints: list[str] = []
    wire = Wire(InstallRelease=messages.InstallReleaseResponse(release=release()))
    made = chart(File("crds/a.yaml", b"kind: CustomResourceDefinition\n"))
    verbs(wire, hints=hints).install(made, {}, InstallOptions("web", "f"), progress=unheard)
    assert hints == ["Helm 2's Tiller does not install the objects in the chart's folder crds/"]


def test_a_failed_install_is_undone_where_asked_for() -> None:
    wire = Wire(InstallRelease=refusal("release web failed: no"), UninstallRelease=messages.UninstallReleaseResponse())
    options = InstallOptions("web", "field", rollback_on_failure=True)
    with pytest.raises(CharthouseError) as failed:
        verbs(wire).install(chart(), {}, options, progress=unheard)
    assert failed.value.message == (
        "release web failed, and has been uninstalled due to rollback-on-failure being set: release web failed: no"
    )
    assert [(name, request.purge if name == "UninstallRelease" else request.wait) for name, request in wire.calls] == [
        ("InstallRelease", True),
        ("UninstallRelease", True),
    ]


def test_a_failed_upgrade_goes_back() -> None:
    wire = Wire(
        GetHistory=messages.GetHistoryResponse(releases=[release(3)]),
        UpdateRelease=refusal("no"),
        RollbackRelease=messages.RollbackReleaseResponse(release=release(5)),
    )
    options = UpgradeOptions("web", "field", rollback_on_failure=True, reuse_values=True, force_replace=True)
    with pytest.raises(CharthouseError, match=r"release web failed, and has been rolled back .*: no"):
        verbs(wire).upgrade(chart(), {}, options, progress=unheard)
    (_, _), (_, update), (_, back) = wire.calls
    assert (update.reuse_values, update.reset_values, update.force, update.wait) == (True, False, True, True)
    assert (update.values.raw, back.version, back.wait) == ("{}\n", 3, True)


@pytest.mark.parametrize(
    ("answer", "instead"),
    [
        (messages.GetHistoryResponse(releases=[release(2)]), None),
        (messages.GetHistoryResponse(releases=[release(2, "DELETED")]), (True, "f")),
        (refusal(GONE), (False, "f")),
    ],
)
def test_upgrade_install_looks_first(answer: Any, instead: tuple[bool, str] | None) -> None:
    found = verbs(Wire(GetHistory=answer)).install_instead(UpgradeOptions("web", "f"), progress=unheard)
    assert (None if found is None else (found.replace, found.namespace)) == instead


def test_a_list_shows_the_newest_revision_of_each() -> None:
    other = release(1, "FAILED")
    other.name = "api"
    answers = [
        messages.ListReleasesResponse(releases=[release(2), release(1, "FAILED")]),
        messages.ListReleasesResponse(releases=[other]),
    ]
    for options, wanted in (
        (ListOptions("field"), [("api", 1), ("web", 2)]),
        (ListOptions("field", failed=True), [("api", 1)]),
        (ListOptions("field", filter="^w"), [("web", 2)]),
        (ListOptions("field", reverse=True, limit=1), [("web", 2)]),
    ):
        wire = Wire(ListReleases=answers)
        assert [(one.name, one.version) for one in verbs(wire).list(options)] == wanted
        request = wire.calls[0][1]
        assert (list(request.status_codes), request.namespace) == ([0, 1, 2, 4, 5, 6, 7, 8], "field")
    wire = Wire(ListReleases=[])
    assert verbs(wire).list(ListOptions(superseded=True)) == []
    assert 3 in wire.calls[0][1].status_codes


RESOURCES = """==> v1/ConfigMap
NAME         DATA  AGE
web-a        2     5s
web-longer   10    1h

==> v1/Deployment
NAME  READY  UP-TO-DATE  AVAILABLE  AGE
web   1/1    1           1          5s


==> MISSING
KIND\t\tNAME
/v1, Resource=secrets\t\tgone
"""


def test_resources_become_tables() -> None:
    found = resources_of(RESOURCES)
    assert list(found) == ["v1/ConfigMap", "v1/Deployment", "MISSING"]
    assert [row["cells"] for row in found["v1/ConfigMap"][0]["rows"]] == [
        ["web-a", "2", "5s"],
        ["web-longer", "10", "1h"],
    ]
    assert found["MISSING"][0] == {
        "kind": "Table",
        "columnDefinitions": [{"name": "KIND"}, {"name": "NAME"}],
        "rows": [{"cells": ["/v1, Resource=secrets", "gone"]}],
    }
    assert resources_of("") == {}


def test_status_is_the_record_and_its_objects() -> None:
    status = messages.GetReleaseStatusResponse(name="web")
    status.info.status.resources = RESOURCES
    wire = Wire(GetReleaseContent=messages.GetReleaseContentResponse(release=release()), GetReleaseStatus=status)
    found = verbs(wire).status(StatusOptions("web", "field", table=True))
    assert found.version == 1
    assert sorted(found.info.resources or ()) == ["MISSING", "v1/ConfigMap", "v1/Deployment"]


def test_an_uninstall_purges_unless_the_history_is_kept() -> None:
    for keep in (True, False):
        answer = messages.UninstallReleaseResponse(release=release(1, "DELETED"), info="These were kept:\n[X] a\n")
        wire = Wire(UninstallRelease=answer)
        done = verbs(wire).uninstall(UninstallOptions("web", "field", keep_history=keep), progress=unheard)
        assert (wire.calls[0][1].purge, done.info) == (not keep, "These were kept:\n[X] a")
    wire = Wire(GetReleaseContent=messages.GetReleaseContentResponse(release=release()))
    assert verbs(wire).uninstall(UninstallOptions("web", "field", dry_run=True), progress=unheard).release
    assert [name for name, _ in wire.calls] == ["GetReleaseContent"]
    gone = Wire(UninstallRelease=refusal(GONE))
    with pytest.raises(CharthouseError, match='uninstall: Release not loaded: web: release: "web" not found'):
        verbs(gone).uninstall(UninstallOptions("web", "field"), progress=unheard)
    assert verbs(gone).uninstall(UninstallOptions("web", "f", ignore_not_found=True), progress=unheard).release is None


def test_tests_tell_what_failed_and_what_was_logged() -> None:
    tested = release()
    tested.hooks.add(name="look", kind="Pod", events=[messages.Hook.RELEASE_TEST_SUCCESS])
    tested.info.status.last_test_suite_run.results.add(name="look", status=messages.TestRun.FAILURE)
    says = [
        messages.TestReleaseResponse(msg="RUNNING: look", status=messages.TestRun.RUNNING),
        messages.TestReleaseResponse(msg="\nPOD LOGS: look\n100%% wool\n", status=messages.TestRun.RUNNING),
        messages.TestReleaseResponse(msg="FAILED: look, run `kubectl logs`", status=messages.TestRun.FAILURE),
    ]
    wire = Wire(RunReleaseTest=says, GetReleaseContent=messages.GetReleaseContentResponse(release=tested))
    seen: list[Progress] = []
    asked, options = verbs(wire), TestOptions("web", "field")
    found = asked.test(options, logs=True, progress=seen.append)
    assert asked.test_logs(found, options) == "POD LOGS: look\n100% wool\n\n"
    assert (str(found.error), found.error and found.error.hint) == (
        "1 test(s) failed",
        "FAILED: look, run `kubectl logs`",
    )
    assert found.release.hooks[0].last_run.phase == "Failed"
    assert [(one.subject, one.state) for one in seen] == [("look", "running"), ("look", "failed")]


def test_a_diff_compares_the_deployed_manifest_with_a_dry_run() -> None:
    wire = Wire(
        UpdateRelease=messages.UpdateReleaseResponse(release=release(2)),
        GetHistory=messages.GetHistoryResponse(releases=[release(3, "FAILED"), release(1)]),
    )
    found = verbs(wire).diff(chart(), {}, DiffOptions(UpgradeOptions("web", "field")))
    assert [(change.action, change.title) for change in found.changes] == [("change", "field, a, ConfigMap (v1)")]
    assert wire.calls[0][1].dry_run
    with pytest.raises(NotCarried, match="knows no --live"):
        verbs(Wire()).diff(chart(), {}, DiffOptions(UpgradeOptions("web", "field"), live=True))
    with pytest.raises(NotCarried, match="cannot say what it would do"):
        verbs(Wire()).plan(chart(), {}, UpgradeOptions("web", "field"))


def test_a_namespace_that_is_asked_for_must_be_the_release_s() -> None:
    content = messages.GetReleaseContentResponse(release=release())
    asked: list[Callable[[HapiVerbs], Any]] = [
        lambda verbs: verbs.get(GetOptions("web", "other")),
        lambda verbs: verbs.uninstall(UninstallOptions("web", "other"), progress=unheard),
        lambda verbs: verbs.rollback(RollbackOptions("web", "other"), progress=unheard),
    ]
    for ask in asked:
        with pytest.raises(CharthouseError) as refused:
            ask(verbs(Wire(GetReleaseContent=content), "namespace"))
        assert GONE in refused.value.message
        assert refused.value.hint == "Tiller's release of that name is in the namespace field"
    assert verbs(Wire(GetReleaseContent=content)).get(GetOptions("web", "other")).namespace == "field"


def test_history_is_told_oldest_first() -> None:
    wire = Wire(GetHistory=messages.GetHistoryResponse(releases=[release(2), release(1, "SUPERSEDED")]))
    assert [one.version for one in verbs(wire).history(HistoryOptions("web", "field"))] == [1, 2]
    with pytest.raises(CharthouseError, match=GONE):
        verbs(Wire(GetHistory=messages.GetHistoryResponse())).history(HistoryOptions("web", "field"))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (GONE, "NotFound"),
        ('getting deployed release "web": release: "web" not found', "NotFound"),
        ('"web" has no deployed releases', "NoDeployedReleases"),
        ("another operation (install/upgrade/rollback) is in progress", "Pending"),
        ("a release named web already exists.\nRun: helm ls", "NameInUse"),
        ("incompatible versions client[v2.17.0] server[v2.16.0]", "TillerError"),
        ("anything else", "TillerError"),
    ],
)
def test_tiller_s_words_keep_their_meaning(text: str, kind: str) -> None:
    found = as_verb_error(refusal(text))
    assert (type(found).__name__, found.message) == (kind, text)


def test_an_interruption_says_that_tiller_goes_on() -> None:
    hints: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        verbs(Wire(RollbackRelease=_interrupt()), hints=hints).rollback(RollbackOptions("web", "f"), progress=unheard)
    assert "goes on" in hints[0]


def _interrupt() -> Any:
    class Interrupting:
        def SerializeToString(self) -> bytes:
            raise KeyboardInterrupt

    return Interrupting()
