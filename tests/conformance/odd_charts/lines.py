"""Command lines for an odd chart: those of every day most often, then every flag with good and bad words."""

from __future__ import annotations

import random

from tests.conformance.odd_charts.bases import Files
from tests.conformance.odd_charts.pools import pool
from tests.conformance.odd_charts.values import VALUE_TEXTS

__all__ = ["command_lines", "environment", "surface_line"]

_MAIN = pool("lines.main")
_SETS = pool("lines.sets")
_JSONS = pool("lines.jsons")
_KUBES = pool("lines.kubes")
_APIS = pool("lines.apis")
_NAMES = pool("lines.names")
_TEMPLATES = pool("lines.templates")
_NAME_TEMPLATES = pool("lines.name_templates")
_JSONPATHS = pool("lines.jsonpaths")


def _render_flags(rng: random.Random, files: Files, lint: bool) -> list[str]:
    out: list[str] = []
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3))):
        how = rng.randrange(10)
        if how <= 3:
            out += [rng.choice(("--set", "--set", "--set-string", "--set-literal")), rng.choice(_SETS)]
        elif how == 4:
            out += ["--set-json", rng.choice(_JSONS)]
        elif how == 5:
            out += [
                "--set-file",
                rng.choice(
                    (
                        "a=odd/values.yaml",
                        "a=nope",
                        "a",
                        "a=odd",
                        "=odd/Chart.yaml",
                        "a=,b=odd/Chart.yaml",
                        "a.b=odd/Chart.yaml",
                    )
                ),
            ]
        elif how <= 7:
            files["extra.yaml"] = rng.choice(VALUE_TEXTS)
            out += [
                "-f",
                rng.choice(
                    (
                        "extra.yaml",
                        "extra.yaml",
                        "extra.yaml",
                        "extra.yaml,odd/values.yaml",
                        "nope.yaml",
                        "odd",
                        "",
                        "odd/Chart.yaml",
                    )
                ),
            ]
        elif how == 8:
            out += ["--kube-version", rng.choice(_KUBES)]
        else:
            out.append("--skip-schema-validation")
    if not lint and rng.random() < 0.2:
        out += ["-a", rng.choice(_APIS)]
    return out


def _lint(rng: random.Random, files: Files) -> list[str]:
    out = [
        "lint",
        *rng.choice(
            (
                ("CHART",),
                ("CHART",),
                ("CHART", "CHART"),
                ("CHART", "nope"),
                ("odd/charts/sub", "CHART"),
                ("odd/templates",),
                ("odd/Chart.yaml",),
                ("./odd/",),
                ("odd/.",),
                ("../work/odd",),
                ("CHART", "--"),
                ("",),
                ("odd/charts",),
            )
        ),
    ]
    out += [flag for flag in ("--strict", "--with-subcharts", "--quiet", "--debug") if rng.random() < 0.25]
    if rng.random() < 0.6:
        out += _render_flags(rng, files, lint=True)
    if rng.random() < 0.2:
        out += ["-n", rng.choice(("team", "", "A_b"))]
    return out


def _template(rng: random.Random, files: Files) -> list[str]:
    out = [
        "template",
        *rng.choice(
            (
                ("r", "CHART"),
                ("r", "CHART"),
                ("CHART",),
                ("CHART", "-g"),
                ("r", "CHART", "-g"),
                ("r", "./odd/"),
                ("r", "CHART", "x"),
                ("nope",),
                (rng.choice(_NAMES), "CHART"),
                ("CHART", "--name-template", rng.choice(_NAME_TEMPLATES)),
                ("r", "odd/charts/sub"),
                ("r", "odd/Chart.yaml"),
                ("r", "odd/values.yaml"),
            )
        ),
    ]
    out += [
        flag
        for flag in (
            "--debug",
            "--include-crds",
            "--skip-crds",
            "--skip-tests",
            "--no-hooks",
            "--is-upgrade",
            "--release-name",
            "--dependency-update",
            "--disable-openapi-validation",
            "--dry-run=client",
            "--render-subchart-notes",
            "--hide-notes",
            "--replace",
            "--devel",
            "--enable-dns",
            "--create-namespace",
        )
        if rng.random() < 0.12
    ]
    if rng.random() < 0.3:
        for _ in range(rng.choice((1, 1, 2))):
            out += ["-s", rng.choice(_TEMPLATES)]
    if rng.random() < 0.5:
        out += _render_flags(rng, files, lint=False)
    if rng.random() < 0.2:
        out += [
            "--output-dir",
            rng.choice(("out", "out", "odd", ".", "", "odd/Chart.yaml", "a/b/c", "odd/templates", "$DIR/abs")),
        ]
    if rng.random() < 0.15:
        out += ["-n", rng.choice(("team", "", "A_b", "x" * 64))]
    if rng.random() < 0.04:
        out += [
            rng.choice(
                (
                    "--validate",
                    "--dry-run",
                    "--dry-run=server",
                    "--dry-run=none",
                    "--dry-run=x",
                    "--verify",
                    "--repo=x",
                    "--timeout=x",
                    "--wait",
                    "--wait=nope",
                    "--labels=a",
                    "--labels=a=b",
                    "--description=d",
                    "--version=1.0.0",
                    "--version=x",
                    "--take-ownership",
                    "--force-conflicts",
                    "--server-side=x",
                    "--atomic",
                    "--rollback-on-failure",
                )
            )
        ]
    return out


