"""Forms as curl, Go and browsers write them, and damaged ones."""

from __future__ import annotations

import pytest

from charthouse.repository_server.errors import Refused
from charthouse.repository_server.multipart import boundary_of, files_of
from tests.unit.repository_server.stories import BOUNDARY, form

DATA = bytes(range(256)) + b"\r\n--x\r\n\r\n--" + BOUNDARY.encode()[:-1] + b"\r\n"


@pytest.mark.parametrize(
    ("header", "boundary"),
    [
        ("", ""), ("application/octet-stream", ""), ("multipart/mixed; boundary=x", ""),
        ("multipart/form-data; boundary=----WebKit1", "----WebKit1"),
        ('Multipart/Form-Data; charset=utf-8; boundary="a b"', "a b"),
    ],
)  # fmt: skip
def test_boundaries(header: str, boundary: str) -> None:
    assert boundary_of(header) == boundary


@pytest.mark.parametrize(
    "header", ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=" + "x" * 71]
)
def test_forms_without_a_boundary(header: str) -> None:
    with pytest.raises(Refused, match="no multipart boundary"):
        boundary_of(header)


def test_any_bytes_survive() -> None:
    assert files_of(form(chart=DATA, prov=b"", not_file__x=b"1"), BOUNDARY) == {"chart": DATA, "prov": b""}


def test_the_first_of_two_counts() -> None:
    twice = form(chart=b"1").removesuffix(b"--\r\n") + b"\r\n" + form(chart=b"2").partition(b"\r\n")[2]
    assert files_of(twice, BOUNDARY) == {"chart": b"1"}


def test_a_preamble_spaces_and_odd_headers() -> None:
    body = (
        f'preamble\r\n--{BOUNDARY}  \r\ncontent-disposition: form-data; FILENAME="a\\"b"; name=chart\r\n\r\n1'
        f"\r\n--{BOUNDARY}\r\n\r\nno head\r\n--{BOUNDARY}--\r\nepilogue"
    ).encode()
    assert files_of(body, BOUNDARY) == {"chart": b"1"}


def test_every_cut_is_refused() -> None:
    body = form(chart=b"data", prov=b"more")
    for cut in range(len(body) - 4):
        with pytest.raises(Refused):
            files_of(body[:cut], BOUNDARY)


def test_too_many_parts() -> None:
    with pytest.raises(Refused, match="too many parts"):
        files_of(form(**{f"f{i}": b"" for i in range(17)}), BOUNDARY)
