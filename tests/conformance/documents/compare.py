"""Documents through every reader and writer of formats, judged by Helm: the same data or the same error text.

Each goes through the template functions (fromYaml, fromYamlArray, fromJson, fromJsonArray, fromToml and every to… of
what they give), judged by `oracle`; and, where the peer `judge` is built, through the loader of values files and the
sorter of manifests and hooks."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.conformance.documents.judges import ask, ask_oracle

__all__ = ["differences", "function_outcomes"]

PARTS = {
    "fromYaml|toJson": "$m | toJson",
    "fromYaml|toYaml": "$m | toYaml",
    "fromYaml|toYamlPretty": "$m | toYamlPretty",
    "fromYaml|toToml": "$m | toToml",
    "fromYaml|toPrettyJson": "$m | toPrettyJson",
    "fromYaml|toRawJson": "$m | toRawJson",
    "fromYaml|printf": 'printf "%v" $m',
    "fromYaml|toYaml|fromYaml": "$m | toYaml | fromYaml | toJson",
    "fromYaml|toYamlPretty|fromYaml": "$m | toYamlPretty | fromYaml | toJson",
    "fromYamlArray|toJson": "$a | toJson",
    "fromYamlArray|toYaml": "$a | toYaml",
    "fromYamlArray|toYamlPretty": "$a | toYamlPretty",
    "fromJson|toJson": "$t | fromJson | toJson",
    "fromJsonArray|toJson": "$t | fromJsonArray | toJson",
    "fromToml|toJson": "$t | fromToml | toJson",
    "fromToml|toToml": "$t | fromToml | toToml",
    "text|toYaml": "$t | toYaml",
    "text|toYamlPretty": "$t | toYamlPretty",
    "text|toJson": "$t | toJson",
    "text|toToml": 'dict "a" $t | toToml',
    "key|toYaml": "dict $t 1 | toYaml",
    "mustFromJson": "$t | mustFromJson | toJson",
}
TEMPLATE = "{{ $t := .Values.x | b64dec }}{{ $m := fromYaml $t }}{{ $a := fromYamlArray $t }}" + "\n".join(
    f"{{{{ {text} | b64enc }}}}" for name, text in PARTS.items() if name != "mustFromJson"
)
FUNCTIONS = [name for name in PARTS if name != "mustFromJson"]


def function_outcomes(documents: list[bytes]) -> list[dict[str, Any]]:
    """What our engine makes of TEMPLATE for each document, in the oracle's form."""
    from charthouse.charts.chart import File
    from charthouse.charts.loader import load_files
    from charthouse.engine.render import RenderError, render
    from charthouse.logs import silent

    files = [File("Chart.yaml", b"apiVersion: v2\nname: c\nversion: 0.1.0\n"), File("templates/t", TEMPLATE.encode())]
    chart = load_files(files, log=silent)
    outcomes = []
    for document in documents:
        values = {"Values": {"x": text64(document)}, "Release": {"Name": "r"}, "Chart": None, "Capabilities": None}
        try:
            outcomes.append({"out": render(chart, values, log=silent)["c/templates/t"]})
        except RenderError as error:
            outcomes.append({"out": "", "err": error.message})
    return outcomes


def compare_functions(oracle: Path, documents: list[bytes]) -> Iterator[tuple[str, bytes, Any, Any]]:
    theirs = ask_oracle(oracle, TEMPLATE, [{"x": text64(document)} for document in documents])
    for document, expected, found in zip(documents, theirs, function_outcomes(documents), strict=True):
        if expected == found:
            continue
        wanted, given = expected["out"].split("\n"), found["out"].split("\n")
        if len(wanted) != len(given):
            yield "all", document, expected, found
            continue
        for name, one, other in zip(FUNCTIONS, wanted, given, strict=True):
            if one != other and settled(oracle, {"template": TEMPLATE, "values": {"x": text64(document)}}):
                yield name, document, base64.b64decode(one), base64.b64decode(other)
                break


