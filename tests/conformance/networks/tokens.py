"""A token server for docker-registry (auth: token): anna may do all, nobody may read the charts below open/."""

from __future__ import annotations

import base64
import json
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from urllib.parse import parse_qs, urlsplit

from tests.conformance.networks.pki import Authority

PAIR = "Basic " + base64.b64encode(b"anna:secret").decode()


class TokenServer:
    """seen: (method, scope, who) of every request. bundle: the certificates a registry has to trust."""

    def __init__(self, authority: Authority, *, oauth: bool = True) -> None:
        self.seen: list[tuple[str, str, str]] = []
        authority.issue("tokens")
        self.bundle = authority.folder / "ca.pem"
        self._key = authority.folder / "tokens.key"
        self._chain = [_der(authority.folder / "tokens.pem"), _der(self.bundle)]
        tokens = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                query = parse_qs(urlsplit(self.path).query)
                self._answer("GET", query.get("scope", []), self.headers.get("Authorization", ""))

            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode())
                if not oauth:
                    self._send(404, {})
                    return
                pair = f"{form.get('username', [''])[0]}:{form.get('password', [''])[0]}"
                given = "Basic " + base64.b64encode(pair.encode()).decode()
                if form.get("refresh_token") == ["refresh"]:
                    given = PAIR
                self._answer("POST", form.get("scope", []), given)

            def _answer(self, method: str, scopes: list[str], given: str) -> None:
                who = "anna" if given == PAIR else "nobody" if not given else "stranger"
                tokens.seen.append((method, " ".join(scopes), who))
                if who == "stranger":
                    self._send(401, {"errors": [{"code": "UNAUTHORIZED", "message": "wrong password"}]})
                    return
                token = tokens.token(" ".join(scopes), who)
                self._send(200, {"access_token": token, "token": token, "expires_in": 300})

            def _send(self, status: int, value: object) -> None:
                body = json.dumps(value).encode()
                self.send_response_only(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing is told."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}/token"

    def __enter__(self) -> TokenServer:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    def token(self, scopes: str, who: str) -> str:
        """A signed token for what `who` may do of what is asked."""
        access = []
        for scope in scopes.split():
            kind, _, rest = scope.partition(":")
            name, _, actions = rest.rpartition(":")
            allowed = actions.split(",") if who == "anna" else ["pull"] if name.startswith("open/") else []
            access.append({"type": kind, "name": name, "actions": allowed})
        now = int(time.time())
        claims = {
            "iss": "tokens", "sub": who, "aud": "registry", "exp": now + 300, "nbf": now - 10, "iat": now, "jti": "x",
            "access": access,
        }  # fmt: skip
        head = {"typ": "JWT", "alg": "ES256", "x5c": self._chain}
        text = f"{_encoded(json.dumps(head).encode())}.{_encoded(json.dumps(claims).encode())}"
        signature = subprocess.run(
            ["openssl", "dgst", "-sha256", "-sign", str(self._key)],
            input=text.encode(),
            capture_output=True,
            check=True,
        ).stdout
        return f"{text}.{_encoded(_raw(signature))}"


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _der(path: Path) -> str:
    """A certificate's DER in base64, as x5c wants it."""
    text = path.read_text()
    body = text[text.index("-----BEGIN CERTIFICATE-----") :].split("-----")[2]
    return "".join(body.split())


def _raw(signature: bytes) -> bytes:
    """ES256 as JOSE has it: r and s, 32 bytes each, out of the DER sequence of two integers."""
    out, at = b"", 2
    for _ in range(2):
        length = signature[at + 1]
        out += signature[at + 2 : at + 2 + length].lstrip(b"\0").rjust(32, b"\0")
        at += 2 + length
    return out
