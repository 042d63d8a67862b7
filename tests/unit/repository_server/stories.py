"""What is asked of ChartMuseum and of us alike: requests in order, against servers with the same options.

`tools/record_chartmuseum.py` plays them to a real ChartMuseum and keeps its answers; the tests play them to our site.
"""

from __future__ import annotations

from tests.unit.repository_server.archives import archive, chart, signed

__all__ = ["STORIES", "Step", "body_of", "steady"]

Step = tuple[str, str, str]
"""Method, path with query, and the name of a body (or a header, for those that begin with ``Authorization``)."""

BOUNDARY = "xXx"


def form(**fields: bytes) -> bytes:
    """A multipart body. `not_file__NAME` makes a field that is no file."""
    parts = []
    for name, data in fields.items():
        plain = name.startswith("not_file__")
        file = "" if plain else '; filename="/tmp/any name"'
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name.removeprefix("not_file__")}"{file}\r\n'
        kind = "" if plain else "Content-Type: application/octet-stream\r\n"
        parts.append(f"{head}{kind}\r\n".encode() + data + b"\r\n")
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


BODIES: dict[str, bytes] = {
    "": b"",
    "apple": chart(),
    "apple-0.1": chart(version="0.1.0"),
    "apple-rc": chart(version="1.1.0-rc1"),
    "apple-other": chart(more="home: https://x.y\nsources: [https://s]\nannotations: {a: b}\n"),
    "apple-many": chart(
        version="0.2.0",
        more="home: https://x.y\nsources: [https://s]\nmaintainers: [{name: Ann, email: a@x.y}, {name: Bob}]\n"
        "icon: https://i\ntype: application\nkubeVersion: '>=1.20'\nannotations: {b: '1', a: \"x: y\\nz\"}\n"
        "dependencies: [{name: d, version: '>1', repository: 'https://x.y', condition: d.on, tags: [t]}]\n"
        "deprecated: true\n",
    ),
    "pear": chart("pear", "2.0.0"),
    "bare": archive({"bare/Chart.yaml": "name: bare\nversion: 0.0.1\n"}),
    "prov": signed(),
    "prov-other": signed(note="ab"),
    "prov-0.1": signed(version="0.1.0"),
    "text": b"hello",
    "cut": chart()[:200],
    "no-chart": archive({"x/values.yaml": "a: 1\n"}),
    "no-version": archive({"x/Chart.yaml": "apiVersion: v2\nname: x\n"}),
    "bad-version": archive({"x/Chart.yaml": "apiVersion: v2\nname: x\nversion: one\n"}),
    "bad-name": archive({"x/Chart.yaml": "apiVersion: v2\nname: ../x\nversion: 1.0.0\n"}),
    "form-apple": form(chart=chart()),
    "form-0.1": form(chart=chart(version="0.1.0"), prov=signed(version="0.1.0")),
    "form-prov": form(prov=signed()),
    "form-nothing": form(other=chart()),
    "form-text": form(not_file__chart=b"x"),
    "form-bad": form(chart=b"hello"),
    "form-bad-prov": form(prov=b"hello"),
    "form-own": form(mine=chart(), mineprov=signed()),
}


def body_of(name: str) -> tuple[bytes, dict[str, str]]:
    """A step's body and headers."""
    if name.startswith("Authorization"):
        return b"", {"Authorization": name.partition(": ")[2]}
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"} if name.startswith("form-") else {}
    return BODIES[name], headers


def steady(text: str) -> str:
    """An answer less what is different each time."""
    import re

    text = re.sub(r'(created"?: ?)"[0-9T:.-]+Z"', r"\1TIME", text)
    text = re.sub(r'(digest"?: ?"?)[0-9a-f]{64}', r"\1DIGEST", text)  # zlib packs differently from version to version
    text = re.sub(r'generated: "[0-9T:.-]+Z"', "generated: TIME", text)
    return re.sub(r"remove \S*/", "remove ", text)


def _steps(text: str) -> list[Step]:
    found = []
    for line in text.strip().splitlines():
        method, path, *rest = line.split(" ", 2)
        found.append((method, path, rest[0] if rest else ""))
    return found


_LOOK = """
GET /index.yaml
GET /api/charts
"""

