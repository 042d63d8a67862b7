"""The profile helm2 renders as Tiller 2.17 does: charts of our own, template snippets, and real charts, each judged by
Helm 2.17's own engine (`judge2`); whole releases are judged by the real Tiller (tests/cluster/test_helm2_rendering.py).

Real charts need the corpus (CHARTHOUSE_CORPUS, as in test_corpus); CHARTHOUSE_CORPUS_SAMPLE is how many to take (0 =
all). What Helm itself renders otherwise the second time (random passwords, definitions of one name) is not compared.
"""

from __future__ import annotations

import json
import os
import random
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from charthouse.k8s.kinds_helm2 import known_kinds
from charthouse.kube.errors import KubeError
from charthouse.kube.plan_helm2 import two_way_patch
from tests.conformance import test_corpus
from tests.conformance import test_snippets as snippets
from tests.conformance.helm2.engine import Answer, Judge2, found_judge, ours

HERE = Path(__file__).parent / "helm2" / "charts"
_UNPACKING = "error unpacking "
CHART = "apiVersion: v1\nname: c\nversion: 0.1.0\n"
VALUES = {
    "orchard": (
        "",
        "apple: {enabled: false}",
        "tags: {fruit: false}\napple: {rings: null}",
        "tags: {fruit: false, autumn: true}",
        "apple: {enabled: null, global: {own: y}}\nglobal: {region: us, sizes: {s: null, l: 3}}",
        "pear: 5",
        "apple: {global: 5}",
        "global: 5",
        "table: 1\nlist: {a: 1}\ntext:",
        "number: 1e3\nfloat: .5\nbig: -0\nhex: 0o7",
    ),
    "meadow": ("", "cows: 4", "brook: {fish: null}", "weight: 0.1\ncolour: on"),
}


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge2]:
    found = found_judge()
    yield found
    found.close()


def same(judge: Judge2, chart: Path | str, values: str = "", *, upgrade: bool = False) -> None:
    """Ours says what Helm 2 says, file by file, where Helm 2 says the same twice."""
    theirs, mine = judge.ask(chart, values, upgrade=upgrade), ours(chart, values, upgrade=upgrade)
    if theirs == mine:
        return
    if theirs["err"].startswith(_UNPACKING) and mine["err"].startswith(_UNPACKING):
        return  # which of several charts inside is met first is random
    again = judge.ask(chart, values, upgrade=upgrade)
    assert steady(mine, theirs, again) == steady(theirs, theirs, again)


def steady(answer: Answer, first: Answer, second: Answer) -> Answer:
    """An answer without the files Helm 2 renders otherwise each time."""
    if not answer["files"]:
        return answer
    one, two = first["files"] or {}, second["files"] or {}
    return {**answer, "files": {path: text for path, text in answer["files"].items() if one.get(path) == two.get(path)}}


