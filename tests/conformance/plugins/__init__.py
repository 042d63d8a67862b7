"""Plugins of every kind, written out as files: what a user of Helm may have in their plugins directory."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["CHART", "FILES", "LEGACY", "write"]

_SHOW = """#!/bin/sh
echo "arguments:"; for word in "$@"; do echo "<$word>"; done
env | grep -E '^(HELM_(PLUGIN|NAMESPACE|DEBUG|KUBE|DATA|MAX|REGISTRY|REPOSITORY))' | sort
if [ ! -t 0 ]; then echo "input: $(cat)"; fi
echo "said on the other stream" >&2
exit ${CODE:-0}
"""
_BACK = """#!/bin/sh
exec "$HELM_BIN" template back "$HELM_PLUGIN_DIR/../../chart" --show-only templates/c.yaml
"""
_GET = """#!/bin/sh
printf 'fetched:\\n'
for word in "$@"; do echo "- \\"$word\\""; done
printf 'user: "%s"\\npassword: "%s"\\nall: "%s"\\nplugin: "%s"\\n' "$HELM_PLUGIN_USERNAME" "$HELM_PLUGIN_PASSWORD" \\
  "$HELM_PLUGIN_PASS_CREDENTIALS_ALL" "$HELM_PLUGIN_NAME"
