"""Reading ``multipart/form-data``: the files of an upload, out of a body that is in memory whole.

Rules: RFC 7578, RFC 2046 section 5.1, as Go's ``mime/multipart`` reads them. Names of files are not looked at: what a
chart is called stands in it.
"""

from __future__ import annotations

from charthouse.repository_server.errors import Refused

__all__ = ["boundary_of", "files_of"]

_PARTS = 16
_HEAD = 16 * 1024


def boundary_of(content_type: str) -> str:
    """The boundary a Content-Type names, "" when it is no form. Raises Refused (400) for a form without one."""
    from email.message import Message

    kind = content_type.partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        return ""
    message = Message()
    message["content-type"] = content_type
    boundary = message.get_param("boundary")
    if not isinstance(boundary, str) or not 0 < len(boundary) <= 70 or not boundary.isascii():
        raise Refused(400, "no multipart boundary param in Content-Type")
    return boundary


def files_of(body: bytes, boundary: str) -> dict[str, bytes]:
    """Field name → contents, of the first file of each field; fields that are no files are left out.

    Raises Refused (400) when the body is cut off or is no form.
    """
    line = b"--" + boundary.encode("ascii")
    body = b"\r\n" + body
    found: dict[str, bytes] = {}
    at = body.find(b"\r\n" + line)
    for _ in range(_PARTS + 1):
        if at < 0:
            raise Refused(400, "multipart: NextPart: EOF")
        at += 2 + len(line)
        if body.startswith(b"--", at):
            return found
        begin = body.find(b"\r\n", at, at + 1024)
        after = body.find(b"\r\n" + line, begin)
        if begin < 0 or body[at:begin].strip(b" \t") or after < 0:
            raise Refused(400, "multipart: NextPart: EOF")
        _keep(body[begin + 2 : after], found)
        at = after
    raise Refused(400, "multipart: too many parts")


def _keep(part: bytes, found: dict[str, bytes]) -> None:
    head, gap, data = part.partition(b"\r\n\r\n")
    if part.startswith(b"\r\n"):
        head, gap, data = b"", b"\r\n", part[2:]
    if not gap or len(head) > _HEAD:
        raise Refused(400, "multipart: malformed part")
    from email.parser import HeaderParser

    message = HeaderParser().parsestr(head.decode("utf-8", "replace"))
    field = message.get_param("name", header="content-disposition")
    if isinstance(field, str) and message.get_filename() is not None:
        found.setdefault(field, data)
