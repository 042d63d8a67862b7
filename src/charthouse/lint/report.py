"""What linting a chart found (helm v4.3.1 `pkg/chart/v2/lint/support/message.go`, `pkg/action/lint.go`)."""

from __future__ import annotations

from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.errors import CharthouseError

__all__ = ["ERROR", "INFO", "WARNING", "Message", "Report"]

INFO, WARNING, ERROR = 1, 2, 3
_NAMES = {INFO: "INFO", WARNING: "WARNING", ERROR: "ERROR"}


class Message(Record):
    """One finding. severity: INFO, WARNING or ERROR; path: the file within the chart it is about; text."""

    severity: int
    path: str
    text: str

    def __str__(self) -> str:
        return f"[{_NAMES[self.severity]}] {self.path}: {self.text}"


class Report(Record):
    """All findings about one chart, in Helm's order.

    failures: texts of the findings that make linting fail, or of what kept the chart from being linted at all (then
    there are no messages). causes: the errors behind findings, for their hints.
    """

    messages: tuple[Message, ...] = ()
    failures: tuple[str, ...] = ()
    causes: tuple[CharthouseError, ...] = ()

    @property
    def has_warnings_or_errors(self) -> bool:
        """Whether anything worse than information was found."""
        return bool(self.failures) or any(message.severity > INFO for message in self.messages)


class Findings:
    """The findings while rules run, and the errors behind some of them."""

    __slots__ = ("causes", "messages")

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.causes: list[CharthouseError] = []

    def check(self, severity: int, path: str, text: str) -> bool:
        """Notes a rule's text; whether the rule was met ("" means it was)."""
        if text:
            self.messages.append(Message(severity, path, text))
        return not text


if TYPE_CHECKING:
    Check = Callable[[int, str, str], bool]
