"""What a worker says, as JSON, and how much of it the parent believes: nothing but texts and numbers of the right kind.

A message is an object with one of: `log` (level, text, attributes), `lookup` (apiVersion, kind, namespace, name),
`resolve` (a host's name), `post` (text for the post-renderer), `rendered`, `raised`. Errors travel as class name,
message and hint; the parent makes one of its own of them.
"""

from __future__ import annotations

import json

from charthouse.actions.render import Rendered
from charthouse.charts.metadata import ChartError
from charthouse.engine.errors import RenderError
from charthouse.errors import CharthouseError
from charthouse.gotemplate.errors import LimitError
from charthouse.manifests.hooks import Hook
from charthouse.manifests.sort import ManifestError
from charthouse.sandbox.errors import BadFrame, RenderFailed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["dump", "error_form", "load", "rendered_form", "to_error", "to_rendered"]

_HOOK_TEXTS = ("name", "kind", "path", "manifest")
_HOOK_LISTS = ("events", "delete_policies", "output_log_policies")


def dump(message: Any) -> bytes:
    """As bytes; texts may hold any bytes of a Go string (surrogates)."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def load(data: bytes) -> Any:
    """Back. Raises BadFrame."""
    try:
        return json.loads(data.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as error:
        raise BadFrame(f"a message is no JSON: {error}") from error


def error_form(error: BaseException) -> dict[str, str]:
    """An error, for the way to the parent. Its hint is made here: making it renders the chart again."""
    if isinstance(error, CharthouseError):
        form = {"kind": "", "message": error.message, "hint": _hint(error)}
        if isinstance(error, LimitError):
            form.update(kind="LimitError", limit=error.limit)
        elif isinstance(error, ManifestError):
            form.update(kind="ManifestError", path=error.path, reason=error.reason)
        elif isinstance(error, RenderError):
            form["kind"] = "RenderError"
        elif isinstance(error, ChartError):
            form["kind"] = "ChartError"
        return form
    return {"kind": "internal", "message": f"{type(error).__name__}: {error}", "hint": ""}


def _hint(error: CharthouseError) -> str:
    try:
        return error.hint
    except Exception as problem:  # the error itself must be told, whatever becomes of the advice
        return f"no advice could be found: {type(problem).__name__}"


def to_error(form: Any) -> CharthouseError:
    """The parent's error for a worker's. Raises BadFrame."""
    kind, message, hint = (_text(form, name) for name in ("kind", "message", "hint"))
    if kind == "LimitError":
        return LimitError(message, limit=_text(form, "limit"), hint=hint)
    if kind == "RenderError":
        return RenderError(message, hint=hint)
    if kind == "ChartError":
        return ChartError(message, hint=hint)
    if kind == "ManifestError":
        error = ManifestError(_text(form, "path"), _text(form, "reason"))
        error.hint = hint
        return error
    return RenderFailed(f"internal error: {message}" if kind == "internal" else message, hint=hint)


def rendered_form(rendered: Rendered) -> dict[str, Any]:
    """What was rendered; its documents and CRDs stay behind: no verb that changes a cluster looks at them."""
    return {
        "name": rendered.name,
        "manifest": rendered.manifest,
        "notes": rendered.notes,
        "hooks": [_hook_form(hook) for hook in rendered.hooks],
        "error": error_form(rendered.error) if rendered.error is not None else None,
    }


def to_rendered(form: Any) -> Rendered:
    """Back. Raises BadFrame."""
    hooks = form.get("hooks") if isinstance(form, dict) else None
    if not isinstance(hooks, list):
        raise BadFrame("a worker's answer has no hooks")
    return Rendered(
        _text(form, "name"),
        _text(form, "manifest"),
        tuple(_to_hook(hook) for hook in hooks),
        _text(form, "notes"),
        error=to_error(form["error"]) if form.get("error") is not None else None,
    )


def _hook_form(hook: Hook) -> dict[str, Any]:
    out: dict[str, Any] = {name: getattr(hook, name) for name in (*_HOOK_TEXTS, "weight")}
    out.update({name: list(getattr(hook, name)) for name in _HOOK_LISTS})
    return out


def _to_hook(form: Any) -> Hook:
    fields: dict[str, Any] = {name: _text(form, name) for name in _HOOK_TEXTS}
    for name in _HOOK_LISTS:
        items = form.get(name)
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            raise BadFrame(f"a hook's {name} are no texts")
        fields[name] = tuple(items)
    weight = form.get("weight")
    if type(weight) is not int:
        raise BadFrame("a hook's weight is no number")
    return Hook(**fields, weight=weight)


def _text(form: Any, name: str) -> str:
    value = form.get(name) if isinstance(form, dict) else None
    if not isinstance(value, str):
        raise BadFrame(f"a worker's answer has no text {name!r}")
    return value
