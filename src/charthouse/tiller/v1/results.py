"""What a verb returned, as the message that ends its stream."""

from __future__ import annotations

from charthouse.actions.test import Tested
from charthouse.actions.uninstall import Uninstalled
from charthouse.releases.release import Release
from charthouse.tiller.v1 import messages
from charthouse.tiller.v1.failures import to_failure
from charthouse.tiller.v1.releases import to_message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["TestsRun", "result_message"]


class TestsRun:
    """Tests that were run and cleaned up after. logs: as `--logs` prints them."""

    __test__ = False
    __slots__ = ("clean_up_error", "logs", "tested")

    def __init__(self, tested: Tested, logs: str, clean_up_error: Any) -> None:
        self.tested = tested
        self.logs = logs
        self.clean_up_error = clean_up_error


def result_message(value: Any, view: int) -> messages.Result:
    """view: of the release in it. value: of any verb, of either API."""
    out = messages.Result()
    if isinstance(value, messages.Result):
        return value
    if isinstance(value, TestsRun):
        out.logs = value.logs.encode("utf-8", "replace").decode("utf-8")
        if value.clean_up_error is not None:
            out.clean_up_failure.CopyFrom(to_failure(value.clean_up_error))
        value = value.tested
    if isinstance(value, Tested):
        if value.error is not None:
            out.failure.CopyFrom(to_failure(value.error))
        if value.log_error is not None:
            out.log_failure.CopyFrom(to_failure(value.log_error))
        value = value.release
    if isinstance(value, Uninstalled):
        out.info = value.info.encode("utf-8", "replace").decode("utf-8")
        value = value.release
    if isinstance(value, Release):
        out.release.CopyFrom(to_message(value, view))
    return out
