"""What a verb can fail with.

::

    ActionError
    ├── Pending            `another operation (install/upgrade/rollback) is in progress`
    ├── NameInUse          `release name check failed: cannot reuse a name that is still in use`
    ├── Cancelled          `context canceled`: the user interrupted the work
    └── VerbFailed         the work was begun and recorded as failed; carries the release

Other errors (of storage, cluster, rendering) pass through, with Helm's words put before theirs by ``wrapped``.
Whose texts: helm v4.3.1 pkg/action.
"""

from __future__ import annotations

from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.k8s.objects import Resource
    from charthouse.releases.release import Release

__all__ = ["ActionError", "Cancelled", "NameInUse", "Pending", "VerbFailed", "joined", "wrapped"]


class ActionError(CharthouseError):
    """The root of the errors of package actions. pending: the resources that were not ready, when that is the
    reason."""

    pending: tuple[Resource, ...] = ()


class Pending(ActionError):
    """The last revision says that somebody is at work."""

    def __init__(self, *, hint: str = "") -> None:
        super().__init__("another operation (install/upgrade/rollback) is in progress", hint=hint)


class NameInUse(ActionError):
    """The name of an install is taken."""

    def __init__(self, *, hint: str = "") -> None:
        super().__init__("release name check failed: cannot reuse a name that is still in use", hint=hint)


class Cancelled(ActionError):
    """KeyboardInterrupt while a verb was at work, in the words of Go's context."""

    def __init__(self) -> None:
        super().__init__("context canceled")


class VerbFailed(ActionError):
    """A verb that failed after its record was made. release: as recorded."""

    def __init__(self, message: str, *, release: Release, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.release = release


def wrapped(prefix: str, error: CharthouseError) -> ActionError:
    """The error with `prefix` before its text (Go's `fmt.Errorf("prefix%w")`); raise it `from` the error."""
    made = ActionError(prefix + error.message, hint=error.hint)
    made.pending = tuple(getattr(error, "pending", ()))
    return made


def joined(texts: list[str] | tuple[str, ...], separator: str) -> str:
    """Several error texts as one (action.joinErrors)."""
    return separator.join(texts)
