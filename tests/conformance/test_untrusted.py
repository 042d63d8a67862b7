"""Hostile charts, measured from outside: each is refused with a clear error, soon, in little memory, writing nothing.

One row and more for each class of attack known against Helm: archive bombs (CVE-2025-32386), schema references to
files and devices (CVE-2025-55199), schema recursion (GO-2025-3602), null metadata (CVE-2025-55198), paths by alias or
name (TOB-HELM-011), loops of links (HLM-01-001), regular expressions, and what templates and YAML can do beyond those.
Classes about repositories, registries and the server (GO-2024-2667, TOB-HELM-012, Tiller without identity) belong to
those parts.

The bounds are of processor time and resident memory, wide enough for a slow machine; docs/guides/untrusted-charts.md
tells the limits behind them.
"""

from __future__ import annotations

import gzip
import http.server
import io
import os
import socket
import sys
import tarfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.measured import Measured, measured

META = "apiVersion: v2\nname: c\nversion: 0.1.0\n"
SUB = META.replace("name: c", "name: s")
OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n"
PROGRAM = "import sys; from charthouse.cli.main import entry; sys.argv[0] = 'charthouse'; entry()"
SECONDS, MEBIBYTES = 12.0, 1200.0

Content = str | bytes | Callable[[Path], object]
Files = dict[str, Content]


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Measured]:
    environ = {**os.environ, "HOME": str(tmp_path / "home"), "CHARTHOUSE_CACHE": "", "HELM_NO_TEMPLATE_CACHE": "1"}
    environ = {name: value for name, value in environ.items() if name.lower() not in ("http_proxy", "https_proxy")}

    def runs(files: Files, *words: str) -> Measured:
        folder = tmp_path / "in"
        folder.mkdir(exist_ok=True)
        for name, content in {"c/Chart.yaml": META, **files}.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if callable(content):
                content(path)
            else:
                path.write_bytes(content if isinstance(content, bytes) else content.encode())
        before = listing(tmp_path)
        command = [sys.executable, "-c", PROGRAM, *(words or ("template", "c"))]
        found = measured(command, folder, environ)
        assert listing(tmp_path) == before
        return found

    return runs


def listing(folder: Path) -> list[str]:
    return sorted(str(path) for path in folder.rglob("*") if "home" not in path.parts)


def refused(found: Measured, said: str) -> None:
    """A clear error with a hint, within bounds."""
    assert found.status == 1, found
    assert said in found.err + found.out
    assert "Traceback" not in found.err
    assert "internal error" not in found.err
    assert "hint: " in found.err
    assert found.seconds < SECONDS
    assert found.mebibytes < MEBIBYTES


def template(text: str) -> Files:
    return {"c/templates/x.yaml": text}


def fifo(path: Path) -> None:
    os.mkfifo(path)