def settled(judge: Path, question: dict[str, Any]) -> bool:
    """Whether the judge says the same each time: what depends on the order of Go's maps is no difference."""
    return all(answer == first for first, *rest in [ask(judge, [question] * 80)] for answer in rest)


def differences(oracle: Path, judge: Path | None, documents: list[bytes]) -> Iterator[tuple[str, bytes, Any, Any]]:
    """(what was asked, document, Helm's answer, ours) for each difference."""
    yield from compare_functions(oracle, documents)
    if judge is not None:
        for kind, answer in READERS.items():
            questions = [question(kind, document) for document in documents]
            for document, expected in zip(documents, ask(judge, questions), strict=True):
                if "panic" in expected:
                    continue
                wanted = {key: base64.b64decode(text) for key, text in expected.items() if text}
                found = answer(document)
                if parsed(wanted) != parsed(found) and settled(judge, question(kind, document)):
                    yield kind, document, wanted, found


def parsed(answer: dict[str, bytes]) -> dict[str, Any]:
    """An answer whose data do not depend on the order of keys."""
    return {key: json.loads(text) if key == "out" else text for key, text in answer.items()}


def question(kind: str, document: bytes) -> dict[str, Any]:
    data = text64(document)
    if kind == "heads":
        return {"Ask": kind, "Files": [{"Name": "c/templates/a.yaml", "Data": data}]}
    return {"Ask": kind, "Data": data}


def outcome(read: Any, *arguments: Any) -> dict[str, bytes]:
    from charthouse.errors import CharthouseError
    from charthouse.golang.json import encode
    from charthouse.golang.kinds import GoError

    try:
        return {"out": encode(read(*arguments)).encode("utf-8", "surrogateescape")}
    except (CharthouseError, GoError) as error:
        return {"err": str(error).encode("utf-8", "surrogateescape")}


def load_outcome(document: bytes) -> dict[str, bytes]:
    from charthouse.charts.loader import load_values

    return outcome(lambda: load_values(document) or {})


def heads_outcome(document: bytes) -> dict[str, bytes]:
    from charthouse.cli.slog import line
    from charthouse.logs import DEBUG, LogRecord
    from charthouse.manifests.sort import sort

    logged: list[str] = []

    def log(record: LogRecord, /) -> None:
        if record.level != DEBUG:
            logged.append(line(record) + "\n")

    def rows() -> list[dict[str, Any]]:
        hooks, manifests = sort({"c/templates/a.yaml": document.decode("utf-8", "surrogateescape")}, log=log)
        return [hook_row(hook) for hook in hooks] + [manifest_row(manifest) for manifest in manifests]

    found = outcome(rows)
    if logged:
        found["log"] = "".join(logged).encode("utf-8", "surrogateescape")
    return found


def text64(text: str | bytes) -> str:
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
    return base64.b64encode(data).decode()


def hook_row(hook: Any) -> dict[str, Any]:
    shown: dict[str, Any] = {"name": hook.name, "kind": hook.kind, "path": hook.path}
    shown = {key: value for key, value in shown.items() if value}
    shown["events"] = list(hook.events)
    shown["last_run"] = {"phase": ""}
    if hook.weight:
        shown["weight"] = hook.weight
    if hook.delete_policies:
        shown["delete_policies"] = list(hook.delete_policies)
    if hook.output_log_policies:
        shown["output_log_policies"] = list(hook.output_log_policies)
    return {"Hook": shown, "Name": hook.path, "Content": text64(hook.manifest)}


def manifest_row(manifest: Any) -> dict[str, Any]:
    head = manifest.head
    shown: dict[str, Any] = {"apiVersion": head.api_version}
    if head.kind:
        shown["kind"] = head.kind
    if head.has_metadata:
        shown["metadata"] = {"name": head.name, "annotations": head.annotations}
    return {"Name": manifest.name, "Content": text64(manifest.content), "Head": shown}


READERS = {"load": load_outcome, "heads": heads_outcome}
