"""Odd words and texts by what they stand for (pools.json)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["pool"]

_POOLS: dict[str, list[Any]] = json.loads(Path(__file__).with_name("pools.json").read_text(encoding="utf-8"))


def pool(name: str) -> tuple[Any, ...]:
    """The texts (or lists of words) under a name."""
    return tuple(_POOLS[name])
