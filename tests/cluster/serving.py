"""Our Tiller as a process on a test cluster, and tokens to call it with.

::

    with running(cluster, "--storage", "secret") as tiller:
        channel to tiller.address …

The process uses the kubeconfig's admin context unless told otherwise; with ``anonymous=True`` it takes callers who
prove nothing (Helm 2's client by plain text), with ``encrypted=True`` it has a certificate that ``tiller.authority``
vouches for, so that tokens and certificates count. It is ready for calls when the block begins.
"""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.cluster.conftest import RunningCluster, die_with_parent
from tests.cluster.interop import Tool

__all__ = ["Served", "account_token", "certificate", "running"]

SECONDS = 90.0
"""A loaded machine is slow to start it, and slow to end it."""


@dataclass
class Served:
    """address: of gRPC, `127.0.0.1:PORT`; probes: of /readiness and /metrics ("" without); log: file of what it says.

    authority: file to verify it with (PEM), "" when it is not encrypted.
    """

    address: str
    probes: str
    process: subprocess.Popen[bytes]
    log: Path
    authority: str = ""

    @property
    def said(self) -> str:
        """All it has logged so far."""
        return self.log.read_text("utf-8", "replace")

    def wait_for(self, pattern: str, seconds: float = SECONDS) -> re.Match[str]:
        """The first match in the log, once it is there. Raises RuntimeError when the process ends before."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            ended = self.process.poll() is not None
            if found := re.search(pattern, self.said, re.MULTILINE):
                return found
            if ended:
                break
            time.sleep(0.05)
        raise RuntimeError(f"no {pattern!r} (exit status {self.process.poll()}) in:\n{self.said}")


@contextlib.contextmanager
def running(
    cluster: RunningCluster,
    *flags: str,
    context: str = "admin",
    namespace: str = "kube-system",
    anonymous: bool = False,
    encrypted: bool = False,
    listen: str = "127.0.0.1:0",
    variables: dict[str, str] | None = None,
) -> Iterator[Served]:
    """A Tiller while the block runs. flags: more of `charthouse tiller serve`; namespace: its own.

    listen: for another port (`cluster.tunnel`: the one that port-forwards to a pod lead to). At the end it is told to
    stop, and killed if it does not.
    """
    folder = Path(tempfile.mkdtemp(prefix="charthouse-tiller-"))
    command = [sys.executable, "-m", "charthouse", "tiller", "serve", "--listen", listen]
    command += ["--probe-listen", "127.0.0.1:0", "--tiller-namespace", namespace, "--drain", "5s"]
    command += ["--kubeconfig", str(cluster.kubeconfig), "--kube-context", context]
    if anonymous:
        command.append("--insecure-allow-anonymous")
    if encrypted:
        certificate(folder)
        command += ["--tls", "--tls-cert", str(folder / "tls.crt"), "--tls-key", str(folder / "tls.key")]
    environment = {**os.environ, "HELM_CACHE_HOME": str(folder), **(variables or {})}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, *flags], env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            preexec_fn=die_with_parent,
        )  # fmt: skip
    served = Served("", "", process, folder / "log", str(folder / "tls.crt") if encrypted else "")
    try:
        served.wait_for(r"Tiller is ready")
        served.address = served.wait_for(r"GRPC listening on ([^\s\"\\]+)")[1]
        probes = re.search(r"Probes listening on ([^\s\"\\]+)", served.said)
        served.probes = probes[1] if probes else ""
        yield served
    finally:
        process.terminate()
        try:
            process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def certificate(folder: Path, *names: str) -> None:
    """tls.crt and tls.key of a server on this machine, signed by itself; names: more that it goes by."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tiller")])
    now = datetime.datetime.now(datetime.UTC)
    others = [x509.DNSName(name) for name in ("localhost", "tiller-deploy.kube-system.svc", *names)]
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(hours=1))
    builder = builder.not_valid_after(now + datetime.timedelta(hours=12))
    here = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    builder = builder.add_extension(x509.SubjectAlternativeName([here, *others]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    made = builder.sign(key, hashes.SHA256())
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "tls.key").write_bytes(plain)
    (folder / "tls.crt").write_bytes(made.public_bytes(Encoding.PEM))


def account_token(kubectl: Tool, namespace: str, name: str, *, audience: str = "charthouse-tiller") -> str:
    """A token of the ServiceAccount `name`, which is made when it is not there."""
    found = kubectl.run("get", "serviceaccount", name, "-n", namespace, "--ignore-not-found", "-o", "name")
    if not found.stdout.strip():
        kubectl.run("create", "serviceaccount", name, "-n", namespace)
    made = kubectl.run("create", "token", name, "-n", namespace, "--audience", audience, "--duration", "1h")
    return made.stdout.strip()
