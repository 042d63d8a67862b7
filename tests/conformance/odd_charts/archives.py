"""Chart archives with odd members, headers and streams."""

from __future__ import annotations

import base64
import gzip
import io
import random
import tarfile
import zlib
from typing import Any

from tests.conformance.odd_charts.bases import Files, content

__all__ = ["Member", "archive", "as_archive", "damaged_archive", "plain_members"]

Member = tuple[str, bytes, bytes]
"""Name, contents, type."""


def plain_members(name: str, version: str) -> list[Member]:
    """The members of a small sound chart."""
    return [
        (f"{name}/Chart.yaml", f"apiVersion: v2\nname: {name}\nversion: {version}\n".encode(), tarfile.REGTYPE),
        (f"{name}/values.yaml", b"p: 1\n", tarfile.REGTYPE),
        (f"{name}/README.md", b"# r\n", tarfile.REGTYPE),
        (
            f"{name}/templates/p.yaml",
            b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: p-{{ .Values.p }}\n",
            tarfile.REGTYPE,
        ),
    ]


def _tar(members: list[Member], form: int, mode: int = 0o644) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form, encoding="utf-8", errors="surrogateescape") as tar:
        for name, body, kind in members:
            info = tarfile.TarInfo(name)
            info.type = kind
            info.mode = mode
            info.mtime = 1_700_000_000
            if kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
                info.linkname = body.decode()
                tar.addfile(info)
            else:
                info.size = len(body)
                tar.addfile(info, io.BytesIO(body))
    return out.getvalue()


def _content(body: bytes) -> Any:
    return {"base64": base64.b64encode(body).decode("ascii")}


def archive(members: list[Member], form: int = tarfile.USTAR_FORMAT) -> Any:
    """A sound archive as the content of a file."""
    return _content(gzip.compress(_tar(members, form), mtime=0))


_EXTRA: tuple[tuple[str, bytes, bytes], ...] = (
    ("/etc/passwd", b"x", tarfile.REGTYPE),
    ("../x", b"x", tarfile.REGTYPE),
    ("odd/../../x", b"x", tarfile.REGTYPE),
    ("odd/../x", b"x", tarfile.REGTYPE),
    ("odd/a/../b.txt", b"x", tarfile.REGTYPE),
    ("odd//etc", b"x", tarfile.REGTYPE),
    ("odd/link", b"/etc/passwd", tarfile.SYMTYPE),
    ("odd/templates/l.yaml", b"p.yaml", tarfile.LNKTYPE),
    ("odd/dev", b"", tarfile.CHRTYPE),
    ("odd/fifo", b"", tarfile.FIFOTYPE),
    ("odd/dir", b"", tarfile.DIRTYPE),
    ("odd/dir/", b"", tarfile.REGTYPE),
    ("other/Chart.yaml", b"apiVersion: v2\nname: other\nversion: 1.0.0\n", tarfile.REGTYPE),
    ("other/values.yaml", b"o: 1\n", tarfile.REGTYPE),
    ("./odd/x", b"x", tarfile.REGTYPE),
    ("x", b"x", tarfile.REGTYPE),
    ("Chart.yaml", b"name: x\n", tarfile.REGTYPE),
    ("odd", b"x", tarfile.REGTYPE),
    ("odd/", b"", tarfile.DIRTYPE),
    (".", b"", tarfile.DIRTYPE),
    ("odd/c:/x", b"x", tarfile.REGTYPE),
    ("odd/C:/x", b"x", tarfile.REGTYPE),
    ("odd\\templates\\w.yaml", b"w: 1\n", tarfile.REGTYPE),
    ("odd/" + "l" * 150, b"x", tarfile.REGTYPE),
    ("odd/" + "d/" * 90 + "x", b"x", tarfile.REGTYPE),
    ("odd/é.txt", b"x", tarfile.REGTYPE),
    ("odd/Chart.yaml", b"apiVersion: v2\nname: twice\nversion: 2.0.0\n", tarfile.REGTYPE),
    ("odd/values.yaml", b"p: 2\n", tarfile.REGTYPE),
    ("odd/templates/p.yaml", b"a: {\n", tarfile.REGTYPE),
    ("odd/.helmignore", b"*\n", tarfile.REGTYPE),
    ("odd/charts/x.tgz", b"not", tarfile.REGTYPE),
    ("odd/charts/x/Chart.yaml", b"apiVersion: v2\nname: x\nversion: 1.0.0\n", tarfile.REGTYPE),
    ("odd/charts/_x/Chart.yaml", b"", tarfile.REGTYPE),
    ("odd/crds/c.yaml", b"kind: X\n", tarfile.REGTYPE),
    ("odd/templates/b.yaml", b"\xef\xbb\xbfa: b\n", tarfile.REGTYPE),
    ("pax_global_header", b"", tarfile.REGTYPE),
    ("odd/cont", b"x", tarfile.CONTTYPE),
    ("odd/odd7", b"x", b"9"),
    ("odd/Z", b"x", b"Z"),
    ("odd/templates//s.yaml", b"s: 1\n", tarfile.REGTYPE),
    ("odd/./t.txt", b"x", tarfile.REGTYPE),
    ("odd/..x", b"x", tarfile.REGTYPE),
    ("odd/a..", b"x", tarfile.REGTYPE),
    ("odd/x/", b"x", tarfile.REGTYPE),
    ("odd/a b", b"", tarfile.REGTYPE),
)


