"""The pages in a real Chromium, scripts switched off: searched with the keyboard, followed by clicks, looked at."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.serving.browser import Browser
from tests.conformance.serving.running import Server, serving
from tests.unit.repository_server.archives import chart, signed

README = """# Bookshop

A <script>document.title = "broken"</script> shop in *several* parts, for [reading](https://example.com/books).

![a picture](https://example.com/shop.png)

| Value | Default |
|---|---|
| `replicas` | 2 |

```console
$ charthouse install shop mine/bookshop
```
"""
VALUES = "# how many pods\nreplicas: 2\nimage:\n  repository: registry.example.com/shop\n  tag: '1.4'\n" + "".join(
    f"option{i}: {'long ' * 30}\n" for i in range(5)
)
MORE = (
    "home: https://example.com\nkeywords: [books, '<b>bold</b>']\nmaintainers: [{name: Ann Reader}]\n"
    "dependencies: [{name: redis, version: ^18, repository: 'https://charts.example.com'}]\n"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("browsed") / "charts"
    folder.mkdir()
    for number in range(55):
        (folder / f"chart-{number:02}-1.0.0.tgz").write_bytes(chart(f"chart-{number:02}"))
    for version in ("1.3.0", "1.4.0", "2.0.0-rc1"):
        data = chart("bookshop", version, MORE, README_md=README, values_yaml=VALUES)
        (folder / f"bookshop-{version}.tgz").write_bytes(data)
    (folder / "bookshop-1.4.0.tgz.prov").write_bytes(signed("bookshop", "1.4.0"))
    (folder / "old-0.1.0.tgz").write_bytes(chart("old", "0.1.0", "deprecated: true\n"))
    with serving(folder, "--title", "The <i>shelf</i>") as running:
        yield running


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    running = Browser(tmp_path_factory.mktemp("profile"))
    try:
        yield running
    finally:
        running.close()


def text(browser: Browser) -> str:
    return str(browser.evaluate("document.body.innerText"))


def test_a_chart_is_found_and_read(server: Server, browser: Browser, tmp_path: Path) -> None:
    browser.go(f"{server.url}/")
    assert browser.evaluate("document.title") == "The <i>shelf</i>"
    assert "57 charts" in text(browser)
    browser.click("nav a")
    assert browser.evaluate("location.search") == "?page=2"
    assert "Page 2 of 2" in text(browser)
    browser.type("input[name=q]", "BOOK several")
    assert "Nothing matches." in text(browser)
    browser.evaluate("document.querySelector('input').value = ''")
    browser.type("input[name=q]", "books")
    assert browser.evaluate("location.search") == "?q=books"
    assert "1 of 57 charts" in text(browser)
    browser.click("ul.charts a")
    assert browser.evaluate("location.pathname") == "/chart/bookshop"
    shown = text(browser)
    for piece in ("1.4.0", "Ann Reader", "books, <b>bold</b>", "<script>document.title", "replicas: 2", "redis", "^18"):
        assert piece in shown
    assert browser.evaluate("document.title") == "bookshop 1.4.0 – The <i>shelf</i>"
    assert browser.evaluate("document.querySelectorAll('script, img, iframe, b').length") == 0
    assert browser.evaluate("document.querySelector('section.readme em').innerText") == "several"
    browser.click("section.versions tr:nth-child(2) a")
    assert browser.evaluate("location.pathname") == "/chart/bookshop/2.0.0-rc1"
    browser.click("header a")
    assert browser.evaluate("location.pathname") == "/"


@pytest.mark.parametrize("width", [360, 1000])
@pytest.mark.parametrize("dark", [False, True])
def test_pages_fit_and_are_styled(server: Server, browser: Browser, tmp_path: Path, width: int, dark: bool) -> None:
    for name, path in (("list", "/"), ("chart", "/chart/bookshop"), ("none", "/chart/nothing")):
        browser.go(f"{server.url}{path}")
        picture = browser.look(tmp_path / f"{name}.png", width=width, dark=dark)
        assert struct.unpack(">II", picture[16:24]) == (width, 1200)
        assert browser.evaluate("document.documentElement.scrollWidth") <= width, path
        ground = browser.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == ("rgb(20, 24, 30)" if dark else "rgb(255, 255, 255)")
        assert browser.evaluate("getComputedStyle(document.querySelector('form')).display") == "flex"


def test_nothing_is_fetched_from_elsewhere_and_nothing_is_blocked(server: Server, browser: Browser) -> None:
    for path in ("/", "/?q=<script>alert(1)</script>", "/chart/bookshop", "/chart/bookshop/9", "/chart/old"):
        browser.asked.clear()
        browser.said.clear()
        browser.go(f"{server.url}{path}")
        assert [address for address in browser.asked.values() if not address.startswith(server.url)] == []
        assert [line for line in browser.said if "404" not in line and "favicon" not in line] == []


def test_what_stands_in_a_page_would_be_stopped_by_its_policy(server: Server, browser: Browser) -> None:
    """If markup ever got through, the page's policy would keep it from doing anything."""
    browser.call("Emulation.setScriptExecutionDisabled", value=False)
    try:
        browser.go(f"{server.url}/")
        browser.said.clear()
        browser.asked.clear()
        evil = "<img src=https://example.com/x onerror=alert(1)><style>body{color:red}</style><iframe src=/></iframe>"
        browser.evaluate(f"document.body.insertAdjacentHTML('beforeend', {evil!r}); 1")
        browser.evaluate(
            "const s = document.createElement('script'); s.text = 'window.hit = 1'; document.body.append(s); 1"
        )
        assert browser.evaluate("window.hit") is None
        assert [address for address in browser.asked.values() if "example.com" in address] == []
        assert "https://example.com/x" in browser.blocked
        assert browser.evaluate("getComputedStyle(document.body).color") != "rgb(255, 0, 0)"
        assert len(browser.said) >= 3
    finally:
        browser.call("Emulation.setScriptExecutionDisabled", value=True)