echo "fetching" >&2
case "$4" in *fail*) exit 3;; esac
"""
_SERVE = """#!/bin/sh
path=${4#serve://}
cat "$HELM_PLUGIN_DIR/../../packed/${path#*/}"
"""
LEGACY = {
    "echoer/plugin.yaml": """name: echoer
version: 0.1.0
usage: "say\\twhat  it was given"
description: |-
  Shows its arguments.

  And its environment.
command: "$HELM_PLUGIN_DIR/echoer.sh first $HELM_PLUGIN_NAME"
hooks:
  install: "echo install $HELM_PLUGIN_NAME"
  update: "echo update"
  delete: "echo delete"
unknown: key
""",
    "echoer/echoer.sh": _SHOW,
    "echoer/completion.yaml": """commands:
- name: one
  flags: [long, l, other]
  validArgs: [red, green]
- name: two
  flags: [x, y, z]
  commands:
  - name: three
- flags: [nameless]
flags: [top, t]
""",
    "echoer/plugin.complete": '#!/bin/sh\necho "asked: $*"\necho "next\tdescribed"\necho ":6"\n',
    "quiet/plugin.yaml": """name: quiet
version: 1.2.3-rc.1
ignoreFlags: true
platformCommand:
- os: windows
  command: nothing.exe
- os: linux
  command: wrong
- os: linux
  arch: amd64
  command: sh
  args: ["-c", "echo quiet: $0 $* $HELM_PLUGIN_NAME", "${HELM_PLUGIN_NAME}-0", "$MISSING", "a b"]
- os: linux
  arch: arm64
  command: sh
  args: ["-c", "echo quiet: $0 $* $HELM_PLUGIN_NAME", "${HELM_PLUGIN_NAME}-0", "$MISSING", "a b"]
- command: other
""",
    "missing/plugin.yaml": "name: missing\ncommand: no-such-program-anywhere\n",
    "unstarted/plugin.yaml": 'name: unstarted\ncommand: "$HELM_PLUGIN_DIR/nothing"\n',
    "noexec/plugin.yaml": 'name: noexec\ncommand: "$HELM_PLUGIN_DIR/plugin.yaml"\n',
    "nocommand/plugin.yaml": "name: nocommand\nplatformCommand:\n- os: plan9\n  command: x\n",
    "killed/plugin.yaml": 'name: killed\nplatformCommand:\n- command: sh\n  args: ["-c", "kill -9 $$$$"]\n',
    "back/plugin.yaml": 'name: back\nusage: calls us again\ncommand: "$HELM_PLUGIN_DIR/back.sh"\n',
    "back/back.sh": _BACK,
    "get/plugin.yaml": """name: get
version: 0.1.0
downloaders:
- command: get.sh with arguments
  protocols: [foo, bar]
- command: serve.sh
  protocols: [serve]
""",
    "get/get.sh": _GET,
    "get/serve.sh": _SERVE,
}
FILES = {
    **LEGACY,
    "new/plugin.yaml": """apiVersion: v1
name: new
type: cli/v1
runtime: subprocess
version: 2.0.0
sourceURL: https://example.com/new
config:
  usage: new [things]
  shortHelp: a plugin of Helm 4
  longHelp: |
    The long help.
runtimeConfig:
  platformCommand:
  - command: $HELM_PLUGIN_DIR/echoer.sh
    args: [fixed]
  platformHooks:
    install:
    - command: echo
      args: ["installed $HELM_PLUGIN_NAME"]
""",
    "new/echoer.sh": _SHOW,
    "new/plugin.complete": "#!/bin/sh\nexit 1\n",
    "fetch/plugin.yaml": """apiVersion: v1
name: fetch
type: getter/v1
runtime: subprocess
version: 1.0.0
config: {protocols: [baz, nocommand]}
runtimeConfig:
  protocolCommands:
  - protocols: [baz]
    platformCommand: [{command: get.sh, args: [$HOME]}]
""",
    "fetch/get.sh": _GET,
    **{
        f"{name}/plugin.yaml": f"apiVersion: v1\nname: {name}\ntype: postrenderer/v1\nruntime: subprocess\n"
        f"version: 1.0.0\nconfig: {{}}\nruntimeConfig:\n  platformCommand:\n  - command: {command}\n"
        for name, command in {
            "same": "cat",
            "upper": 'sh\n    args: ["-c", "sed s/old/NEW/; echo \\"# $0 $@\\""]',
            "failing": 'sh\n    args: ["-c", "echo oh no >&2; exit 4"]',
            "empty": "true",
            "adding": 'sh\n    args: ["-c", "cat; printf -- \'---\\nkind: Added\\nmetadata: {name: a}\\n\'"]',
            "broken": 'echo\n    args: ["a: b: c"]',
        }.items()
    },
    "wasm/plugin.yaml": "apiVersion: v1\nname: wasm\ntype: cli/v1\nruntime: extism/v1\nversion: 1.0.0\n"
    "config: {}\nruntimeConfig: {memory: {maxPages: 4}}\n",
    "wasm/plugin.wasm": "",
}
CHART = {
    "Chart.yaml": "apiVersion: v2\nname: chart\nversion: 0.1.0\n",
    "values.yaml": "a: 1\n",
    "templates/c.yaml": "kind: ConfigMap\napiVersion: v1\nmetadata:\n  name: old\n"
    "data:\n  a: {{ .Values | toJson | quote }}\n",
    "templates/hook.yaml": "kind: Pod\napiVersion: v1\nmetadata:\n  name: old-hook\n  annotations:\n"
    "    helm.sh/hook: pre-install\n",
    "templates/two.yaml": "kind: Secret\nmetadata:\n  name: two\n---\n# said of it\n"
    "kind: Service\nmetadata:\n  name: three\n",
    "templates/three.yaml": "# on top\n\n# of it\nkind:   A # and behind\nmetadata:\n    name: 'three'\n"
    "    labels: {a:   b}\n    annotations:\nlist:\n  - one\n  # between\n  - two:  2\n    # below\n\n"
    "    text: |\n      lines\n\n  - [ x,y ]\n# end\n",
    "templates/list.yaml": "kind: List\nitems:\n- kind: B\n  metadata: {name: one}\n- kind: C\n",
    "templates/NOTES.txt": "notes\n",
}


def write(folder: Path, files: dict[str, str]) -> Path:
    """The files below `folder`, scripts executable."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        if text.startswith("#!"):
            os.chmod(path, 0o755)
    return folder
