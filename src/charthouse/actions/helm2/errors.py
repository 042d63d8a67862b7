"""What Helm 2's verbs refuse, in Tiller's words.

::

    ActionError
    └── TillerRefusal
        ├── InvalidReleaseName   the name breaks the rules, or is taken
        └── NoObjects            `no objects visited`: there is nothing in the manifest
"""

from __future__ import annotations

from charthouse.actions.errors import ActionError

__all__ = ["InvalidReleaseName", "NoObjects", "TillerRefusal"]


class TillerRefusal(ActionError):
    """The root of what a request is refused with before anything is done."""


class InvalidReleaseName(TillerRefusal):
    """A release cannot be called so."""


class NoObjects(TillerRefusal):
    """A manifest without objects."""

    def __init__(self) -> None:
        super().__init__("no objects visited", hint="the templates render to nothing")
