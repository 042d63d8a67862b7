"""crds/: does it hold CustomResourceDefinitions and nothing else (helm v4.3.1 rules/crds.go)."""

from __future__ import annotations

from charthouse.formats.yaml import YamlError
from charthouse.lint.report import ERROR
from charthouse.lint.rules.documents import heads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.lint.report import Check
    from charthouse.lint.source import Source

__all__ = ["check"]

_FOLDER = "crds/"


def check(source: Source, directory: str, note: Check) -> None:
    """Notes what is wrong with the manifests below crds/ of a directory, which need not be there."""
    import os

    path = os.path.join(directory, "crds")
    if not os.path.exists(path):
        return
    if not note(ERROR, _FOLDER, "" if os.path.isdir(path) else "not a directory"):
        return
    chart = source.chart
    if chart is None:
        note(ERROR, _FOLDER, source.error)
        return
    for crd in chart.crds():
        text = crd.file.data.decode("utf-8", "surrogateescape")
        try:
            for head in heads(text):
                if head is None:
                    continue
                fits = head.api_version.startswith("apiextensions.k8s.io")
                note(ERROR, crd.name, "" if fits else "apiVersion is not in 'apiextensions.k8s.io'")
                fits = head.kind == "CustomResourceDefinition"
                note(ERROR, crd.name, "" if fits else "object kind is not 'CustomResourceDefinition'")
        except YamlError as error:
            note(ERROR, crd.name, f"unable to parse YAML: {error}")
            return
