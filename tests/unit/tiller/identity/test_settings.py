"""Whether a server may start."""

from __future__ import annotations

import pytest

from charthouse.tiller.identity.errors import NoIdentity
from charthouse.tiller.identity.settings import ANONYMOUS_WARNING, IdentitySettings, decide


@pytest.mark.parametrize(
    ("settings", "tokens", "certificates"),
    [
        (IdentitySettings(tls=True), True, True),
        (IdentitySettings(tls=True, cluster_ca=False), True, False),
        (IdentitySettings(tls=True, tokens=False), False, True),
        (IdentitySettings(tls=True, tokens=False, cluster_ca=False, ca_file="ca.crt"), False, True),
        (IdentitySettings(socket=True), True, False),
    ],
)
def test_it_starts(settings: IdentitySettings, tokens: bool, certificates: bool) -> None:
    found = decide(settings)
    assert (found.tokens, found.certificates, found.warnings) == (tokens, certificates, ())


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        (IdentitySettings(), "it has no TLS certificate"),
        (IdentitySettings(ca_file="ca.crt"), "it has no TLS certificate"),
        (IdentitySettings(tls=True, tokens=False, cluster_ca=False), "all ways to do so are switched off"),
    ],
)
def test_it_does_not_start(settings: IdentitySettings, why: str) -> None:
    with pytest.raises(NoIdentity) as caught:
        decide(settings)
    assert caught.value.message == f"nobody could prove to this Tiller who they are: {why}"
    assert "--insecure-allow-anonymous" in caught.value.hint


def test_what_is_dangerous_is_said_on_every_start() -> None:
    assert decide(IdentitySettings(allow_anonymous=True)).warnings == (
        "no identity is configured: every caller is anonymous", ANONYMOUS_WARNING,
    )  # fmt: skip
    assert decide(IdentitySettings(tls=True, allow_anonymous=True)).warnings == (ANONYMOUS_WARNING,)
    found = decide(IdentitySettings(plain_tokens=True, allow_privileged=True))
    assert [line.partition(":")[0] for line in found.warnings] == [
        "--insecure-allow-privileged-callers", "--insecure-plain-tokens",
    ]  # fmt: skip
