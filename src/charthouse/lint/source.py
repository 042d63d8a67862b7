"""The chart being linted, read once though three groups of rules look at it.

helm v4.3.1 loads it anew for each of them, and says each time what loading says.
"""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.profile import HELM4

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.charts.chart import Chart
    from charthouse.charts.kept import KeptValues
    from charthouse.logs import Log, LogRecord
    from charthouse.profile import Profile

__all__ = ["Source"]


class Source:
    """The chart of a directory. chart: None when it cannot be loaded, `error` then says why, as raised: `cause`."""

    __slots__ = ("_told", "cause", "chart", "error")

    def __init__(self, directory: str, profile: Profile = HELM4, kept: KeptValues | None = None) -> None:
        from charthouse.charts.loader import load_directory

        self._told: list[LogRecord] = []
        self.chart: Chart | None = None
        self.error = ""
        self.cause: CharthouseError | None = None
        try:
            self.chart = load_directory(directory, log=self._told.append, profile=profile, kept=kept)
        except CharthouseError as error:
            self.error = str(error)
            self.cause = error

    def tell(self, log: Log) -> None:
        """Says what loading said."""
        for record in self._told:
            log(record)
