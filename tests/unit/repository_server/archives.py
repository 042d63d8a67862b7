"""Archives made in memory, the same bytes each time."""

from __future__ import annotations

import gzip
import io
import tarfile

__all__ = ["archive", "chart", "signed"]


def archive(files: dict[str, str | bytes], *, level: int = 6) -> bytes:
    """A .tgz of these files."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return gzip.compress(out.getvalue(), level, mtime=0)


def chart(name: str = "apple", version: str = "1.0.0", more: str = "", **files: str | bytes) -> bytes:
    """A small chart. more: lines of Chart.yaml; files: others, `__` for a slash and `_` for a dot in their names."""
    content: dict[str, str | bytes] = {
        f"{name}/Chart.yaml": f"apiVersion: v2\nname: {name}\nversion: {version}\nappVersion: '1'\n"
        f"description: The <b>{name}</b> & chart\nkeywords: [fruit]\n{more}",
        f"{name}/values.yaml": "size: 1\nlist: [a, 2, null]\n",
        f"{name}/README.md": f"# {name}\n\nHow to *use* it.\n",
        f"{name}/templates/c.yaml": "size: {{ .Values.size }}\n",
    }
    content.update({f"{name}/{key.replace('__', '/').replace('_', '.')}": data for key, data in files.items()})
    return archive(content)


def signed(name: str = "apple", version: str = "1.0.0", *, note: str = "") -> bytes:
    """What looks like a provenance file; servers look no further."""
    return (
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n"
        f"apiVersion: v2\nname: {name}\nversion: {version}\n\n...\nfiles:\n  {name}-{version}.tgz: sha256:{note}00\n"
        "-----BEGIN PGP SIGNATURE-----\n\nwsBc\n-----END PGP SIGNATURE-----\n"
    ).encode()
