"""The page a browser finds: what this is, and where it is described."""

from __future__ import annotations

from charthouse.rpc.call import HttpAnswer

__all__ = ["front"]

_HEADERS = (
    ("content-type", "text/html; charset=utf-8"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("x-content-type-options", "nosniff"),
)
_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>charthouse Tiller</title>
<h1>charthouse Tiller</h1>
<p>A release server for Kubernetes. It speaks gRPC (<code>charthouse.v1</code>, Helm 2's <code>hapi</code>) and the
REST API described in <a href="openapi.json">openapi.json</a>.</p>
<p>Requests carry a token: <code>Authorization: Bearer TOKEN</code>, or <code>X-Charthouse-Token</code> behind the
API server's service proxy.</p>
</html>
"""


def front() -> HttpAnswer:
    """The page; it names no version, since anybody may read it."""
    return HttpAnswer(200, _HEADERS, _PAGE.encode("utf-8"))