@pytest.mark.parametrize(
    ("chart", "index"), [(name, index) for name, texts in VALUES.items() for index in range(len(texts))]
)
@pytest.mark.parametrize("upgrade", [False, True])
def test_charts_of_our_own(chart: str, index: int, upgrade: bool, judge: Judge2) -> None:
    same(judge, HERE / chart, VALUES[chart][index], upgrade=upgrade)


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({"Chart.yaml": "name: c\nversion: 1\napiVersion: v2\n"}, "apiVersion 'v2' is not valid"),
        ({"Chart.yaml": "version: 1.0.0\n"}, "name must not be empty"),
        ({"Chart.yaml": CHART, "charts/x/Chart.yaml": "name: x\napiVersion: v2\n"}, "error unpacking x in c: "),
        ({"Chart.yaml": CHART, "templates/a.yaml": "{{ nope }}"}, 'parse error in "c/templates/a.yaml"'),
        ({"Chart.yaml": CHART, "templates/a.yaml": "{{ if }}"}, 'parse error in "c/templates/a.yaml"'),
        ({"Chart.yaml": CHART, "templates/a.yaml": '{{ required "100% of it" .Values.x }}'}, "100%!o(MISSING)f it"),
        ({"Chart.yaml": CHART, "templates/a.yaml": '{{ fail "no" }}'}, "error calling fail: no"),
        ({"Chart.yaml": CHART, "templates/a.yaml": "{{ .Chart.Nope }}"}, "can't evaluate field Nope"),
        ({"Chart.yaml": CHART, "templates/a.yaml": '{{ lookup "v1" "Pod" "" "" }}'}, 'function "lookup" not defined'),
        ({"Chart.yaml": CHART, "templates/a.yaml": '{{ include "x" . }}'}, "no template"),
        ({"Chart.yaml": CHART, "templates/a.yaml": '{{ tpl "{{ .Values" . }}'}, "Error during tpl function execution"),
        ({"Chart.yaml": CHART, "templates/a.yaml": '{{ tpl "{{ fail `x` }}" . }}'}, "Error during tpl"),
        ({"Chart.yaml": CHART, "templates/a.yaml": '{{ tpl "x" .Values }}'}, "Cannot retrieve Template.Basepath"),
        ({"Chart.yaml": CHART, "templates/a.yaml": '{{ tpl "x" "y" }}'}, "for arg of type chartutil.Values"),
        (
            {"Chart.yaml": CHART, "templates/a": '{{ define "c" }}{{ include "c" . }}{{ end }}{{ include "c" . }}'},
            "rendering template has a nested reference name: c: unable to execute template",
        ),
    ],
)  # fmt: skip
def test_errors(files: dict[str, str], error: str, judge: Judge2, tmp_path: Path) -> None:
    chart = laid_out(files, tmp_path)
    mine = ours(chart)
    assert error in mine["err"]
    assert mine == judge.ask(chart)


def laid_out(files: dict[str, str], folder: Path) -> Path:
    """A chart's directory."""
    for name, text in files.items():
        path = folder / "c" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
    return folder / "c"


# Where the profile does not follow sprig 2 (docs/helm2.md), by snippet.
_TOML = "TOML is read and written as Helm 4's library does"
_HOST = "names of hosts are not looked up"
_KEYS = "sprig 3 knows one more kind of key"
KNOWN = {
    ("formats", "12 toToml of a number"): _TOML,
    ("formats", "24 getHostByName"): _HOST,
    **dict.fromkeys([("fuzz", f"{number:03}") for number in (18, 19, 41, 91)], _TOML),
    ("sprig_crypto", '20 substr 0 27 (genPrivateKey "ed25519")'): _KEYS,
    ("sprig_encoding", '46 getHostByName "example.invalid"'): _HOST,
}


def test_snippets(judge: Judge2, tmp_path: Path) -> None:
    """Every snippet that is recorded for Helm 4, asked of Helm 2."""
    wrong, asked = [], 0
    for number, case in enumerate(snippets.load()):
        group, _, name = str(case.id).partition(": ")
        if (group, name) in KNOWN:
            continue
        snippet: dict[str, Any] = case.values[0]
        files = {"Chart.yaml": CHART, **snippet.get("files", {}), "templates/t": snippet["template"]}
        files["Chart.yaml"] = files["Chart.yaml"].replace("apiVersion: v2", "apiVersion: v1")
        chart = laid_out(files, tmp_path / str(number))
        values = json.dumps(snippet.get("values", {}))
        theirs, mine = judge.ask(chart, values), ours(chart, values)
        asked += 1
        if shown(theirs) != shown(mine) and judge.ask(chart, values) == theirs:
            wrong.append(str(case.id))
    assert wrong == []
    assert asked > 1000


def shown(answer: Answer) -> str:
    """The error or the text, its broken bytes as Go's JSON shows them."""
    text: str = answer["err"] or answer["files"]["c/templates/t"]
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def old_charts() -> list[Path]:
    """The charts of the corpus Helm 2 would take: API version v1 or none."""
    folder = test_corpus.CORPUS / "charts"
    if not folder.is_dir():
        pytest.skip("no corpus (CHARTHOUSE_CORPUS)")
    found = []
    for path in sorted(folder.glob("*.tgz")):
        with tarfile.open(path) as tar:
            for member in tar:
                if member.name.count("/") == 1 and member.name.endswith("/Chart.yaml"):
                    file = tar.extractfile(member)
                    assert file is not None
                    version = re.search(rb"^apiVersion:\s*\"?(\w+)", file.read(), re.MULTILINE)
                    if version is None or version[1] == b"v1":
                        found.append(path)
                    break
    return found


