"""A web server as far away as `DELAY` says: what a folder holds, each answer so many seconds after it was asked for.

A new connection costs another such wait before its first answer, as the handshake would. Answers carry an ETag and know
If-None-Match. Below /new/ an index is never the same twice, as in a repository that was added to. Run as
`python latency.py FOLDER DELAY`; its port is the first line it prints, and it ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import sys
from hashlib import sha256
from pathlib import Path

__all__ = ["main"]


class Server:
    """Answers GET. delay: seconds."""

    def __init__(self, folder: Path, delay: float) -> None:
        self.folder = folder
        self.delay = delay
        self.asked = 0
        self.files: dict[str, tuple[bytes, str]] = {}

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wait = self.delay
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                await asyncio.sleep(self.delay + wait)
                wait = 0.0
                writer.write(self.answer(head))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()  # the client has heard enough

    def answer(self, head: str) -> bytes:
        """The whole answer to a request's head."""
        path = head.split(" ", 2)[1].lstrip("/")
        body, tag = self.file(path.removeprefix("new/"))
        if path.startswith("new/") and path.endswith("index.yaml"):
            self.asked += 1
            body, tag = body + f"# {self.asked}\n".encode(), f"{tag}-{self.asked}"
        if not tag:
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        if f'"{tag}"' in head:
            return f'HTTP/1.1 304 Not Modified\r\nETag: "{tag}"\r\n\r\n'.encode()
        return f'HTTP/1.1 200 OK\r\nETag: "{tag}"\r\nContent-Length: {len(body)}\r\n\r\n'.encode() + body

    def file(self, path: str) -> tuple[bytes, str]:
        """A file's bytes and mark; no mark when there is none."""
        if path not in self.files:
            place = self.folder / path
            body = place.read_bytes() if place.is_file() else b""
            self.files[path] = body, sha256(body).hexdigest() if body else ""
        return self.files[path]


async def _serve(folder: Path, delay: float) -> None:
    server = Server(folder, delay)
    listening = await asyncio.start_server(server.talk, "127.0.0.1", 0, limit=1 << 16, backlog=200)
    sys.stdout.write(f"{listening.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    async with listening:
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


def main() -> None:
    asyncio.run(_serve(Path(sys.argv[1]), float(sys.argv[2])))


if __name__ == "__main__":
    main()
