"""The pages: what they show, and that nothing a chart says becomes a tag."""

from __future__ import annotations

import re
import sys
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest

from charthouse.repository_server import readme
from charthouse.repository_server.html import Markup, element
from charthouse.repository_server.readme import readme_html
from tests.unit.repository_server.archives import archive, chart, signed
from tests.unit.repository_server.sites import ask, site

VOID = {"meta", "input", "br", "hr"}
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


class _Reader(HTMLParser):
    """Tags, attributes and text of a page; fails when tags are not closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.update(name for name, _ in attrs)
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "action")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag in VOID or self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.text += data


def read(html: bytes | str) -> _Reader:
    reader = _Reader()
    reader.feed(html.decode() if isinstance(html, bytes) else html)
    reader.close()
    assert reader.open == []
    return reader


ALLOWED = {
    "html", "head", "meta", "title", "style", "body", "header", "a", "form", "input", "button", "main", "h1", "h2", "p",
    "ul", "li", "span", "nav", "section", "pre", "code", "dl", "dt", "dd", "div", "table", "tr", "th", "td", "time",
    "h3", "h4", "em", "strong", "br", "ol", "blockquote", "tbody", "thead", "s", "hr",
}  # fmt: skip


def test_nothing_of_a_chart_becomes_a_tag(tmp_path: Path) -> None:
    evil = EVIL.replace('"', '\\"')
    more = (
        f'home: "javascript:alert(1)"\nsources: ["javascript:alert(2)", "https://x.y/{evil}"]\n'
        f'maintainers: [{{name: "{evil}"}}]\nkeywords: ["{evil}"]\nkubeVersion: ">=1 {evil}"\n'
        f'dependencies: [{{name: "{evil}", version: "{evil}", repository: "{evil}"}}]\n'
    )
    metadata = f'apiVersion: v2\nname: apple\nversion: 1.0.0\nappVersion: "{evil}"\ndescription: "{evil}"\n{more}'
    data = archive(
        {"a/Chart.yaml": metadata, "a/README.md": f"# {EVIL}\n\n{EVIL}\n\n`{EVIL}`", "a/values.yaml": f"# {EVIL}\n"}
    )
    (tmp_path / "apple-1.0.0.tgz").write_bytes(data)
    shop = site(tmp_path)
    for path in ("/", f"/?q={EVIL}", "/?q=apple", "/chart/apple", "/chart/apple/1.0.0", f"/chart/{EVIL}"):
        answer = ask(shop, "GET", path, accept="text/html", host=EVIL)
        page = read(answer.body)
        assert set(page.tags) <= ALLOWED, path
        assert not any(name.startswith("on") for name in page.attributes)
        assert not [link for link in page.links if not link.startswith(("/", "https://x.y/"))], path
        assert (EVIL in page.text) == (not path.startswith("/chart/<")), path
        policy = dict(answer.headers)["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "script" not in policy


def test_the_list_finds_and_turns_pages(tmp_path: Path) -> None:
    for number in range(60):
        (tmp_path / f"c{number}-1.0.0.tgz").write_bytes(chart(f"c{number}"))
    (tmp_path / "pear-1.0.0.tgz").write_bytes(chart("pear", more="deprecated: true\n"))
    shop = site(tmp_path)

    def found(query: str) -> list[str]:
        return re.findall(r'href="/chart/([^"]+)"', ask(shop, "GET", f"/{query}").body.decode())

    assert len(found("")) == 50
    assert found("?page=2")[-2:] == ["c9", "pear"]
    assert found("?page=99") == found("?page=2")
    assert found("?page=x") == found("?page=-1") == found("")
    assert found("?q=PEAR%20fruit") == ["pear"]
    assert found("?q=pear%20nothing") == []
    assert b"61 charts" in ask(shop, "GET", "/").body
    assert b"1 of 61 charts" in ask(shop, "GET", "/?q=pear").body
    assert "?q=fruit&amp;page=2" in ask(shop, "GET", "/?q=fruit").body.decode()
    assert "deprecated" in read(ask(shop, "GET", "/?q=pear").body).text


def test_a_chart_s_page(tmp_path: Path) -> None:
    for version in ("1.0.0", "1.1.0", "2.0.0-rc1", "1.0.1+a.b"):
        (tmp_path / f"apple-{version}.tgz").write_bytes(chart(version=version))
    (tmp_path / "apple-1.0.0.tgz.prov").write_bytes(signed())
    shop = site(tmp_path, context="/my charts")
    newest = ask(shop, "GET", "/my%20charts/chart/apple")
    assert newest.body == ask(shop, "GET", "/my%20charts/chart/apple/1.1.0").body  # no pre-release
    page = read(newest.body)
    assert [h for h in ("Install", "README", "Values", "Versions") if h not in page.text] == []
    assert "charthouse repo add charts http://charts.here/my charts\n" in page.text
    assert "size: 1\nlist: [a, 2, null]\n" in page.text
    assert page.links == [
        "/my%20charts/", "/my%20charts/",
        *(link for version in ("2.0.0-rc1", "1.1.0", "1.0.1%2Ba.b", "1.0.0")
          for link in (f"/my%20charts/chart/apple/{version}", f"/my%20charts/charts/apple-{version}.tgz")),
        "/my%20charts/charts/apple-1.0.0.tgz.prov",
    ]  # fmt: skip
    assert ask(shop, "GET", "/my%20charts/charts/apple-1.0.1%2Ba.b.tgz").status == 200
    missing = ask(shop, "GET", "/my%20charts/chart/pear", accept="text/html")
    assert missing.status == 404
    assert "404: chart not found" in read(missing.body).text


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("# a\n\n## b", "<h3>a</h3>\n<h4>b</h4>\n"),
        ("[a](https://x.y 'z')", '<p><a href="https://x.y" rel="nofollow noopener noreferrer">a</a></p>\n'),
        ("[a](javascript:alert(1))", "<p>[a](javascript:alert(1))</p>\n"),
        ("[a](other.md)", "<p>a</p>\n"),
        ("[a](//evil.example)", "<p>a</p>\n"),
        ("![a](https://x.y/i.png)", '<p><a href="https://x.y/i.png" rel="nofollow noopener noreferrer">a</a></p>\n'),
        ("[![a](https://i)](https://x.y)", '<p><a href="https://x.y" rel="nofollow noopener noreferrer">a</a></p>\n'),
        ("![](data:image/svg+xml,x)", "<p>![](data:image/svg+xml,x)</p>\n"),
        ("<b>a</b> &lt; <!-- c -->", "<p>&lt;b&gt;a&lt;/b&gt; &lt; &lt;!-- c --&gt;</p>\n"),
        ("<div onclick=x>\n</div>", "<p>&lt;div onclick=x&gt;\n&lt;/div&gt;</p>\n"),
        ("<https://x.y>", '<p><a href="https://x.y" rel="nofollow noopener noreferrer">https://x.y</a></p>\n'),
        ("| a |\n|---|\n| ~~b~~ |", "<table>\n<thead>\n<tr>\n<th>a</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n"
         "<td><s>b</s></td>\n</tr>\n</tbody>\n</table>\n"),
        ("```sh\n<a>\n```", '<pre><code class="language-sh">&lt;a&gt;\n</code></pre>\n'),
        ("x" * 300_000, f"<pre>{'x' * 300_000}</pre>"),
    ],
)  # fmt: skip
def test_readmes(text: str, html: str) -> None:
    assert readme_html(text) == html


@pytest.mark.parametrize(
    "text", ["[" * 50_000, "*a " * 50_000, "> " * 50_000, "- " * 50_000, "`" * 90_000 + "a", "![" * 50_000]
)
def test_hostile_readmes_end(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("charthouse.repository_server.readme._SECONDS", 0.2)
    begun = time.monotonic()
    read(readme_html(text))
    assert time.monotonic() - begun < 5.0


def test_without_the_library_readmes_are_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "markdown_it", None)
    readme._reader.cache_clear()
    try:
        assert readme_html("# <b>\n") == "<pre># &lt;b&gt;\n</pre>"
    finally:
        readme._reader.cache_clear()


def test_elements_escape() -> None:
    assert element("p", "<", Markup("<br>"), class_='"', aria_label="a") == (
        '<p class="&quot;" aria-label="a">&lt;<br></p>'
    )
