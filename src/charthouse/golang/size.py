"""How large texts and values may become: what one function call may produce or walk through.

Go has no such bounds; a chart could take the machine with one line. Values can share parts (`list $x $x` forty times
over is forty lists but 2**40 leaves) or contain themselves, so whatever walks through one either asks ``bound`` first
or counts what it has written so far (``check_pieces``, once for each collection).
"""

from __future__ import annotations

from charthouse.golang.kinds import GoError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ENTRY", "LARGEST", "NODES", "TooLarge", "bound", "check_pieces", "check_size", "joined"]

LARGEST = 1 << 27
"""Bytes of text or items of a list one call may produce: far above any manifest, far below a machine's memory."""

ENTRY = 1 << 6
"""Bytes an entry of a list or map takes at least; LARGEST holds as many of them as NODES says."""

NODES = 1 << 21
"""Entries of lists and maps one call may walk through; those met again count again."""


class TooLarge(GoError):
    """A text or value past these bounds; functions that swallow other errors let it through."""


def check_size(count: int, unit: int = 1) -> None:
    """Refuse a result of `count` pieces of `unit` bytes if it is larger than LARGEST. Raises TooLarge."""
    if count * unit > LARGEST:
        raise TooLarge(f"result is too large: {count * unit} (limit {LARGEST})")


def check_pieces(count: int) -> None:
    """Refuse to go on when a value has been written in so many pieces. Raises TooLarge."""
    if count > 2 * NODES:
        raise TooLarge(f"value is too large: more than {NODES} entries")


def joined(pieces: Sequence[str], separator: str = "") -> str:
    """The pieces with the separator between them. Raises TooLarge."""
    size = sum(map(len, pieces)) + len(separator) * len(pieces)
    if size > LARGEST:
        raise TooLarge(f"result is too large: {size} (limit {LARGEST})")
    return separator.join(pieces)


def bound(value: object, nodes: int = NODES, text: int = LARGEST) -> None:
    """Refuse a value of more than so many entries, or so many characters of text in all. Raises TooLarge."""
    if not isinstance(value, (dict, list)):
        return
    todo: list[list[object] | dict[object, object]] = [value]
    left = nodes
    while todo:
        part = todo.pop()
        left -= len(part)
        if left < 0:
            raise TooLarge(f"value is too large: more than {nodes} entries")
        for item in part.values() if isinstance(part, dict) else part:
            if type(item) is str:
                text -= len(item)
            elif item and isinstance(item, (dict, list)):
                todo.append(item)
        if text < 0:
            raise TooLarge("value is too large: its texts together are too long")
