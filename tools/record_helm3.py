"""Record what helm 3.17.3 answers, for the tests of `--compat helm3` (tests/conformance/test_helm3.py).

    python -m tools.record_helm3 PATH_OF_HELM3 [--corpus CORPUS]

Three records in tests/conformance/helm3: answers.json, the whole answers to the command lines of charts.json (files of
a directory, command lines run in it); snippets.json, outcomes of the template snippets of tests/conformance/snippets,
null where they are those recorded of Helm 4; corpus.json, with --corpus: for each of its cases exit status and digests
of both outputs, "" for the output of a case that draws random data. Paths become `$DIR` and `CORPUS`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from tools.record_snippets import SNIPPETS, record, snippets_of

__all__ = ["FOLDER", "digest", "environment"]

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "conformance" / "helm3"


def digest(text: str) -> str:
    """A text as sixteen digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def environment(home: Path) -> dict[str, str]:
    """The variables every recorded run had."""
    return {"PATH": os.environ.get("PATH", ""), "HOME": str(home), "KUBECONFIG": str(home / "none"), "TZ": "UTC"}


def run(helm: str, words: list[str], folder: Path, home: Path, name: str) -> tuple[int, str, str]:
    """Exit status and both outputs, `folder` in them written as `name`."""
    done = subprocess.run(
        [helm, *words], cwd=folder, env=environment(home), capture_output=True, stdin=subprocess.DEVNULL, check=False
    )
    texts = [data.decode("utf-8", "surrogateescape").replace(str(folder), name) for data in (done.stdout, done.stderr)]
    return done.returncode, texts[0], texts[1]


def answers(helm: str) -> dict[str, list[list[Any]]]:
    """By chart: for each of its command lines [exit status, standard output, standard error]."""
    found: dict[str, list[list[Any]]] = {}
    for chart in json.loads((FOLDER / "charts.json").read_text()):
        with tempfile.TemporaryDirectory() as base:
            home, folder = Path(base, "home"), Path(base, "work")
            for path, text in chart["files"].items():
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text)
            found[chart["name"]] = [list(run(helm, shlex.split(line), folder, home, "$DIR")) for line in chart["lines"]]
    return found


def snippets(helm: str) -> dict[str, dict[str, dict[str, str] | None]]:
    """By file and name: the outcome; None for one that is Helm 4's."""
    found: dict[str, dict[str, dict[str, str] | None]] = {}
    for path in sorted(SNIPPETS.glob("*.json")):
        if path.name.endswith(".golden.json"):
            continue
        golden = json.loads(path.with_suffix(".golden.json").read_text())
        for snippet in snippets_of(path):
            name = snippet["name"]
            outcome = record(Path(helm), snippet)
            same = outcome == golden[name]
            del outcome["key"]
            found.setdefault(path.stem, {})[name] = None if same else outcome
    return found


def corpus_line(case: dict[str, Any], corpus: Path) -> list[str]:
    """The command line of a case."""
    words = ["template", "rel", str(corpus / case["tgz"]), "-n", "testns", "--include-crds"]
    if case.get("values"):
        words += ["-f", str(corpus / case["values"])]
    return words + list(case["flags"])


def cases(helm: str, corpus: Path) -> dict[str, list[Any]]:
    """By case: [exit status, digest of standard output, digest of standard error]."""
    found: dict[str, list[Any]] = {}
    with tempfile.TemporaryDirectory() as home:
        for case in json.loads((corpus / "cases.json").read_text()):
            status, out, err = run(helm, corpus_line(case, corpus), corpus, Path(home), "CORPUS")
            found[case["case"]] = [status, "" if case["masked"] else digest(out), digest(err)]
    return found


def write(name: str, found: Any) -> None:
    text = json.dumps(found, indent=1, sort_keys=True, ensure_ascii=True)
    (FOLDER / name).write_text(text + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("helm")
    parser.add_argument("--corpus", type=Path)
    options = parser.parse_args()
    helm = str(Path(options.helm).resolve())
    write("answers.json", answers(helm))
    write("snippets.json", snippets(helm))
    if options.corpus:
        write("corpus.json", cases(helm, options.corpus.resolve()))


if __name__ == "__main__":
    main()
