"""The root of every error charthouse raises.

``CharthouseError``
    └── one root per package (``gotemplate.TemplateError``, ``charts.ChartError``, ``kube.KubeError`` …), born beside
        the code that raises it.

``str(error)`` is Helm's text wherever Helm has one; ``hint`` is ours and is printed on lines of its own, each beginning
``hint:`` (docs/architecture.md, "Errors").
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CharthouseError"]


class CharthouseError(Exception):
    """What went wrong, in Helm's words where Helm has words for it.

    message: the text behind ``Error: ``; lower case, no full stop, any number of lines.
    explain: makes the hint when it is first asked for, for errors whose hint takes work (``charthouse.advice``).
    """

    explain: Callable[[], str] | None = None

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self._hint = hint

    @property
    def hint(self) -> str:
        """What to do next, in our words: any number of lines, empty when there is nothing helpful to say. An error
        without a hint of its own has that of the error it was raised from.
        """
        if self._hint:
            return self._hint
        if self.explain is not None:
            self._hint = self.explain()
            if self._hint:
                return self._hint
        cause = self.__cause__
        return cause.hint if isinstance(cause, CharthouseError) else ""

    @hint.setter
    def hint(self, text: str) -> None:
        self._hint = text

    def __str__(self) -> str:
        return self.message
