"""A real Chromium, driven through its debugging pipe: pages without scripts, keys pressed, what it complained about."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
import time
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

__all__ = ["Browser"]

_PATIENCE = 60.0
_HANDLES = """
import os, sys
read, write = int(sys.argv[1]), int(sys.argv[2])
high = [os.dup(handle) for handle in (read, write, read, write)][2:]
os.dup2(high[0], 3)
os.dup2(high[1], 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


def _program() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("missing peer: chromium")
        pytest.skip("missing peer: chromium (Debian: apt-get install chromium)")
    return found


class Browser:
    """One page of a headless Chromium. said: what its console and its security policy complained about; asked: the
    addresses it requested, by number; blocked: those its policy stopped."""

    def __init__(self, profile: Path) -> None:
        read, self._write = os.pipe()
        self._read, write = os.pipe()
        command = [
            _program(), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--remote-debugging-pipe", f"--user-data-dir={profile}", "about:blank",
        ]  # fmt: skip
        # The pipe is file handles 3 and 4 of the child.
        self._process = subprocess.Popen(
            [sys.executable, "-c", _HANDLES, str(read), str(write), *command], pass_fds=(read, write),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(read)
        os.close(write)
        self._number = 0
        self._pending = b""
        self._session = ""
        self._loads = 0
        self.said: list[str] = []
        self.asked: dict[str, str] = {}
        self.blocked: list[str] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Log", "Network", "Runtime", "DOM"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setScriptExecutionDisabled", value=True)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._read)
        os.close(self._write)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and wait for its result."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            got = self._message()
            if got.get("id") == self._number:
                assert "error" not in got, (method, got)
                result: dict[str, Any] = got["result"]
                return result

    def _message(self) -> dict[str, Any]:
        until = time.monotonic() + _PATIENCE
        while b"\0" not in self._pending:
            ready, _, _ = select.select([self._read], [], [], max(0.0, until - time.monotonic()))
            data = os.read(self._read, 1 << 20) if ready else b""
            if not data:
                raise RuntimeError("chromium does not answer")
            self._pending += data
        line, _, self._pending = self._pending.partition(b"\0")
        got: dict[str, Any] = json.loads(line)
        what = got.get("params", {})
        if got.get("method") == "Log.entryAdded":
            self.said.append(what["entry"]["text"])
        elif got.get("method") == "Network.requestWillBeSent":
            self.asked[what["requestId"]] = what["request"]["url"]
        elif got.get("method") == "Network.loadingFailed" and what.get("blockedReason") == "csp":
            self.blocked.append(self.asked.pop(what["requestId"]))
        elif got.get("method") == "Page.loadEventFired":
            self._loads += 1
        return got

    def _loaded(self, before: int) -> None:
        while self._loads == before:
            self._message()

    def go(self, address: str) -> None:
        """Open an address, and wait until it is there."""
        before = self._loads
        self.call("Page.navigate", url=address)
        self._loaded(before)

    def _node(self, selector: str) -> int:
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = int(self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"])
        assert node, f"there is no {selector}"
        return node

    def type(self, selector: str, text: str) -> None:
        """Type a text and Enter into a field, and wait for the page that follows."""
        before = self._loads
        self.call("DOM.focus", nodeId=self._node(selector))
        self.call("Input.insertText", text=text)
        for kind in ("keyDown", "keyUp"):
            key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}
            self.call("Input.dispatchKeyEvent", type=kind, **key)
        self._loaded(before)

    def click(self, selector: str) -> None:
        """Click on an element, and wait for the page that follows."""
        before = self._loads
        node = self._node(selector)
        self.call("DOM.scrollIntoViewIfNeeded", nodeId=node)
        corners = self.call("DOM.getContentQuads", nodeId=node)["quads"][0]
        at = {"x": (corners[0] + corners[4]) / 2, "y": (corners[1] + corners[5]) / 2}
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **at)
        self._loaded(before)

    def evaluate(self, expression: str) -> Any:
        """The value of an expression in the page, as the debugger sees it."""
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def look(self, path: Path, *, width: int = 1000, height: int = 1200, dark: bool = False) -> bytes:
        """A picture of the page, also written to `path`."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.call("Emulation.setDeviceMetricsOverride", **size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        data = b64decode(self.call("Page.captureScreenshot", format="png")["data"])
        path.write_bytes(data)
        return data
