"""Files that are there whole or not at all, and the lock that lets one writer at a time at it.

Rules: Helm 4.3.1 ``internal/fileutil`` (``AtomicWriteFile``), ``pkg/cmd/repo_add.go`` (the lock: the file's name with
``.lock`` for its extension, waited for 30 seconds; ``flock`` as gofrs/flock takes it, so Helm and we keep each other
out).
"""

from __future__ import annotations

import os

from charthouse.distribution.errors import DistributionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

__all__ = ["FileLock", "lock_path", "write"]

_WAIT = 30.0
_STEP = 0.1


def write(path: str, data: bytes, mode: int, *, make_folder: bool = True) -> None:
    """Put `data` at `path` by rename. make_folder: its directory is made when missing.

    Raises DistributionError; nothing is half-written.
    """
    folder, name = os.path.split(path)
    temporary = os.path.join(folder, f".{name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        if make_folder:
            os.makedirs(folder or ".", 0o755, exist_ok=True)
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
                os.fchmod(stream.fileno(), mode)
            os.replace(temporary, path)
        except OSError:
            os.unlink(temporary)
            raise
    except OSError as error:
        missing = isinstance(error, FileNotFoundError) and not os.path.isdir(folder or ".")
        raise DistributionError(
            f"open {path}: {(error.strerror or str(error)).lower()}",
            hint=f"there is no directory {folder}" if missing else "nothing was changed there",
        ) from error


def lock_path(path: str) -> str:
    """The lock file that belongs to a file."""
    root, extension = os.path.splitext(path)
    return f"{root if extension else path}.lock"


class FileLock:
    """Held while the block runs. sleep and monotonic: the clock. Raises DistributionError after 30 seconds."""

    def __init__(self, path: str, *, sleep: Callable[[float], None], monotonic: Callable[[], float]) -> None:
        self.path = path
        self._sleep = sleep
        self._monotonic = monotonic
        self._handle = -1

    def __enter__(self) -> FileLock:
        import fcntl

        try:
            os.makedirs(os.path.dirname(self.path) or ".", 0o777, exist_ok=True)
            self._handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise DistributionError(f"open {self.path}: {(error.strerror or str(error)).lower()}") from error
        until = self._monotonic() + _WAIT
        while True:
            try:
                fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return self
            except BlockingIOError:
                if self._monotonic() > until:
                    os.close(self._handle)
                    raise DistributionError(
                        "context deadline exceeded", hint=f"another process holds {self.path}"
                    ) from None
                self._sleep(_STEP)

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        os.close(self._handle)
