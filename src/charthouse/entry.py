"""The console script: where the compiled modules are, then the command line (``cli.main``)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

__all__ = ["entry"]


def entry() -> NoReturn:
    """Run the command line of this process; does not return."""
    import gc
    import os
    import sys

    # Trees of values, templates and their closures are no garbage, and looking through them took up to half the time.
    gc.set_threshold(1_000_000, 50, 100)
    from charthouse.cachehome import cache_home

    home = cache_home(os.environ)
    if not home:
        from charthouse.cli.main import entry as run

        run()
    from charthouse.compiled import CompiledModules

    words = sys.argv[1:]
    word = words[0] if words and words[0].isalpha() else ""
    if words[1:] and word == "repo":
        word = f"repo-{words[1]}" if words[1].isalpha() else ""
    if words[-1:] in (["-h"], ["--help"]):
        word = ""
    modules = CompiledModules(f"{home}/modules", word)
    modules.open()
    from charthouse.cli.main import entry as run

    run(before_exit=modules.keep)
