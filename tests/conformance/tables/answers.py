"""The answers to the questions of `rows`: the judges' and ours, in one form, {"out": text} or {"err": text}."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from tests.conformance.chart_trees.grow import Case
from tests.conformance.chart_trees.inside import Line
from tests.conformance.documents.judges import ask
from tests.conformance.tables.rows import FILES, TEMPLATES

__all__ = ["ours", "theirs"]

CHART = "apiVersion: v2\nname: c\nversion: 0.1.0\n"
GLOB = "{{ range $path, $_ := .Files.Glob .Values.p }}{{ $path }};{{ end }}"
SIDE = {"x": "text\n", "a": ""}
VALUES: dict[str, Any] = {"f": 1.5, "m": {"k": 1, "a": [1, None]}, "l": ["x", 1.5, None]}
TOP: dict[str, Any] = {"Release": {"Name": "r"}, "Chart": None, "Capabilities": None}


def _template(table: str, row: Any) -> str:
    call = row.get("call", "")
    text = TEMPLATES[table]
    if "%s" not in text:
        return text
    return text % (tuple(call) if isinstance(call, list) else call)


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "surrogateescape")).decode()


def theirs(peers: Path, table: str, rows: list[Any]) -> list[dict[str, str]]:
    """What the judges say."""
    if table in TEMPLATES:
        questions = [{"template": _template(table, row), "values": {**VALUES, **row}} for row in rows]
        return [_plain(answer) for answer in ask(peers / "oracle", questions)]
    if table == "sets":
        questions = [_set_question(row) for row in rows]
    elif table == "globs":
        files = {"Chart.yaml": CHART, "templates/t": GLOB, **{name: name for name in FILES}}
        listed = [{"Name": name, "Data": _encoded(text)} for name, text in files.items()]
        questions = [{"Ask": "values", "Files": listed, "Values": [_encoded(json.dumps({"p": row}))]} for row in rows]
    else:
        listed = [{"Name": name} for name in (*FILES, *_folders())]
        questions = [{"Ask": "ignored", "Data": _encoded("\n".join(row)), "Files": listed} for row in rows]
    return [_decoded(answer) for answer in ask(peers / "judge", questions)]


def _set_question(row: Any) -> dict[str, Any]:
    return {"Ask": "values", "Values": [_encoded(row["base"])], "Sets": row["sets"], "Side": SIDE}


def _folders() -> list[str]:
    return sorted({name[: at + 1] for name in FILES for at, char in enumerate(name) if char == "/"})


def _plain(answer: dict[str, Any]) -> dict[str, str]:
    if "panic" in answer:
        return {"panic": ""}
    return {"err": answer["err"]} if "err" in answer else {"out": answer["out"]}


def _decoded(answer: dict[str, Any]) -> dict[str, str]:
    if "panic" in answer:
        return {"panic": ""}
    key = "err" if "err" in answer else "out"
    return {key: base64.b64decode(answer[key]).decode("utf-8", "replace")}


def ours(table: str, row: Any, folder: Path) -> dict[str, str]:
    """What we say. folder: the working directory, where files may be written."""
    from charthouse.errors import CharthouseError
    from charthouse.golang.kinds import GoError

    answer = {"sets": _set, "globs": _glob, "ignores": _ignored}.get(table)
    try:
        text = answer(row, folder) if answer else _rendered(_template(table, row), {**VALUES, **row}, {})
    except (CharthouseError, GoError) as error:
        return {"err": _shown(getattr(error, "message", str(error)))}
    return {"out": _shown(text)}


def _shown(text: str) -> str:
    """A Go string as Go's JSON holds it."""
    return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text)


def _rendered(template: str, values: Any, files: dict[str, str]) -> str:
    from charthouse.charts.chart import File
    from charthouse.charts.loader import load_files
    from charthouse.engine.render import render
    from charthouse.logs import silent
    from tests.conformance.fuzz.peers import as_floats

    texts = {"Chart.yaml": CHART, "templates/t": template, **files}
    chart = load_files([File(name, text.encode()) for name, text in texts.items()], log=silent)
    return render(chart, {"Values": as_floats(values), **TOP}, log=silent)["c/templates/t"]


def _set(row: Any, folder: Path) -> str:
    import os

    from charthouse.cli.values_options import user_values
    from charthouse.golang.json import encode

    for name, text in (("v0.yaml", row["base"]), *SIDE.items()):
        (folder / name).write_text(text)
    os.chdir(folder)
    line = Line(Case({}, [row["base"]], [tuple(each) for each in row["sets"]], {}))
    return encode(user_values(line))  # type: ignore[arg-type]  # as much of a Context as it looks at


def _glob(row: Any, folder: Path) -> str:
    found = _rendered(GLOB, {"p": row}, {name: name for name in FILES})
    return json.dumps({"c/templates/t": found}, ensure_ascii=False, separators=(",", ":"))


def _ignored(row: Any, folder: Path) -> str:
    from charthouse.charts.ignore import Rules

    rules = Rules("\n".join(row).encode())
    names = (*FILES, *_folders())
    left_out = [name for name in names if rules.ignores(name.removesuffix("/"), directory=name.endswith("/"))]
    return json.dumps(left_out, ensure_ascii=False, separators=(",", ":"))