def _renamed(rng: random.Random, members: list[Member], top: str) -> list[Member]:
    fresh = rng.choice(("", ".", "./" + top, "../" + top, "/" + top, "x/" + top, "é", " ", top.upper(), top + "\\"))
    return [
        (f"{fresh}/{name.partition('/')[2]}" if fresh else name.partition("/")[2], body, kind)
        for name, body, kind in members
    ]


def damaged_archive(rng: random.Random, members: list[Member]) -> tuple[Any, str]:
    """An archive that is odd in one way or another, and which."""
    top = members[0][0].partition("/")[0] if members else "odd"
    form = rng.choice((tarfile.USTAR_FORMAT, tarfile.PAX_FORMAT, tarfile.GNU_FORMAT))
    how = rng.randrange(24)
    told = f"archive {how}"
    if how < 8:
        extra = [
            (name.replace("odd", top, 1), body, kind) for name, body, kind in rng.sample(_EXTRA, rng.choice((1, 1, 2)))
        ]
        at = rng.choice((0, len(members), rng.randrange(len(members) + 1)))
        members = members[:at] + extra + members[at:]
        told += f" {[name for name, _, _ in extra]}"
    elif how == 8:
        members = _renamed(rng, members, top)
        told += f" {members[0][0] if members else ''}"
    elif how == 9:
        members = []
    elif how == 10:
        members = [m for m in members if not m[0].endswith("/Chart.yaml")]
    elif how == 11:
        rng.shuffle(members)
    elif how == 12:
        members = [(f"{top}", b"", tarfile.DIRTYPE), (f"{top}/templates", b"", tarfile.DIRTYPE), *members]
    elif how == 13:
        members = [
            (name, (b"\xef\xbb\xbf" + body) if name.endswith(".yaml") else body, kind) for name, body, kind in members
        ]
    elif how == 14:
        members = [(name.replace("Chart.yaml", "chart.yaml"), body, kind) for name, body, kind in members]
    try:
        tar = _tar(members, form, rng.choice((0o644, 0o644, 0o755, 0, 0o4777)))
    except (UnicodeError, ValueError):
        tar = _tar(members, tarfile.PAX_FORMAT)
    return _content(_stream(rng, tar, how)), told


def _stream(rng: random.Random, tar: bytes, how: int) -> bytes:
    packed = gzip.compress(tar, mtime=0)
    if how == 15:
        return packed[: rng.randrange(len(packed))]
    if how == 16:
        return packed + rng.choice((b"x", b"\0" * 20, b"garbage garbage", packed))
    if how == 17:
        at = rng.randrange(len(packed))
        return packed[:at] + bytes([packed[at] ^ (1 << rng.randrange(8))]) + packed[at + 1 :]
    if how == 18:
        return rng.choice(
            (
                tar,
                b"",
                b"x",
                b"\x1f\x8b",
                b"PK\x03\x04zip",
                zlib.compress(tar),
                b"BZh91AY",
                b"\x1f\x8b\x08\0\0\0\0\0\0\0",
                b"apiVersion: v2\n",
                b"<html>",
                b"%PDF-1.4",
                b"\x89PNG\r\n\x1a\n",
                b"\x1f\x9d\x90",
            )
        )
    if how == 19:
        at = rng.randrange(0, len(tar), 64)
        return gzip.compress(tar[:at], mtime=0)
    if how == 20:
        at = rng.randrange(min(len(tar), 1024))
        return gzip.compress(tar[:at] + bytes([tar[at] ^ (1 << rng.randrange(8))]) + tar[at + 1 :], mtime=0)
    if how == 21:
        return gzip.compress(
            tar.rstrip(b"\0") + b"\0" * rng.choice((0, 100, 512, 1024)) + rng.choice((b"", b"trail", b"x" * 512)),
            mtime=0,
        )
    if how == 22:
        half = len(tar) // 2
        return gzip.compress(tar[:half], mtime=0) + gzip.compress(tar[half:], mtime=0)
    if how == 23:
        return gzip.compress(packed, mtime=0)
    return packed


def as_archive(rng: random.Random, files: Files) -> str:
    """The chart itself becomes odd.tgz, mostly damaged."""
    members: list[Member] = []
    for path, body in files.items():
        if isinstance(body, dict) and "link" in body:
            members.append(
                (
                    path,
                    body["link"].encode("utf-8", "surrogateescape").decode("utf-8", "replace").encode(),
                    tarfile.SYMTYPE,
                )
            )
        elif body is not None:
            members.append((path, content(body), tarfile.REGTYPE))
    if rng.random() < 0.25:
        files["odd.tgz"], told = archive(members, tarfile.PAX_FORMAT), "archive"
    else:
        files["odd.tgz"], told = damaged_archive(rng, members)
    return f"odd.tgz {told}"