def plug(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        folder = os.open(path.parent, os.O_RDONLY)
        made.bind(f"/proc/self/fd/{folder}/{path.name}")
        os.close(folder)


def link(target: str) -> Callable[[Path], object]:
    return lambda path: path.symlink_to(target)


def hollow(size: int) -> Callable[[Path], object]:
    def make(path: Path) -> None:
        with path.open("wb") as stream:
            stream.truncate(size)

    return make


def archive(*members: tuple[str, bytes, dict[str, Any]]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", format=tarfile.PAX_FORMAT, compresslevel=1) as out:
        for name, data, fields in (("c/Chart.yaml", META.encode(), {}), *members):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            for key, value in fields.items():
                setattr(info, key, value)
            out.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def bomb() -> bytes:
    header = tarfile.TarInfo("c/values.yaml")
    header.size = 2 << 30
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=9) as out:
        out.write(archive_plain(META.encode()) + header.tobuf())
        for _ in range(220):
            out.write(bytes(1 << 20))
    return packed.getvalue()


def archive_plain(data: bytes) -> bytes:
    info = tarfile.TarInfo("c/Chart.yaml")
    info.size = len(data)
    return info.tobuf() + data.ljust(-(-len(data) // 512) * 512, b"\0")


LAUGHS = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30)
)
SHARED = '{{ $x := list "a" }}{{ range until 40 }}{{ $x = list $x $x }}{{ end }}'
ITSELF = '{{ $x := dict }}{{ $_ := set $x "x" $x }}'
FORKS = "".join(
    f'{{{{ define "a{n}" }}}}{{{{ include "a{n + 1}" . }}}}{{{{ include "a{n + 1}" . }}}}{{{{ end }}}}'
    for n in range(50)
)

TEMPLATES = [
    ("loop", "{{ range 1000000000000 }}{{ end }}", "more than 10000000 steps"),
    ("loops", "{{ range until 30000 }}{{ range until 30000 }}{{ end }}{{ end }}", "more than 10000000 steps"),
    ("forks", FORKS + '{{ define "a50" }}x{{ end }}{{ include "a0" . }}', "more than 10000000 steps"),
    ("until", "{{ until 1000000000 | len }}", "too large"),
    ("seq", "{{ seq 1 99999999 }}", "too large"),
    ("repeat", '{{ repeat 1000000000 "x" }}', "too large"),
    ("indent", '{{ indent 1000000 (repeat 100000 "x\\n") }}', "too large"),
    ("replace", '{{ replace "" (repeat 100000 "y") (repeat 100000 "x") }}', "too large"),
    ("split", '{{ splitn "" 100000000 (repeat 10000000 "x") | len }}', "too large"),
    ("kept texts",
     '{{ $d := dict }}{{ range $i, $_ := until 9999 }}{{ $_ := set $d (print $i) (repeat 9999999 "ab") }}{{ end }}',
     "needs more memory than it may have"),
    ("printed texts", '{{ $x := repeat 10000000 "x" }}{{ range 9999 }}{{ $x }}{{ end }}', "printed more than"),
    ("shared value", SHARED + "{{ toJson $x | len }}", "too large"),
    ("value in itself", ITSELF + "{{ $x }}", "too"),
    ("merge of it", ITSELF + "{{ merge (dict) $x | toString | len }}", "too"),
    ("include in itself",
     '{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}', "nested reference name: a"),
    ("tpl in itself",
     '{{ $_ := set .Values "t" "{{ tpl .Values.t . }}" }}{{ tpl .Values.t . }}', "depth"),
    ("template in itself",
     '{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}', "maximum template depth"),
    ("parentheses", "{{ " + "(" * 100_000 + "1" + ")" * 100_000 + " }}", "max expression depth"),
    ("definitions",
     "{{ fail .Chart.Name }}" + "".join(f'{{{{ define "d{n}" }}}}{{{{ end }}}}' for n in range(40_000)), "c"),
    ("variables", "".join(f"{{{{ $v{n} := 1 }}}}" for n in range(50_000)), "declares more than 5000 variables"),
    ("expression", '{{ regexMatch "^(a+)+$" (print (repeat 5000 "a") "b") | fail }}', "wrong type for value"),
    ("counted expression", '{{ mustRegexMatch "((a{1,1000}){1,1000}){1,1000}" "a" }}', "invalid repeat count"),
    ("pattern of files", '{{ .Files.Glob (repeat 5000000 "{a,*}") | len }}', "pattern is too large"),
    ("rendered laughs",
     OBJECT + "data:\n" + "".join(f"  {line}\n" for line in LAUGHS.splitlines()), "excessive aliasing"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), [case[1:] for case in TEMPLATES], ids=[case[0] for case in TEMPLATES])
def test_templates(run: Callable[..., Measured], text: str, said: str) -> None:
    refused(run(template(text)), said)


TWICE = "dependencies: [{name: s, version: '*', alias: a}, {name: s, version: '*', alias: b}]\n"
STRANGE = "cannot load irregular file"
Row = tuple[str, Files, tuple[str, ...], str]


def instead(kind: str, content: Content, said: dict[str, str], *words: str) -> list[Row]:
    """A row for each file of a chart that is something else."""
    return [(f"{kind} {name}", {f"c/{name}": content}, words, text) for name, text in said.items()]


OPENED = {"Chart.yaml": "not a regular file", ".helmignore": "not a regular file"}
WALKED = dict.fromkeys(("values.yaml", "values.schema.json", "templates/x.yaml", "charts/a.tgz"), STRANGE)
LINTED = {"Chart.yaml": "not a regular file", "values.yaml": "not a regular file", "templates/x.yaml": STRANGE}
PIPES = [
    *instead("pipe", fifo, OPENED | WALKED),
    *instead("device", link("/dev/zero"), OPENED | WALKED),
    *instead("lint pipe", fifo, LINTED, "lint", "c"),
]
CHARTS: list[Row] = [
    ("laughs", {"c/values.yaml": LAUGHS}, (), "excessive aliasing"),
    ("deep values", {"c/values.yaml": "a: " + "[" * 200_000 + "]" * 200_000}, (), "exceeded max depth"),
    ("an alias in itself", {"c/values.yaml": "a: &a [*a]\n"}, (), "contains itself"),
    ("large values", {"c/values.yaml": lambda path: path.write_text("a:\n" + "- {}\n" * 12_000_000)}, (), "memory"),
    ("hollow file", {"c/values.yaml": hollow(10 << 30)}, (), "exceeds maximum decompressed size"),
    ("null metadata", {"c/Chart.yaml": META + "dependencies: [null]\n"}, (), "must not contain empty or null nodes"),
    ("null maintainers", {"c/Chart.yaml": META + "maintainers: [null]\n"}, (), "must not contain empty or null nodes"),
    ("no metadata", {"c/Chart.yaml": "null\n"}, (), "chart.metadata.name is required"),
    ("null lint", {"c/Chart.yaml": META + "dependencies: [null]\n"}, ("lint", "c"), "empty or null nodes"),
    ("name", {"c/Chart.yaml": META.replace("name: c", "name: ../../x")}, ("package", "c"), "is invalid"),
    ("version", {"c/Chart.yaml": META.replace("0.1.0", "../../x")}, ("package", "c"), "is invalid"),
    ("inner name", {"c/charts/s/Chart.yaml": META.replace("name: c", "name: ../../../y")},
     ("template", "c", "--output-dir", "o"), "is invalid"),
    ("alias", {"c/Chart.yaml": META + "dependencies: [{name: s, version: '*', alias: ../../x}]\n",
               "c/charts/s/Chart.yaml": SUB}, ("template", "c", "--output-dir", "o"), "disallowed characters"),
    ("aliases", {"c/Chart.yaml": META + TWICE, "c/" + "charts/s/" * 14 + "Chart.yaml": SUB,
                 **{"c/" + "charts/s/" * n + "Chart.yaml": SUB + TWICE for n in range(1, 14)}}, (), "more than 5000"),
    ("ignore rules", {"c/.helmignore": "*a*b*c*d\n" * 100_000}, (), "more than 5000 rules"),
    ("a link to a file", {"c/templates/x.yaml": link("/etc/passwd")}, (), "leads out of the chart to /etc/passwd"),
    ("a relative link", {"c/x": link("../" * 30 + "etc/passwd")}, ("package", "c"), "leads out of the chart"),
    ("a link to a folder", {"c/templates/e": link("/etc")}, (), "leads out of the chart to /etc"),
    ("a link to a key", {"home/.ssh/id": "secret", "home/c/Chart.yaml": META, "home/c/x": link("../.ssh/id")},
     ("template", "home/c"), "leads out of the chart"),
    ("a link as values", {"c/values.yaml": link("/etc/passwd")}, ("lint", "c"), "leads out of the chart"),
    ("links in a loop", {"c/templates/x.yaml": link("x.yaml")}, (), "too many links"),
    ("a link to itself", {"c/loop": link(".")}, (), "too many levels"),
    ("links to each other", {"c/a/x": link("../b"), "c/b/y": link("../a")}, (), "too many levels"),
    *PIPES,
    ("socket", {"c/values.yaml": plug}, (), STRANGE),
    ("folder", {"c/Chart.yaml": Path.mkdir}, (), "is a directory"),
    ("show pipe", {"c/Chart.yaml": fifo}, ("show", "all", "c"), STRANGE),
    ("package pipe", {"c/f": fifo}, ("package", "c"), STRANGE),
    ("values of a device", {}, ("template", "c", "-f", "/dev/zero"), "file too large"),
    ("set-file of a device", {}, ("template", "c", "--set-file", "a=/dev/zero"), "file too large"),
    ("chart of a device", {}, ("template", "/dev/zero"), "file too large"),
    ("index", {}, ("template", "c", "--set", "a[999999999]=1"), "greater than maximum supported index"),
    ("lists", {}, ("template", "c", "--set", ",".join(f"a{n}[65536]=1" for n in range(2000))), "memory"),
    ("levels", {}, ("template", "c", "--set", "a." * 30_000 + "a=1"), "nested level"),
    ("json levels", {}, ("template", "c", "--set-json", "a=" + "[" * 30_000), "failed parsing --set-json"),
    ("name template", {}, ("template", "c", "--name-template", "{{ range 999999999999 }}{{ end }}"), "steps"),
    ("constraint", {"c/Chart.yaml": META + "kubeVersion: '" + ">=1 || " * 40_000 + "x'\n"}, (), "kubeVersion"),
    ("bomb", {"c.tgz": bomb()}, ("template", "c.tgz"), "unable to load chart archive"),
    ("way out", {"c.tgz": archive(("c/../../x", b"x", {}))}, ("template", "c.tgz"), "references parent directory"),
    ("absolute", {"c.tgz": archive(("c//etc/passwd", b"x", {}))}, ("template", "c.tgz"), "absolute paths"),
    ("lint way out", {"c.tgz": archive(("c/../../x", b"x", {}))}, ("lint", "c.tgz"), "references parent directory"),
    ("sparse", {"c.tgz": archive(("c/x", b"", {"pax_headers": {"GNU.sparse.major": "1", "GNU.sparse.minor": "0"}}))},
     ("template", "c.tgz"), "sparse"),
    ("a size that lies", {"c.tgz": archive(("c/x", b"", {"pax_headers": {"size": "9" * 30}}))}, ("template", "c.tgz"),
     "unable to load chart archive"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "words", "said"), [case[1:] for case in CHARTS], ids=[case[0] for case in CHARTS])
def test_charts(run: Callable[..., Measured], files: Files, words: tuple[str, ...], said: str) -> None:
    refused(run(files, *words), said)


MULTIPLIED = (
    '{"$ref":"#/d/d0","d":{'
    + ",".join(f'"d{n}":{{"anyOf":[{{"$ref":"#/d/d{n + 1}"}},{{"$ref":"#/d/d{n + 1}"}}]}}' for n in range(40))
    + ',"d40":{"type":"string"}}}'
)
SCHEMAS = [
    ('{"$ref":"/etc/passwd"}', "no such file or directory"),
    ('{"$ref":"file:///dev/zero"}', "no such file or directory"),
    ('{"$ref":"../../../etc/passwd"}', "no such file or directory"),
    ('{"$ref":"http://127.0.0.1:1/x"}', "--allow-schema-urls"),
    ('{"$schema":"http://127.0.0.1:1/x"}', "remote schemas are not fetched"), ('{"$ref":"ftp://x/y"}', "no URLLoader"),
    ('{"$ref":"#"}', "causing reference cycle"), (MULTIPLIED, "too many steps"),
    ('{"not":' * 20_000, "exceeded max depth"), ("null", "got null"),
    ('{"properties":{"a":{"pattern":"(((x{1,100}){1,100}){1,100})"}}}', "invalid repeat count"),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "said"), SCHEMAS)
