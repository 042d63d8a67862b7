"""What Go says of addresses; the expected texts were recorded from Helm 4.3.1 (`urlParse "p://[ADDRESS]"`)."""

from __future__ import annotations

import pytest

from charthouse.golang.netip import complaint

TABLE = [
    ("::", ""),
    ("1:2:3:4:5:6:7:8", ""),
    ("::ffff:1.2.3.4%eth0", ""),
    ("1.2.3.4", ""),
    (":.", 'each colon-separated field must have at least one digit (at ":.")'),
    ("1:", 'colon must be followed by more characters (at ":")'),
    ("1::2::3", 'multiple :: in address (at ":3")'),
    ("12345::", 'each group must have 4 or less digits (at "12345::")'),
    ("1:2", "address string too short"),
    ("1:2:3:4:5:6:7:8:9", 'trailing garbage after address (at "9")'),
    ("1:2:3:4:5:6:7::8", "the :: must expand to at least one field of zeros"),
    ("g::", 'each colon-separated field must have at least one digit (at "g::")'),
    ("::%", "zone must be a non-empty string"),
    ("%x", "missing IPv6 address"),
    ("1:1.2.3.4", 'embedded IPv4 address must replace the final 2 fields of the address (at "1.2.3.4")'),
    ("1.2.3", "IPv4 address too short"),
    ("1.2.3.256", "IPv4 field has value >255"),
    ("01.2.3.4", "IPv4 field has octet with leading zero"),
    ("1..3.4", 'IPv4 field must have at least one digit (at ".3.4")'),
    ("1.2.3.4.5", "IPv4 address too long"),
    ("ffff", "unable to parse IP"),
]


@pytest.mark.parametrize(("text", "message"), TABLE)
def test_complaints(text: str, message: str) -> None:
    expected = f'ParseAddr("{text}"): {message}' if message else ""
    assert complaint(text) == expected
