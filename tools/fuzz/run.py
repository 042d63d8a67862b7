"""Coverage-guided fuzzing of our readers with atheris (libFuzzer).

    python tools/fuzz/run.py TARGET --seconds 600 [--corpus DIR] [--finds DIR]

Starts from small texts of this repository's own tests, and mutates what reaches new code. A find is written to
`--finds` (a file named by its digest) and the run goes on until the time is up; inputs that take longer than
`--slow` seconds are finds too. atheris is no dependency of the project:
`pip install atheris` into an environment of its own. docs/fuzzing.md has the runs that were made.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import importlib.util
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
_WORDS = {
    "template": (
        "{{", "}}", "{{-", "-}}", "/*", "*/", "if ", "else", "end", "range ", "with ", "define ", "template ",
        "block ", "break", "continue", ":=", "$x", "$", ".a", "|", "(", ")", "`", "nil", "true", "0x1F", "1e3",
        "'a'", "print ",
    ),
    "yaml": (
        "- ", ": ", "? ", "---\n", "...\n", "|\n", ">-\n", "|2+\n", "&a ", "*a", "!!str ", "!!binary ", "!!merge ",
        "<<: ", "[", "]", "{", "}", ", ", "#", "%YAML 1.1\n", "\\u0041", "\\x", "0x1", "0b1", "1_0", ".inf", "~",
        "null", "yes", "2001-01-01", "190:20:30", "=", "\t", "\u0085", "\u2028", "\ufeff", "'", '"',
    ),
    "schema": (
        '"$ref":', '"$id":', '"$anchor":', '"$dynamicRef":', '"#"', '"#/definitions/a"', '"allOf":[', '"anyOf":[',
        '"not":', '"properties":{', '"patternProperties":{', '"items":', '"type":', '"enum":[', '"format":',
        '"pattern":', '"const":', '"unevaluatedProperties":', '"if":', '"then":', '"multipleOf":',
        '"uniqueItems":true', '"$schema":',
    ),
    "members": (
        "Chart.yaml", "values.yaml", "charts/s/", "templates/", "requirements.yaml", "Chart.lock", "\0",
        "apiVersion: v2\n", "name: c\n", "version: 1.0.0\n", "dependencies:\n", "- name: s\n", "  import-values:\n",
        "  alias: b\n", "  condition: a.b\n", "  tags: [t]\n", "    - child: a\n      parent: b\n", "null\n",
    ),
}  # fmt: skip
_DICTIONARIES = {"lexer": "template", "parser": "template", "yaml": "yaml", "documents": "yaml", "schema": "schema",
                 "members": "members"}  # fmt: skip
_SMALL = 3000  # bytes a seed may have
_SUFFIXES = {
    "lexer": (".yaml", ".tpl", ".txt"),
    "parser": (".yaml", ".tpl", ".txt"),
    "yaml": (".yaml",),
    "documents": (".yaml",),
    "archive": (".tgz", ".tar"),
    "schema": (".schema.json",),
    "json": (".json",),
    "toml": (".toml",),
}


def _load(name: str, path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _seeds(target: str) -> Iterator[bytes]:
    finds = ROOT / "tests/unit/security/finds" / target
    for path in sorted([*finds.glob("*"), *(ROOT / "tools/fuzz/seeds" / target).glob("*")]):
        yield path.read_bytes()
    suffixes = _SUFFIXES.get(target, ())
    for path in sorted((ROOT / "tests").rglob("*")):
        if path.is_file() and path.name.endswith(suffixes) and suffixes and path.stat().st_size <= 20 * _SMALL:
            data = path.read_bytes()
            if target == "archive":
                yield data
                yield from _plain_tar(path)
            elif len(data) <= _SMALL:
                yield data


def _plain_tar(path: Path) -> Iterator[bytes]:
    import gzip

    try:
        data = gzip.decompress(path.read_bytes())
        with tarfile.open(path) as _:
            yield data[: 8 * _SMALL]
    except (OSError, EOFError, tarfile.TarError):
        return


class _Finds:
    """Writes down what goes wrong, once for each place it goes wrong at."""

    def __init__(self, directory: Path, slow: float) -> None:
        self.directory = directory
        self.slow = slow
        self.places: set[str] = set()

    def guarded(
        self, target: Callable[[bytes], None], expected: tuple[type[Exception], ...]
    ) -> Callable[[bytes], None]:
        def run(data: bytes) -> None:
            begun = time.process_time()
            try:
                target(data)
            except expected:
                pass
            except Exception as error:
                self.note(data, error)
            if time.process_time() - begun > self.slow:
                self.note(data, TimeoutError(f"took {time.process_time() - begun:.1f} s"))

        return run

    def note(self, data: bytes, error: Exception) -> None:
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace is not None else ""
        key = f"{type(error).__name__} {place}"
        if key in self.places:
            return
        self.places.add(key)
        name = hashlib.sha256(data).hexdigest()[:12]
        (self.directory / name).write_bytes(data)
        said = str(error)[:600]
        print(f"FIND {name} {len(data)} bytes: {key}: {said}", flush=True)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("target")
    options.add_argument("--seconds", type=int, default=60)
    options.add_argument("--corpus", type=Path, required=True, help="kept between runs; seeds are added")
    options.add_argument("--finds", type=Path, required=True)
    options.add_argument("--slow", type=float, default=3.0)
    options.add_argument("--longest", type=int, default=4096, help="bytes an input may have")
    given = options.parse_args()
    atheris = importlib.import_module("atheris")  # from an environment of its own

    with atheris.instrument_imports(include=["charthouse"]):
        targets = _load("targets", ROOT / "tools/fuzz/targets.py")
        for name in _modules(given.target):
            __import__(name)
    given.corpus.mkdir(parents=True, exist_ok=True)
    given.finds.mkdir(parents=True, exist_ok=True)
    for data in _seeds(given.target):
        (given.corpus / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
    finds = _Finds(given.finds, given.slow)
    run = finds.guarded(targets.TARGETS[given.target], targets.EXPECTED)
    words = [sys.argv[0], "-print_final_stats=1", *_dictionary(given.target, given.finds.parent)]
    words += [f"-max_total_time={given.seconds}", f"-max_len={given.longest}", "-timeout=600", "-verbosity=0"]
    atheris.Setup([*words, f"-artifact_prefix={given.finds}/", str(given.corpus)], run)
    atheris.Fuzz()  # ends the process itself, with 0 when the time is up
    return 0


def _dictionary(target: str, directory: Path) -> list[str]:
    """libFuzzer's option for the words a target's language has."""
    words = _WORDS.get(_DICTIONARIES.get(target, ""), ())
    if not words:
        return []
    path = directory / f"{target}.dict"
    lines = ["".join(f"\\x{byte:02x}" for byte in word.encode()) for word in words]
    path.write_text("".join(f'"{line}"\n' for line in lines))
    return [f"-dict={path}"]


def _modules(target: str) -> tuple[str, ...]:
    """What a target imports when it runs, imported here so that it is instrumented."""
    return {
        "lexer": ("charthouse.gotemplate.lexer",),
        "parser": ("charthouse.gotemplate.parser", "charthouse.gotemplate.scanner", "charthouse.gotemplate.literals"),
        "yaml": (
            "charthouse.formats.yaml.scanner", "charthouse.formats.yaml.decode", "charthouse.formats.yaml.nodes",
            "charthouse.formats.yaml.block", "charthouse.formats.yaml.emit", "charthouse.formats.yaml.pretty",
        ),
        "documents": ("charthouse.manifests.sort", "charthouse.formats.yaml.scanner", "charthouse.formats.yaml.decode"),
        "archive": ("charthouse.charts.loader", "charthouse.charts.tarball"),
        "members": ("charthouse.charts.loader", "charthouse.charts.dependencies", "charthouse.charts.metadata"),
        "strvals": ("charthouse.formats.strvals",),
        "semver": ("charthouse.formats.semver", "charthouse.formats.semver_constraints"),
        "schema": (
            "charthouse.charts.schema.validator", "charthouse.charts.schema.document",
            "charthouse.charts.schema.members", "charthouse.charts.schema.keywords",
        ),
        "toml": ("charthouse.formats.toml", "charthouse.formats.toml_reader"),
        "json": ("charthouse.golang.json", "charthouse.golang.json_syntax"),
        "expression": ("charthouse.golang.regexp",),
    }[target]  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
