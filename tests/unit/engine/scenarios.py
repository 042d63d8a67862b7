# ruff: noqa: E501 (charts are easier to read on one line)
"""Small charts whose rendering was recorded from helm 4.3.1 (tools/record_charts.py writes recorded.json from these).

A scenario: files of a chart directory (path → text); values: of a `-f` file; flags: behind `template rel CHART`.
"""

from __future__ import annotations

__all__ = ["SCENARIOS", "Scenario", "scenario"]

Scenario = dict[str, object]
CHART = "name: top\nversion: 1.2.3\napiVersion: v2\n"
SUB = "name: sub\nversion: 0.1.0\napiVersion: v2\n"
SCENARIOS: dict[str, Scenario] = {}


def scenario(name: str, files: dict[str, str], values: str = "", flags: tuple[str, ...] = ()) -> None:
    """Add a scenario; Chart.yaml is there unless given."""
    SCENARIOS[name] = {"files": {"Chart.yaml": CHART, **files}, "values": values, "flags": list(flags)}


def _template(name: str, text: str, values: str = "", flags: tuple[str, ...] = ()) -> None:
    scenario(name, {"templates/x.yaml": text}, values, flags)


# Errors of templates.
_template("nil-pointer", "a: {{ .Values.a.b.c }}\n")
_template("include-unknown", '{{ include "nope" . }}')
_template("template-unknown", '{{ template "nope" . }}')
_template("tpl-exec-error", '{{ tpl "{{ .x.y.z }}" . }}')
_template("tpl-parse-error", '{{ tpl "{{ .x | foo }}" . }}')
_template("fail-two-lines", '{{ fail "no\\nway" }}')
_template("required", '{{ required "need it" .Values.z }}')
_template("fail-in-include", '{{ define "f" }}{{ fail "x" }}{{ end }}{{ include "f" . }}')
_template("fail-in-template", '{{ define "f" }}\n{{ fail "x" }}{{ end }}{{ template "f" . }}')
_template("fail-in-tpl", '{{ tpl "{{ fail \\"inner\\" }}" . }}')
_template(
    "include-chain",
    '{{ define "g" }}{{ .a.b.c }}{{ end }}{{ define "f" }}{{ include "g" . }}{{ end }}{{ include "f" . }}',
)
_template("parse-error", "a: b\n{{ if }}")
_template("unknown-function", "{{ .Values.a | b64dec | nope }}")
_template("unclosed", "a: {{ if true }}")
_template("index-error", '{{ index .Values "a" "b" }}')
_template("argument-type", '{{ "a" | int | indent "x" }}')
_template("empty-define", '{{ define "e" }}{{ end }}a: [{{ include "e" . }}]\n')
_template("no-value", 'a: [{{ .Values.nope }}] [{{ tpl "{{ .Values.nope }}" . }}]\n')
_template("must-yaml-error", '{{ mustToYaml (dict "a" (int64 1)) }}\n')

# Documents.
_template("not-yaml", "a: b: c\n")
_template("no-object", "- a\n")
_template("head-types", "kind: ConfigMap\nmetadata: {name: 12, annotations: {a: 1, b: true, c: 1.50, d: null}}\n")
_template("metadata-text", "kind: ConfigMap\nmetadata: text\n")
_template("annotation-list", "metadata: {annotations: {a: [1]}}\n")
_template("documents", "---\n# only a comment\n---   \nkind: B\n---kind: A\n---\n\n  \n---\nkind: Namespace\n\n\n")
_template("spaces-after", "kind: A\n\n\n---\nkind: Secret\n\n")
_template("folded-keys", "KIND: Namespace\n---\nkind: A\n")
scenario(
    "kind-order",
    {
        "templates/a.yaml": "kind: Deployment\n---\nkind: Zebra\n---\nkind: Service\n---\nkind: Apple\n",
        "templates/b.yaml": "kind: Namespace\n---\nkind: ValidatingWebhookConfiguration\n---\nkind: Service\nb: 1\n",
        "templates/_p.yaml": "kind: Partial\n",
        "templates/NOTES.txt": "{{ fail .Values.nope }}",
    },
    "nope: 1\n",
)
scenario(
    "hooks",
    {
        "templates/a.yaml": "kind: Job\nmetadata:\n  name: j\n  annotations:\n    helm.sh/hook: Pre-Install, post-upgrade\n"
        "    helm.sh/hook-weight: '-5'\n---\nkind: Pod\nmetadata: {annotations: {helm.sh/hook: crd-install}}\n"
        "---\nkind: Pod\nmetadata: {annotations: {helm.sh/hook: test-success}}\n---\nkind: ConfigMap\n",
        "templates/b.yaml": "kind: Secret\nmetadata: {annotations: {helm.sh/hook: test}}\n\n\n",
    },
)
scenario(
    "crds",
    {
        "crds/a.yaml": "kind: CustomResourceDefinition\n{{ not a template }}\n",
        "crds/deep/b.JSON": "{}",
        "crds/readme.md": "no",
        "templates/x.yaml": "kind: A\n",
        "charts/sub/Chart.yaml": SUB,
        "charts/sub/crds/s.yml": "s: 1\n",
    },
    flags=("--include-crds",),
)

