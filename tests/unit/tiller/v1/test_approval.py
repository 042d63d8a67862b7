"""What is approved is what is done: digests, waiting for a word, and what is refused."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from charthouse.rpc.status import Code, RpcError
from charthouse.tiller.v1 import messages
from charthouse.tiller.v1.digests import digest
from charthouse.tiller.v1.failures import from_details

from tests.unit.tiller.v1.serving import ANN, JOE, Served, SmallWorkplace, chart, config_map  # isort: skip

RANDOM = config_map("web", password="{{ randAlphaNum 16 }}", colour="{{ .Values.colour }}")


@pytest.fixture
def served() -> Served:
    return Served()


def request(colour: str = "red", data: bytes | None = None, **control: Any) -> messages.UpgradeRequest:
    source = messages.Source(chart=data or chart(), values_yaml=f"colour: {colour}\n")
    return messages.UpgradeRequest(
        source=source, name="r", namespace="ns", install=True, control=messages.Control(**control)
    )


def plan(served: Served, **verb: Any) -> messages.Plan:
    found: messages.Plan = served.call("Plan", messages.PlanRequest(**verb))[-1].result.plan
    return found


def test_a_digest_is_stable_and_tells_what_matters(served: Served) -> None:
    first = plan(served, upgrade=request())
    assert first.digest.startswith("sha256:")
    assert plan(served, upgrade=request()).digest == first.digest
    assert plan(served, upgrade=request("blue")).digest != first.digest
    assert first.varying == 0
    served.install()
    assert plan(served, upgrade=request()).digest != first.digest


def test_what_varies_is_left_out(served: Served) -> None:
    data = chart(map=RANDOM)
    first, second = (plan(served, upgrade=request(data=data)) for _ in range(2))
    assert first.varying > 0
    assert first.digest == second.digest
    assert plan(served, upgrade=request("blue", data)).digest != first.digest


def test_plans_of_the_other_verbs(served: Served) -> None:
    pre = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: h\n  annotations:\n    helm.sh/hook: pre-delete\n"
    keep = config_map("kept").replace("name: kept", "name: kept\n  annotations:\n    helm.sh/resource-policy: keep")
    data = chart(map=config_map("web"), pre=pre, keep=keep)
    first = plan(served, install=messages.InstallRequest(
        source=messages.Source(chart=data), name="r", namespace="ns", create_namespace=True, wait="watcher"
    ))  # fmt: skip
    assert [(step.kind, step.what) for step in first.steps] == [
        ("namespace", "ns"), ("record", "pending-install"), ("objects", "r"), ("wait", "watcher"),
        ("record", "deployed"),
    ]  # fmt: skip
    served.install(data=data)
    served.call("Upgrade", request(data=data))
    found = plan(served, rollback=messages.RollbackRequest(name="r", namespace="ns", revision=1))
    assert (found.verb, found.base_revision, found.release.revision) == ("rollback", 2, 3)
    gone = plan(served, uninstall=messages.UninstallRequest(name="r", namespace="ns"))
    assert [(step.kind, step.what) for step in gone.steps] == [
        ("record", "uninstalling"), ("hook", "pre-delete ConfigMap/h"), ("objects", "r"), ("record", "purged"),
    ]  # fmt: skip
    assert [(action.action, action.object.name) for action in gone.steps[2].actions] == [
        ("delete", "web"), ("keep", "kept"),
    ]  # fmt: skip
    tests = plan(served, test=messages.TestRequest(name="r", namespace="ns"))
    assert [step.kind for step in tests.steps] == ["record"]
    assert served.world.history() == [(1, "superseded", "Install complete"), (2, "deployed", "Upgrade complete")]


def test_an_approved_digest_is_carried_out(served: Served) -> None:
    approved = plan(served, upgrade=request()).digest
    result = served.call("Upgrade", request(approved_digest=approved))[-1].result
    assert result.release.revision == 1


def test_another_plan_than_the_approved_one_is_refused_with_the_new_plan(served: Served) -> None:
    approved = plan(served, upgrade=request()).digest
    with pytest.raises(RpcError) as caught:
        served.call("Upgrade", request("blue", approved_digest=approved))
    assert caught.value.code == Code.FAILED_PRECONDITION
    failure = from_details(caught.value.details)
    assert failure is not None
    assert failure.plan.digest == plan(served, upgrade=request("blue")).digest
    assert served.world.client.objects == {}


class Waiting:
    """A call that waits for approval, read by another thread."""

    def __init__(self, served: Served, wanted: messages.UpgradeRequest) -> None:
        method, call = served.begin("Upgrade")
        self.stream: Iterator[messages.Event] = method.handler(wanted, call)
        self.seen: list[messages.Event] = []
        while not self.seen or self.seen[-1].WhichOneof("what") != "plan":
            self.seen.append(next(self.stream))
        self.operation = self.seen[0].started.operation
        self.plan = self.seen[-1].plan
        self.error: RpcError | None = None

    def rest(self) -> None:
        def read() -> None:
            try:
                self.seen.extend(self.stream)
            except RpcError as error:
                self.error = error

        reader = threading.Thread(target=read)
        reader.start()
        reader.join(60)
        assert not reader.is_alive()


def test_a_plan_that_is_approved_goes_on(served: Served) -> None:
    waiting = Waiting(served, request(await_approval=True))
    state = served.call("GetOperation", messages.GetOperationRequest(operation=waiting.operation)).operation.state
    assert state == "awaiting-approval"
    assert served.world.client.objects == {}
    with pytest.raises(RpcError) as caught:
        served.call("Approve", messages.ApproveRequest(operation=waiting.operation, digest="sha256:other"))
    assert caught.value.code == Code.FAILED_PRECONDITION
    approval = messages.ApproveRequest(operation=waiting.operation, digest=waiting.plan.digest)
    with pytest.raises(RpcError) as caught:
        served.call("Approve", approval, caller=ANN)
    assert caught.value.code == Code.NOT_FOUND
    served.call("Approve", approval)
    waiting.rest()
    assert waiting.error is None
    assert waiting.seen[-1].result.release.revision == 1
    with pytest.raises(RpcError) as caught:
        served.call("Approve", approval)
    assert caught.value.code == Code.FAILED_PRECONDITION


def test_a_plan_that_is_cancelled_does_nothing(served: Served) -> None:
    waiting = Waiting(served, request(await_approval=True))
    served.call("Cancel", messages.CancelRequest(operation=waiting.operation))
    waiting.rest()
    assert waiting.error is not None
    assert (waiting.error.code, waiting.error.message) == (Code.CANCELLED, "context canceled")
    assert served.world.client.objects == {}


def test_nobody_waits_for_ever(served: Served) -> None:
    with pytest.raises(RpcError) as caught:
        served.call("Upgrade", request(await_approval=True, approval_timeout=0.0))
    assert caught.value.code == Code.DEADLINE_EXCEEDED
    assert caught.value.message == "nobody approved the plan within 0 seconds"


def test_what_changed_meanwhile_is_refused(served: Served) -> None:
    waiting = Waiting(served, request(await_approval=True))
    served.install()
    served.call("Approve", messages.ApproveRequest(operation=waiting.operation, digest=waiting.plan.digest))
    waiting.rest()
    assert waiting.error is not None
    assert waiting.error.code == Code.FAILED_PRECONDITION
    assert served.world.history() == [(1, "deployed", "Install complete")]


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> tuple[Served, Served]:
    """Two replicas of one Tiller."""
    monkeypatch.setattr("charthouse.tiller.v1.approval._LOOK", 1)
    workplace = SmallWorkplace()
    return Served(workplace=workplace), Served(workplace=workplace)


def test_approval_may_come_by_another_replica(two: tuple[Served, Served]) -> None:
    here, there = two
    waiting = Waiting(here, request(await_approval=True))
    ask = messages.GetOperationRequest(operation=waiting.operation)
    seen = there.call("GetOperation", ask).operation
    assert (seen.state, seen.verb, seen.name, seen.user) == ("awaiting-approval", "upgrade", "r", "joe")
    assert [o.id for o in there.call("ListOperations", messages.ListOperationsRequest()).operations] == [seen.id]
    assert [o.id for o in here.call("ListOperations", messages.ListOperationsRequest()).operations] == [seen.id]
    for id, caller in ((seen.id, ANN), ("other-operation", JOE)):
        bad = messages.ApproveRequest(operation=id, digest=waiting.plan.digest)
        with pytest.raises(RpcError) as caught:
            there.call("Approve", bad, caller=caller)
        assert caught.value.code == Code.NOT_FOUND
    with pytest.raises(RpcError) as caught:
        there.call("Approve", messages.ApproveRequest(operation=seen.id, digest="sha256:other"))
    assert caught.value.code == Code.FAILED_PRECONDITION
    there.call("Approve", messages.ApproveRequest(operation=seen.id, digest=waiting.plan.digest))
    waiting.rest()
    assert waiting.error is None
    assert waiting.seen[-1].result.release.revision == 1
    assert not [name for kind, _, name in here.world.client.objects if "tiller-plan" in name]


def test_cancelling_may_come_by_another_replica(two: tuple[Served, Served]) -> None:
    here, there = two
    waiting = Waiting(here, request(await_approval=True))
    there.call("Cancel", messages.CancelRequest(operation=waiting.operation))
    waiting.rest()
    assert waiting.error is not None
    assert waiting.error.code == Code.CANCELLED
    assert "ConfigMap/web" not in here.world.objects()


def test_a_forged_answer_is_none(two: tuple[Served, Served]) -> None:
    """Who may write Leases there but does not know Tiller's key approves nothing."""
    here, there = two
    waiting = Waiting(here, request(await_approval=True))
    objects = here.world.client.objects
    (place,) = [key for key in objects if "tiller-plan" in key[2]]
    notes = objects[place]["metadata"]["annotations"]
    notes["charthouse.dev/tiller-plan-answer"] = "00" * 32
    forged = notes["charthouse.dev/tiller-plan-notice"].replace('"joe"', '"ann"').replace('"uid":"1"', '"uid":"2"')
    notes["charthouse.dev/tiller-plan-notice"] = forged
    with pytest.raises(RpcError) as caught:
        there.call("Approve", messages.ApproveRequest(operation=waiting.operation, digest=waiting.plan.digest), ANN)
    assert caught.value.code == Code.NOT_FOUND
    state = here.call("GetOperation", messages.GetOperationRequest(operation=waiting.operation)).operation.state
    assert state == "awaiting-approval"
    here.call("Cancel", messages.CancelRequest(operation=waiting.operation))
    waiting.rest()


def test_digests_of_what_varies() -> None:
    one = {"a": [1, {"b": "x", "c": 2.0}], "d": True}
    assert digest(one, one)[1] == 0
    varied = {"a": [1, {"b": "y", "c": 2.0}], "d": True}
    assert digest(one, varied) == digest(varied, one)
    assert digest(one, varied)[1] == 1
    assert digest(one, one)[0] != digest(varied, varied)[0]
    assert digest({"a": 1}, {"a": 1.0})[1] == 1
    assert digest({"a": [1]}, {"a": [1, 2]})[1] == 1


def test_a_time_that_is_no_number_is_refused(served: Served) -> None:
    with pytest.raises(RpcError) as caught:
        served.call("Upgrade", request(await_approval=True, approval_timeout=float("nan")))
    assert caught.value.code == Code.INVALID_ARGUMENT
    assert caught.value.message == "field control.approval_timeout: nan is no number of seconds"
