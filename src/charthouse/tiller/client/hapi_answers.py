"""What Helm 2's Tiller answers, as the verbs' own results and errors.

Whose rules: helm v2.17.0 pkg/tiller, pkg/kube (texts; every error is code 2 and known by its words), cmd/helm for what
the client makes of them. Resources come as text tables and are made Tables, as the API server has them.
"""

from __future__ import annotations

import re

from charthouse.actions.errors import ActionError, NameInUse, Pending
from charthouse.manifests.hooks import HookRun
from charthouse.records import replace
from charthouse.releases.errors import NoDeployedReleases, NotFound
from charthouse.releases.helm2.conversion import release_from_message
from charthouse.rpc.status import Code
from charthouse.tiller.client.errors import TillerError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.errors import CharthouseError
    from charthouse.hapi import messages
    from charthouse.releases.release import Release
    from charthouse.rpc.status import RpcError

__all__ = ["as_verb_error", "release_of", "resources_of"]

_NOT_FOUND = re.compile(r'release: "[^"]*" not found\Z')
_NONE_DEPLOYED = re.compile(r'"([^"]*)" has no deployed releases\Z')
_TEST_PHASES = ("Unknown", "Succeeded", "Failed", "Running")


def as_verb_error(error: RpcError) -> CharthouseError:
    """The error a verb raises for what Tiller said: its class where it is known, Tiller's words always."""
    text = error.message
    if error.code != Code.UNKNOWN:
        return error
    if _NOT_FOUND.search(text):
        return NotFound(text)
    if match := _NONE_DEPLOYED.search(text):
        return NoDeployedReleases(match[1])
    if text.startswith("another operation (install/upgrade/rollback) is in progress"):
        return Pending()
    if text.startswith(("a release named ", "cannot re-use a name")):
        failed: ActionError = NameInUse(hint="`upgrade --install` works on a release that is there")
        failed.message = text
        return failed
    return TillerError(text, hint=_advice(text))


def _advice(text: str) -> str:
    if text.startswith("incompatible versions"):
        return "this Tiller is not of Helm 2.17's line"
    return ""


def release_of(message: messages.Release) -> Release:
    """The release, the last run of its tests put where later Helms have it: in the hooks. Raises CodecError."""
    release = release_from_message(message)
    if not message.info.status.HasField("last_test_suite_run"):
        return release
    runs = {run.name: run for run in message.info.status.last_test_suite_run.results}
    hooks = []
    for hook in release.hooks:
        run = runs.get(hook.name)
        if run is not None and ("test" in hook.events or "test-failure" in hook.events):
            hook = replace(hook, last_run=_ran(run))
        hooks.append(hook)
    return replace(release, hooks=tuple(hooks))


def _ran(run: messages.TestRun) -> HookRun:
    phase = _TEST_PHASES[run.status] if 0 <= run.status < len(_TEST_PHASES) else "Unknown"
    return HookRun(_moment(run, "started_at"), _moment(run, "completed_at"), phase)


def _moment(message: Any, field: str) -> Any:
    from charthouse.golang.moment import from_nanoseconds

    if not message.HasField(field):
        return None
    value = getattr(message, field)
    return from_nanoseconds(value.seconds * 10**9 + value.nanos)


def resources_of(text: str) -> dict[str, list[dict[str, Any]]]:
    """The tables of a status, by `v1/ConfigMap`.

    text: `==> v1/ConfigMap`, a table with one head for all its rows, an empty line, and so on; what is missing in the
    cluster stands last, under `==> MISSING`.
    """
    out: dict[str, list[dict[str, Any]]] = {}
    for block in re.split(r"(?m)^==> ", text)[1:]:
        title, _, body = block.partition("\n")
        rows = [_cells(line) for line in body.splitlines() if line.strip()]
        if not rows:
            continue
        head, *cells = rows
        columns = [{"name": name} for name in head]
        table = {"kind": "Table", "columnDefinitions": columns, "rows": [{"cells": _filled(c, head)} for c in cells]}
        out.setdefault(title.strip(), []).append(table)
    return out


def _cells(line: str) -> list[str]:
    return [cell for cell in re.split(r"\t+| {2,}", line.rstrip()) if cell]


def _filled(cells: list[str], head: list[str]) -> list[str]:
    """As many cells as columns."""
    return [*cells[: len(head) - 1], *[""] * (len(head) - len(cells)), *cells[len(head) - 1 :]][: len(head)]