def _show(rng: random.Random) -> list[str]:
    out = [
        "show",
        rng.choice(("all", "chart", "values", "readme", "crds")),
        rng.choice(
            (
                "CHART",
                "CHART",
                "CHART",
                "./odd/",
                "odd/charts/sub",
                "nope",
                "odd/Chart.yaml",
                "",
                "odd/templates",
                "odd/charts/packed-0.3.0.tgz",
            )
        ),
    ]
    if out[1] == "values" and rng.random() < 0.6:
        out += ["--jsonpath", rng.choice(_JSONPATHS)]
    return out + [flag for flag in ("--debug", "--devel", "--verify", "--version=1.2.3") if rng.random() < 0.06]


def _install(rng: random.Random, files: Files) -> list[str]:
    out = [
        "install",
        *rng.choice(
            (
                ("r", "CHART"),
                ("r", "CHART"),
                ("CHART", "-g"),
                ("CHART",),
                (rng.choice(_NAMES), "CHART"),
                ("CHART", "--name-template", rng.choice(_NAME_TEMPLATES)),
                ("r", "CHART", "x"),
            )
        ),
        rng.choice(("--dry-run=client", "--dry-run=client", "--dry-run=client", "--dry-run")),
    ]
    if out[-1] == "--dry-run":
        out[-1] = "--dry-run=client"
    out += [
        flag
        for flag in (
            "--debug",
            "--hide-notes",
            "--hide-secret",
            "--render-subchart-notes",
            "--no-hooks",
            "--skip-crds",
            "--dependency-update",
            "--create-namespace",
            "--enable-dns",
            "--replace",
            "--disable-openapi-validation",
            "--rollback-on-failure",
            "--wait",
        )
        if rng.random() < 0.12
    ]
    if rng.random() < 0.3:
        out += ["-o", rng.choice(("json", "yaml", "table", "x", ""))]
    if rng.random() < 0.3:
        out += _render_flags(rng, files, lint=False)
        out = [
            word
            for i, word in enumerate(out)
            if word not in ("--kube-version", "-a") and (i == 0 or out[i - 1] not in ("--kube-version", "-a"))
        ]
    if rng.random() < 0.15:
        out += [
            rng.choice(
                (
                    "--description=hello",
                    "--labels=a=b",
                    "--labels=a",
                    "--labels=name=x",
                    "-n=team",
                    "-n=A_b",
                    "--timeout=1s",
                    "--version=9",
                )
            )
        ]
    return out


def _package(rng: random.Random) -> list[str]:
    out = [
        "package",
        *rng.choice(
            (
                ("CHART",),
                ("CHART",),
                ("CHART", "CHART"),
                ("CHART", "nope"),
                ("odd/charts/sub",),
                ("nope",),
                (),
                ("odd/Chart.yaml",),
                ("./odd/",),
                ("",),
                ("odd/templates",),
            )
        ),
    ]
    if rng.random() < 0.4:
        out += ["--version", rng.choice(("1.2.3", "x", "", "v2.0", "1.0.0+a/b", "1.2.3-rc.1", "01.0.0", " 1.0.0"))]
    if rng.random() < 0.3:
        out += ["--app-version", rng.choice(("2", "", "a b", "é", "true", "1e3"))]
    if rng.random() < 0.4:
        out += ["-d", rng.choice(("out", "a/b", ".", "", "odd", "odd/Chart.yaml", "odd/Chart.yaml/x", "$DIR/abs"))]
    if rng.random() < 0.2:
        out.append(
            rng.choice(("-u", "--sign", "--dependency-update=false", "--key=x", "--debug", "--sign --key x --keyring="))
        )
        out = " ".join(out[-1:]).split(" ") if False else out[:-1] + out[-1].split(" ")
    return out


