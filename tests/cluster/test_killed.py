"""Killed with SIGKILL at twelve moments of each verb, then `upgrade --install`: everything is whole, without help.

The moments are writes to the API server (before one, and after one whose answer never arrived), spread evenly over the
verb. Whole means: the release is deployed, once, nothing is pending, no lock is left, and the objects are those of an
undisturbed course, where either the killed verb happened before or did not (hooks that stay after they ran tell the two
apart). Helm 4.3.1 manages 17 of 48.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.dying import perform
from tests.cluster.interop import Tool

HERE = Path(__file__).parent
CHART = str(HERE / "charts" / "lantern")
MOMENTS = 12
# What is there before the verb, as (verb, value of `kind`), and the value the verb and the repair bring.
COURSES: dict[str, tuple[list[tuple[str, str]], str]] = {
    "install": ([], "oil"),
    "upgrade": ([("install", "oil")], "gas"),
    "rollback": ([("install", "oil"), ("upgrade", "gas")], "oil"),
    "uninstall": ([("install", "oil")], "oil"),
}
KINDS = "configmaps,secrets,services,deployments,jobs,leases"


class Course:
    """One namespace: what happened there and what came of it."""

    def __init__(self, kubectl: Tool, namespace: str) -> None:
        self.kubectl = kubectl
        self.namespace = namespace
        kubectl.run("create", "namespace", namespace)

    def run(self, verb: str, kind: str) -> int:
        """Run a verb to its end; how many moments it had."""
        return perform(self.kubectl.environment["KUBECONFIG"], self.namespace, verb, CHART, kind)

    def kill(self, verb: str, kind: str, moment: int) -> subprocess.CompletedProcess[str]:
        """Run a verb in a process that dies at a moment."""
        kubeconfig = self.kubectl.environment["KUBECONFIG"]
        return subprocess.run(
            [sys.executable, str(HERE / "dying.py"), kubeconfig, self.namespace, str(moment), verb, CHART, kind],
            env=self.kubectl.environment,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )

    def objects(self) -> dict[str, str]:
        """Objects by `Kind/name`, what differs between two equal courses taken out; records are not objects."""
        text = self.kubectl.run("get", KINDS, "-n", self.namespace, "-o", "json").stdout
        found = {}
        for item in json.loads(text)["items"]:
            metadata = item["metadata"]
            if metadata["name"].startswith("sh.helm.") or metadata["name"] == "kube-root-ca.crt":
                continue
            notes = {k: v for k, v in metadata.get("annotations", {}).items() if "deployment" not in k}
            spec = {k: v for k, v in (item.get("spec") or {}).items() if "clusterIP" not in k}
            kept = [metadata.get("labels"), notes, item.get("data"), spec]
            text = json.dumps(kept, sort_keys=True).replace(self.namespace, "<ns>")
            found[f"{item['kind']}/{metadata['name']}"] = re.sub(
                r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<uid>", text
            )
        return found

    def history(self, helm: Tool) -> list[tuple[int, str]]:
        rows = helm.json("history", "r", "-n", self.namespace)
        return [(row["revision"], row["status"]) for row in rows]

    def end(self) -> None:
        self.kubectl.run("delete", "namespace", self.namespace, "--wait=false")


class Undisturbed:
    """The two courses that end well: the verb happened before the repair, or it did not."""

    def __init__(self, verb: str, kubectl: Tool) -> None:
        before, kind = COURSES[verb]
        repair = ("apply", kind)
        after = Course(kubectl, f"kill-{verb}-after")
        instead = Course(kubectl, f"kill-{verb}-instead")
        for step in before:
            after.run(*step)
            instead.run(*step)
        self.moments = after.run(verb, kind)
        after.run(*repair)
        instead.run(*repair)
        self.both = (after.objects(), instead.objects())
        after.end()
        instead.end()

    def moment(self, number: int) -> int:
        return round(number * (self.moments - 1) / (MOMENTS - 1))

    def allows(self, found: dict[str, str]) -> str:
        """What is wrong with the objects found, "" when nothing is."""
        one, other = self.both
        for name in one.keys() & other.keys():
            if found.get(name) not in (one[name], other[name]):
                return f"{name}: {found.get(name)} instead of {one[name]}"
        for name, text in found.items():
            if text not in (one.get(name), other.get(name)):
                return f"{name}: should not be there, or not like this: {text}"
        return ""


@pytest.fixture(scope="module")
def undisturbed(tool: Callable[..., Tool]) -> Callable[[str], Undisturbed]:
    known: dict[str, Undisturbed] = {}

    def find(verb: str) -> Undisturbed:
        if verb not in known:
            known[verb] = Undisturbed(verb, tool("kubectl"))
        return known[verb]

    return find


@pytest.mark.parametrize("number", range(MOMENTS))
@pytest.mark.parametrize("verb", COURSES)
def test_killed_and_made_whole(
    verb: str, number: int, undisturbed: Callable[[str], Undisturbed], kubectl: Tool, helm4: Tool
) -> None:
    want = undisturbed(verb)
    before, kind = COURSES[verb]
    course = Course(kubectl, f"kill-{verb}-{number}")
    for step in before:
        course.run(*step)
    killed = course.kill(verb, kind, want.moment(number))
    assert killed.returncode == -9, (killed.returncode, killed.stderr)
    course.run("apply", kind)
    history: list[Any] = course.history(helm4)
    assert history[-1][1] == "deployed", history
    assert [status for _, status in history].count("deployed") == 1, history
    assert {status for _, status in history} <= {"deployed", "superseded", "failed"}, history
    assert want.allows(course.objects()) == ""
    course.end()