def test_schemas(run: Callable[..., Measured], schema: str, said: str) -> None:
    refused(run({"c/values.schema.json": schema, "c/values.yaml": "a: x\n"}), said)


# --- schemas by address ------------------------------------------------------------------------------------------


class Answers(http.server.BaseHTTPRequestHandler):
    """What a server of schemas may do; the paths asked for are kept in `asked`."""

    asked: list[str] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path == "/endless":
            self.send_response(200)
            self.end_headers()
            try:
                for _ in range(64):
                    self.wfile.write(b" " * (1 << 20))
            except OSError:
                return
        elif self.path == "/away":
            self.send_response(302)
            self.send_header("Location", "file:///etc/passwd")
            self.end_headers()
        elif self.path == "/s.json":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"properties":{"a":{"type":"string"}}}')
        else:
            self.send_error(404)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    Answers.asked.clear()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("command", ["template", "lint"])
def test_addresses_are_asked_only_when_allowed(run: Callable[..., Measured], address: str, command: str) -> None:
    files: Files = {"c/values.schema.json": f'{{"$ref":"{address}/s.json"}}', "c/templates/x.yaml": ""}
    refused(run(files, command, "c", "--set", "a=1"), "remote schemas are not fetched")
    assert Answers.asked == []
    refused(run(files, command, "c", "--set", "a=1", "--allow-schema-urls"), "at '/a': got number, want string")
    assert run(files, command, "c", "--set", "a=x", "--allow-schema-urls").status == 0
    assert set(Answers.asked) == {"/s.json"}


@pytest.mark.parametrize(
    ("path", "said"),
    [("/nope", "returned status 404 (Not Found)"), ("/endless", "more than 8388608 bytes"), ("/away", "")],
)
def test_what_servers_may_answer(run: Callable[..., Measured], address: str, path: str, said: str) -> None:
    files: Files = {"c/values.schema.json": f'{{"$ref":"{address}{path}"}}'}
    found = run(files, "template", "c", "--allow-schema-urls")
    refused(found, said)
    assert f'failing loading "{address}{path}": ' in found.err
    assert "root:" not in found.err
