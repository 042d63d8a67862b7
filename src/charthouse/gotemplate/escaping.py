"""html, js and urlquery: text made safe for another language.

Rules: text/template/funcs.go (``HTMLEscape``, ``JSEscape``) and net/url ``QueryEscape`` of Go 1.27.
"""

from __future__ import annotations

from charthouse.golang.kinds import go_bytes

__all__ = ["html_escape", "javascript_escape", "query_escape"]

_HTML = str.maketrans({"\0": "\ufffd", '"': "&#34;", "'": "&#39;", "&": "&amp;", "<": "&lt;", ">": "&gt;"})
_SCRIPT = {
    "\\": "\\\\",
    "'": "\\'",
    '"': '\\"',
    "<": "\\u003C",
    ">": "\\u003E",
    "&": "\\u0026",
    "=": "\\u003D",
}
_QUERY_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~")


def html_escape(text: str) -> str:
    return text.translate(_HTML)


def _script(char: str) -> str:
    code = ord(char)
    if char in _SCRIPT:
        return _SCRIPT[char]
    if code < 0x20:
        return f"\\u00{code:02X}"
    if code < 0x80 or char.isprintable() or 0xDC80 <= code <= 0xDCFF:  # a stray byte counts as U+FFFD, which prints
        return char
    return f"\\u{code:04X}"


def javascript_escape(text: str) -> str:
    return "".join([_script(char) for char in text])


def query_escape(text: str) -> str:
    return "".join(
        [chr(byte) if byte in _QUERY_SAFE else "+" if byte == 0x20 else f"%{byte:02X}" for byte in go_bytes(text)]
    )
