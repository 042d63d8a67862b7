"""A case through Helm's own packages (the peer `judge`) and through ours, in their processes."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

from tests.conformance.chart_trees.grow import Case
from tests.conformance.documents.judges import ask

__all__ = ["differences", "ours", "question"]


def question(case: Case) -> dict[str, Any]:
    def encoded(text: str) -> str:
        return base64.b64encode(text.encode()).decode()

    return {
        "Ask": "values",
        "Files": [{"Name": name, "Data": encoded(text)} for name, text in case.files.items()],
        "Values": [encoded(text) for text in case.values],
        "Sets": case.sets,
        "Side": case.side,
    }


class Line:
    """What `user_values` needs of a command line."""

    def __init__(self, case: Case) -> None:
        from charthouse.profile import HELM4

        self.profile = HELM4
        self.flags: dict[str, list[str]] = {"values": [f"v{at}.yaml" for at in range(len(case.values))]}
        for flag in ("set-json", "set", "set-string", "set-file", "set-literal"):
            self.flags[flag] = [text for name, text in case.sets if name == flag]

    def __getitem__(self, name: str) -> list[str]:
        return self.flags[name]

    def stdin(self) -> bytes:
        return b""


def ours(case: Case, folder: Path) -> dict[str, Any]:
    """The judge's answer, as we give it. folder: the working directory, where files may be written."""
    from charthouse.cli.slog import line
    from charthouse.errors import CharthouseError
    from charthouse.golang.kinds import GoError
    from charthouse.logs import DEBUG, LogRecord

    logged: list[str] = []

    def log(record: LogRecord, /) -> None:
        if record.level != DEBUG:
            logged.append(line(record))

    for at, text in enumerate(case.values):
        (folder / f"v{at}.yaml").write_text(text)
    for name, text in case.side.items():
        (folder / name).write_text(text)
    os.chdir(folder)
    try:
        answer: dict[str, Any] = {"out": _rendered(case, log)}
    except (CharthouseError, GoError) as error:
        answer = {"err": getattr(error, "message", str(error))}
    return {**answer, "log": sorted(logged)}


def _rendered(case: Case, log: Any) -> dict[str, str]:
    from charthouse.actions.render import process_dependencies
    from charthouse.charts.chart import File
    from charthouse.charts.loader import load_files
    from charthouse.charts.values import to_render_values
    from charthouse.cli.values_options import user_values
    from charthouse.engine.render import render

    values = user_values(Line(case))  # type: ignore[arg-type]  # as much of a Context as it looks at
    chart = load_files([File(name, text.encode()) for name, text in case.files.items()], log=log)
    process_dependencies(chart, values, log=log)
    capabilities: Any = None
    top = to_render_values(
        chart,
        values,
        name="r",
        namespace="default",
        revision=1,
        is_install=True,
        is_upgrade=False,
        capabilities=capabilities,
        log=log,
    )
    return render(chart, top, log=log)


def theirs(answer: dict[str, Any]) -> dict[str, Any]:
    import json

    found: dict[str, Any] = {}
    if "panic" in answer:
        return {"panic": answer["panic"]}
    if "err" in answer:
        found["err"] = base64.b64decode(answer["err"]).decode()
    else:
        found["out"] = json.loads(base64.b64decode(answer["out"]))
    log = base64.b64decode(answer["log"] or b"").decode()
    return {**found, "log": sorted(log.split("\n")[:-1])}


def differences(judge: Path, cases: list[Case], folder: Path) -> list[tuple[Case, Any, Any]]:
    """(case, Helm's answer, ours) for each difference Helm itself is settled about."""
    found = []
    for case, answer in zip(cases, ask(judge, [question(case) for case in cases]), strict=True):
        wanted = theirs(answer)
        given = ours(case, folder)
        if wanted == given or "panic" in wanted or "contains itself" in given.get("err", ""):
            continue
        again = [theirs(each) for each in ask(judge, [question(case)] * 40)]
        if given not in again and not any("panic" in each for each in again):
            found.append((case, wanted, given))
    return found
