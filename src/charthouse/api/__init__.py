"""charthouse as a library.

::

    import charthouse

    client = charthouse.Client(namespace="shop")
    client.install("web", "./chart", {"replicas": 2}, wait="watcher")
    client.list()

Names are loaded when first used; ``import charthouse`` offers the same ones.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.actions.diff import text as diff_text
    from charthouse.actions.errors import ActionError, VerbFailed
    from charthouse.actions.explanation import Explanation
    from charthouse.actions.ports import Progress
    from charthouse.api.asynchronous import AsyncClient
    from charthouse.api.client import Client
    from charthouse.api.explaining import explain
    from charthouse.api.rendering import exact_differences, load_chart, render
    from charthouse.api.signing import sign_package, verify_cosign_bundle, verify_package
    from charthouse.charts.chart import Chart
    from charthouse.errors import CharthouseError
    from charthouse.gotemplate.limits import Limits
    from charthouse.provenance.errors import ProvenanceError
    from charthouse.provenance.signing import Verification
    from charthouse.releases.release import Release
    from charthouse.tiller.client.settings import ClientSettings as TillerSettings
    from charthouse.tiller.client.settings import TLSSettings as TillerTLS

__all__ = [
    "ActionError",
    "AsyncClient",
    "Chart",
    "CharthouseError",
    "Client",
    "Explanation",
    "Limits",
    "Progress",
    "ProvenanceError",
    "Release",
    "TillerSettings",
    "TillerTLS",
    "VerbFailed",
    "Verification",
    "diff_text",
    "exact_differences",
    "explain",
    "load_chart",
    "render",
    "sign_package",
    "verify_cosign_bundle",
    "verify_package",
]

_PLACES = {
    "ActionError": ("charthouse.actions.errors", "ActionError"),
    "AsyncClient": ("charthouse.api.asynchronous", "AsyncClient"),
    "Chart": ("charthouse.charts.chart", "Chart"),
    "CharthouseError": ("charthouse.errors", "CharthouseError"),
    "Client": ("charthouse.api.client", "Client"),
    "Explanation": ("charthouse.actions.explanation", "Explanation"),
    "Limits": ("charthouse.gotemplate.limits", "Limits"),
    "Progress": ("charthouse.actions.ports", "Progress"),
    "ProvenanceError": ("charthouse.provenance.errors", "ProvenanceError"),
    "Release": ("charthouse.releases.release", "Release"),
    "TillerSettings": ("charthouse.tiller.client.settings", "ClientSettings"),
    "TillerTLS": ("charthouse.tiller.client.settings", "TLSSettings"),
    "VerbFailed": ("charthouse.actions.errors", "VerbFailed"),
    "Verification": ("charthouse.provenance.signing", "Verification"),
    "diff_text": ("charthouse.actions.diff", "text"),
    "explain": ("charthouse.api.explaining", "explain"),
    "exact_differences": ("charthouse.api.rendering", "exact_differences"),
    "load_chart": ("charthouse.api.rendering", "load_chart"),
    "render": ("charthouse.api.rendering", "render"),
    "sign_package": ("charthouse.api.signing", "sign_package"),
    "verify_cosign_bundle": ("charthouse.api.signing", "verify_cosign_bundle"),
    "verify_package": ("charthouse.api.signing", "verify_package"),
}


def __getattr__(name: str) -> Any:
    place = _PLACES.get(name)
    if place is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(place[0]), place[1])
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
