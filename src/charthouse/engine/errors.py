"""Rendering errors in Helm 4's words.

Whose rules: Helm 4.3.1 pkg/engine/engine.go cleanupParseError, parseTemplateExecErrorString, reformatExecErrorMsg. Helm
takes text/template's messages apart again; so does this module, since its fallbacks show where that fails.
"""

from __future__ import annotations

from charthouse.engine.functions import WARN_END, WARN_START
from charthouse.errors import CharthouseError
from charthouse.golang.space import SPACE
from charthouse.gotemplate.errors import ExecError, LimitError, ParseError, TemplateError
from charthouse.profile import HELM4

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from charthouse.engine.scope import Source
    from charthouse.gotemplate import TemplateSet
    from charthouse.profile import Profile

__all__ = ["Evidence", "RenderError", "execution_error", "parse_error", "point_at"]


class Evidence:
    """What was being rendered when it failed: every template by path, and the set they were parsed into."""

    __slots__ = ("sources", "templates")

    def __init__(self, sources: Mapping[str, Source], templates: TemplateSet) -> None:
        self.sources = sources
        self.templates = templates


class RenderError(CharthouseError):
    """A chart's templates cannot be rendered.

    path: the template; line: from 1, 0 when unknown; column: in bytes from 0, -1 when unknown. evidence: what an
    explanation can look at; the error it was raised from is text/template's.
    """

    evidence: Evidence | None = None

    def __init__(self, message: str, *, path: str = "", line: int = 0, column: int = -1, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.path = path
        self.line = line
        self.column = column


def point_at(error: RenderError, evidence: Evidence) -> RenderError:
    """`error` with its evidence and, as hint while nobody knows a better one, an excerpt of its template."""

    def place() -> str:
        from charthouse.formats.excerpt import excerpt

        source = evidence.sources.get(error.path)
        return excerpt(error.path, source.text, error.line, error.column) if source is not None and error.line else ""

    error.evidence = evidence
    error.explain = place
    return error


def parse_error(path: str, error: ParseError, profile: Profile = HELM4) -> RenderError:
    """`parse error at (FILE:LINE): DETAIL`, where DETAIL is what follows the last `: `."""
    message = error.message
    if profile.helm2:
        from charthouse.engine import errors_helm2

        return RenderError(errors_helm2.parse_text(path, message), path=path, line=error.line)
    if profile.old_go:
        from charthouse.engine.errors_helm3 import old_parse_text

        message = old_parse_text(error)
    tokens = message.split(": ")
    if len(tokens) == 1:
        return RenderError(f"parse error in ({path}): {message}", path=path, line=error.line)
    return RenderError(f"parse error at ({tokens[1]}): {tokens[-1]}", path=path, line=error.line)


def execution_error(path: str, error: TemplateError, profile: Profile = HELM4) -> RenderError:
    """One block per nesting level, or Go's text where Helm cannot take it apart, and always in Helm 3."""
    if isinstance(error, LimitError):
        return RenderError(error.message, path=path)
    if not isinstance(error, ExecError):
        return RenderError(error.message, path=path)
    innermost = _innermost(error)
    where = {"path": innermost.parse_name or path, "line": innermost.line, "column": innermost.column}
    if profile.helm2:
        from charthouse.engine import errors_helm2

        return RenderError(errors_helm2.execution_text(path, error), **where)  # type: ignore[arg-type]  # as below
    text = _located(path, error) or (_plain(error, profile) if profile.plain_errors else _reformat(error))
    return RenderError(text, **where)  # type: ignore[arg-type]  # the keys are the parameters


def _innermost(error: ExecError) -> ExecError:
    for link in _chain(error):
        if isinstance(link, ExecError) and link.line:
            error = link
    return error


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and its causes, as errors.Unwrap walks them; bounded."""
    current: BaseException | None = error
    for _ in range(100_000):
        if current is None:
            return
        yield current
        current = getattr(current, "cause", None)


def _plain(error: ExecError, profile: Profile) -> str:
    """Go's text, that of Go 1.23 where the profile asks for it."""
    if not profile.old_go:
        return error.message
    from charthouse.engine.errors_helm3 import old_exec_text

    return old_exec_text(error.message)


def _located(path: str, error: ExecError) -> str:
    """`execution error at (PLACE): TEXT` for `fail` and `required`, "" for other errors (both Helms)."""
    tokens = error.message.split(": ", 2)
    if len(tokens) != 3:
        return f"execution error in ({path}): {error.message}"
    start = tokens[2].find(WARN_START)
    end = tokens[2].rfind(WARN_END)
    if start >= 0 and start + len(WARN_START) <= end:
        return f"execution error at ({tokens[1]}): {tokens[2][start + len(WARN_START) : end]}"
    return ""


def _reformat(error: ExecError) -> str:
    blocks: list[str] = []
    for text in _unwrapped(error):
        block = _block(text)
        if block is None:
            return error.message
        if not blocks or blocks[-1] != block:
            blocks.append(block)
    return "".join(blocks).strip(SPACE)


def _unwrapped(error: ExecError) -> Iterator[str]:
    """The texts errors.Unwrap finds on its way down: the error, what made the function it called fail, and so on."""
    for link in _chain(error):
        yield str(link)


def _block(text: str) -> str | None:
    """One error as a block of lines, None when it is not text/template's (parseTemplateExecErrorString)."""
    if not text.startswith("template: "):
        return None
    rest = text[10:]
    if rest.startswith("no template "):
        return f"{text}\n"
    where, found, after = rest.partition(": executing ")
    if found:
        block = _executing(where, after)
        if block is not None:
            return block
    where, found, message = rest.rpartition(": ")
    if not found:
        return None
    return f"{where}\n  {_cut(message)}\n" if _cut(message) else f"{where}\n  "


def _executing(where: str, after: str) -> str | None:
    """`"NAME" at <NODE>: MESSAGE`."""
    if not after.startswith('"'):
        return None
    end = after.find('"', 1)
    if end < 0 or not after.startswith(" at <", end + 1):
        return None
    node, found, message = after[end + 6 :].partition(">: ")
    if not found:
        return None
    message = _cut(message)
    head = f'{where}\n  executing "{after[1:end]}" at <{node}>:\n    '
    return f"{head}{message}\n" if message else head


def _cut(message: str) -> str:
    at = message.find(" template:")
    return message if at < 0 else message[:at]
