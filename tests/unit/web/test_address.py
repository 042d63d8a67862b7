"""Proxies from the environment, URLs, texts."""

from __future__ import annotations

import pytest

from charthouse.web.address import BadURL, Endpoint, endpoint, proxy_for

NO_PROXY: list[tuple[str, str, bool]] = [
    ("https://k8s.example.com", "", True),
    ("https://k8s.example.com", "*", False),
    ("https://k8s.example.com", "example.com", False),
    ("https://k8s.example.com", ".example.com", False),
    ("https://example.com", ".example.com", True),
    ("https://k8s.example.com", "*.example.com", False),
    ("https://k8s.example.com", "other.com, k8s.example.com", False),
    ("https://k8s.example.com:6443", "example.com:443", True),
    ("https://k8s.example.com:6443", "example.com:6443", False),
    ("https://10.1.2.3", "10.0.0.0/8", False),
    ("https://10.1.2.3", "10.1.2.3", False),
    ("https://10.1.2.3", "11.0.0.0/8", True),
    ("https://127.0.0.1:6443", "", False),
    ("https://localhost:6443", "", False),
]


@pytest.mark.parametrize(("server", "no_proxy", "proxied"), NO_PROXY)
def test_no_proxy(server: str, no_proxy: str, proxied: bool) -> None:
    environ = {"HTTPS_PROXY": "proxy:3128", "NO_PROXY": no_proxy}
    assert proxy_for(endpoint(server), environ) == ("http://proxy:3128" if proxied else "")


def test_each_scheme_has_its_proxy() -> None:
    environ = {"https_proxy": "http://a:1", "http_proxy": "http://b:2"}
    assert proxy_for(endpoint("https://x.y"), environ) == "http://a:1"
    assert proxy_for(endpoint("http://x.y"), environ) == "http://b:2"
    assert proxy_for(endpoint("http://x.y"), {}) == ""


def test_endpoint() -> None:
    assert endpoint("https://u:p%40@h:1/k8s/c/") == Endpoint("https", "h", 1, "/k8s/c", "u:p@")
    assert endpoint("http://[::1]").authority == "[::1]:80"
    for bad in ("ftp://x", "nonsense", "https://", "https://h:99999"):
        with pytest.raises(BadURL):
            endpoint(bad)
