"""Which modules an installed wheel runs compiled; fails when not those asked for. Run by `make wheel-test`."""

from __future__ import annotations

import importlib
import os
import sys

MODULES = ("block", "blocks", "inline", "resolve")


def main() -> int:
    pure = bool(os.environ.get("CHARTHOUSE_PURE"))
    failed = 0
    for name in MODULES:
        path = str(importlib.import_module(f"charthouse.formats.yaml.{name}").__file__)
        sys.stdout.write(f"{name:8} {path}\n")
        failed += path.endswith(".py") is not pure
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
