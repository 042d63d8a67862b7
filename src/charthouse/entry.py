"""The console script: where the compiled modules are, then the command line (``cli.main``)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

__all__ = ["entry"]


def entry() -> NoReturn:
    """Run the command line of this process; does not return."""
    import os

    from charthouse.cachehome import cache_home

    home = cache_home(os.environ)
    if not home:
        from charthouse.cli.main import entry as run

        run()
    from charthouse.compiled import CompiledModules

    modules = CompiledModules(f"{home}/modules")
    modules.open()
    from charthouse.cli.main import entry as run

    run(before_exit=modules.keep)
