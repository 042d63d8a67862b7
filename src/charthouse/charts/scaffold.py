"""A new chart's files, as ``create`` writes them.

The files stand in ``scaffold_files`` and are Helm 4.3.1's own (pkg/chart/v2/util/create.go; Apache License 2.0), so
that a chart started here is the chart Helm would have started, byte for byte; ``<CHARTNAME>`` in them is the chart's
name. Rules: ``Create``, ``CreateFrom`` and ``validateChartName`` of that file.
"""

from __future__ import annotations

import os

from charthouse.charts.metadata import ChartError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.charts.chart import Chart
    from charthouse.charts.metadata import Metadata
    from charthouse.logs import Log

__all__ = ["create", "create_from", "scaffold"]

_MARK = b"<CHARTNAME>"
_LONGEST_NAME = 250
_NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
_FILES = (
    ("Chart.yaml", "Chart.yaml"),
    ("values.yaml", "values.yaml"),
    (".helmignore", "helmignore"),
    ("templates/ingress.yaml", "templates/ingress.yaml"),
    ("templates/httproute.yaml", "templates/httproute.yaml"),
    ("templates/deployment.yaml", "templates/deployment.yaml"),
    ("templates/service.yaml", "templates/service.yaml"),
    ("templates/serviceaccount.yaml", "templates/serviceaccount.yaml"),
    ("templates/hpa.yaml", "templates/hpa.yaml"),
    ("templates/NOTES.txt", "templates/NOTES.txt"),
    ("templates/_helpers.tpl", "templates/_helpers.tpl"),
    ("templates/tests/test-connection.yaml", "templates/tests/test-connection.yaml"),
)


def scaffold(name: str) -> list[tuple[str, bytes]]:
    """Path in the chart and content of every file of a new chart called `name`, in the order they are written."""
    base = os.path.join(os.path.dirname(__file__), "scaffold_files")
    files = []
    for path, source in _FILES:
        with open(os.path.join(base, source), "rb") as stream:
            files.append((path, stream.read().replace(_MARK, name.encode("utf-8", "surrogateescape"))))
    return files


def create(name: str, directory: str, *, warn: Callable[[str], None]) -> str:
    """Write a new chart below `directory`; returns its directory.

    warn gets one line for each file that was there and is overwritten. Raises ChartError for a name Helm refuses, a
    directory that is not there, and whatever the file system says.

    """
    _check_name(name)
    parent = os.path.abspath(directory)
    from charthouse.charts.oserror import go_text

    try:
        os.stat(parent)
    except OSError as error:
        raise ChartError(go_text("stat", parent, error)) from None
    if not os.path.isdir(parent):
        raise ChartError(f"no such directory {parent}")
    target = os.path.normpath(os.path.join(parent, name))
    if os.path.exists(target) and not os.path.isdir(target):
        raise ChartError(f"file {target} already exists and is not a directory")
    for path, content in scaffold(name):
        full = os.path.join(target, path)
        if os.path.exists(full):
            warn(f'WARNING: File "{full}" already exists. Overwriting.\n')
        _write(full, content)
    _make_directory(os.path.join(target, "charts"))
    return target


def create_from(name: str, directory: str, starter: str, *, log: Log) -> str:
    """Write a chart called `name` below `directory` from a starter chart (a directory or an archive).

    In templates and values.yaml of the starter ``<CHARTNAME>`` becomes the name; its Chart.yaml is replaced; charts
    inside it are written as archives. Raises ChartError.
    """
    from charthouse.charts.archive import save
    from charthouse.errors import CharthouseError
    from charthouse.formats.yaml import dump

    chart = _load_starter(starter, log)
    chart.metadata = _metadata(name)
    chart.metadata.validate()
    encoded = name.encode("utf-8", "surrogateescape")
    target = os.path.normpath(os.path.join(directory, name))
    if os.path.exists(target) and not os.path.isdir(target):
        raise ChartError(f"file {target} already exists and is not a directory")
    _write(os.path.join(target, "Chart.yaml"), dump(chart.metadata.to_dict()).encode("utf-8", "surrogateescape"))
    for file in chart.raw:
        if file.name == "values.yaml":
            _write(os.path.join(target, file.name), file.data.replace(_MARK, encoded))
    if chart.schema is not None:
        _write(os.path.join(target, "values.schema.json"), chart.schema)
    for file in chart.templates:
        _write(os.path.join(target, file.name), file.data.replace(_MARK, encoded))
    for file in chart.files:
        _write(os.path.join(target, file.name), file.data)
    for inner in chart.dependencies:
        try:
            save(inner, os.path.join(target, "charts"))
        except CharthouseError as error:
            raise ChartError(f"saving {inner.full_path()}: {error}", hint=error.hint) from error
    return target


def _load_starter(starter: str, log: Log) -> Chart:
    from charthouse.charts.loader import load_archive, load_directory
    from charthouse.errors import CharthouseError

    try:
        if os.path.isdir(starter):
            return load_directory(starter, log=log)
        with open(starter, "rb") as stream:
            return load_archive(stream.read(), log=log)
    except OSError as error:
        from charthouse.charts.oserror import go_text

        raise ChartError(f"could not load {starter}: {go_text('stat', starter, error)}") from error
    except CharthouseError as error:
        raise ChartError(f"could not load {starter}: {error}", hint=error.hint) from error


def _metadata(name: str) -> Metadata:
    from charthouse.charts.metadata import Metadata

    made = Metadata(name, "0.1.0", api_version="v2", type="application")
    made.description = "A Helm chart for Kubernetes"
    made.app_version = "0.1.0"
    return made


def _check_name(name: str) -> None:
    if not 0 < len(name.encode("utf-8", "surrogateescape")) <= _LONGEST_NAME:
        raise ChartError(f"chart name must be between 1 and {_LONGEST_NAME} characters")
    if not _NAME_CHARACTERS.issuperset(name):
        raise ChartError(
            'chart name must match the regular expression "^[a-zA-Z0-9._-]+$"',
            hint="letters, digits, dots, underscores and hyphens are allowed",
        )


def _make_directory(path: str) -> None:
    from charthouse.charts.oserror import go_text

    try:
        os.makedirs(path, mode=0o755, exist_ok=True)
    except OSError as error:
        raise ChartError(go_text("mkdir", str(error.filename or path), error)) from None


def _write(path: str, content: bytes) -> None:
    from charthouse.charts.oserror import go_text

    _make_directory(os.path.dirname(path))
    try:
        with open(path, "wb") as stream:
            stream.write(content)
    except OSError as error:
        raise ChartError(go_text("open", path, error)) from None
