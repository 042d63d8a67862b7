"""Commands whose issue has not come yet: they read their flags and words as Helm does, then say so and fail."""

from __future__ import annotations

from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.cli.context import Context

__all__ = ["NotBuilt", "not_built"]


class NotBuilt(CharthouseError):
    """The command, or the part of it that was asked for, does not exist yet."""

    def __init__(self, what: str, *, instead: str = "") -> None:
        super().__init__(f"{what} is not built yet", hint=instead or "use Helm for this step; both share their files")


def not_built(what: str) -> Callable[[Context], None]:
    """A `run` for a command that is not built."""

    def run(context: Context) -> None:
        raise NotBuilt(what)

    return run
