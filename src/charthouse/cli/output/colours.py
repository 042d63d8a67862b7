"""Colours of Helm 4's tables. Rules: 4.3.1 ``internal/cli/output/color.go`` over fatih/color."""

from __future__ import annotations

__all__ = ["Palette"]

_STATUS = {
    "deployed": "32",
    "failed": "31",
    "unknown": "31",
    "pending-install": "33",
    "pending-upgrade": "33",
    "pending-rollback": "33",
    "uninstalling": "33",
}


class Palette:
    """Paints words when `on`, gives them back as they are otherwise."""

    __slots__ = ("on",)

    def __init__(self, on: bool) -> None:
        self.on = on

    def _paint(self, text: str, code: str, end: str = "0") -> str:
        return f"\x1b[{code}m{text}\x1b[{end}m" if self.on else text

    def status(self, text: str) -> str:
        code = _STATUS.get(text)
        return self._paint(text, code) if code else text

    def header(self, text: str) -> str:
        return self._paint(text, "1", "22")

    def namespace(self, text: str) -> str:
        return self._paint(text, "36")
