"""Processes that have everything imported already: forked from one that has, in a few milliseconds."""

from __future__ import annotations

import multiprocessing
from multiprocessing.context import ForkServerContext

__all__ = ["forking"]


def forking() -> ForkServerContext:
    """Whose processes are forked from a server that pytest ends with itself."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.cluster.replicas", "tests.cluster.dying"])
    return context
