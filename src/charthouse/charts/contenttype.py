"""What a file that is no archive looks like, as Go's http.DetectContentType names it.

Whose rules: Go 1.27 net/http/sniff.go (the WHATWG MIME sniffing table), for the error Helm gives when a chart
argument is no archive; the caller hands in 512 bytes, zero padded, as Helm does.
"""

from __future__ import annotations

__all__ = ["detect"]

_HTML = (
    b"<!DOCTYPE HTML", b"<HTML", b"<HEAD", b"<SCRIPT", b"<IFRAME", b"<H1", b"<DIV", b"<FONT", b"<TABLE", b"<A",
    b"<STYLE", b"<TITLE", b"<B", b"<BODY", b"<BR", b"<P", b"<!--",
)  # fmt: skip
_EXACT: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"%!PS-Adobe-", "application/postscript"),
    (b"\xfe\xff\0\0", "text/plain; charset=utf-16be"),
    (b"\xff\xfe\0\0", "text/plain; charset=utf-16le"),
    (b"\xef\xbb\xbf\0", "text/plain; charset=utf-8"),
    (b"\0\0\x01\0", "image/x-icon"),
    (b"\0\0\x02\0", "image/x-icon"),
    (b"BM", "image/bmp"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"\x89PNG\x0d\x0a\x1a\x0a", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"OggS\0", "application/ogg"),
    (b"MThd\0\0\0\x06", "audio/midi"),
    (b"ID3", "audio/mpeg"),
    (b"\x1a\x45\xdf\xa3", "video/webm"),
    (b"wOFF", "font/woff"),
    (b"wOF2", "font/woff2"),
    (b"\0\x01\0\0", "font/ttf"),
    (b"OTTO", "font/otf"),
    (b"ttcf", "font/collection"),
    (b"\x1f\x8b\x08", "application/x-gzip"),
    (b"PK\x03\x04", "application/zip"),
    (b"Rar!\x1a\x07\0", "application/x-rar-compressed"),
    (b"Rar!\x1a\x07\x01\0", "application/x-rar-compressed"),
    (b"\0asm", "application/wasm"),
)
_RIFF = {b"WEBPVP": "image/webp", b"AVI ": "video/avi", b"WAVE": "audio/wave"}
_BINARY = frozenset([*range(9), 0x0B, *range(0x0E, 0x1B), *range(0x1C, 0x20)])


def detect(data: bytes) -> str:
    """The media type of the first bytes of a file."""
    text = data.lstrip(b"\t\n\x0c\r ")
    for tag in _HTML:
        if text[: len(tag)].upper() == tag and text[len(tag) : len(tag) + 1] in (b" ", b">"):
            return "text/html; charset=utf-8"
    if text.startswith(b"<?xml"):
        return "text/xml; charset=utf-8"
    for mark, kind in _EXACT:
        if data.startswith(mark):
            return kind
    if data[:4] == b"RIFF":
        for mark, kind in _RIFF.items():
            if data.startswith(mark, 8):
                return kind
    if data[:4] == b"FORM" and data[8:12] == b"AIFF":
        return "audio/aiff"
    if data[34:36] == b"LP" and data[:34].count(0) < 34:
        return "application/vnd.ms-fontobject"
    if data[4:8] == b"ftyp" and b"mp4" in (data[i : i + 3] for i in range(8, min(len(data), 64), 4)):
        return "video/mp4"
    if any(b in _BINARY for b in text):
        return "application/octet-stream"
    return "text/plain; charset=utf-8"
