"""JSON patches (RFC 6902), applied.

Texts follow github.com/evanphx/json-patch v4 (``Patch.Apply``), which the API server uses. Negative array indices count
from the end for `remove`, `replace` and `test`, as there.
"""

from __future__ import annotations

from charthouse.k8s.patch_error import PatchError, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

__all__ = ["apply_json_patch"]

_MAX_OPERATIONS = 10000


def apply_json_patch(document: Any, operations: Sequence[Any]) -> Any:
    """The patched document. operations: the patch as parsed JSON. Raises PatchError."""
    if len(operations) > _MAX_OPERATIONS:
        raise PatchError(f"The allowed maximum operations in a JSON patch is {_MAX_OPERATIONS}, got {len(operations)}")
    root = {"": _copy(document)}
    for operation in operations:
        if not isinstance(operation, dict):
            raise PatchError("json: cannot unmarshal into Go value of type jsonpatch.Operation")
        kind = operation.get("op")
        path = operation.get("path")
        if not isinstance(path, str):
            raise PatchError(f"{kind} operation does not apply: missing path")
        if kind not in _OPERATIONS:
            raise PatchError(f"Unexpected kind: {kind if isinstance(kind, str) else 'unknown'}")
        _OPERATIONS[kind](root, path, operation)
    return root[""]


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copy(item) for item in value]
    return value


def _holder(root: dict[str, Any], path: str, kind: str) -> tuple[Any, str]:
    """The container a path ends in and the last step in it."""
    if path and not path.startswith("/"):
        raise _missing(kind, path)
    steps = [step.replace("~1", "/").replace("~0", "~") for step in path.split("/")]
    holder: Any = root
    for step in steps[:-1]:
        holder = _item(holder, step, kind, path)
    if not isinstance(holder, (dict, list)):
        raise _missing(kind, path)
    return holder, steps[-1]


def _missing(kind: str, path: str) -> PatchError:
    return PatchError(f"{kind} operation does not apply: doc is missing path: {path}: missing value")


def _index(holder: list[Any], step: str, kind: str, path: str) -> int:
    body = step[1:] if step.startswith("-") else step
    if not (body.isascii() and body.isdigit()) or len(body) > 9:
        raise PatchError(f"{kind} operation does not apply: doc is missing key: {path}: missing value")
    index = int(step)
    if not -len(holder) <= index < len(holder):
        raise PatchError(
            f"{kind} operation does not apply: doc is missing key: {path}: Unable to access invalid index: {index}: "
            "invalid index referenced"
        )
    return index


def _item(holder: Any, step: str, kind: str, path: str) -> Any:
    if isinstance(holder, dict):
        if step not in holder:
            raise _missing(kind, path)
        return holder[step]
    if isinstance(holder, list):
        return holder[_index(holder, step, kind, path)]
    raise _missing(kind, path)


def _value(operation: dict[str, Any], kind: str) -> Any:
    if "value" not in operation:
        raise PatchError(f"{kind} operation does not apply: missing value")
    return _copy(operation["value"])


def _source(operation: dict[str, Any], kind: str) -> str:
    source = operation.get("from")
    if not isinstance(source, str):
        raise PatchError(f"{kind} operation does not apply: missing from")
    return source


def _put(root: dict[str, Any], path: str, value: Any, kind: str) -> None:
    holder, step = _holder(root, path, kind)
    if isinstance(holder, dict):
        holder[step] = value
    elif step == "-":
        holder.append(value)
    else:
        body = step[1:] if step.startswith("-") else step
        if not (body.isascii() and body.isdigit()) or len(body) > 9 or not -len(holder) <= int(step) <= len(holder):
            raise PatchError(
                f"{kind} operation does not apply: doc is missing path: {path}: "
                f"Unable to access invalid index: {step}: invalid index referenced"
            )
        index = int(step)
        holder.insert(index if index >= 0 else len(holder) + index + 1, value)


def _take(root: dict[str, Any], path: str, kind: str) -> Any:
    holder, step = _holder(root, path, kind)
    if isinstance(holder, dict):
        if step not in holder:
            raise PatchError(
                f"{kind} operation does not apply: Unable to {kind} nonexistent key: {step}: missing value"
            )
        return holder.pop(step)
    return holder.pop(_index(holder, step, kind, path))


def _add(root: dict[str, Any], path: str, operation: dict[str, Any]) -> None:
    _put(root, path, _value(operation, "add"), "add")


def _remove(root: dict[str, Any], path: str, operation: dict[str, Any]) -> None:
    _take(root, path, "remove")


def _replace(root: dict[str, Any], path: str, operation: dict[str, Any]) -> None:
    value = _value(operation, "replace")
    holder, step = _holder(root, path, "replace")
    if isinstance(holder, dict):
        if step not in holder:
            raise PatchError(f"replace operation does not apply: doc is missing key: {path}: missing value")
        holder[step] = value
    else:
        holder[_index(holder, step, "replace", path)] = value


def _move(root: dict[str, Any], path: str, operation: dict[str, Any]) -> None:
    source = _source(operation, "move")
    if path.startswith(f"{source}/"):
        raise PatchError(f"move operation does not apply: {path} is below {source}")
    _put(root, path, _take(root, source, "move"), "move")


def _duplicate(root: dict[str, Any], path: str, operation: dict[str, Any]) -> None:
    holder, step = _holder(root, _source(operation, "copy"), "copy")
    _put(root, path, _copy(_item(holder, step, "copy", path)), "copy")


def _test(root: dict[str, Any], path: str, operation: dict[str, Any]) -> None:
    holder, step = _holder(root, path, "test")
    if isinstance(holder, dict):
        found = holder.get(step)
    else:
        found = _item(holder, step, "test", path)
    if not same(found, operation.get("value")):
        raise PatchError(f"testing value {path} failed: test failed")


_OPERATIONS = {
    "add": _add, "remove": _remove, "replace": _replace, "move": _move, "copy": _duplicate, "test": _test,
}  # fmt: skip
