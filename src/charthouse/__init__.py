"""charthouse: the Kubernetes package manager, as a library and a command line.

``import charthouse`` costs next to nothing: the public names are loaded from ``charthouse.api`` when first used.
"""

from __future__ import annotations

from os import environ as _environ

if _environ.get("CHARTHOUSE_PURE"):  # before any other module is imported, so it cannot be an argument
    from charthouse.pure import insist

    insist()

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.api import (
        ActionError,
        AsyncClient,
        Chart,
        CharthouseError,
        Client,
        Explanation,
        Limits,
        Progress,
        ProvenanceError,
        Release,
        TillerSettings,
        TillerTLS,
        VerbFailed,
        Verification,
        diff_text,
        exact_differences,
        explain,
        load_chart,
        render,
        sign_package,
        verify_cosign_bundle,
        verify_package,
    )

__version__ = "0.1.0"
HELM_VERSION = "v4.3.1"

__all__ = [
    "HELM_VERSION",
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
    "__version__",
    "diff_text",
    "exact_differences",
    "explain",
    "load_chart",
    "render",
    "sign_package",
    "verify_cosign_bundle",
    "verify_package",
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from charthouse import api

        value = globals()[name] = getattr(api, name)
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
