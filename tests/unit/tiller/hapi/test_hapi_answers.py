"""What is answered: clients that are served, names, the objects of a release as text, tests line by line, texts."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("google.protobuf")

from charthouse.actions.helm2.errors import TillerRefusal
from charthouse.errors import CharthouseError
from charthouse.hapi import messages
from charthouse.rpc.call import Call, Peer
from charthouse.rpc.status import Code, RpcError
from charthouse.tiller.hapi.names import generated_name
from charthouse.tiller.hapi.refusals import refusal
from charthouse.tiller.hapi.versions import check_version
from charthouse.tiller.operations import Busy
from tests.unit.tiller.hapi.serving_hapi import Served, chart, config_map

HAPI, HEALTH, OURS = (
    "/hapi.services.tiller.ReleaseService/",
    "/grpc.health.v1.Health/",
    "/charthouse.v1.ReleaseService/",
)
OLD = "2 incompatible versions client[v2.18.0] server[v2.17.0]"
NONE = "2 incompatible versions client[] server[v2.17.0]"
POD = """\
apiVersion: v1
kind: {kind}
metadata: {{name: {name}, annotations: {{helm.sh/hook: '{event}'}}}}
"""


@pytest.fixture
def served() -> Served:
    return Served()


@pytest.mark.parametrize(
    ("method", "client", "answer"),
    [
        (f"{HAPI}ListReleases", "v2.17.0", "served"),
        (f"{HAPI}ListReleases", "v2.16.9", "served"),
        (f"{HAPI}ListReleases", "v2.18.0", OLD),
        (f"{HAPI}RunReleaseTest", "", NONE),
        (f"{HAPI}GetVersion", "", "served"),
        (f"{HEALTH}Check", "", NONE),
        (f"{HEALTH}Watch", "v2.17.0", "served"),
        (f"{OURS}List", "", "served"),
    ],
)
def test_who_is_served(method: str, client: str, answer: str) -> None:
    call = Call(method, {"x-helm-api-client": client} if client else {}, Peer(""))
    try:
        said = check_version(None, call, lambda request, call: "served")
    except RpcError as error:
        said = f"{int(error.code)} {error.message}"
    assert said == answer


def test_the_version(served: Served) -> None:
    found = served.call("GetVersion", messages.GetVersionRequest()).Version
    assert (found.sem_ver, found.git_commit, found.git_tree_state) == (
        "v2.17.0",
        "a690bad98af45b015bd3da1a41f6218b1a451dbe",
        "clean",
    )


def test_names_that_are_made() -> None:
    tried: list[str] = []

    def taken(name: str) -> bool:
        tried.append(name)
        return len(tried) < 3

    bytes_of = iter(number.to_bytes(8, "big") for number in (0, 1, (1 << 32) + 2))
    assert generated_name(lambda count: next(bytes_of), taken) == "azure-ant"
    assert tried == ["amber-alpaca", "ample-alpaca", "azure-ant"]
    with pytest.raises(TillerRefusal, match="no available release name found"):
        generated_name(lambda count: b"\0" * count, lambda name: True)


def test_a_name_is_made_when_none_is_given(served: Served) -> None:
    assert served.install("").release.name == "amber-alpaca"
    assert served.install("") == "2 no available release name found"


def test_texts() -> None:
    """Per cent signs are doubled, advice is left out, codes of the server's own stay."""
    made = refusal(CharthouseError("100% of %d", hint="eat more fruit"))
    assert (made.code, made.message) == (Code.UNKNOWN, "100%% of %%d")
    assert refusal(Busy(3)).code == Code.RESOURCE_EXHAUSTED


def test_objects_as_text(served: Served) -> None:
    job = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: job}\n"
    text = {"b": config_map("b"), "a": config_map("a"), "job": job}
    served.install(chart=chart(**text))
    served.client.objects["Job", "ns", "job"]["spec"] = {"selector": {"matchLabels": {"job": "it"}}}
    served.put("Pod", "one", {"metadata": {"name": "one", "labels": {"job": "it"}}})
    served.put("Pod", "two", {})
    del served.client.objects["ConfigMap", "ns", "b"]
    answer = served.call("GetReleaseStatus", messages.GetReleaseStatusRequest(name="r"))
    assert answer.info.status.resources == (
        "==> v1/ConfigMap\nNAME   AGE\na      <unknown>\n\n"
        "==> v1/Job\nNAME   AGE\njob    <unknown>\n\n"
        "==> v1/Pod(related)\nNAME   AGE\none    <unknown>\n\n"
        "==> MISSING\nKIND\t\tNAME\n/v1, Resource=configmaps\t\tb\n/v1, Resource=configmaps\t\tb\n"
    )
    served.call("UninstallRelease", messages.UninstallReleaseRequest(name="r"))
    answer = served.call("GetReleaseStatus", messages.GetReleaseStatusRequest(name="r"))
    assert (answer.info.status.code, answer.info.status.resources) == (messages.Status.DELETED, "")


