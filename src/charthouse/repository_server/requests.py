"""A request and its answer as data, between the wire and the handlers."""

from __future__ import annotations

from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

__all__ = ["Answer", "Request", "failure", "json_answer", "redirect"]


class Request(Record):
    """One request. path: decoded; query: name → last value; headers: lower-case name → value (joined by commas when
    there are several); body: whole. client: the address it came from; secure: over TLS."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""
    client: str = ""
    secure: bool = False

    def header(self, name: str) -> str:
        return self.headers.get(name, "")


class Answer(Record):
    """status; body, or a stream of `length` bytes in pieces, which is closed by calling `close`; headers beside
    Content-Length and Date."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    stream: Callable[[], Iterator[bytes]] | None = None
    length: int = 0
    close: Callable[[], None] | None = None


def json_answer(value: Any, status: int = 200, *, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """`value` as Go's JSON; a str is JSON already."""
    if not isinstance(value, str):
        from charthouse.golang.json import encode
        from charthouse.golang.ordered import ordered

        value = encode(ordered(value))
    kind = ("Content-Type", "application/json; charset=utf-8")
    return Answer(status, value.encode("utf-8", "surrogateescape"), (kind, *headers))


def failure(status: int, message: str, *, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """An error as ChartMuseum answers it."""
    return json_answer({"error": message}, status, headers=headers)


def redirect(path: str) -> Answer:
    return Answer(303, b"", (("Location", path),))
