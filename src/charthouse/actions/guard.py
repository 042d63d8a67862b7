"""Holding the lock of a release around a verb.

A verb that ends, well or badly, gives the lock back and with it the journal. One whose last write to the records failed
leaves the journal behind, so that the next operation puts the records right; one that is killed leaves both.

A lock may be thorough (Tiller's is): then each step is noted before it is done, and hooks before and after, so that
another process goes on with the verb (``actions.resume``) instead of undoing it. For the others these notes cost
nothing.
"""

from __future__ import annotations

from contextlib import contextmanager

from charthouse.errors import CharthouseError
from charthouse.golang.moment import now, to_text
from charthouse.logs import WARN, LogRecord
from charthouse.records import replace
from charthouse.releases.errors import Locked
from charthouse.releases.journal import BEGUN, FAILING, NAMESPACE, RECORDING, HookNote, Journal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from charthouse.actions.environment import Environment
    from charthouse.k8s.objects import Resource
    from charthouse.records import Record
    from charthouse.releases.lock import Lock
    from charthouse.releases.release import Release

__all__ = ["Guard", "guarded", "journalled"]

_TEXT = 4096  # characters of an error's text in the journal
_REFS = 500  # objects to clean up


def journalled(options: Record) -> dict[str, Any]:
    """Options for the journal: the fields JSON can hold (a post-renderer is none of them: it has done its work)."""
    found = {field: getattr(options, field) for field in type(options)._fields}
    return {field: _plain(value) for field, value in found.items() if not callable(value)}


def _plain(value: Any) -> Any:
    if isinstance(value, (tuple, frozenset)):
        return list(value)
    return dict(value) if hasattr(value, "keys") else value


class Guard:
    """lock: what is held; interrupted: what a dead operation left; unsaved: a write to the records failed.

    journal: as last written.
    """

    __slots__ = ("_env", "_name", "interrupted", "journal", "lock", "unsaved")

    def __init__(
        self, env: Environment, name: str, verb: str, options: dict[str, Any] | None = None, *, lock: Lock | None = None
    ) -> None:
        """lock: taken over from a dead operation, whose journal is gone on with."""
        self._env = env
        self._name = name
        self.unsaved = False
        if lock is not None and lock.interrupted is not None:
            self.lock = lock
            self.journal: Journal = lock.interrupted
            self.interrupted: Journal | None = None
            return
        self.journal = Journal(verb, 0, BEGUN, to_text(now(env.clock.now())), options)
        self.lock = lock or env.locks.acquire(name, self.journal)
        self.interrupted = self.lock.interrupted

    @property
    def verb(self) -> str:
        """Whose journal it is."""
        return self.journal.verb

    def retry(self) -> None:
        """Acquire again what could not be had before there was a namespace."""
        if not self.lock.guards:
            self.lock = self._env.locks.acquire(self._name, self.journal)

    def note(self, step: str, *, verb: str = "", options: dict[str, Any] | None = None) -> None:
        """Write the journal: this verb (or another, begun on its behalf) has come to `step`."""
        began = to_text(now(self._env.clock.now()))
        kept = self.journal
        self.journal = Journal(verb or self.verb, kept.revision, step, began, options, reason=kept.reason)
        self.lock.note(self.journal)

    def check(self) -> None:
        """Raises Locked when the lock was lost to another process."""
        self.lock.check()

    # for going on, where the lock is thorough

    def begin(self, options: Record) -> None:
        """What the verb is to do, before it does what leaves no record."""
        if not self.lock.thorough:
            return
        self._note(options=journalled(options))

    def making_namespace(self) -> None:
        """The release's namespace was not there and is about to be made."""
        self._note(step=NAMESPACE)

    def making(self, release: Release, base: int, *, options: Record | None = None, verb: str = "") -> None:
        """A revision is about to be recorded. base: the one it starts from, 0 for none; verb: whose it is, when it is
        another's than the journal's (and then its options)."""
        if not self.lock.thorough:
            return
        deployed = release.info.last_deployed
        changes: dict[str, Any] = {"revision": release.version, "base": base, "step": RECORDING, "hook": None}
        if options is not None:
            changes["options"] = journalled(options)
        self._note(verb=verb or self.verb, recorded=to_text(deployed) if deployed is not None else "", **changes)

    def hook(self, event: str, place: int, phase: str, text: str = "") -> None:
        """A hook is about to be created, or has ended."""
        self._note(hook=HookNote(event, place, phase, text[:_TEXT]))

    def failing(self, reason: str, created: Sequence[Resource] = ()) -> None:
        """The verb has failed, and what was asked for in that case is about to be done.

        That it cannot be noted keeps nothing from being done. Raises Locked.
        """
        named = [(r.ref.type.api_version, r.ref.type.kind, r.namespace, r.name) for r in created[:_REFS]]
        try:
            self._note(step=FAILING, reason=reason[:_TEXT], created=tuple(named))
        except Locked:
            raise
        except CharthouseError as error:
            self._env.log(LogRecord(WARN, "failed to note a failure", name=self._name, error=error.message))

    def reached(self, event: str) -> bool:
        """Whether the journal has a note of the hooks of `event`: what comes before them is done."""
        return self.journal.hook is not None and self.journal.hook.event == event

    def _note(self, **changes: Any) -> None:
        if self.lock.thorough:
            self.journal = replace(self.journal, **changes)
            self.lock.note_finely(self.journal)


@contextmanager
def guarded(env: Environment, name: str, verb: str, options: dict[str, Any] | None = None) -> Iterator[Guard]:
    """The release `name` for this verb alone. options: for the journal. Raises Locked."""
    guard = Guard(env, name, verb, options)
    try:
        yield guard
    except CharthouseError:
        raise
    except BaseException:
        guard.unsaved = True  # nobody said how the work ended
        raise
    finally:
        guard.lock.release(finished=not guard.unsaved)