def test_lists_ask_once(served: Served) -> None:
    """However many releases there are in a namespace."""
    for number in range(6):
        served.install(
            f"r{number}", values=f"number: {number} # as written\n", chart=chart(map=config_map(f"m{number}"))
        )
    served.client.calls.clear()
    answer = served.call("ListReleases", messages.ListReleasesRequest(sort_by=messages.ListSort.NAME))[0]
    assert [release.config.raw for release in answer.releases] == [f"number: {n} # as written\n" for n in range(6)]
    assert len(served.client.calls) <= 3
    for key in [key for key in served.client.objects if key[2].startswith("sh.charthouse.helm2.v1.r3")]:
        served.client.objects[key]["data"] = {"companion": "spoilt"}
    answer = served.call("ListReleases", messages.ListReleasesRequest(sort_by=messages.ListSort.NAME))[0]
    assert [release.config.raw for release in answer.releases][3] == "number: 3\n"


def lines_of(served: Served, phases: dict[str, str], **flags: Any) -> Any:
    """Run the tests; pods come to their phase when they are first looked at."""

    def end() -> None:
        for (kind, _, name), body in served.client.objects.items():
            if kind == "Pod" and name in phases:
                body["status"] = {"phase": phases[name]}

    served.world.clock.on_sleep.append(end)
    answer = served.call("RunReleaseTest", messages.TestReleaseRequest(name="r", timeout=5, **flags))
    return answer if isinstance(answer, str) else [(line.msg, line.status) for line in answer]


def test_tests(served: Served) -> None:
    events = {
        "good": "test-success",
        "bad": "test-success",
        "must": "post-install,test-failure",
        "slow": "test-success",
    }
    pods = {name: POD.format(kind="Pod", name=name, event=event) for name, event in events.items()}
    served.install(chart=chart(map=config_map("web"), **pods))
    del served.client.objects["Pod", "ns", "must"]
    served.client.pod_logs = lambda namespace, name: f"100% of {name}\n"
    lines = lines_of(served, {"good": "Succeeded", "bad": "Failed", "must": "Failed"}, logs=True, cleanup=True)
    assert sorted(lines[:8]) == [
        ("ERROR: timed out waiting for the condition", 2),
        ("FAILED: bad, run `kubectl logs bad --namespace ns` for more info", 2),
        ("PASSED: good", 1),
        ("PASSED: must", 1),
        *((f"RUNNING: {name}", 3) for name in ("bad", "good", "must", "slow")),
    ]
    assert lines[8:] == [(f"\nPOD LOGS: {name}\n100%% of {name}\n", 3) for name in ("bad", "good", "must", "slow")]
    assert not [entry for entry in served.objects() if entry.startswith("Pod/")]
    status = served.call("GetReleaseStatus", messages.GetReleaseStatusRequest(name="r")).info.status
    assert [(run.name, run.status, run.info) for run in status.last_test_suite_run.results] == [
        ("bad", 2, ""),
        ("good", 1, ""),
        ("must", 1, ""),
        ("slow", 0, "timed out waiting for the condition"),
    ]


def test_tests_side_by_side(served: Served) -> None:
    names = [f"pod{number}" for number in range(6)]
    pods = {name: POD.format(kind="Pod", name=name, event="test-success") for name in names}
    served.install(chart=chart(map=config_map("web"), **pods))
    lines = lines_of(served, dict.fromkeys(names, "Succeeded"), parallel=True, max_parallel=2)
    assert sorted(text for text, _ in lines) == sorted(
        [f"PASSED: {name}" for name in names] + [f"RUNNING: {name}" for name in names]
    )
    again = lines_of(served, dict.fromkeys(names, "Succeeded"))
    assert again[:2] == [("RUNNING: pod0", 3), ('ERROR: pods "pod0" already exists', 2)]


def test_no_tests_and_no_pods(served: Served) -> None:
    served.install()
    assert lines_of(served, {}) == [("No Tests Found", 0)]
    served.upgrade(chart=chart(map=config_map("web"), job=POD.format(kind="Job", name="job", event="test-success")))
    assert lines_of(served, {}) == "2 job is not a pod"


def test_tests_of_helm_3(served: Served) -> None:
    """In a release made by others a test is called `test`, and must succeed."""
    served.install(chart=chart(map=config_map("web"), pod=POD.format(kind="Pod", name="pod", event="test-success")))
    served.rename_tests()
    assert lines_of(served, {"pod": "Succeeded"}) == [("RUNNING: pod", 3), ("PASSED: pod", 1)]
