"""Our chart `tiller`, judged by helm 4.3.1: it lints, renders to the same bytes, and `init` makes what it makes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from charthouse.tiller.installation.authority import Authority, server_hosts
from charthouse.tiller.installation.certificates import Certificates
from charthouse.tiller.installation.chart import objects
from charthouse.tiller.installation.options import Impersonation, Options, values

ROOT = Path(__file__).resolve().parent.parent.parent
CHART = str(ROOT / "charts" / "tiller")
PEERS = Path(os.environ.get("CHARTHOUSE_PEERS") or ROOT / ".peers" / "bin")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
AUTHORITY = Authority.made(NOW, 100)
PAIR = AUTHORITY.issue(server_hosts("ops"), NOW, 10)
OWN = Certificates("own", PAIR, AUTHORITY.certificate)
KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

VARIANTS: dict[str, tuple[Options, Certificates]] = {
    "plain": (Options("ops"), OWN),
    "in kube-system, everything on": (
        Options(
            "kube-system", "r/t:1", 3, "sql", 7, "db", "mine", host_network=True, node_selector=(("a", "b"),),
            aggregated=True,
            impersonate=Impersonation(("alice",), ("devs",), ("ci:bot", "ci:bat", "x:y"), ("example.org/team",)),
        ),
        Certificates("files", PAIR, AUTHORITY.certificate, AUTHORITY.certificate),
    ),
    "cert-manager": (Options("ops", aggregated=True), Certificates("cert-manager")),
    "cert-manager's issuer, authority known": (
        Options("ops", aggregated=True, token=False),
        Certificates("cert-manager", None, AUTHORITY.certificate, issuer="ClusterIssuer/corp"),
    ),
    "anybody may come": (Options("ops", storage="memory", replicas=1, anonymous=True), Certificates("none")),
}  # fmt: skip


@pytest.fixture(scope="module")
def helm4() -> str:
    path = PEERS / "helm4"
    if not path.is_file():
        missing = f"missing peer: helm4 (run `make peers`; looked in {PEERS})"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return str(path)


def said(*command: str) -> tuple[int, str, str]:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout, done.stderr


def ours(*arguments: str) -> tuple[int, str, str]:
    return said(sys.executable, "-m", "charthouse", *arguments)


def test_it_lints(helm4: str) -> None:
    found = said(helm4, "lint", "--strict", CHART)
    assert found == ours("lint", "--strict", CHART)
    assert found[0] == 0 and "WARNING" not in found[1] and "ERROR" not in found[1]


@pytest.mark.parametrize("variant", VARIANTS)
def test_helm_renders_what_init_makes(helm4: str, tmp_path: Path, variant: str) -> None:
    options, certificates = VARIANTS[variant]
    given = tmp_path / "values.json"
    given.write_text(json.dumps(values(options, certificates, KEY)))
    arguments = ("template", "tiller", CHART, "-n", options.namespace, "-f", str(given), "--no-hooks")
    found = said(helm4, *arguments)
    assert found == ours(*arguments) and (found[0], found[2]) == (0, "")
    rendered = {_key(body): body for body in yaml.safe_load_all(found[1]) if body}
    made = {_key(body): body for body in objects(options, certificates, KEY)}
    assert rendered == made


def _key(body: dict[str, Any]) -> tuple[str, str, str]:
    return body["kind"], body["metadata"].get("namespace", ""), body["metadata"]["name"]


@pytest.mark.parametrize(
    "flag",
    ["certificates.source=files,certificates.certificate=x,certificates.key=y",
     "certificates.source=none", "storage=memory", "replicas=two", "typo=1", "image.nam=x",
     "rbac.impersonate.serviceAccounts={bot}"],
)  # fmt: skip
def test_values_that_make_no_tiller_are_refused_alike(helm4: str, flag: str) -> None:
    status, out, err = said(helm4, "template", "t", CHART, "--set", flag)
    mine = ours("template", "t", CHART, "--set", flag)
    assert (status, out) == (1, "") == mine[:2]
    assert mine[2].startswith(err.rstrip())
