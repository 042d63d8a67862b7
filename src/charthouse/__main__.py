"""``python -m charthouse``."""

from __future__ import annotations

from charthouse.entry import entry

if __name__ == "__main__":
    entry()
