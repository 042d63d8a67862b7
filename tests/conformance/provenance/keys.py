"""Keys made by the real gpg, and keyrings of them in every form it writes."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

KEYS = {
    "rsa": ("Rita (work) <rsa@example.com>", "rsa2048", ""),
    "locked": ("Lock Smith <locked@example.com>", "rsa1024", "secret"),
    "dsa": ("Dee Essay <dsa@example.com>", "dsa1024", "secret"),
    "p256": ("Nist Small <nist256@example.com>", "nistp256", "secret"),
    "p384": ("Nist Mid <nist384@example.com>", "nistp384", ""),
    "p521": ("Nist Big <nist521@example.com>", "nistp521", "secret"),
    "pool": ("Brain Pool <pool@example.com>", "brainpoolP256r1", "secret"),
    "coin": ("Bit Coin <coin@example.com>", "secp256k1", ""),
    "ed": ("Édouard <ed@example.com>", "ed25519", "secret"),
    "twin": ("Twin One <one@example.com>", "ed25519", ""),
    "twin2": ("Twin Two <two@example.com>", "ed25519", ""),
    "old": ("Old Timer <old@example.com>", "ed25519", ""),
    "young": ("Not Yet <young@example.com>", "ed25519", ""),
    "sub": ("Sub Marine <sub@example.com>", "ed25519", ""),
    "revoked": ("Re Voked <revoked@example.com>", "ed25519", ""),
}
"""Name: user id, algorithm, passphrase."""
HELM3 = ("rsa", "locked", "dsa", "p256", "p384")
"""Those helm 3.17.3 can use."""


class Gnupg:
    """A GnuPG home of its own with these keys in it, and a folder of keyrings."""

    def __init__(self, folder: Path) -> None:
        self.rings = folder / "keys"
        self.rings.mkdir()
        self._home = folder / "gnupg"
        self._home.mkdir(mode=0o700)
        (self._home / "gpg-agent.conf").write_text("s2k-count 65536\n")  # else every use of a passphrase takes seconds
        self.env = {**os.environ, "GNUPGHOME": str(self._home), "LC_ALL": "C.UTF-8"}
        for name, (user, kind, passphrase) in KEYS.items():
            when = {"old": ["--faked-system-time", "20200101T000000"]}.get(name, [])
            when = ["--faked-system-time", "20400101T000000!"] if name == "young" else when
            until = {"old": "1y"}.get(name, "never")
            usage = "cert" if name == "sub" else "sign,cert"
            self.gpg("--passphrase", passphrase, *when, "--quick-gen-key", user, kind, usage, until)
        self._finish()
        self._export()

    def close(self) -> None:
        """End the agent that gpg started."""
        subprocess.run(["gpgconf", "--kill", "gpg-agent"], env=self.env, check=False, timeout=60)

    def gpg(self, *words: str, data: bytes = b"") -> bytes:
        command = ["gpg", "--batch", "--yes", "--quiet", "--no-tty", "--pinentry-mode", "loopback", *words]
        done = subprocess.run(command, input=data, env=self.env, capture_output=True, check=False, timeout=60)
        assert done.returncode == 0, (words, done.stderr)
        return done.stdout

    def says(self, path: Path) -> str:
        """What gpg finds of a clear-signed file, in its own words for machines."""
        command = ["gpg", "--batch", "--status-fd", "1", "--verify", str(path)]
        done = subprocess.run(command, env=self.env, capture_output=True, check=False, timeout=60)
        return done.stdout.decode("utf-8", "replace")

    def clear_sign(self, key: str, text: str) -> bytes:
        return self.gpg("--passphrase", KEYS[key][2], "--local-user", KEYS[key][0], "--clearsign", data=text.encode())

    def _fingerprint(self, key: str) -> str:
        listed = self.gpg("--with-colons", "--list-keys", "=" + KEYS[key][0]).decode()
        found = re.search(r"^fpr:+([0-9A-F]+):", listed, re.MULTILINE)
        assert found, listed
        return found[1]

    def _finish(self) -> None:
        sub = self._fingerprint("sub")
        self.gpg("--passphrase", "", "--quick-add-key", sub, "rsa1024", "sign", "never")
        self.gpg("--passphrase", "", "--quick-add-key", sub, "cv25519", "encr", "never")
        self.gpg("--passphrase", "", "--quick-add-uid", self._fingerprint("twin"), "Twin Also <also@example.com>")
        made = (self._home / "openpgp-revocs.d" / f"{self._fingerprint('revoked')}.rev").read_text()
        self.gpg("--import", data=made.replace(":-----BEGIN", "-----BEGIN").encode())

    def _export(self) -> None:
        rings = self.rings
        (rings / "pub.gpg").write_bytes(self.gpg("--export"))
        (rings / "pub.asc").write_bytes(self.gpg("--export", "--armor"))
        (rings / "pub.kbx").write_bytes((self._home / "pubring.kbx").read_bytes())
        for name, (user, _, passphrase) in KEYS.items():
            secret = self.gpg("--passphrase", passphrase, "--export-secret-keys", "=" + user)
            (rings / f"{name}.sec").write_bytes(secret)
        (rings / "sub-only.sec").write_bytes(
            self.gpg("--passphrase", "", "--export-secret-subkeys", "=" + KEYS["sub"][0])
        )
        for name in ("rsa", "twin"):
            (rings / f"{name}.asc").write_bytes(self.gpg("--export", "--armor", "=" + KEYS[name][0]))
            (rings / f"{name}.pub").write_bytes(self.gpg("--export", "=" + KEYS[name][0]))
        twins = [(rings / f"{name}.sec").read_bytes() for name in ("twin", "twin2", "old")]
        (rings / "some.sec").write_bytes(b"".join(twins))
        (rings / "two.asc").write_bytes((rings / "rsa.asc").read_bytes() + (rings / "twin.asc").read_bytes())
        secret = self.gpg("--passphrase", "secret", "--armor", "--export-secret-keys", "=" + KEYS["locked"][0])
        (rings / "locked.asc").write_bytes(secret)
        (rings / "cut.gpg").write_bytes((rings / "pub.gpg").read_bytes()[:1000])
        (rings / "text.gpg").write_bytes(b"no keyring\n")
        (rings / "empty.gpg").write_bytes(b"")
        (rings / "message.asc").write_bytes(self.gpg("--store", "--armor", data=b"hello"))
        (rings / "secret.txt").write_bytes(b"secret\r\nnot this\n")
        (rings / "wrong.txt").write_bytes(b"wrong\n")
        (rings / "nothing.txt").write_bytes(b"")
