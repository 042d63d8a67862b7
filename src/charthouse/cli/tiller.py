"""The program ``tiller``: ``charthouse tiller serve`` with a command line that Helm 2's tiller would take, too.

Go's flag package knows one dash as well as two, and writes words of a name with underscores where klog does.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["arguments", "entry"]


def arguments(given: Sequence[str]) -> list[str]:
    """The words as ``charthouse`` takes them: `-listen=:1` becomes `--listen=:1`, `-log_dir` becomes `--log-dir`."""
    out = ["tiller", "serve"]
    for word in given:
        name, equals, value = word.lstrip("-").partition("=")
        dashes = len(word) - len(word.lstrip("-"))
        if dashes in (1, 2) and len(name) > 1:
            word = f"--{name.replace('_', '-')}{equals}{value}"
        out.append(word)
    return out


def entry() -> None:
    """The console script."""
    sys.argv[1:] = arguments(sys.argv[1:])
    from charthouse.cli.main import entry as run

    run()
