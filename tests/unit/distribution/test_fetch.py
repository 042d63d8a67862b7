"""Who is told a password, what is tried again, and downloads that go on, on wires made of bytes."""

from __future__ import annotations

import io
import re
import socket
from typing import Any, cast

import pytest

from charthouse.distribution.access import Access
from charthouse.distribution.errors import DistributionError, FetchFailed
from charthouse.distribution.fetch import Fetcher
from charthouse.logs import silent
from charthouse.web import dial
from charthouse.web.address import Endpoint


def answer(status: int, body: bytes = b"body", *headers: str, length: int | None = None) -> bytes:
    count = len(body) if length is None else length
    return "\r\n".join([f"HTTP/1.1 {status} X", f"Content-Length: {count}", *headers]).encode() + b"\r\n\r\n" + body


class Wire:
    """A connected socket that answers with given bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.sent = b""

    def makefile(self, mode: str) -> Any:
        return io.BufferedReader(io.BytesIO(self._data))

    def settimeout(self, seconds: float) -> None: ...

    def sendall(self, data: bytes) -> None:
        self.sent += data

    def shutdown(self, how: int) -> None: ...

    def close(self) -> None: ...


class Net:
    """Hands out wires, one for each connection, and remembers where to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *wires: bytes) -> None:
        self._wires = [Wire(data) for data in wires]
        self.used: list[tuple[str, Wire]] = []
        self.slept: list[float] = []
        monkeypatch.setattr(dial, "connect", self._connect)
        self.fetcher = Fetcher(environ={}, log=silent, sleep=self.slept.append, version="1.2.3")

    def _connect(self, target: Endpoint, **_: object) -> socket.socket:
        wire = self._wires.pop(0)
        self.used.append((f"{target.host}:{target.port}", wire))
        return cast(socket.socket, wire)


def test_a_request_and_the_next_on_the_same_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    net = Net(monkeypatch, answer(200) + answer(200, b"second"))
    assert net.fetcher.get("http://h:1/a?b=c", Access(), accept="x/y").body == b"body"
    assert net.fetcher.get("http://h:1/d", Access()).body == b"second"
    assert [where for where, _ in net.used] == ["h:1"]
    assert net.used[0][1].sent == (
        b"GET /a?b=c HTTP/1.1\r\nHost: h:1\r\nUser-Agent: Helm/4.3.1 charthouse/1.2.3\r\nAccept: x/y\r\n\r\n"
        b"GET /d HTTP/1.1\r\nHost: h:1\r\nUser-Agent: Helm/4.3.1 charthouse/1.2.3\r\n\r\n"
    )


WHO: list[tuple[Access, str, list[str], list[bool]]] = [
    (Access(username="u", password="p"), "http://h/a", [], [True]),
    (Access("http://h/repo", "u", "p"), "http://h/a", [], [True]),
    (Access("http://h:81/repo", "u", "p"), "http://h/a", [], [False]),
    (Access("https://h/repo", "u", "p"), "http://h/a", [], [False]),
    (Access("http://other/repo", "u", "p"), "http://h/a", [], [False]),
    (Access("http://other/repo", "u", "p", pass_all=True), "http://h/a", [], [True]),
    (Access("http://h/repo", "u", "p"), "http://h/a", ["/b"], [True, True]),
    (Access("http://h/repo", "u", "p"), "http://h/a", ["http://other/b"], [True, False]),
    (Access("http://h/repo", "u", "p"), "http://h/a", ["http://evilh/b"], [True, False]),
    (Access("http://h/repo", "u", "p"), "http://h/a", ["http://sub.h/b"], [True, True]),
    (Access("http://h/repo", "u", "p", pass_all=True), "http://h/a", ["http://other/b"], [True, False]),
    (Access("http://h/repo", "u", "p"), "http://h/a", ["http://other/b", "http://h/c"], [True, False, True]),
    (Access("http://h/repo", "u", ""), "http://h/a", [], [False]),
    (Access(), "http://x:y@h/a", [], [True]),
]


