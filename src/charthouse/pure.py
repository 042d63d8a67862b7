"""``CHARTHOUSE_PURE=1``: run the Python sources where a wheel brought compiled modules beside them.

The compiled modules come from the same sources and do the same (``hatch_build.py`` makes them); this is for finding
out, and for measuring.
"""

from __future__ import annotations

import sys
from _frozen_importlib_external import FileFinder, SourceFileLoader  # importlib.machinery costs a millisecond

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

__all__ = ["insist"]


class _Sources:
    """Finds the modules of this package by their sources alone."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if path is None or not name.startswith("charthouse."):
            return None
        for entry in path:
            spec = FileFinder(entry, (SourceFileLoader, [".py"])).find_spec(name)
            if spec is not None:
                return spec
        return None


def insist() -> None:
    """From now on import sources, compiled or not."""
    sys.meta_path.insert(0, _Sources())