# What templates see.
_template("chart-object", "{{ .Chart | toJson }}\nb: {{ .Chart.Nope | quote }}\n# {{ .Chart }}\n")
_template(
    "types",
    'a: {{ printf "%T %T %T %T" .Values .Release .Template .Files | quote }}\n'
    'b: {{ printf "%T %T %T %T" .Capabilities .Capabilities.APIVersions .Subcharts . | quote }}\n'
    'c: {{ printf "%T %T" .Release.Revision .Capabilities.KubeVersion | quote }}\n'
    "d: {{ kindOf .Values }} {{ typeOf .Values }} {{ typeOf .Values.AsMap }}\n",
)
_template(
    "capabilities",
    "a: {{ .Capabilities.KubeVersion }} {{ .Capabilities.KubeVersion.GitVersion }} {{ .Capabilities.KubeVersion.Minor }}\n"
    "b: {{ .Capabilities.HelmVersion | toJson }}\nc: {{ .Capabilities.KubeVersion | toJson }}\n"
    'd: {{ .Capabilities.APIVersions.Has "apps/v1" }} {{ .Capabilities.APIVersions.Has "x/v1" }}\n'
    "e: {{ .Capabilities.KubeVersion | toString }}\nf: {{ len .Capabilities.APIVersions }}\n",
    flags=("--kube-version", "v1.29.4-gke.1", "--api-versions", "x/v1"),
)
_template("release", "{{ .Release | toYaml }}\n", flags=("--is-upgrade", "-n", "space"))
_template("dig-values", '{{ dig "a" 1 .Values }}')
_template("dig-map", 'a: {{ dig "a" "b" 1 .Values.AsMap }}\n', "a: {b: 2}\n")
scenario(
    "files",
    {
        "templates/x.yaml": 'a: {{ .Files.Get "f/one.txt" | quote }}\nb: {{ .Files.Get "nope" | quote }}\n'
        'c:\n{{ (.Files.Glob "f/*").AsConfig | indent 2 }}\nd:\n{{ (.Files.Glob "**.txt").AsSecrets | indent 2 }}\n'
        'e: {{ range .Files.Lines "f/one.txt" }}[{{ . }}]{{ end }}\n'
        'f: {{ range $n, $_ := .Files.Glob "f/**" }}{{ $n }} {{ end }}\n'
        'g: {{ range $n, $_ := .Files.Glob "{f,g}/[a-o]*.txt" }}{{ $n }} {{ end }}\n'
        'h: {{ range $n, $_ := .Files.Glob "[" }}{{ $n }} {{ end }}\n'
        'i: {{ printf "%s" (index .Files "f/one.txt") | quote }} {{ len .Files }}\n',
        "f/one.txt": "1\n2\n\n",
        "f/deep/two.txt": "two",
        "g/one.txt": "g",
        "README.md": "hi\n",
    },
)
scenario(
    "helmignore",
    {
        ".helmignore": "# c\n*.md\n/top.txt\nskip/\nf/?.txt\n",
        "templates/x.yaml": "a: {{ range $n, $_ := .Files }}{{ $n }} {{ end }}\n",
        "templates/.hidden.yaml": '{{ fail "x" }}',
        "a.md": "1",
        "top.txt": "1",
        "d/top.txt": "1",
        "skip/x.txt": "1",
        "f/a.txt": "1",
        "f/ab.txt": "1",
    },
)
scenario("helmignore-negated", {".helmignore": "!*.yaml\n", "templates/x.yaml": "a: 1\n", "f.txt": ""})
scenario("helmignore-double-star", {".helmignore": "a/**\n"})
scenario("helmignore-malformed", {".helmignore": "a[\n"})