@pytest.mark.parametrize(("access", "url", "redirects", "told"), WHO)
def test_who_is_told_the_password(
    monkeypatch: pytest.MonkeyPatch, access: Access, url: str, redirects: list[str], told: list[bool]
) -> None:
    hops = [answer(302, b"", f"Location: {to}", "Connection: close") for to in redirects]
    net = Net(monkeypatch, *hops, answer(200))
    net.fetcher.get(url, access)
    assert [b"Authorization: Basic" in wire.sent for _, wire in net.used] == told


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_is_transient_is_tried_again(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    net = Net(monkeypatch, answer(status) + answer(200))
    assert net.fetcher.get("http://h/a", Access()).body == b"body"
    assert net.slept == [0.2]


def test_what_is_not_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    net = Net(monkeypatch, answer(403))
    with pytest.raises(FetchFailed, match=r"^failed to fetch http://h/a : 403 X$") as caught:
        net.fetcher.get("http://u:p@h/a", Access())
    assert (caught.value.status, net.slept) == (403, [])


def test_tries_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    net = Net(monkeypatch, answer(503) * 9)
    with pytest.raises(FetchFailed, match="503"):
        net.fetcher.get("http://h/a", Access())
    assert net.slept == [0.2, 0.4, 0.8]


def test_the_server_says_how_long_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    net = Net(monkeypatch, answer(429, b"", "Retry-After: 7") + answer(200))
    net.fetcher.get("http://h/a", Access())
    assert net.slept == [7.0]


def test_a_download_goes_on_where_it_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    tag = 'ETag: "one"'
    begun = answer(200, b"abc", tag, "Accept-Ranges: bytes", length=6)
    rest = answer(206, b"def", tag, "Content-Range: bytes 3-5/6")
    net = Net(monkeypatch, begun, rest)
    assert net.fetcher.get("http://h/a", Access()).body == b"abcdef"
    assert b'Range: bytes=3-\r\nIf-Range: "one"\r\n' in net.used[1][1].sent


def test_a_download_begins_anew_when_the_file_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = answer(200, b"abc", 'ETag: "one"', "Accept-Ranges: bytes", length=6)
    net = Net(monkeypatch, begun, answer(200, b"other"))
    assert net.fetcher.get("http://h/a", Access()).body == b"other"


def test_a_body_cut_short_is_never_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    net = Net(monkeypatch, *[answer(200, b"abc", length=6)] * 4)
    with pytest.raises(FetchFailed, match="unexpected EOF"):
        net.fetcher.get("http://h/a", Access())
    assert b"Range" not in net.used[1][1].sent, "without an ETag nobody knows whether the rest belongs to the beginning"


def test_redirects_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    net = Net(monkeypatch, answer(302, b"", "Location: /a") * 11)
    with pytest.raises(FetchFailed, match=r'Get "/a": stopped after 10 redirects'):
        net.fetcher.get("http://h/a", Access())


def test_a_password_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    access = Access("http://h", "user", "geheim")
    assert "geheim" not in repr(access)
    net = Net(monkeypatch, answer(404))
    with pytest.raises(FetchFailed) as caught:
        net.fetcher.get("http://user:geheim@h/a", access)
    assert "geheim" not in f"{caught.value} {caught.value.hint}"


def test_a_connection_the_server_closed_meanwhile_is_no_try(monkeypatch: pytest.MonkeyPatch) -> None:
    net = Net(monkeypatch, answer(200), answer(200, b"second"))
    net.fetcher.get("http://h/a", Access())
    assert net.fetcher.get("http://h/b", Access()).body == b"second"
    assert net.slept == []


def test_nobody_is_sent_to_what_is_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    for target, said in (
        ("http://[::1/x", "failed to parse Location header"),
        ("http://h:x/", "failed to parse Location header"),
        ("socks5://h/x", 'unsupported protocol scheme "socks5"'),
        ("gopher://h/x", 'unsupported protocol scheme "gopher"'),
    ):
        net = Net(monkeypatch, answer(302, b"", f"Location: {target}"))
        with pytest.raises(FetchFailed, match=re.escape(said)):
            net.fetcher.get("http://h/a", Access())
        assert net.slept == []


def test_what_no_request_line_may_hold_is_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    net = Net(monkeypatch, answer(302, b"", "Location: /a b\xe4?c d", "Connection: close"), answer(200))
    net.fetcher.get("http://h/x", Access())
    assert net.used[1][1].sent.startswith(b"GET /a%20b%C3%83%C2%A4?c%20d HTTP/1.1\r\n")


@pytest.mark.parametrize("length", [11, None])
def test_bodies_are_bounded(monkeypatch: pytest.MonkeyPatch, length: int | None) -> None:
    head = b"HTTP/1.1 200 X\r\n" + (f"Content-Length: {length}\r\n".encode() if length else b"") + b"\r\n"
    net = Net(monkeypatch, head + b"x" * 11)
    with pytest.raises(FetchFailed, match=r"^http: response body too large$"):
        net.fetcher.request("GET", "http://h/a", Access(), largest=10)
    assert net.slept == []


def test_a_refusal_s_body_is_read_to_its_beginning_only(monkeypatch: pytest.MonkeyPatch) -> None:
    net = Net(monkeypatch, b"HTTP/1.1 404 X\r\n\r\n" + b"x" * (3 << 20), answer(200))
    assert len(net.fetcher.request("GET", "http://h/a", Access()).body) == 1 << 20
    assert net.fetcher.get("http://h/a", Access()).body == b"body"


def test_a_body_may_take_its_time_but_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    for seconds, enough in ((119.0, True), (121.0, False)):
        net = Net(monkeypatch, answer(200))
        net.fetcher = Fetcher(environ={}, log=silent, sleep=net.slept.append, clock=iter([0.0, seconds]).__next__)
        if enough:
            assert net.fetcher.get("http://h/a", Access()).body == b"body"
            continue
        with pytest.raises(FetchFailed, match=r"Client\.Timeout or context cancellation while reading body"):
            net.fetcher.get("http://h/a", Access())
        assert net.slept == []


BROKEN = [
    b"HTTP/1.1 \xb9\xb201 X\r\n\r\n", b"HTTP/1.1 20 X\r\n\r\n", b"HTTP/1.1 2000 X\r\n\r\n", b"HTTP/1.1\r\n\r\n",
    *(b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n" + size + b"\r\nbody\r\n0\r\n\r\n"
      for size in (b"-4", b"+4", b"0x4", b"0_4", b"", b"\xb9", b"f" * 17)),
]  # fmt: skip


@pytest.mark.parametrize("data", BROKEN)
def test_answers_that_are_none(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    net = Net(monkeypatch, *[data] * 4)
    with pytest.raises(FetchFailed, match="malformed"):
        net.fetcher.get("http://h/a", Access())


def test_a_password_is_not_shown_where_a_redirect_leads_astray(monkeypatch: pytest.MonkeyPatch) -> None:
    net = Net(monkeypatch, answer(302, b"", "Location: /\x01"))
    with pytest.raises(DistributionError) as caught:
        net.fetcher.get("http://user:geheim@h/a", Access())
    assert "geheim" not in f"{caught.value} {caught.value.hint}"
