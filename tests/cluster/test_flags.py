"""Flags and variables test_output.py does not use: helm 4.3.1 and charthouse print the same, in two namespaces."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest

from tests.cluster.interop import CHART, Tool, fresh
from tests.cluster.sameness import said

# One command a line; NAME=value before it is a variable. The orchard is the chart, @NS the tool's own namespace.
STORY = """
install a orchard --devel --disable-openapi-validation --enable-dns --force-conflicts --wait-for-jobs --wait=legacy
install b orchard --force-replace --server-side=false --no-hooks --wait=hookOnly
install c orchard --set-string a=1 --set-json b={} --set-literal c=x,y --skip-crds --skip-schema-validation
install d orchard --force-replace --take-ownership --render-subchart-notes --timeout 60s
install d orchard --name-template {{
install orchard --name-template named-{{lower("X")}}
get values c
upgrade a orchard --reset-values --set trees=2 --cleanup-on-fail --history-max 2 --wait --timeout 60s
upgrade a orchard --reset-then-reuse-values --set kind=fig --labels x=y --description hi
upgrade a orchard --reuse-values --force-conflicts --server-side=true --no-hooks --skip-crds --take-ownership
get values a
history a
upgrade b orchard --force-replace --server-side=false
upgrade b orchard --server-side=auto --force-replace --force-conflicts
upgrade b orchard --server-side=sometimes
upgrade d orchard --force-replace
upgrade d orchard --atomic --force --timeout 60s
history d
rollback d 1 --force-replace
upgrade a orchard --dry-run=client --hide-secret
upgrade a orchard --dry-run
rollback a --description back --history-max 3 --no-hooks --server-side=true --force-conflicts --cleanup-on-fail
rollback b --force-replace --server-side=false --wait=legacy --wait-for-jobs --timeout 60s
rollback a --dry-run=server
rollback a 99
history a --max 1 -o json
list -d -q
list --deployed --failed
list -m 2 --offset 1
list --pending
list --superseded
list --uninstalling
list --time-format 2006
list -o yaml
get all a --revision 4
get hooks a --revision 4
get manifest a --revision 4
get metadata a --revision 4 -o yaml
get notes a --revision 4
get values a --revision 4 -a -o yaml
get all a --template {{.Release.Name}}-{{.Release.Version}}
get all a --revision 77
get all nope
status a --revision 4
status nope
test a --logs --timeout 60s
test a --filter !name=x --timeout 60s
template a orchard --validate
template x orchard --dry-run=server --is-upgrade
template x orchard --dry-run=server --atomic --force
list --kube-as-user carol
list --kube-as-user carol --kube-as-group system:masters
list --kube-context nope
list --color always -q
HELM_KUBECONTEXT=nope list
HELM_KUBEASUSER=carol list -q
HELM_KUBEASUSER=carol HELM_KUBEASGROUPS=system:masters,x list -q
HELM_COLOR=always list --filter ^a$
HELM_COLOR=always NO_COLOR=1 list --filter ^a$
HELM_DRIVER=configmap install m orchard
HELM_DRIVER=configmap list -q
HELM_DRIVER=configmap uninstall m --timeout 60s --cascade orphan --description gone
HELM_MAX_HISTORY=1 upgrade a orchard
history a
uninstall nope
uninstall a b --cascade foreground --wait=legacy --timeout 60s
"""


def split(line: str, namespace: str) -> tuple[dict[str, str], list[str]]:
    """The variables and the words of a line."""
    words = shlex.split(line)
    variables = {}
    while "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        variables[name] = value
    return variables, [str(CHART) if word == "orchard" else word for word in words] + ["-n", namespace]


def test_flags_and_variables_are_helms(helm4: Tool, charthouse: Tool, kubectl: Tool) -> None:
    spaces = {"helm4": fresh("flags-helm4"), "charthouse": fresh("flags-house")}
    for namespace in spaces.values():
        kubectl.run("create", "namespace", namespace)
        kubectl.run("wait", "configmap/kube-root-ca.crt", "--for=create", "-n", namespace, "--timeout=30s")
    different = []
    for line in STORY.strip().split("\n"):
        answers = []
        for tool in (helm4, charthouse):
            variables, arguments = split(line, spaces[tool.name])
            within = replace(tool, environment={**tool.environment, **variables})
            answers.append(said(within, arguments, spaces[tool.name]))
        if answers[0] != answers[1]:
            different.append(f"$ {line}\n--- helm\n{answers[0]}\n--- charthouse\n{answers[1]}")
    if different:
        pytest.fail(f"{len(different)} commands differ\n" + "\n\n".join(different))
