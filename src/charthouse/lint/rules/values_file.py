"""values.yaml: is it there, readable, and does it fit its schema (helm v4.3.1 rules/values.go)."""

from __future__ import annotations

from charthouse.formats import yaml
from charthouse.lint.report import ERROR, INFO

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.lint.report import Check
    from charthouse.logs import Log

__all__ = ["check"]

_NAME = "values.yaml"


def check(directory: str, values: dict[str, Any], note: Check, *, skip_schema: bool, log: Log) -> None:
    """Notes what is wrong with the values.yaml of a directory, the user's values laid over it."""
    import os

    path = os.path.join(directory, _NAME)
    if not note(INFO, _NAME, "" if os.path.exists(path) else "file does not exist"):
        return
    note(ERROR, _NAME, _complaint(path, directory, values, skip_schema, log))


def _complaint(path: str, directory: str, values: dict[str, Any], skip_schema: bool, log: Log) -> str:
    import os

    from charthouse.charts.oserror import go_text
    from charthouse.charts.values import coalesce_tables

    try:
        with open(path, "rb") as stream:
            text = stream.read().decode("utf-8", "surrogateescape")
    except OSError as error:
        operation = "read" if isinstance(error, IsADirectoryError) else "open"
        return f"unable to parse YAML: {go_text(operation, path, error)}"
    try:
        own = yaml.load_map(text)
    except yaml.YamlError as error:
        words = str(error).replace("type map[string]interface {}", "type common.Values")
        return f"unable to parse YAML: {words}"
    merged = coalesce_tables(coalesce_tables({}, values, log=log), own, log=log)
    try:
        with open(os.path.join(directory, "values.schema.json"), "rb") as stream:
            schema = stream.read()
    except OSError:
        return ""  # no schema, as Helm has it
    if not schema or skip_schema:
        return ""
    from charthouse.charts.schema import validate_values

    return validate_values(merged, schema, log=log)