# Values.
_PRINT = "{{ .Values | toYaml }}\n"
scenario(
    "values-null",
    {"values.yaml": "a: 1\nb: {c: 1, d: 2, e: null}\nf: null\n", "templates/x.yaml": _PRINT},
    "a: null\nb: {c: null, x: null}\ny: null\n",
)
scenario(
    "values-clash",
    {"values.yaml": "a: {b: 1}\nc: 1\nd: {e: {f: 1}}\n", "templates/x.yaml": _PRINT},
    "a: text\nc: {x: 1}\nd: {e: 5}\n",
)
scenario("values-documents", {"values.yaml": "a: {b: 1}\nc: 1\n---\na: {d: 2}\nc: null\n", "templates/x.yaml": _PRINT})
scenario(
    "values-numbers",
    {
        "values.yaml": "a: 10000000\nb: 1.5\nc: 0755\nd: yes\ne: 12345678901234567890\n",
        "templates/x.yaml": "{{ .Values | toYaml }}\n# {{ .Values.a }} {{ .Values.a | int }} {{ .Values.e }}\n",
    },
)
scenario("values-no-map", {"values.yaml": "- a\n"})
scenario("values-malformed", {"values.yaml": "a: b: c\n"})
_SUBTREE = {
    "charts/sub/Chart.yaml": SUB,
    "charts/sub/templates/s.yaml": "{{ .Values | toYaml }}\n",
    "templates/x.yaml": _PRINT,
}
scenario(
    "globals",
    {
        **_SUBTREE,
        "values.yaml": "global: {a: 1, t: {x: 1}}\nsub: {k: p, global: {t: {y: 2}, b: 3}}\n",
        "charts/sub/values.yaml": "k: c\nl: c\nglobal: {a: 0, c: 4, t: {x: 0, z: 5}}\n",
    },
    "global: {u: 9}\n",
)
scenario(
    "sub-null",
    {**_SUBTREE, "values.yaml": "sub: {k: null, m: {n: null}}\n", "charts/sub/values.yaml": "k: c\nm: {n: 1, o: 2}\n"},
)
scenario(
    "sub-null-user",
    {**_SUBTREE, "values.yaml": "sub: {k: null, m: {n: null}}\n", "charts/sub/values.yaml": "k: c\nm: {n: 1, o: 2}\n"},
    "sub: {m: {p: 1}}\n",
)
scenario("sub-no-map", {**_SUBTREE}, "sub: text\n")
scenario("global-no-map", {**_SUBTREE, "values.yaml": "global: 5\n"})
scenario(
    "set-in-template",
    {
        **_SUBTREE,
        "charts/sub/values.yaml": "k: 1\n",
        "templates/a.yaml": '{{ $_ := set .Values.sub "k" 2 }}{{ $_ := set .Values "new" 1 }}',
        "charts/sub/templates/a.yaml": '{{ $_ := set .Values "own" 1 }}',
    },
)
scenario(
    "subcharts",
    {
        **_SUBTREE,
        "charts/sub/values.yaml": "k: 1\n",
        "templates/x.yaml": "a: {{ .Subcharts.sub.Values.k }} {{ .Subcharts.sub.Chart.Name }} {{ .Subcharts.sub.Chart.IsRoot }} {{ .Chart.IsRoot }}\n",
    },
)


# Dependencies.
def _listed(*entries: str) -> str:
    return CHART + "dependencies:\n" + "".join(f"- {entry}\n" for entry in entries)


_NAME = {
    "charts/sub/templates/s.yaml": "n: {{ .Chart.Name }} {{ .Template.Name }} {{ .Template.BasePath }}\n",
    "charts/sub/Chart.yaml": SUB,
}
scenario(
    "condition-off",
    {
        **_NAME,
        "Chart.yaml": _listed("{name: sub, version: '*', condition: 'nope,sub.on,sub.x'}"),
        "templates/x.yaml": _PRINT,
    },
    "sub: {on: false, x: true}\n",
)
scenario(
    "condition-text",
    {**_NAME, "Chart.yaml": _listed("{name: sub, version: '*', condition: sub.on}")},
    "sub: {on: 'no'}\n",
)
scenario("tags-off", {**_NAME, "Chart.yaml": _listed("{name: sub, version: '*', tags: [a, b]}")}, "tags: {a: false}\n")
scenario(
    "tags-condition",
    {**_NAME, "Chart.yaml": _listed("{name: sub, version: '*', tags: [a], condition: sub.on}")},
    "tags: {a: false}\nsub: {on: true}\n",
)
scenario(
    "aliases",
    {
        **_NAME,
        "Chart.yaml": _listed(
            "{name: sub, version: '*', alias: one}",
            "{name: sub, version: 0.x, alias: two}",
            "{name: sub, version: '>1'}",
        ),
        "templates/x.yaml": "a: {{ keys .Values | sortAlpha }}\nb: {{ .Chart.Dependencies | toJson }}\n",
    },
)
scenario("missing", {"Chart.yaml": _listed("{name: sub, version: '*'}", "{name: other, version: 1.x}")})
scenario(
    "import-values",
    {
        **_NAME,
        "Chart.yaml": _listed("{name: sub, version: '*', import-values: [data, {child: a.b, parent: here}, nope]}"),
        "values.yaml": "mine: top\nhere: {p: 1}\n",
        "charts/sub/values.yaml": "exports: {data: {mine: sub, theirs: sub}}\na: {b: {p: 0, q: 2}}\n",
        "templates/x.yaml": _PRINT,
    },
)
scenario("alias-characters", {"Chart.yaml": _listed("{name: sub, version: '*', alias: 'a b'}")})
scenario("twice", {"Chart.yaml": _listed("{name: sub, version: '*'}", "{name: sub, version: 1.x}")})
scenario(
    "requirements-v1",
    {
        "Chart.yaml": "name: top\nversion: 1.0.0\n",
        "requirements.yaml": "dependencies:\n- {name: sub, version: '*', alias: al}\n",
        **_NAME,
        "templates/x.yaml": 'a: {{ .Files.Get "requirements.yaml" | quote }} {{ .Chart.APIVersion }}\n',
    },
)
scenario(
    "library",
    {
        "charts/sub/Chart.yaml": SUB + "type: library\n",
        "charts/sub/templates/_l.tpl": '{{ define "l" }}lib{{ end }}',
        "charts/sub/templates/s.yaml": "a: 1\n",
        "templates/x.yaml": 'a: {{ include "l" . }}\n',
    },
)
scenario(
    "define-order",
    {
        "templates/a.yaml": '{{ define "d" }}a{{ end }}',
        "templates/b.yaml": '{{ define "d" }}b{{ end }}x: {{ include "d" . }}\n',
        "charts/sub/Chart.yaml": SUB,
        "charts/sub/templates/a.yaml": '{{ define "d" }}sub{{ end }}',
    },
)
scenario("kube-version", {"Chart.yaml": CHART + "kubeVersion: '>=1.30'\n"}, flags=("--kube-version", "v1.29.4-gke.1"))

