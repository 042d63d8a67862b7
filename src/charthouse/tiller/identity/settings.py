"""Whether a server that is about to start would know anybody.

Nothing here is asked of the cluster: settings in, a decision out. The process (``tiller.server``) calls ``decide``
before it listens, prints the warnings on every start, and ends with the error otherwise.
"""

from __future__ import annotations

from charthouse.records import Record
from charthouse.tiller.identity.authenticator import AuthenticatorSettings
from charthouse.tiller.identity.errors import NoIdentity

__all__ = ["ANONYMOUS_WARNING", "Decision", "IdentitySettings", "decide"]

ANONYMOUS_WARNING = (
    "--insecure-allow-anonymous: whoever reaches this port works with Tiller's own rights, without a name"
)


class IdentitySettings(Record):
    """tls: the server has a certificate of its own. socket: it listens on a Unix socket. tokens: bearer tokens are
    asked about. cluster_ca: the cluster's client CA and front proxy count. ca_file: of our own CA, "" for none.

    allow_anonymous, allow_privileged, plain_tokens: the flags --insecure-allow-anonymous,
    --insecure-allow-privileged-callers, --insecure-plain-tokens.
    """

    tls: bool = False
    socket: bool = False
    tokens: bool = True
    cluster_ca: bool = True
    ca_file: str = ""
    allow_anonymous: bool = False
    allow_privileged: bool = False
    plain_tokens: bool = False


class Decision(Record):
    """settings: of the Authenticator. tokens, certificates: which proofs there are. warnings: for every start."""

    settings: AuthenticatorSettings
    tokens: bool
    certificates: bool
    warnings: tuple[str, ...]


def decide(settings: IdentitySettings) -> Decision:
    """What callers can prove who they are with. Raises NoIdentity when that is nothing and was not asked for."""
    tokens = settings.tokens and (settings.tls or settings.socket or settings.plain_tokens)
    certificates = settings.tls and (settings.cluster_ca or bool(settings.ca_file))
    warnings = []
    if not (tokens or certificates):
        if not settings.allow_anonymous:
            raise NoIdentity(
                "nobody could prove to this Tiller who they are: "
                + ("all ways to do so are switched off" if settings.tls else "it has no TLS certificate"),
                hint="give --tls with --tls-cert and --tls-key (`charthouse init` makes them), or, to let everybody "
                "who reaches the port use Tiller's own rights, --insecure-allow-anonymous",
            )
        warnings.append("no identity is configured: every caller is anonymous")
    if settings.allow_anonymous:
        warnings.append(ANONYMOUS_WARNING)
    if settings.allow_privileged:
        warnings.append("--insecure-allow-privileged-callers: Tiller also acts as system:masters and as nodes")
    if settings.plain_tokens and not settings.tls:
        warnings.append("--insecure-plain-tokens: tokens are taken over connections anybody on the way can read")
    made = AuthenticatorSettings(settings.allow_anonymous, settings.allow_privileged, settings.plain_tokens)
    return Decision(made, tokens, certificates, tuple(warnings))
