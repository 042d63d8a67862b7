"""Random values for a snippet, and where in them what kind of thing is found."""

from __future__ import annotations

from typing import Any

from tests.conformance.fuzz.draws import Draws
from tests.conformance.fuzz.spellings import TEXTS

__all__ = ["Tree", "tree"]

_NAMES = ("a", "b", "c", "d", "key", "x-y", "é", "0", "A", "nested")
_NUMBERS: tuple[float, ...] = (0, 1, 2, 3, -1, 1.5, -2.5, 0.1, 10, 100, 80, 8080, 1e3)
_BIG: tuple[float, ...] = (
    2147483648,
    1e15,
    1e20,
    1e21,
    -1e21,
    1e-7,
    9007199254740993,
    9.223372036854775e18,
    1e6,
    1234567.5,
)


class Tree:
    """values: the data; paths: expressions that reach into it, by kind (see ``signatures``)."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values
        self.paths: dict[str, list[str]] = {}
        for key, value in values.items():
            self._note(".Values", key, value)

    def _note(self, above: str, key: str, value: object) -> None:
        plain = key.isidentifier()
        path = f"{above}.{key}" if plain else f'(index {above} "{key}")'
        self.paths.setdefault(_kind(value), []).append(path)
        if isinstance(value, dict):
            for inner, item in value.items():
                self._note(path, inner, item)
        elif isinstance(value, list):
            for position, item in enumerate(value[:2]):
                self.paths.setdefault(_kind(item), []).append(f"(index {path} {position})")


def _kind(value: object) -> str:
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return "float"
    if isinstance(value, str):
        return "s"
    return "map" if isinstance(value, dict) else "list"


def _leaf(draws: Draws, big: bool) -> object:
    choice = draws.below(10)
    if choice < 4:
        return draws.choose(TEXTS["s"])
    if choice < 7:
        return draws.choose(_BIG if big and draws.chance(40) else _NUMBERS)
    return (None, True, False)[choice - 7]


def _node(draws: Draws, depth: int, big: bool) -> object:
    choice = draws.below(10) if depth else 9
    if choice < 3:
        return {draws.choose(_NAMES): _node(draws, depth - 1, big) for _ in range(draws.below(4))}
    if choice < 5:
        return [_node(draws, depth - 1, big) for _ in range(draws.below(4))]
    return _leaf(draws, big)


def tree(draws: Draws, *, big: bool) -> Tree:
    """Values of up to three levels, with something of every kind most of the time."""
    values: dict[str, Any] = {name: _node(draws, 2, big) for name in ("a", "b", "c", "d")}
    values["s"] = draws.choose(TEXTS["s"])
    values["n"] = draws.choose(_BIG if big else _NUMBERS)
    values["m"] = {draws.choose(_NAMES): _node(draws, 1, big) for _ in range(draws.between(0, 3))}
    values["l"] = [_node(draws, 1, big) for _ in range(draws.below(4))]
    if draws.chance(30):
        values["nil"] = None
    return Tree(values)
