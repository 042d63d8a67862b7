"""What the verbs print, line by line as helm 4.3.1 prints it: the same commands in two namespaces of one cluster."""

from __future__ import annotations

import pytest

from tests.cluster.interop import CHART, Tool, fresh
from tests.cluster.sameness import said

NS = ["-n", "@NS"]
STORY: list[list[str]] = [
    ["list", *NS],
    ["list", *NS, "-o", "json"],
    ["install", "one", str(CHART), *NS, "--dry-run=client"],
    ["install", "one", str(CHART), *NS, "--dry-run=server", "--hide-secret"],
    ["install", "one", str(CHART), *NS, "--wait", "--timeout", "60s"],
    [
        "install",
        "two",
        str(CHART),
        *NS,
        "--set",
        "kind=fig",
        "--description",
        "second",
        "--labels",
        "a=b",
        "-o",
        "yaml",
    ],
    ["upgrade", "--install", "three", str(CHART), *NS, "--hide-notes"],
    ["list", *NS],
    ["list", *NS, "-q"],
    ["list", *NS, "--filter", "^t", "-r"],
    ["list", *NS, "--selector", "a=b", "--no-headers"],
    ["status", "one", *NS],
    ["get", "all", "one", *NS],
    ["get", "values", "two", *NS],
    ["get", "values", "two", *NS, "-a"],
    ["get", "values", "one", *NS, "-o", "json"],
    ["get", "metadata", "two", *NS],
    ["get", "metadata", "two", *NS, "-o", "json"],
    ["get", "hooks", "one", *NS],
    ["get", "manifest", "one", *NS],
    ["get", "notes", "one", *NS],
    ["upgrade", "one", str(CHART), *NS, "--set", "trees=2", "--wait", "--timeout", "60s"],
    ["upgrade", "one", str(CHART), *NS, "--set", "trees=3", "--dry-run=client"],
    ["upgrade", "one", str(CHART), *NS, "--reuse-values", "--set", "kind=quince", "-o", "json", "--dry-run=server"],
    ["upgrade", "one", str(CHART), *NS, "--set", "broken=70000"],
    ["history", "one", *NS],
    ["history", "one", *NS, "-o", "yaml", "--max", "2"],
    ["status", "one", *NS, "--revision", "1"],
    ["rollback", "one", "1", *NS, "--wait", "--timeout", "60s"],
    ["rollback", "one", *NS, "--dry-run=client"],
    ["history", "one", *NS, "--show-rollback-revision"],
    ["test", "one", *NS, "--timeout", "60s"],
    ["test", "one", *NS, "--filter", "name=none"],
    ["upgrade", "one", str(CHART), *NS, "--set", "migrate.exit=3", "--timeout", "30s"],
    ["upgrade", "one", str(CHART), *NS, "--set", "migrate.exit=3", "--rollback-on-failure", "--timeout", "30s"],
    ["install", "four", str(CHART), *NS, "--set", "migrate.exit=3", "--rollback-on-failure", "--timeout", "30s"],
    ["install", "five", str(CHART), *NS, "--set", "migrate.exit=3", "--timeout", "30s"],
    ["list", *NS, "--failed"],
    ["install", "five", str(CHART), *NS, "--replace"],
    ["uninstall", "two", *NS, "--dry-run"],
    ["uninstall", "two", *NS, "--keep-history", "--description", "enough"],
    ["uninstall", "two", *NS, "--keep-history"],
    ["list", *NS, "--uninstalled"],
    ["upgrade", "two", str(CHART), *NS],
    ["upgrade", "--install", "two", str(CHART), *NS],
    ["uninstall", "one", "two", "three", *NS, "--wait"],
    ["uninstall", "gone", *NS, "--ignore-not-found"],
    ["uninstall", "five", *NS, "--no-hooks", "--cascade", "foreground"],
    ["list", *NS],
]


def test_every_line_is_helms(helm4: Tool, charthouse: Tool, kubectl: Tool) -> None:
    spaces = {"helm4": fresh("says-helm4"), "charthouse": fresh("says-house")}
    for namespace in spaces.values():
        kubectl.run("create", "namespace", namespace)
        kubectl.run("wait", "configmap/kube-root-ca.crt", "--for=create", "-n", namespace, "--timeout=30s")
    different = []
    for arguments in STORY:
        theirs = said(helm4, arguments, spaces["helm4"])
        ours = said(charthouse, arguments, spaces["charthouse"])
        if ours != theirs:
            different.append(f"$ {' '.join(arguments)}\n--- helm\n{theirs}\n--- charthouse\n{ours}")
    if different:
        pytest.fail(f"{len(different)} of {len(STORY)} commands differ\n" + "\n\n".join(different))
