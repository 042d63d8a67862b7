"""``--history-max``: its default is a variable's (HELM_MAX_HISTORY), like those of the global flags."""

from __future__ import annotations

import os

from charthouse.cli.flags import Flag
from charthouse.settings import settings_from

__all__ = ["history_max_flag"]


def history_max_flag() -> Flag:
    limit = settings_from(os.environ).max_history
    return Flag("history-max", "int", "revisions to keep of the release, 0 = all", default=limit)
