"""Everything a render may need, in memory before any worker is made: a worker cannot open a file.

Modules of the render path are imported whole (many import others when first used), the libraries they use, codecs, time
zones, the meta-schemas. What is forgotten here shows as a template that renders in one process and not in a worker; the
tests render the corpus both ways.
"""

from __future__ import annotations

import importlib
import pkgutil

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["PACKAGES", "preload"]

PACKAGES = (
    "golang", "gotemplate", "formats", "sprig", "k8s", "charts", "manifests", "engine", "advice",
)  # fmt: skip
_MODULES = (
    "charthouse.actions.render", "charthouse.actions.postrender", "charthouse.actions.lookup",
    "charthouse.actions.preparation", "charthouse.sandbox.answers", "charthouse.sandbox.flat",
    "charthouse.sandbox.frames", "charthouse.sandbox.confine", "charthouse.sandbox.filter",
    "charthouse.sandbox.syscalls", "charthouse.sandbox.charts", "charthouse.sandbox.worker",
    "ctypes", "resource", "secrets", "json", "marshal", "uuid", "decimal", "fractions", "hashlib", "hmac",
    "unicodedata", "zoneinfo", "_strptime", "datetime", "base64", "binascii", "zlib", "bcrypt", "ipaddress",
    "urllib.parse", "random", "traceback", "difflib", "textwrap", "encodings.idna", "encodings.latin_1",
    "encodings.utf_16", "encodings.utf_32", "encodings.ascii", "encodings.utf_8_sig", "encodings.unicode_escape",
    "stringprep",
    "cryptography.x509", "cryptography.x509.oid", "cryptography.fernet", "cryptography.hazmat.backends",
    "cryptography.hazmat.primitives.hashes", "cryptography.hazmat.primitives.serialization",
    "cryptography.hazmat.primitives.padding",
    "cryptography.hazmat.primitives.ciphers", "cryptography.hazmat.primitives.ciphers.algorithms",
    "cryptography.hazmat.primitives.ciphers.modes", "cryptography.hazmat.primitives.kdf.scrypt",
    "cryptography.hazmat.primitives.asymmetric.rsa", "cryptography.hazmat.primitives.asymmetric.dsa",
    "cryptography.hazmat.primitives.asymmetric.ec", "cryptography.hazmat.primitives.asymmetric.ed25519",
    "cryptography.hazmat.primitives.asymmetric.padding",
)  # fmt: skip


def preload() -> None:
    """Import and read it all. What a smaller installation leaves out is left out here too."""
    for name in (*_modules(), *_MODULES):
        try:
            importlib.import_module(name)
        except ImportError:
            continue
    _zones()
    from charthouse.charts.schema.metaschema import keep_documents

    keep_documents()
    _warm_up()


def _modules() -> Iterator[str]:
    for package in PACKAGES:
        found = importlib.import_module(f"charthouse.{package}")
        for module in pkgutil.walk_packages(found.__path__, found.__name__ + "."):
            yield module.name


def _zones() -> None:
    """Every time zone there is, and the local one."""
    import time
    from zoneinfo import available_timezones

    from charthouse.golang.kinds import GoError
    from charthouse.golang.time import load_location

    time.tzset()
    time.localtime()
    for name in available_timezones():
        try:
            load_location(name)
        except GoError:  # posixrules and the like
            continue


def _warm_up() -> None:
    """One render that calls functions which keep what they found: the table of names, ctypes, OpenSSL's start."""
    from ctypes import CDLL

    from charthouse.actions.render import render_release
    from charthouse.charts.capabilities import default_capabilities
    from charthouse.charts.chart import Chart, File
    from charthouse.charts.metadata import Metadata
    from charthouse.logs import silent
    from charthouse.profile import profile_named

    CDLL(None, use_errno=True)
    chart = Chart(
        Metadata("warm", "1.0.0", api_version="v2"), templates=[File("templates/a.yaml", _TEMPLATE)], values={}
    )
    for name in ("helm4", "helm3", "helm2"):
        profile = profile_named(name)
        render_release(
            chart, {"a": {"b": [1.0, "x"]}}, name="warm", namespace="warm", capabilities=default_capabilities(profile),
            log=silent, profile=profile,
        )  # fmt: skip


_TEMPLATE = b"""kind: ConfigMap
apiVersion: v1
metadata:
  name: {{ printf "%s-%d" .Release.Name 1 | trunc 63 | quote }}
data:
  a: {{ .Values | toYaml | nindent 4 }}
  b: {{ randAlphaNum 5 | b64enc | sha256sum }}
  c: {{ (genPrivateKey "ecdsa") | len }}
  d: {{ htpasswd "a" "b" | len }}
  e: {{ now | date "2006-01-02" }} {{ uuidv4 | len }} {{ regexReplaceAll "a+" "baa" "c" }}
  f: {{ tpl "{{ .Release.Name }}" . }} {{ semverCompare ">=1.0" "1.2.0" }}
"""
