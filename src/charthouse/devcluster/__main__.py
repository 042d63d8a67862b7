"""``python -m charthouse.devcluster``: a dev cluster in the foreground, until it is interrupted."""

from __future__ import annotations

import signal
import sys
import threading

from charthouse.devcluster import start

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """arguments: pairs of `--host`, `--port`, `--data`, `--speed`, `--kubeconfig` and their values.

    Writes the kubeconfig's path (or, without `--kubeconfig`, the kubeconfig) to standard output once it serves.
    """
    options = dict(zip(arguments[::2], arguments[1::2], strict=False))
    unknown = set(options) - {"--host", "--port", "--data", "--speed", "--kubeconfig"}
    if unknown or len(arguments) % 2:
        sys.stderr.write(f"Error: unknown or incomplete options: {' '.join(arguments)}\n")
        return 1
    cluster = start(
        host=options.get("--host", "127.0.0.1"),
        port=int(options.get("--port", "0")),
        data=options.get("--data"),
        speed=float(options.get("--speed", "1")),
    )
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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
