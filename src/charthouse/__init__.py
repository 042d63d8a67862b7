"""charthouse: the Kubernetes package manager, as a library and a command line.

``import charthouse`` costs next to nothing: the public names are loaded from ``charthouse.api`` when first used.
"""

from __future__ import annotations

__version__ = "0.1.0"
HELM_VERSION = "v4.3.1"

__all__ = ["HELM_VERSION", "__version__"]