STORIES: dict[str, tuple[list[str], list[Step]]] = {
    "usual": (
        [],
        _steps("""
GET /index.yaml
GET /api/charts
POST /api/charts apple
POST /api/charts apple
POST /api/charts?force apple-other
GET /api/charts/apple/1.0.0
POST /api/charts?force=false apple
POST /api/prov prov
POST /api/prov prov
POST /api/prov?force prov-other
GET /charts/apple-1.0.0.tgz.prov
POST /api/charts form-0.1
POST /api/charts form-0.1
POST /api/charts?force form-0.1
GET /charts/apple-0.1.0.tgz.prov
POST /api/charts form-apple
POST /api/charts form-prov
POST /api/charts form-nothing
POST /api/charts form-text
POST /api/charts form-bad
POST /api/charts form-bad-prov
POST /api/charts text
POST /api/charts
POST /api/charts cut
POST /api/charts no-chart
POST /api/charts no-version
POST /api/charts bad-version
POST /api/prov text
POST /api/prov
POST /api/charts apple-rc
POST /api/charts apple-many
POST /api/charts pear
POST /api/charts bare
GET /index.yaml
GET /api/charts
GET /api/charts?limit=1
GET /api/charts?offset=1
GET /api/charts?offset=1&limit=1
GET /api/charts?offset=9&limit=1
GET /api/charts?limit=x
GET /api/charts?limit=0
GET /api/charts?limit=-1
GET /api/charts?offset=-1
GET /api/charts?offset=
GET /api/charts/apple
GET /api/charts/none
GET /api/charts/apple/1.0.0
GET /api/charts/apple/0.2.0
GET /api/charts/apple/latest
GET /api/charts/apple/^0
GET /api/charts/apple/%3E0.1%20%3C1
GET /api/charts/apple/9
GET /api/charts/none/1.0.0
GET /api/charts/apple/1.0.0/values
GET /api/charts/apple/1.0.0/templates
GET /api/charts/bare/0.0.1/values
GET /api/charts/bare/0.0.1/templates
GET /api/charts/none/0.0.1/values
GET /api/charts/
GET /api/charts/apple/
GET /api/charts/apple/1.0.0/other
GET /api
GET /api/prov
PUT /api/charts apple
PATCH /api/charts/apple/1.0.0
GET /charts/apple-1.0.0.tgz
GET /charts/none-1.0.0.tgz
GET /charts/apple-1.0.0
GET /charts/..%2fapple-1.0.0.tgz
GET /charts/
GET /charts
GET /nothing
GET /health
DELETE /api/charts/apple/9.9.9
DELETE /api/charts/none/1.0.0
DELETE /api/charts/apple
DELETE /api/charts/apple/0.1.0
DELETE /api/charts/apple/0.1.0
GET /charts/apple-0.1.0.tgz
GET /charts/apple-0.1.0.tgz.prov
POST /api/charts apple-0.1
GET /api/charts/apple
DELETE /api/charts/pear/2.0.0
GET /api/charts/pear
GET /index.yaml
"""),
    ),
    "overwrite": (
        ["--allow-overwrite"],
        _steps("POST /api/charts apple\nPOST /api/charts apple-other\nPOST /api/charts form-apple\n"
               "POST /api/prov prov\nPOST /api/prov prov" + _LOOK),
    ),
    "keep": (
        ["--disable-force-overwrite", "--disable-delete"],
        _steps("POST /api/charts apple\nPOST /api/charts?force apple\nPOST /api/charts?force form-apple\n"
               "DELETE /api/charts/apple/1.0.0" + _LOOK),
    ),
    "quiet": (
        ["--disable-api"],
        _steps("GET /api/charts\nPOST /api/charts apple\nGET /index.yaml\nGET /health\nDELETE /api/charts/a/1"),
    ),
    "below": (
        ["--context-path=/some/place", "--chart-url=https://charts.example.com"],
        _steps("""
GET /index.yaml
GET /some/place/health
GET /some/place/index.yaml
POST /some/place/api/charts apple
GET /some/place/index.yaml
GET /some/place/api/charts/apple
GET /some/place/charts/apple-1.0.0.tgz.prov
GET /some/placeindex.yaml
GET /health
"""),
    ),
    "small": (
        ["--max-storage-objects=1"],
        _steps("POST /api/charts apple\nPOST /api/charts apple-rc\nPOST /api/charts?force apple" + _LOOK),
    ),
    "fields": (
        ["--chart-post-form-field-name=mine", "--prov-post-form-field-name=mineprov"],
        _steps("POST /api/charts form-nothing\nPOST /api/charts form-own\nPOST /api/charts form-0.1" + _LOOK),
    ),
    "users": (
        ["--basic-auth-user=anna", "--basic-auth-pass=secret"],
        _steps("""
GET /index.yaml
GET /health
GET /info Authorization: nothing
GET /nothing
POST /api/charts apple
GET /index.yaml Authorization: Basic YW5uYTp3cm9uZw==
GET /index.yaml Authorization: Basic YW5uYTpzZWNyZXQ=
GET /api/charts Authorization: Bearer YW5uYTpzZWNyZXQ=
DELETE /api/charts/a/1.0.0 Authorization: Basic YW5uYTpzZWNyZXQ=
DELETE /api/charts/a/1.0.0
"""),
    ),
    "readers": (
        ["--basic-auth-user=anna", "--basic-auth-pass=secret", "--auth-anonymous-get"],
        _steps("""
GET /index.yaml
GET /api/charts
HEAD /api/charts/a
POST /api/charts apple
DELETE /api/charts/a/1.0.0
"""),
    ),
    "tokens": (
        [
            "--bearer-auth", "--auth-realm=https://auth.example.com/token", "--auth-service=here",
            "--auth-cert-path=@KEY",
        ],
        _steps("""
GET /index.yaml
POST /api/charts apple
GET /index.yaml Authorization: Bearer @pull
DELETE /api/charts/a/1.0.0 Authorization: Bearer @pull
DELETE /api/charts/a/1.0.0 Authorization: Bearer @both
GET /index.yaml Authorization: Bearer @late
GET /index.yaml Authorization: Bearer @other
GET /index.yaml Authorization: Bearer @elsewhere
GET /index.yaml Authorization: Bearer @none
GET /index.yaml Authorization: Bearer nonsense
"""),
    ),
}  # fmt: skip
