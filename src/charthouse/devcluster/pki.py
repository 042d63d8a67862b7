"""The cluster's own authorities: one for client certificates, one for the front proxy, and who a certificate is.

Rules: apiserver/pkg/authentication/request/{x509,headerrequest} v0.37.2: the common name is the user, organizations are
groups; a request under the front proxy's certificate is whom its X-Remote headers say. With a folder the keys are kept
there (``ca.crt``, ``ca.key``, ``front-proxy-ca.*``, ``front-proxy-client.*``), without one in memory.
"""

from __future__ import annotations

import datetime
import os
from urllib.parse import unquote

from charthouse.devcluster.identity import User

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ssl import SSLContext
    from typing import Any

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.x509 import Certificate

    from charthouse.devcluster.wire import Request

    Object = dict[str, Any]

__all__ = ["CLIENT_CA", "FRONT_CA", "FRONT_CLIENT", "Authority", "Pki", "kept_key"]

CLIENT_CA, FRONT_CA = "charthouse-dev-cluster-ca", "charthouse-dev-cluster-front-proxy-ca"
FRONT_CLIENT = "front-proxy-client"
DAYS = 365
EXTRA_PREFIX = "x-remote-extra-"


def kept_key(path: str) -> EllipticCurvePrivateKey:
    """The P-256 key of a file, made (readable by its owner only) when there is none; "" = a new one in memory.

    Raises OSError, and ValueError when the file holds no such key."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    if path and os.path.exists(path):
        with open(path, "rb") as file:
            found = load_pem_private_key(file.read(), None)
        if not isinstance(found, ec.EllipticCurvePrivateKey):
            raise ValueError(f"{path} is not a key of the curve P-256")
        return found
    made = ec.generate_private_key(ec.SECP256R1())
    if path:
        _write(path, _key_pem(made))
    return made


class Authority:
    """A CA. name: its common name, stem: of its files in the folder."""

    def __init__(self, name: str, stem: str, folder: str) -> None:
        from cryptography import x509

        self.name = name
        self.stem = stem
        path = os.path.join(folder, stem) if folder else ""
        self.key = kept_key(f"{path}.key" if path else "")
        if path and os.path.exists(f"{path}.crt"):
            with open(f"{path}.crt", "rb") as file:
                self.certificate = x509.load_pem_x509_certificate(file.read())
            return
        self.certificate = self._own()
        if path:
            _write(f"{path}.crt", self.pem.encode())

    @property
    def pem(self) -> str:
        from cryptography.hazmat.primitives.serialization import Encoding

        return self.certificate.public_bytes(Encoding.PEM).decode()

    def _own(self) -> Certificate:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes

        name = _name(self.name, ())
        builder = _builder(DAYS).subject_name(name).issuer_name(name).public_key(self.key.public_key())
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        made: Certificate = builder.sign(self.key, hashes.SHA256())
        return made

    def sign(self, public_key: Any, common: str, groups: tuple[str, ...], *, seconds: float) -> str:
        """A client certificate as PEM."""
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.serialization import Encoding
        from cryptography.x509.oid import ExtendedKeyUsageOID

        builder = _builder(seconds / 86400).subject_name(_name(common, groups)).issuer_name(self.certificate.subject)
        builder = builder.public_key(public_key).add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False
        )
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        made: Certificate = builder.sign(self.key, hashes.SHA256())
        return made.public_bytes(Encoding.PEM).decode()

    def issue(self, common: str, groups: tuple[str, ...] = (), *, days: float = DAYS) -> tuple[str, str]:
        """(certificate, key) of a new client, as PEM."""
        key = kept_key("")
        return self.sign(key.public_key(), common, groups, seconds=days * 86400), _key_pem(key).decode()


class Pki:
    """Both authorities. Raises OSError and ValueError for a folder that cannot be used."""

    def __init__(self, folder: str = "") -> None:
        if folder:
            os.makedirs(folder, mode=0o700, exist_ok=True)
        self.folder = folder
        self.clients = Authority(CLIENT_CA, "ca", folder)
        self.front = Authority(FRONT_CA, "front-proxy-ca", folder)
        if self.clients.certificate.subject == self.front.certificate.subject:
            raise ValueError("the client CA and the front proxy's CA have the same name")
        self.front_client = self.front.issue(FRONT_CLIENT)
        if folder:
            for text, kind in zip(self.front_client, ("crt", "key"), strict=True):
                _write(os.path.join(folder, f"{FRONT_CLIENT}.{kind}"), text.encode())

    def ask(self, context: SSLContext) -> None:
        """Let a server ask for client certificates of either CA."""
        import ssl

        context.load_verify_locations(cadata=self.clients.pem + self.front.pem)
        context.verify_mode = ssl.CERT_OPTIONAL

    def certificate_user(self, peer: Object) -> User | None:
        """The user of a certificate under the client CA."""
        if _issuer(peer) != self._common(self.clients):
            return None
        subject = _fields(peer.get("subject") or ())
        names, groups = subject.get("commonName") or [], subject.get("organizationName") or []
        extra = {"authentication.kubernetes.io/credential-id": [f"X509SHA256={peer.get('sha256', '')}"]}
        return User(names[-1], tuple(groups), "", extra) if names and names[-1] else None

    def remote_user(self, request: Request) -> User | None:
        """Whom the front proxy says it speaks for; None when this is not the front proxy, or it says nobody."""
        peer = request.peer or {}
        if _issuer(peer) != self._common(self.front):
            return None
        if (_fields(peer.get("subject") or ()).get("commonName") or [""])[-1] != FRONT_CLIENT:
            return None
        name = request.header("x-remote-user")
        extra: dict[str, list[str]] = {}
        for header, value in request.pairs:
            if header.startswith(EXTRA_PREFIX):
                extra.setdefault(unquote(header[len(EXTRA_PREFIX) :]), []).append(value)
        groups = tuple(value for value in request.values("x-remote-group") if value)
        return User(name, groups, request.header("x-remote-uid"), extra) if name else None

    @staticmethod
    def _common(authority: Authority) -> str:
        from cryptography.x509 import NameOID

        return str(authority.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)

    def config_map(self) -> Object:
        """The data of kube-system/extension-apiserver-authentication."""
        return {
            "client-ca-file": self.clients.pem,
            "requestheader-allowed-names": f'["{FRONT_CLIENT}"]',
            "requestheader-client-ca-file": self.front.pem,
            "requestheader-extra-headers-prefix": '["X-Remote-Extra-"]',
            "requestheader-group-headers": '["X-Remote-Group"]',
            "requestheader-uid-headers": '["X-Remote-Uid"]',
            "requestheader-username-headers": '["X-Remote-User"]',
        }


def _issuer(peer: Object) -> str:
    return (_fields(peer.get("issuer") or ()).get("commonName") or [""])[-1]


def _fields(name: Any) -> dict[str, list[str]]:
    """A name as ssl.getpeercert gives it: tuples of (key, value) in tuples."""
    out: dict[str, list[str]] = {}
    for part in name:
        for key, value in part:
            out.setdefault(key, []).append(value)
    return out


def _name(common: str, groups: tuple[str, ...]) -> Any:
    from cryptography import x509

    parts = [x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, group) for group in groups]
    return x509.Name([*parts, x509.NameAttribute(x509.NameOID.COMMON_NAME, common)])


def _builder(days: float) -> Any:
    from cryptography import x509

    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().serial_number(x509.random_serial_number())
    before = now - datetime.timedelta(minutes=5)
    return builder.not_valid_before(before).not_valid_after(now + datetime.timedelta(days=days))


def _key_pem(key: EllipticCurvePrivateKey) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())


def _write(path: str, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "wb") as file:
        file.write(data)
