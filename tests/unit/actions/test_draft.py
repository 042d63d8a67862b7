"""Writes that must not be lost."""

from __future__ import annotations

from typing import Any

import pytest

from charthouse.actions.draft import Draft, record
from charthouse.actions.guard import Guard
from charthouse.k8s.ports import ApiError
from charthouse.releases.errors import AlreadyExists, StorageError


def failing(world: Any, verb: str, times: int, error: ApiError) -> list[str]:
    """Let a verb of the driver fail so often; what was called."""
    calls: list[str] = []
    driver, done = world.env.storage.driver, getattr(world.env.storage.driver, verb)

    def call(release: Any) -> None:
        calls.append(verb)
        if len(calls) <= times:
            raise StorageError(f"{verb}: failed") from error
        done(release)

    setattr(driver, verb, call)
    return calls


AWAY = ApiError("etcd is away", code=503, reason="ServiceUnavailable")
NO = ApiError("no", code=403, reason="Forbidden")


@pytest.fixture
def release(world: Any, make_chart: Any, document: Any) -> Any:
    from charthouse.actions import install
    from charthouse.actions.options import InstallOptions

    return install.run(world.env, make_chart(a_yaml=document("a")), {}, InstallOptions("r", "ns"))


@pytest.mark.parametrize(
    ("times", "error", "tries", "done", "seconds"),
    [(3, AWAY, 4, True, 3.5), (4, AWAY, 4, False, 3.5), (1, NO, 1, False, 0)],
)
def test_a_record_is_written_again_while_the_server_is_away(
    world: Any, release: Any, times: int, error: ApiError, tries: int, done: bool, seconds: float
) -> None:
    calls, before = failing(world, "update", times, error), world.clock.seconds
    assert record(world.env, release.with_status("failed", "x")) is done
    assert len(calls) == tries
    assert world.clock.seconds - before == seconds
    assert [said.message for said in world.said if said.level == "WARN"] == (
        [] if done else ["failed to update release"]
    )


@pytest.mark.parametrize(("error", "unsure"), [(AWAY, True), (NO, False), (None, False)])
def test_a_revision_that_may_be_stored_although_that_failed_keeps_the_journal(
    world: Any, release: Any, error: ApiError | None, unsure: bool
) -> None:
    guard = Guard(world.env, "r", "upgrade")
    try:
        if error is not None:
            failing(world, "create", 1, error)
        with pytest.raises(AlreadyExists if error is None else StorageError):
            Draft(world.env, release, guard).create()
        assert guard.unsaved is unsure
    finally:
        guard.lock.release()
