"""``python -m charthouse.devcluster``: a dev cluster in the foreground, until it is interrupted."""

from __future__ import annotations

import signal
import sys
import threading

from charthouse.devcluster import start
from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.devcluster.cluster import DevCluster

__all__ = ["main"]

KNOWN = {
    "--host", "--port", "--data", "--speed", "--kubeconfig", "--authorization", "--pki", "--audit-log", "--forward",
}  # fmt: skip


def main(arguments: list[str]) -> int:
    """arguments: pairs of `--host`, `--port`, `--data`, `--speed`, `--kubeconfig`, `--authorization` (`simple` or
    `rbac`), `--pki`, `--audit-log`, `--forward` (`PORT=ADDRESS,…`) and their values.

    Writes the kubeconfig's path (or, without `--kubeconfig`, the kubeconfig) to standard output once it serves.
    """
    options = dict(zip(arguments[::2], arguments[1::2], strict=False))
    mode = options.get("--authorization", "simple")
    if set(options) - KNOWN or len(arguments) % 2 or mode not in ("simple", "rbac"):
        sys.stderr.write(f"Error: unknown or incomplete options: {' '.join(arguments)}\n")
        return 1
    try:
        cluster = _started(options, rbac=mode == "rbac")
    except CharthouseError as error:
        sys.stderr.write(f"Error: {error.message}\n")
        return 1
    path = options.get("--kubeconfig")
    if path:
        cluster.write_kubeconfig(path)
    sys.stdout.write(f"{path}\n" if path else cluster.kubeconfig())
    sys.stdout.flush()
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    done.wait()
    cluster.stop()
    return 0


def _started(options: dict[str, str], *, rbac: bool) -> DevCluster:
    """Raises SecurityError, ForwardError and OSError."""
    security, forwards = None, None
    if rbac or "--pki" in options or "--audit-log" in options:
        from charthouse.devcluster.security import Security

        security = Security(rbac, options.get("--pki", ""), options.get("--audit-log", ""))
    if "--forward" in options:
        from charthouse.devcluster.forwarding import parse_forwards

        forwards = parse_forwards(options["--forward"])
    return start(
        host=options.get("--host", "127.0.0.1"),
        port=int(options.get("--port", "0")),
        data=options.get("--data"),
        speed=float(options.get("--speed", "1")),
        security=security,
        forwards=forwards,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
