"""``python -m charthouse``."""

from __future__ import annotations

from charthouse.cli.main import entry

if __name__ == "__main__":
    entry()
