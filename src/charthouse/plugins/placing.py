"""A plugin's files into the plugins directory: whole or not at all.

Rules: Helm 4.3.1 ``internal/third_party/dep/fs`` (``CopyDir``). Differs: the directory appears by rename, so that an
interrupted installation leaves nothing behind.
"""

from __future__ import annotations

import os

from charthouse.plugins.errors import InstallError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["copy_into", "make_folder", "remove_tree", "unpacked", "write_file"]


def copy_into(source: str, path: str) -> None:
    """Copy the directory `source` to `path`, which is not there yet. Raises InstallError."""
    import shutil

    def fill(temporary: str) -> str:
        shutil.copytree(source, temporary, symlinks=True, dirs_exist_ok=True)
        return temporary

    _by_rename(path, fill)


def unpacked(path: str, fill: Callable[[str], str]) -> None:
    """Let `fill` write into a new directory and name the part of it that becomes `path`. Raises InstallError."""
    _by_rename(path, fill)


def _by_rename(path: str, fill: Callable[[str], str]) -> None:
    parent = os.path.dirname(path) or "."
    make_folder(parent)
    temporary = os.path.join(parent, f".{os.path.basename(path)}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        os.mkdir(temporary, 0o755)
        os.rename(fill(temporary), path)
    except OSError as error:
        from charthouse.charts.oserror import go_text

        text = go_text("rename" if error.filename2 else "open", str(error.filename or path), error)
        raise InstallError(text, hint="nothing was installed") from error
    finally:
        remove_tree(temporary)


def remove_tree(path: str) -> None:
    """Remove a file, a link or a directory with all in it; what is not there is fine. Raises InstallError."""
    import shutil

    try:
        if os.path.islink(path) or not os.path.isdir(path):
            os.unlink(path)
        else:
            shutil.rmtree(path)
    except FileNotFoundError:
        return
    except OSError as error:
        from charthouse.charts.oserror import go_text

        raise InstallError(go_text("unlinkat", str(error.filename or path), error)) from error


def make_folder(path: str) -> None:
    """Make a directory, and those it stands in. Raises InstallError."""
    try:
        os.makedirs(path, 0o755, exist_ok=True)
    except OSError as error:
        from charthouse.charts.oserror import go_text

        raise InstallError(go_text("mkdir", str(error.filename or path), error)) from error


def write_file(path: str, data: bytes) -> None:
    """Put a file there, by rename. Raises DistributionError."""
    from charthouse.distribution.atomic import write

    write(path, data, 0o644)
