"""``tiller``: the release server, which is not built yet."""

from __future__ import annotations

import sys

__all__ = ["entry"]


def entry() -> None:
    """The console script."""
    sys.stderr.write(
        "Error: the release server is not built yet\n"
        "hint: use charthouse, which works on the cluster directly; the server comes in a later release\n"
    )
    sys.exit(1)
