"""Hints for what charts and values do wrong: place, value at fault, where it came from, what to write instead.

``attach`` ties an error to the inputs of the render it happened in; the hint is made when somebody asks for it
(``CharthouseError.hint``), so that rendering and start-up cost nothing. Stands above engine and charts, below the
verbs: command line and library say the same. Whose rules: none but ours; Helm's text stays as it is, these lines come
below.

``execution`` (running templates) with ``reasons``, ``fields``, ``mentions`` and ``calls``; ``parsing`` (texts that are
no template); ``rendered`` (rendered text that is no YAML); ``schema`` (values.schema.json); ``files`` (YAML of charts
and values); ``settings`` (``--set``). ``secrecy`` keeps secrets out; ``nearness`` finds what was meant; ``inputs``
knows the values and their origins.
"""

from __future__ import annotations

from charthouse.advice.inputs import Inputs
from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    E = TypeVar("E", bound=CharthouseError)

__all__ = ["Inputs", "attach", "inputs_of"]


def attach(error: E, inputs: Inputs) -> E:
    """`error`, with a hint about these inputs when it is asked for."""
    fallback = error.explain
    error.__dict__["inputs"] = inputs

    def explain() -> str:
        return _explained(error, inputs, fallback)

    error.explain = explain
    return error


def inputs_of(error: BaseException) -> Inputs | None:
    """The inputs of the error in a chain of causes that has some."""
    link: BaseException | None = error
    while link is not None:
        found = link.__dict__.get("inputs")
        if isinstance(found, Inputs):
            return found
        link = link.__cause__
    return None


def _explained(error: CharthouseError, inputs: Inputs, fallback: Callable[[], str] | None) -> str:
    try:
        found = _hint(error, inputs)
    except Exception as problem:
        # Whatever an explanation stumbles over must not replace the error it is about. Only its kind is noted: its text
        # may hold values.
        error.add_note(f"no hint could be made: {type(problem).__name__}")
        found = ""
    return found or (fallback() if fallback is not None else "")


def _hint(error: CharthouseError, inputs: Inputs) -> str:
    from charthouse.charts.values import SchemaError
    from charthouse.engine.errors import RenderError
    from charthouse.manifests.sort import ManifestError

    if isinstance(error, RenderError):
        return _render_hint(error, inputs)
    if isinstance(error, ManifestError):
        from charthouse.advice.rendered import manifest_hint

        return manifest_hint(error, inputs)
    if isinstance(error, SchemaError):
        from charthouse.advice.schema import schema_hint

        return schema_hint(error, inputs)
    return ""


def _render_hint(error: CharthouseError, inputs: Inputs) -> str:
    from charthouse.advice.execution import execution_hint
    from charthouse.advice.parsing import parse_hint
    from charthouse.engine.errors import RenderError
    from charthouse.gotemplate.errors import ParseError

    assert isinstance(error, RenderError)
    cause = error.__cause__
    if isinstance(cause, ParseError):
        return parse_hint(cause, error.evidence)
    return execution_hint(error, inputs)