# Chart.yaml.
for _name, _text in {
    "no-name": "version: 1.0.0\napiVersion: v2\n",
    "dot-name": "name: .\nversion: 1.0.0\napiVersion: v2\n",
    "slash-name": "name: a/b\nversion: 1.0.0\napiVersion: v2\n",
    "no-version": "name: a\napiVersion: v2\n",
    "bad-version": "name: a\nversion: one\napiVersion: v2\n",
    "bad-type": "name: a\nversion: 1.0.0\napiVersion: v2\ntype: thing\n",
    "library-root": "name: a\nversion: 1.0.0\napiVersion: v2\ntype: library\n",
    "api-version": "name: a\nversion: 1.0.0\napiVersion: v4\n",
    "null-maintainer": "name: a\nversion: 1.0.0\napiVersion: v2\nmaintainers: [null]\n",
    "null-dependency": "name: a\nversion: 1.0.0\napiVersion: v2\ndependencies: [null]\n",
    "maintainers-text": "name: a\nversion: 1.0.0\napiVersion: v2\nmaintainers: text\n",
    "maintainer-text": "name: a\nversion: 1.0.0\napiVersion: v2\nmaintainers: [text]\n",
    "maintainer-name": "name: a\nversion: 1.0.0\napiVersion: v2\nmaintainers: [{name: [a]}]\n",
    "annotation-map": "name: a\nversion: 1.0.0\napiVersion: v2\nannotations: {a: {b: c}}\n",
    "keyword-list": "name: a\nversion: 1.0.0\napiVersion: v2\nkeywords: [[a]]\n",
    "deprecated-text": "name: [a]\nversion: 1.0.0\napiVersion: v2\ndeprecated: x\n",
    "chart-list": "- a\n",
    "chart-malformed": "a: b: c\n",
    "chart-empty": "",
    "numbers": "name: a\nversion: 1.10\napiVersion: v2\nappVersion: 1.50\nannotations: {a: 1, b: true}\nkeywords: [1, yes]\n",
}.items():
    scenario(f"metadata-{_name}", {"Chart.yaml": _text, "templates/x.yaml": "{{ .Chart | toJson }}\n"})
scenario("lock-time", {"Chart.lock": "generated: soon\n"})
scenario("lock-list", {"Chart.lock": "- a\n"})
scenario("sub-error", {"charts/sub/Chart.yaml": "version: 1.0.0\napiVersion: v2\n"})
scenario("sub-missing", {"charts/sub/values.yaml": "a: 1\n"})
scenario(
    "sub-skipped", {"charts/_sub/x": "", "charts/.sub/x": "", "charts/README.md": "", "templates/x.yaml": "a: 1\n"}
)
scenario(
    "bom",
    {"Chart.yaml": "\ufeff" + CHART, "values.yaml": "\ufeffa: 1\n", "templates/x.yaml": "\ufeffa: {{ .Values.a }}\n"},
)
