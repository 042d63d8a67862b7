"""Two package managers taking turns on one release: the steps, and what both must say at each of them.

A step is something a user does with one tool and then looks at with the other. The real helm 4.3.1 and 3.17.3 pass
every step with each other (test_interop.py runs that pair too), so a step that fails is charthouse's fault.
"""

from __future__ import annotations

import json
import secrets
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CHART = Path(__file__).parent / "charts" / "orchard"


def fresh(name: str) -> str:
    """A namespace nobody has used: a second run on one cluster must not meet what the first one left."""
    return f"{name}-{secrets.token_hex(2)}"


@dataclass
class Tool:
    """One command line: its name, how it is started, and the environment that points it at cluster and driver."""

    name: str
    command: list[str]
    environment: dict[str, str]

    def run(self, *arguments: str, expect: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*self.command, *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        said = f"{done.stdout}\n{done.stderr}"
        assert done.returncode == expect, f"{self.name} {' '.join(arguments)}: {done.returncode} != {expect}\n{said}"
        return done

    def json(self, *arguments: str) -> Any:
        return json.loads(self.run(*arguments, "-o", "json").stdout)


@dataclass
class Life:
    """The life of one release, worked on by `first` and `other` in turn."""

    first: Tool
    other: Tool
    kubectl: Tool
    namespace: str
    release: str = "grove"
    objects_before: list[str] = field(default_factory=list)

    def both_agree(self, revision: int, status: str) -> None:
        """Every read of the release says the same through either tool."""
        ns = ("-n", self.namespace)
        rows = []
        for tool in (self.first, self.other):
            listed = tool.json("list", *ns, "--filter", f"^{self.release}$", "--max", "5")
            if status in ("deployed", "failed"):
                assert [row["name"] for row in listed] == [self.release], (tool.name, listed)
                rows.append({k: v for k, v in listed[0].items() if k != "updated"})
                assert listed[0]["revision"] == str(revision), (tool.name, listed)
            seen = tool.json("status", self.release, *ns)
            assert (seen["version"], seen["info"]["status"]) == (revision, status), (tool.name, seen["info"])
        assert not rows or rows[0] == rows[1]
        for what in ("manifest", "hooks", "notes"):
            texts = [tool.run("get", what, self.release, *ns).stdout for tool in (self.first, self.other)]
            assert [line for line in texts[0].split("\n") if line] == [line for line in texts[1].split("\n") if line], (
                what
            )
        for flags in ([], ["--all"]):
            values = [tool.json("get", "values", self.release, *ns, *flags) for tool in (self.first, self.other)]
            assert values[0] == values[1], (flags, values)

    def history(self, tool: Tool) -> list[tuple[int, str, str]]:
        rows = tool.json("history", self.release, "-n", self.namespace)
        return [(row["revision"], row["status"], row["description"]) for row in rows]

    def field(self, kind: str, name: str, path: str) -> str:
        return self.kubectl.run("get", kind, name, "-n", self.namespace, "-o", f"jsonpath={{{path}}}").stdout

    def objects(self) -> list[str]:
        kinds = "configmaps,secrets,services,deployments,statefulsets,jobs,pods,leases"
        text = self.kubectl.run("get", kinds, "-n", self.namespace, "-o", "name").stdout
        return sorted(text.split())

    def live(self) -> None:
        """All steps, in order."""
        self.kubectl.run("create", "namespace", self.namespace)
        self.kubectl.run("wait", "configmap/kube-root-ca.crt", "--for=create", "-n", self.namespace, "--timeout=30s")
        self.objects_before = self.objects()
        self.installed()
        self.upgraded()
        self.rolled_back()
        self.broken_and_repaired()
        self.tested()
        self.removed_and_revived()

    def installed(self) -> None:
        ns = ("-n", self.namespace)
        self.first.run("install", self.release, str(CHART), *ns, "--set", "kind=pear", "--wait", "--timeout", "60s")
        self.both_agree(1, "deployed")
        notes = self.other.run("get", "notes", self.release, *ns).stdout
        assert f"1 pear tree(s) in {self.namespace}, revision 1." in notes
        again = self.other.run("install", self.release, str(CHART), *ns, expect=1)
        assert "name that is still in use" in again.stderr

    def upgraded(self) -> None:
        ns = ("-n", self.namespace)
        upgrade = ("upgrade", self.release, str(CHART), *ns, "--reuse-values", "--wait", "--timeout", "60s")
        self.other.run(*upgrade, "--set", "trees=2", "--set", "extra.enabled=true")
        self.both_agree(2, "deployed")
        assert self.other.json("get", "values", self.release, *ns)["kind"] == "pear"
        assert self.field("deployment", f"{self.release}-orchard", ".status.readyReplicas") == "2"
        assert f"configmap/{self.release}-orchard-extra" in self.objects()

    def rolled_back(self) -> None:
        ns = ("-n", self.namespace)
        assert self.history(self.first) == [
            (1, "superseded", "Install complete"),
            (2, "deployed", "Upgrade complete"),
        ]
        self.first.run("rollback", self.release, "1", *ns, "--wait", "--timeout", "60s")
        self.both_agree(3, "deployed")
        assert self.history(self.other)[2] == (3, "deployed", "Rollback to 1")
        assert self.field("deployment", f"{self.release}-orchard", ".spec.replicas") == "1"
        assert f"configmap/{self.release}-orchard-extra" not in self.objects()

    def broken_and_repaired(self) -> None:
        ns = ("-n", self.namespace)
        self.other.run(
            "upgrade", self.release, str(CHART), *ns, "--set", "broken=70000", "--set", "kind=plum", expect=1
        )
        self.both_agree(4, "failed")
        assert self.history(self.first)[3][1] == "failed"
        hook = ("--set", "migrate.exit=3", "--set", "kind=plum", "--timeout", "40s")
        self.other.run("upgrade", self.release, str(CHART), *ns, *hook, expect=1)
        self.both_agree(5, "failed")
        repair = ("upgrade", self.release, str(CHART), *ns, "--set", "kind=cherry", "--wait", "--timeout", "60s")
        self.first.run(*repair)
        self.both_agree(6, "deployed")
        assert self.field("configmap", f"{self.release}-orchard", ".data.kind") == "cherry"
        assert [status for _, status, _ in self.history(self.other)].count("deployed") == 1

    def tested(self) -> None:
        out = self.other.run("test", self.release, "-n", self.namespace, "--timeout", "60s").stdout
        assert "Succeeded" in out
        assert "Succeeded" in self.first.run("status", self.release, "-n", self.namespace).stdout

    def removed_and_revived(self) -> None:
        ns = ("-n", self.namespace)
        self.first.run("uninstall", self.release, *ns, "--keep-history", "--wait", "--timeout", "60s")
        for tool in (self.first, self.other):
            assert tool.json("status", self.release, *ns)["info"]["status"] == "uninstalled", tool.name
            listed = tool.json("list", *ns, "--uninstalled")
            assert [row["status"] for row in listed] == ["uninstalled"], tool.name
        self.other.run("rollback", self.release, "6", *ns, "--wait", "--timeout", "60s")
        self.both_agree(7, "deployed")
        self.first.run("uninstall", self.release, *ns, "--wait", "--timeout", "60s")
        self.settle()
        for tool in (self.first, self.other):
            assert tool.json("list", *ns) == [], tool.name
            missing = tool.run("status", self.release, *ns, expect=1)
            assert "release: not found" in missing.stderr
        self.kubectl.run("delete", "namespace", self.namespace, "--wait=false")

    def settle(self) -> None:
        """Pods of removed Deployments go in the background; everything else must be gone at once."""
        self.kubectl.run("wait", "pods", "--all", "--for=delete", "-n", self.namespace, "--timeout=60s")
        left = [name for name in self.objects() if name not in self.objects_before]
        assert left == []
