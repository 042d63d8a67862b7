"""The release a verb is making: its changing record, written as Helm writes it.

Helm mutates one *release.Release while it works and stores it now and then; here the record is frozen and the draft
holds the newest. Whose rules: helm v4.3.1 pkg/action/action.go (recordRelease: a failed write is logged and work goes
on).
"""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.golang.moment import now
from charthouse.k8s.ports import ApiError
from charthouse.logs import WARN, LogRecord
from charthouse.records import replace
from charthouse.releases.errors import AlreadyExists

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.actions.environment import Environment
    from charthouse.actions.guard import Guard
    from charthouse.golang.moment import Moment
    from charthouse.manifests.hooks import Hook
    from charthouse.releases.journal import HookNote
    from charthouse.releases.release import Release

__all__ = ["Draft", "record", "update"]

_PAUSES = (0.5, 1.0, 2.0)  # seconds between the tries of a write that must not be lost


class Draft:
    """release: the newest state; stored: whether the store knows it under its key."""

    __slots__ = ("env", "guard", "release")

    def __init__(self, env: Environment, release: Release, guard: Guard | None = None) -> None:
        self.env = env
        self.release = release
        self.guard = guard

    def now(self) -> Moment:
        """The clock's time."""
        return now(self.env.clock.now())

    def set_status(self, status: str, description: str | None = None) -> None:
        """Change status and, unless None, description; not stored yet."""
        self.release = self.release.with_status(status, description)

    def set_hook(self, index: int, hook: Hook) -> None:
        """Put a changed hook in its place; not stored yet."""
        hooks = list(self.release.hooks)
        hooks[index] = hook
        self.release = replace(self.release, hooks=tuple(hooks))

    def annotate(self, key: str, value: str) -> None:
        """Add an annotation beside the record; not stored yet."""
        self.release = replace(self.release, annotations={**self.release.annotations, key: value})

    def create(self, *, history_max: int = 0) -> None:
        """Store the new revision. Raises AlreadyExists, StorageError.

        Unless the server said no, it may be stored although that failed: then the journal stays, and tells of it.
        """
        try:
            self.env.storage.create(self.release, history_max=history_max)
        except CharthouseError as error:
            if self.guard is not None and not _refused(error):
                self.guard.unsaved = True
            raise

    def save(self) -> None:
        """Write the record; a failure is logged, and the journal stays for the next operation."""
        if not record(self.env, self.release) and self.guard is not None:
            self.guard.unsaved = True

    def reached(self, event: str) -> bool:
        """Whether a dead operation, which is gone on with, had come to the hooks of `event`."""
        return self.guard is not None and self.guard.reached(event)

    def note_hook(self, event: str, place: int, phase: str, text: str = "") -> None:
        """For the journal, where it is thorough."""
        if self.guard is not None:
            self.guard.hook(event, place, phase, text)

    def noted_hook(self, event: str) -> HookNote | None:
        """The last note of a hook of `event` that a dead operation left."""
        return self.guard.journal.hook if self.guard is not None and self.guard.reached(event) else None

    def check(self) -> None:
        """Raises Locked when the lock was lost to another process."""
        if self.guard is not None:
            self.guard.check()


def _refused(error: CharthouseError) -> bool:
    """Whether the server understood the request and did not do it."""
    if isinstance(error, AlreadyExists):
        return True
    cause = error.__cause__
    return isinstance(cause, ApiError) and 400 <= cause.code < 500 and cause.code not in (408, 409, 429)


def _is_transient(error: CharthouseError) -> bool:
    """Whether the server may only have been away, or busy, for a moment."""
    cause = error.__cause__
    if isinstance(cause, ApiError):
        return cause.code >= 500 or cause.code in (408, 409, 429)
    return isinstance(cause, CharthouseError) and hasattr(
        cause, "sent"
    )  # kube's Unreachable, which no layer here knows


def update(env: Environment, release: Release) -> None:
    """Write a stored revision again, at the most four times while the server is away. Raises NotFound, StorageError.

    Helm writes once: what it has done is then not recorded, and the release stays pending.
    """
    for pause in _PAUSES:
        try:
            return env.storage.update(release)
        except CharthouseError as error:
            if not _is_transient(error):
                raise
        env.clock.sleep(pause)
    return env.storage.update(release)


def record(env: Environment, release: Release) -> bool:
    """Write a stored revision again; False, and a line of log, when that fails."""
    try:
        update(env, release)
    except CharthouseError as error:
        env.log(
            LogRecord(
                WARN, "failed to update release", name=release.name, revision=release.version, error=error.message
            )
        )
        return False
    return True
