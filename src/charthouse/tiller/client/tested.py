"""The tests a server has run: what came of them is known when they are told of, their logs included."""

from __future__ import annotations

from charthouse.actions.test import Tested

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.errors import CharthouseError
    from charthouse.releases.release import Release

__all__ = ["RemoteTested", "logs_of"]


class RemoteTested(Tested):
    """logs: as `--logs` prints them. log_problem: why some could not be read, clean_up_problem: why the tests' objects
    are still there; both are raised where the local verb would raise them."""

    __slots__ = ("log_problem", "logs")

    def __init__(
        self,
        release: Release,
        error: CharthouseError | None,
        *,
        logs: str = "",
        log_problem: CharthouseError | None = None,
        clean_up_problem: CharthouseError | None = None,
    ) -> None:
        def clean_up() -> None:
            if clean_up_problem is not None:
                raise clean_up_problem

        super().__init__(release, error, clean_up)
        self.logs = logs
        self.log_problem = log_problem


def logs_of(tested: Tested) -> str:
    """The logs, whose problem counts from now on (``Tested.log_error``)."""
    if not isinstance(tested, RemoteTested):
        return ""
    tested.log_error = tested.log_problem
    return tested.logs
