"""What is left of a verb whose process died: its options and its revision, and the error of one that is undone."""

from __future__ import annotations

from charthouse.actions.errors import ActionError
from charthouse.golang.moment import to_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeVar

    from charthouse.records import Record
    from charthouse.releases.journal import Journal
    from charthouse.releases.release import Release

    Options = TypeVar("Options", bound=Record)

__all__ = ["Interrupted", "options_of", "the_revision"]


class Interrupted(ActionError):
    """An operation whose process died and that was not gone on with; the text says what became of it."""


def options_of(kind: type[Options], journal: Journal, name: str, namespace: str) -> Options:
    """The options the journal keeps, as the verb takes them; what it does not know stays out."""
    known = {key: value for key, value in (journal.options or {}).items() if key in kind._fields}
    lists = {key: tuple(value) for key, value in known.items() if isinstance(value, list)}
    return kind(**{**known, **lists, "name": name, "namespace": namespace})


def the_revision(history: Iterable[Release], journal: Journal) -> Release | None:
    """The revision the journal's operation recorded: its number alone could be another's by now."""
    for release in history:
        deployed = release.info.last_deployed
        if deployed is not None and (release.version, to_text(deployed)) == (journal.revision, journal.recorded):
            return release
    return None
