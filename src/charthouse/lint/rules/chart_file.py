"""Chart.yaml: is it readable, complete, and are its fields what they should be (helm v4.3.1 rules/chartfile.go)."""

from __future__ import annotations

from charthouse.charts.metadata import Metadata
from charthouse.errors import CharthouseError
from charthouse.formats import yaml
from charthouse.golang.kinds import GoError
from charthouse.lint.report import ERROR, INFO, WARNING
from charthouse.profile import HELM4

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.lint.report import Check
    from charthouse.profile import Profile

__all__ = ["check"]

_NAME = "Chart.yaml"
_V1, _V2 = "v1", "v2"


def check(directory: str, note: Check, profile: Profile = HELM4) -> None:
    """Notes what is wrong with the Chart.yaml of a directory."""
    import os

    path = os.path.join(directory, _NAME)
    note(ERROR, _NAME, "should be a file, not a directory" if os.path.isdir(path) else "")
    try:
        data = _read(path)
        metadata = Metadata.from_yaml(data)
    except (CharthouseError, GoError) as error:
        text = str(error)
        if profile.old_go:
            from charthouse.charts.json_helm3 import old_json_text

            text = old_json_text(text, "Metadata")
        note(ERROR, _NAME, f"unable to parse YAML\n\t{text}")
        return
    words = "" if profile.lint3 else _strictly(data)
    note(WARNING, _NAME, f"failed to strictly parse chart metadata file\n\t{words}" if words else "")
    loose = _loosely(data)
    note(ERROR, _NAME, _name(metadata))
    note(ERROR, _NAME, _api_version(metadata))
    note(ERROR, _NAME, _text_type(loose, "version"))
    note(ERROR, _NAME, _version(metadata))
    note(ERROR, _NAME, _text_type(loose, "appVersion"))
    note(ERROR, _NAME, _maintainers(metadata))
    note(ERROR, _NAME, _sources(metadata))
    note(INFO, _NAME, "" if metadata.icon else "icon is recommended")
    note(ERROR, _NAME, _icon(metadata))
    note(ERROR, _NAME, _type(metadata))
    note(ERROR, _NAME, _dependencies(metadata))
    if not profile.lint3:
        note(WARNING, _NAME, _strict_version(metadata))


def _read(path: str) -> bytes:
    from charthouse.charts.oserror import go_text
    from charthouse.charts.regular import read_regular

    try:
        return read_regular(path)
    except OSError as error:
        operation = "read" if isinstance(error, IsADirectoryError) else "open"
        raise CharthouseError(go_text(operation, path, error)) from None


def _loosely(data: bytes) -> dict[str, Any]:
    """The fields with their own types; none when JSON cannot hold one, which Helm passes over."""
    try:
        return yaml.load_map(data.decode("utf-8", "surrogateescape"))
    except yaml.YamlError:
        return {}


def _strictly(data: bytes) -> str:
    """What sigs.k8s.io/yaml's UnmarshalStrict says about duplicate and unknown keys."""
    try:
        value = yaml.load_strictly(data.decode("utf-8", "surrogateescape"))
    except yaml.YamlError as error:
        return "" if "json: unsupported value: " in error.message else str(error)  # an infinity that became text
    unknown = _unknown(value)
    if unknown is None:
        return ""
    from charthouse.golang.strconv import quote

    return f"error unmarshaling JSON: while decoding JSON: json: unknown field {quote(unknown)}"


def _known(names: str) -> frozenset[str]:
    return frozenset(name.lower() for name in names.split())


_METADATA = _known(
    "name home sources version description keywords maintainers icon apiVersion condition tags appVersion deprecated "
    "annotations kubeVersion dependencies type"
)
_INNER = {
    "maintainers": _known("name email url"),
    "dependencies": _known("name version repository condition tags enabled import-values alias"),
}


def _unknown(value: Any) -> str | None:
    """The first key, in JSON's order, that no field has the name of, None when there is none; case does not count."""
    if not isinstance(value, dict):
        return None
    for key in sorted(value):
        folded = key.lower()
        if folded not in _METADATA:
            return str(key)
        entries = value[key]
        for entry in entries if folded in _INNER and isinstance(entries, list) else ():
            for name in sorted(entry) if isinstance(entry, dict) else ():
                if name.lower() not in _INNER[folded]:
                    return str(name)
    return None


def _name(metadata: Metadata) -> str:
    name = metadata.name
    if not name:
        return "name is required"
    if "/" in name:
        from charthouse.golang.strconv import quote

        return f"chart name {quote(name)} is invalid"
    return ""


def _api_version(metadata: Metadata) -> str:
    choice = 'The value must be either "v1" or "v2"'
    if not metadata.api_version:
        return f"apiVersion is required. {choice}"
    if metadata.api_version not in (_V1, _V2):
        return f"apiVersion '{metadata.api_version}' is not valid. {choice}"
    return ""


def _text_type(values: dict[str, Any], key: str) -> str:
    if key not in values or isinstance(values[key], str):
        return ""
    from charthouse.golang.kinds import go_type

    return f"{key} should be of type string but it's of type {go_type(values[key])}"


def _version(metadata: Metadata) -> str:
    from charthouse.formats.semver import Constraint, SemverError, Version

    if not metadata.version:
        return "version is required"
    try:
        version = Version.parse(metadata.version)
    except SemverError:
        return f"version '{metadata.version}' is not a valid SemVer"
    valid, reasons = Constraint.parse(">0.0.0-0").validate(version)
    return f"version {reasons[0]}" if not valid and reasons else ""


def _strict_version(metadata: Metadata) -> str:
    from charthouse.formats.semver import SemverError, Version

    try:
        Version.parse_strict(metadata.version)
    except SemverError:
        return f"version '{metadata.version}' is not a valid SemVerV2"
    return ""


def _maintainers(metadata: Metadata) -> str:
    from charthouse.lint.rules.addresses import is_email, is_url

    for maintainer in metadata.maintainers or ():
        if maintainer is None:
            return "a maintainer entry is empty"
        if not maintainer.name:
            return "each maintainer requires a name"
        if maintainer.email and not is_email(maintainer.email):
            return f"invalid email '{maintainer.email}' for maintainer '{maintainer.name}'"
        if maintainer.url and not is_url(maintainer.url):
            return f"invalid url '{maintainer.url}' for maintainer '{maintainer.name}'"
    return ""


def _sources(metadata: Metadata) -> str:
    from charthouse.lint.rules.addresses import is_request_url

    for source in metadata.sources or ():
        if not source or not is_request_url(source):
            return f"invalid source URL '{source}'"
    return ""


def _icon(metadata: Metadata) -> str:
    from charthouse.lint.rules.addresses import is_request_url

    if metadata.icon and not is_request_url(metadata.icon):
        return f"invalid icon URL '{metadata.icon}'"
    return ""


def _type(metadata: Metadata) -> str:
    if metadata.type and metadata.api_version != _V2:
        return f"chart type is not valid in apiVersion '{metadata.api_version}'. It is valid in apiVersion '{_V2}'"
    return ""


def _dependencies(metadata: Metadata) -> str:
    if metadata.dependencies and metadata.api_version != _V2:
        return (
            f"dependencies are not valid in the Chart file with apiVersion '{metadata.api_version}'. "
            f"They are valid in apiVersion '{_V2}'"
        )
    return ""
