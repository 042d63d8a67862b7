"""values.yaml: is it there, readable, and does it fit its schema (helm v4.3.1 rules/values.go)."""

from __future__ import annotations

from charthouse.formats import yaml
from charthouse.lint.report import ERROR, INFO
from charthouse.profile import HELM4

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.charts.kept import KeptValues
    from charthouse.charts.values import Fetch
    from charthouse.lint.report import Check
    from charthouse.logs import Log
    from charthouse.profile import Profile

__all__ = ["check"]

_NAME = "values.yaml"


def check(
    directory: str,
    values: dict[str, Any],
    note: Check,
    *,
    skip_schema: bool,
    log: Log,
    profile: Profile = HELM4,
    fetch_schema: Fetch | None = None,
    kept: KeptValues | None = None,
) -> None:
    """Notes what is wrong with the values.yaml of a directory, the user's values laid over it. kept: read before."""
    import os

    path = os.path.join(directory, _NAME)
    if not note(INFO, _NAME, "" if os.path.exists(path) else "file does not exist"):
        return
    skip = skip_schema and not profile.lint3
    note(ERROR, _NAME, _complaint(path, directory, values, skip, log, profile, fetch_schema, kept))


def _complaint(
    path: str,
    directory: str,
    values: dict[str, Any],
    skip_schema: bool,
    log: Log,
    profile: Profile,
    fetch_schema: Fetch | None,
    kept: KeptValues | None,
) -> str:
    import os

    from charthouse.charts.oserror import go_text
    from charthouse.charts.regular import read_regular
    from charthouse.charts.values import coalesce_tables

    try:
        data = read_regular(path)
    except OSError as error:
        operation = "read" if isinstance(error, IsADirectoryError) else "open"
        return f"unable to parse YAML: {go_text(operation, path, error)}"
    try:
        own = kept.read(data, profile, _map, "map") if kept is not None else _map(data, profile)
    except yaml.YamlError as error:
        words = str(error).replace("type map[string]interface {}", f"type {profile.go_package}.Values")
        return f"unable to parse YAML: {words}"
    merged = coalesce_tables({}, values, log=log, profile=profile)
    merged = coalesce_tables(merged, own, log=log, profile=profile)
    try:
        schema = read_regular(os.path.join(directory, "values.schema.json"))
    except OSError:
        return ""  # no schema, as Helm has it
    if not schema or skip_schema:
        return ""
    if profile.gojsonschema:
        from charthouse.charts.gojsonschema import validate_values as validate_as_helm3

        return validate_as_helm3(merged, schema)
    from charthouse.charts.schema import validate_values

    return validate_values(merged, schema, log=log, fetch=fetch_schema)


def _map(data: bytes, profile: Profile) -> dict[str, Any]:
    """The one map of a values file. Raises YamlError."""
    return yaml.load_map(data.decode("utf-8", "surrogateescape"), exact=profile.exact_numbers)
