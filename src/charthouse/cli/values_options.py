"""The user's values: ``-f`` files and every ``--set`` kind, merged in Helm's order.

Rules: Helm 4.3.1 ``pkg/cli/values/options.go`` (``MergeValues``): files left to right, then ``--set-json``, ``--set``,
``--set-string``, ``--set-file``, ``--set-literal``, wherever they stood on the line.
"""

from __future__ import annotations

import errno
import os

from charthouse.errors import CharthouseError
from charthouse.golang.space import trim_space

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.cli.context import Context
    from charthouse.profile import Profile

__all__ = ["ValuesError", "user_values"]


class ValuesError(CharthouseError):
    """A values file or a --set text cannot be used."""


def user_values(context: Context, profile: Profile | None = None) -> dict[str, Any]:
    """The merged values of the command line. Raises ValuesError with Helm's texts.

    profile: how they are read, when not by the command line's own.
    """
    merged: dict[str, Any] = {}
    profile = profile or context.profile
    for path in context["values"]:
        merged = _merge(merged, _read_values(context, path, profile))
    for text in context["set-json"]:
        merged = _set_json(merged, text, profile)
    if context["set"] or context["set-string"] or context["set-file"] or context["set-literal"]:
        _set_texts(context, merged)
    return merged


def _read_values(context: Context, path: str, profile: Profile) -> dict[str, Any]:
    from charthouse.charts.loader import load_values
    from charthouse.golang.kinds import GoError

    data = _read(context, path)
    try:
        return load_values(data, profile) or {}
    except (CharthouseError, GoError) as error:
        from charthouse.advice.files import file_hint

        hint = file_hint(path, data.decode("utf-8", "replace"), error)
        raise ValuesError(f"failed to parse {path}: {error}", hint=hint) from error


def _read(context: Context, path: str) -> bytes:
    """Standard input, a file, or what an address gives."""
    if trim_space(path) == "-":
        return context.stdin()
    if ":" in path:
        from charthouse.cli.getters import fetched_values

        data = fetched_values(context, path)
        if data is not None:
            return data
    try:
        from charthouse.charts.regular import read_bounded

        return read_bounded(path)
    except OSError as error:
        from charthouse.charts.oserror import go_text

        operation = "read" if isinstance(error, IsADirectoryError) else "open"
        raise ValuesError(go_text(operation, path, error), hint=_no_file(path, error)) from None


def _no_file(path: str, error: OSError) -> str:
    """What may have been meant by a file that cannot be read."""
    if isinstance(error, IsADirectoryError):
        inside = os.path.join(path, "values.yaml")
        return f"{path} is a directory" + (f"; did you mean {inside}?" if os.path.isfile(inside) else "")
    if error.errno == errno.EFBIG:
        return "a file of values or for --set-file may have 100 MiB; this limit is charthouse's, Helm has none"
    if isinstance(error, PermissionError):
        return f"this user may not read {path}"
    from charthouse.advice.nearness import nearest

    folder, name = os.path.split(path)
    names = os.listdir(folder or ".") if os.path.isdir(folder or ".") else []
    stem = name.partition(".")[0]
    alike = nearest(name, names) or [other for other in names if stem and other.startswith(stem)][:2]
    near = [os.path.join(folder, other) for other in alike]
    said = f"did you mean {' or '.join(near)}? " if near else ""
    return f"{said}there is no file {path} (looked from {os.getcwd()})"


def _merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Deep merge of maps, everything else replaced, nulls kept (loader.MergeMaps)."""
    out = dict(base)
    for key, value in over.items():
        if isinstance(value, dict):
            mine = out.get(key)
            if isinstance(mine, dict):
                out[key] = _merge(mine, value)
                continue
        out[key] = value
    return out


def _set_json(merged: dict[str, Any], text: str, profile: Profile) -> dict[str, Any]:
    from charthouse.golang.kinds import GoError

    trimmed = trim_space(text)
    if trimmed.startswith("{") and profile.whole_set_json:
        from charthouse.golang.json import decode, decode_whole

        try:
            loaded = decode_whole(trimmed) if profile.exact_numbers else decode(trimmed)
        except (GoError, CharthouseError):
            raise ValuesError(f"failed parsing --set-json data JSON: {text}", hint=_json_hint(text)) from None
        if not isinstance(loaded, dict):
            raise ValuesError(f"failed parsing --set-json data JSON: {text}", hint=_json_hint(text))
        return _merge(merged, loaded)
    from charthouse.formats import strvals

    try:
        strvals.parse_json_into(text, merged, whole=profile.exact_numbers)
    except (GoError, CharthouseError):
        raise ValuesError(f"failed parsing --set-json data {text}", hint=_json_hint(text)) from None
    return merged


def _json_hint(text: str) -> str:
    from charthouse.advice.settings import json_hint

    return json_hint(text)


def _set_texts(context: Context, merged: dict[str, Any]) -> None:
    from charthouse.formats import strvals
    from charthouse.golang.kinds import GoError

    def read_file(path: str) -> str:
        return _read(context, path).decode("utf-8", "surrogateescape")

    for flag, parse in (
        ("set", strvals.parse_into),
        ("set-string", strvals.parse_string_into),
        ("set-file", lambda text, target: strvals.parse_file_into(text, target, read_file)),
        ("set-literal", strvals.parse_literal_into),
    ):
        for text in context[flag]:
            try:
                parse(text, merged)
            except (GoError, CharthouseError) as error:
                hint = getattr(error, "hint", "")
                if not hint:
                    from charthouse.advice.settings import setting_hint

                    hint = setting_hint(flag, text, str(error), merged)
                raise ValuesError(f"failed parsing --{flag} data: {error}", hint=hint) from error