def test_real_charts(judge: Judge2) -> None:
    charts = old_charts()
    sample = int(os.environ.get("CHARTHOUSE_CORPUS_SAMPLE") or 40)
    if sample:
        charts = random.Random(2).sample(charts, min(sample, len(charts)))
    for chart in charts:
        same(judge, chart)


def changed(value: Any, rng: random.Random) -> Any:
    """A value with some of it left out, doubled, moved or made another."""
    if isinstance(value, dict):
        kept = {
            key: changed(item, rng) for key, item in value.items() if key in ("name", "kind") or rng.random() > 0.15
        }
        return kept if rng.random() > 0.1 else {**kept, "labels": {"a": str(rng.randrange(9))}}
    if isinstance(value, list):
        kept_items = [changed(item, rng) for item in value if rng.random() > 0.2]
        if rng.random() < 0.3:
            rng.shuffle(kept_items)
        return kept_items
    if isinstance(value, str) and rng.random() < 0.2:
        return value + "x"
    if isinstance(value, int) and not isinstance(value, bool) and rng.random() < 0.3:
        return value + 1
    return value


OBJECTS: list[dict[str, Any]] = [
    {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "w", "labels": {"a": "1", "b": "2"}, "annotations": {"x": "y"}},
        "spec": {
            "replicas": 2,
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}},
            "template": {
                "spec": {
                    "containers": [
                        {
                            "name": "a",
                            "image": "1",
                            "args": ["x", "y"],
                            "ports": [{"containerPort": 80}, {"containerPort": 81}],
                        },
                        {"name": "b", "env": [{"name": "K", "value": "v"}, {"name": "L", "value": "w"}]},
                        {"name": "c", "volumeMounts": [{"mountPath": "/a", "name": "v"}]},
                    ],
                    "volumes": [{"name": "v", "emptyDir": {}}, {"name": "s", "secret": {"secretName": "x"}}],
                    "tolerations": [{"key": "a"}, {"key": "b"}],
                }
            },
        },
    },
    {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "s", "finalizers": ["a/b", "c/d"]},
        "spec": {"selector": {"a": "b"}, "ports": [{"port": 80, "name": "h"}, {"port": 81, "name": "i"}]},
    },
    {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": "1", "b": "2", "c": "3"}},
    {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "a"},
        "secrets": [{"name": "x"}, {"name": "y"}],
    },
    {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "n"}, "spec": {"schedule": "x", "l": [1, 2]}},
    {
        "apiVersion": "example.org/v1",
        "kind": "Own",
        "metadata": {"name": "o"},
        "spec": {"list": [{"name": "a"}], "x": 1},
    },
]


def test_two_way_patches(judge: Judge2) -> None:
    """What an upgrade sends for two versions of an object, some random ones: the same patch of the same type."""
    rng, compared = random.Random(2), 0
    for number in range(600):
        base = OBJECTS[number % len(OBJECTS)]
        one, two = changed(base, rng), changed(base, rng)
        two = {**two, "apiVersion": base["apiVersion"], "kind": base["kind"]}
        one = {**one, "apiVersion": base["apiVersion"], "kind": base["kind"]}
        patch, kind, error = judge.patch(one, two)
        if error.startswith("unable to convert "):
            continue  # Helm 2 reads the object into its own struct first; the API server would refuse it for the same
        compared += 1
        try:
            mine = two_way_patch(one, two, api_version=two["apiVersion"], kind=two["kind"])
        except KubeError as refused:
            assert error, (one, two, refused.message)
            continue
        assert (mine, "") == ((patch, kind), error), (one, two)
    assert compared > 400


def test_the_kinds_helm_2_knows(judge: Judge2) -> None:
    meta = ("Status", "APIGroup", "APIVersions", "WatchEvent")
    listed = [tuple(name.rsplit("/", 1)) for name in judge.kinds() if not name.endswith(("List", "Options"))]
    theirs = {(version, kind) for version, kind in listed if kind not in meta}
    assert {(version, kind) for version, kinds in known_kinds().items() for kind in kinds} == theirs
