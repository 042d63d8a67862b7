"""A function over many items at once, results in the order of the items."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import TypeVar

    T = TypeVar("T")
    R = TypeVar("R")

__all__ = ["WORKERS", "each", "runs_of"]

WORKERS = 8
"""How many requests are under way at once."""


def each(items: Sequence[T], work: Callable[[T], R]) -> list[R]:
    """[work(item) for item in items], at most WORKERS at a time. The first error in their order is raised at the
    end.
    """
    if len(items) < 2:
        return [work(item) for item in items]
    import threading

    results: list[R | None] = [None] * len(items)
    errors: list[BaseException | None] = [None] * len(items)
    todo = iter(range(len(items)))
    lock = threading.Lock()

    def worker() -> None:
        while True:
            with lock:
                at = next(todo, -1)
            if at < 0:
                return
            try:
                results[at] = work(items[at])
            except BaseException as error:  # handed to the caller's thread below
                errors[at] = error

    threads = [threading.Thread(target=worker, daemon=True) for _ in range(min(WORKERS, len(items)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for error in errors:
        if error is not None:
            raise error
    return results  # type: ignore[return-value]  # every place was filled, or an error raised


def runs_of(items: Iterable[T], key: Callable[[T], object]) -> list[list[T]]:
    """Consecutive items with the same key."""
    found: list[list[T]] = []
    last: object = None
    for item in items:
        mark = key(item)
        if not found or mark != last:
            found.append([])
            last = mark
        found[-1].append(item)
    return found
