"""What ``init`` is given from outside: Tiller's namespace, certificates in files.

Rules: helm v2.17.0 cmd/helm/init.go (``tlsOptions``: texts, order).
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context
    from charthouse.tiller.installation.authority import Pair
    from charthouse.tiller.installation.certificates import Wanted

__all__ = ["tiller_namespace", "wanted_certificates"]


def tiller_namespace(context: Context) -> str:
    """Where Tiller is, or is to be."""
    return context["tiller-namespace"] or context.environ.get("TILLER_NAMESPACE") or "kube-system"


def wanted_certificates(context: Context) -> Wanted:
    """Raises BadOption, BadCertificate."""
    from charthouse.tiller.installation.certificates import Wanted

    pair = _pair(context)
    authority = _certificates(context["tls-ca-cert"]) if context["tls-ca-cert"] and pair else ""
    client = context["client-ca-cert"] or (context["tls-ca-cert"] if context["tiller-tls-verify"] or not pair else "")
    return Wanted(
        source=context["certificates"],
        pair=pair,
        authority=authority,
        client_authority=_certificates(client) if client else "",
        signing=_authority(context) if context["authority-file"] else "",
        keep_signing=context["store-authority"],
        issuer=_issuer(context["issuer"]),
        days=context["certificate-days"],
        renew=context["renew-certificates"],
    )


def _pair(context: Context) -> Pair | None:
    from charthouse.tiller.installation.authority import Pair
    from charthouse.tiller.installation.errors import BadOption

    own = context["certificates"] in ("own", "cert-manager", "none")
    key, certificate = context["tiller-tls-key"], context["tiller-tls-cert"]
    if own and (key or certificate):
        raise BadOption(
            f"--certificates {context['certificates']} takes none from files",
            hint="leave --tiller-tls-cert and --tiller-tls-key away",
        )
    asked = context["tiller-tls"] or context["tiller-tls-verify"] or key or certificate
    if own or not asked or (context["upgrade"] and not key and not certificate):
        return None
    if not key or not os.path.exists(key):
        raise BadOption(
            "missing required TLS key file",
            hint="" if key else "without --tiller-tls, init makes a certificate itself",
        )
    if not certificate or not os.path.exists(certificate):
        raise BadOption("missing required TLS certificate file")
    authority = context["tls-ca-cert"]
    if not authority or not os.path.exists(authority):
        raise BadOption(
            "missing required TLS CA file", hint="--tls-ca-cert: clients check Tiller by it, so init publishes it"
        )
    return Pair(_certificates(certificate), _read(key))


def _read(path: str) -> str:
    from charthouse.tiller.installation.errors import BadOption

    try:
        with open(path, "rb") as file:
            return file.read(1 << 20).decode("utf-8", "replace")
    except OSError as error:
        raise BadOption(f"open {path}: {(error.strerror or str(error)).lower()}") from error


def _certificates(path: str) -> str:
    """The certificates of a file, without what else is in it. Raises BadOption, BadCertificate."""
    from charthouse.tiller.installation.authority import certificates_in
    from charthouse.tiller.installation.errors import BadCertificate

    try:
        return "".join(certificates_in(_read(path)))
    except BadCertificate as error:
        raise BadCertificate(f"{path}: {error.message}", hint=error.hint) from error


def _issuer(text: str) -> str:
    from charthouse.tiller.installation.errors import BadOption

    kind, slash, name = text.partition("/")
    if text and (kind not in ("Issuer", "ClusterIssuer") or not slash or not name):
        raise BadOption(f'invalid --issuer "{text}"', hint="it is Issuer/NAME or ClusterIssuer/NAME")
    return text


def _authority(context: Context) -> str:
    """The authority a file keeps; one is made, and kept there for the user alone, when there is no such file."""
    from datetime import UTC, datetime

    from charthouse.tiller.installation.authority import Authority
    from charthouse.tiller.installation.errors import BadCertificate, BadOption

    path = context["authority-file"]
    if os.path.exists(path):
        try:
            return Authority.read(_read(path)).text
        except BadCertificate as error:
            raise BadCertificate(f"{path}: {error.message}", hint=error.hint) from error
    text = Authority.made(datetime.now(UTC), 3650).text
    if context["dry-run"]:
        return text
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="ascii") as file:
            file.write(text)
    except OSError as error:
        raise BadOption(f"open {path}: {(error.strerror or str(error)).lower()}") from error
    context.hint(f"{path} holds the key of Tiller's authority: keep it where only you can read it")
    return text
