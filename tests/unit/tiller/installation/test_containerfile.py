"""The Containerfile: what a plain folder can carry out of it (tools/build_plain.py), and what our chart relies on."""

from __future__ import annotations

import fnmatch
import subprocess
import sys
from pathlib import Path

import pytest

from charthouse.tiller.installation.chart import chart_folder
from tools.build_plain import ROOT, BadLine, build, lines

TEXT = (ROOT / "Containerfile").read_text("utf-8")
SMALL = """# a comment
FROM docker.io/library/python:3.13-slim AS build
WORKDIR /src
COPY LICENSE charts ./
RUN mkdir -p /opt/it/bin && \\
    printf '#!/bin/sh\\necho "$GREETING from $0 $@"\\n' > /opt/it/bin/it
RUN chmod +x /opt/it/bin/it; test "$(python3 -c 'print(6 * 7)')" = 42

FROM docker.io/library/python:3.13-slim
COPY --from=build /opt/it /opt/it
ENV PATH=/opt/it/bin:$PATH GREETING=hello
USER 1000:1000
EXPOSE 1 2
ENTRYPOINT ["it"]
"""


def test_stages_copies_and_environments_are_as_in_an_image(tmp_path: Path) -> None:
    last = build(SMALL, tmp_path)
    assert (last.root.name, last.entry, last.user) == ("stage1", ["it"], "1000:1000")
    assert (tmp_path / "stage0/src/LICENSE").is_file() and not (tmp_path / "stage1/src/LICENSE").exists()
    assert (tmp_path / "stage0/src/tiller/Chart.yaml").is_file()
    program = last.root / "opt/it/bin/it"
    done = subprocess.run([str(program), "x"], env=last.variables(), capture_output=True, text=True, check=True)
    assert done.stdout == f"hello from {program} x\n"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("USER 1000:1000\n", "", "USER is missing: runAsNonRoot needs a number that is not 0"),
        ("USER 1000:1000", "USER tiller", "USER tiller: runAsNonRoot needs a number that is not 0"),
        ("USER 1000:1000", "USER 0", "USER 0: runAsNonRoot needs a number that is not 0"),
        ('ENTRYPOINT ["it"]\n', "", "there is no ENTRYPOINT"),
        ("docker.io/library/python:3.13-slim\n", "python\n", "FROM python: give the registry and a tag"),
        ("--from=build", "--from=other", "there is no stage other"),
        ("COPY LICENSE charts", "COPY NONE", "COPY NONE: no such file"),
        ("EXPOSE 1 2", "HEALTHCHECK NONE", "HEALTHCHECK is not known here"),
        ("# a comment\n", "RUN true\n", "RUN before FROM"),
    ],
)
def test_a_line_that_cannot_be_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in SMALL
    with pytest.raises(BadLine) as caught:
        build(SMALL.replace(old, new), tmp_path)
    assert str(caught.value) == said


def test_a_step_that_fails_ends_it(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        build(SMALL.replace("= 42", "= 43"), tmp_path)


def test_without_a_folder_it_says_how_it_is_used() -> None:
    done = subprocess.run([sys.executable, str(ROOT / "tools/build_plain.py")], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (2, "Usage: build_plain.py FOLDER [WORD…]\n")


def test_the_image_runs_as_the_user_the_pods_run_as() -> None:
    users = [rest for word, rest in lines(TEXT) if word == "USER"]
    assert users == ["65532:65532"]
    assert "runAsUser: 65532" in (Path(chart_folder()) / "templates/deployment.yaml").read_text()


def test_what_is_copied_is_not_ignored() -> None:
    allowed = [line[1:] for line in (ROOT / ".containerignore").read_text().splitlines() if line.startswith("!")]
    copied = [word for key, rest in lines(TEXT) if key == "COPY" and "--from" not in rest for word in rest.split()[:-1]]
    assert copied and not [word for word in copied if not any(fnmatch.fnmatch(word.lstrip("./"), a) for a in allowed)]
    assert not [word for word in copied if not (ROOT / word).exists()]
