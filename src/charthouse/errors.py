"""The root of every error charthouse raises.

``CharthouseError``
    └── one root per package (``gotemplate.TemplateError``, ``charts.ChartError``, ``kube.KubeError`` …), born beside
        the code that raises it.

``str(error)`` is Helm's text wherever Helm has one; ``hint`` is ours and is printed on lines of its own, each beginning
``hint:`` (docs/architecture.md, "Errors").
"""

from __future__ import annotations

__all__ = ["CharthouseError"]


class CharthouseError(Exception):
    """What went wrong, in Helm's words where Helm has words for it.

    message: the text behind ``Error: ``; lower case, no full stop, any number of lines.
    hint: what to do next, in our words; any number of lines, empty when there is nothing helpful to say.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message