def _dependency(rng: random.Random) -> list[str]:
    out = [
        rng.choice(("dependency", "dep")),
        rng.choice(("list", "ls")),
        *rng.choice(
            (
                ("CHART",),
                ("CHART",),
                ("CHART",),
                (),
                ("odd/charts/sub",),
                ("nope",),
                ("CHART", "x"),
                ("./odd/",),
                ("odd/charts/mid",),
                ("odd/Chart.yaml",),
                ("",),
                ("../work/odd",),
            )
        ),
    ]
    if rng.random() < 0.3:
        out.append(f"--max-col-width={rng.choice(('5', '0', '80', '-1', 'x', '1', '3', '999'))}")
    return out


def command_lines(rng: random.Random, files: Files, count: int) -> list[list[str]]:
    """Lines to run on a chart; files a line needs are added to `files`."""
    out: list[list[str]] = []
    for _ in range(count):
        how = rng.random()
        if how < 0.5:
            line = list(rng.choice(_MAIN))
        elif how < 0.6:
            line = _lint(rng, files)
        elif how < 0.76:
            line = _template(rng, files)
        elif how < 0.82:
            line = _show(rng)
        elif how < 0.89:
            line = _install(rng, files)
        elif how < 0.95:
            line = _package(rng)
        else:
            line = _dependency(rng)
        chart = "odd.tgz" if "odd.tgz" in files and rng.random() < 0.9 else "odd"
        out.append([chart if word == "CHART" else word for word in line])
    return out


_COMMANDS = pool("lines.commands")
_FLAGS = pool("lines.flags")
_WORDS = pool("lines.words")
_VARIABLES = pool("lines.variables")
_VARIABLE_VALUES = pool("lines.variable_values")
_CREATED = pool("lines.created")
_ENV_NAMES = pool("lines.env_names")


def environment(rng: random.Random) -> dict[str, str]:
    """Variables for a line; mostly none."""
    if rng.random() < 0.6:
        return {}
    return {rng.choice(_VARIABLES): rng.choice(_VARIABLE_VALUES) for _ in range(rng.choice((1, 1, 2)))}


def _create(rng: random.Random) -> list[str]:
    out = ["create", *(rng.choice(_CREATED) for _ in range(rng.choice((1, 1, 1, 1, 0, 2))))]
    if rng.random() < 0.3:
        out += [
            rng.choice(("-p", "--starter")),
            rng.choice(("odd", "$DIR/odd", "nope", "$DIR/odd/Chart.yaml", "")),
        ]
    return out


def surface_line(rng: random.Random) -> list[str]:
    """A line of words and flags at random: what is said about usage."""
    how = rng.random()
    if how < 0.1:
        return _create(rng)
    if how < 0.2:
        return ["env", *(rng.choice(_ENV_NAMES) for _ in range(rng.choice((0, 1, 1, 1, 2))))]
    out: list[str] = rng.choice(_COMMANDS).split()
    words: list[str] = [rng.choice(_WORDS[:5]) for _ in range(rng.choice((0, 1, 1, 2, 2, 3)))]
    for _ in range(rng.choice((0, 1, 1, 2, 2, 3))):
        flag = rng.choice(_FLAGS)
        how = rng.random()
        if how < 0.35:
            words.append(flag)
        elif how < 0.75:
            words.append(f"{flag}={rng.choice(_WORDS)}")
        else:
            words += [flag, rng.choice(_WORDS)]
        if rng.random() < 0.3:
            words.insert(rng.randrange(len(words) + 1), words.pop())
    line = out + words
    if rng.random() < 0.06 and line:
        at = rng.randrange(len(line))
        line.insert(at, line.pop())
    if line and line[0].startswith("__comp") and len(line) < 3:
        line += [rng.choice((*_COMMANDS[1:9], "--", "-", "", "s", "show "))]
    return line
