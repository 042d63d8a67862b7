"""Certificates for an hour, made by openssl: an authority, a server's, a client's, and some that are wrong."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

NAMES = "DNS:localhost,DNS:charts.test,DNS:registry.test,IP:127.0.0.1"


class Authority:
    """A folder with `ca.pem`, and what is signed by it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self._run(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=authority "
            "-keyout ca.key -out ca.pem"
        )

    def issue(self, name: str, *, names: str = NAMES, days: int = 1, usage: str = "serverAuth") -> Path:
        """NAME.pem and NAME.key, signed; the certificate's path. days: negative for one that has expired."""
        self._run(f"req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN={name} -keyout {name}.key "
                  f"-out {name}.csr")  # fmt: skip
        (self.folder / f"{name}.ext").write_text(f"subjectAltName={names}\nextendedKeyUsage={usage}\n")
        moment = "-days 1" if days > 0 else "-not_before 20200101000000Z -not_after 20200201000000Z"
        signer = f"-CA ca.pem -CAkey ca.key -CAcreateserial -extfile {name}.ext"
        if days > 0:
            self._run(f"x509 -req -in {name}.csr {signer} {moment} -out {name}.pem")
        else:
            self._expired(name)
        return self.folder / f"{name}.pem"

    def _expired(self, name: str) -> None:
        """`x509 -req` takes no dates before OpenSSL 3.4; `ca` always did."""
        (self.folder / "index.txt").write_text("")
        (self.folder / "ca.cnf").write_text(
            f"[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nnew_certs_dir=.\nserial=serial\ndefault_md=sha256\npolicy=p\n"
            f"x509_extensions=e\n[p]\ncommonName=supplied\n[e]\nsubjectAltName={NAMES}\n"
        )
        self._run(
            f"ca -batch -config ca.cnf -cert ca.pem -keyfile ca.key -rand_serial -startdate 20200101000000Z "
            f"-enddate 20200201000000Z -in {name}.csr -out {name}.pem -notext"
        )

    def _run(self, line: str) -> None:
        program = shutil.which("openssl")
        assert program, "openssl is needed"
        subprocess.run([program, *line.split()], cwd=self.folder, check=True, capture_output=True, timeout=60)
