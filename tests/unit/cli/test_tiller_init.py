"""`init` and `reset` on the command line: Helm 2's texts, what is printed, refused, hinted, and done, over memory."""

from __future__ import annotations

import io
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from charthouse.cli.main import run
from charthouse.cli.streams import Output
from charthouse.tiller.installation.authority import Authority
from tests.unit.kube.fakes import FakeClock
from tests.unit.tiller.installation.cluster import Client, subjects

NOW = datetime.now(UTC)
INSTALLED = "\nTiller (the Helm server-side component) has been installed into your Kubernetes Cluster.\n"
UPDATED = "\nTiller (the Helm server-side component) has been updated to {} .\n"
THERE = """Warning: Tiller is already installed in the cluster.
(Use --client-only to suppress this message, or --upgrade to upgrade Tiller to the current version.)
"""


class Now(FakeClock):
    def now(self) -> datetime:
        return NOW


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    """A cluster in memory, which every command is given."""
    found = Client()
    for name in ("kube-system", "ops"):
        found.put(found.ref("v1", "Namespace", name), {"metadata": {}})
    cluster = SimpleNamespace(client=found, reachable=lambda: None)
    monkeypatch.setattr(
        "charthouse.cli.wiring.environment", lambda context, **_: SimpleNamespace(cluster=cluster, clock=Now())
    )
    return found


def made(client: Client) -> list[str]:
    """What there is beside the namespaces of the start."""
    return [subject for subject in subjects(client) if not subject.startswith("Namespace")]


def said(home: Path, *words: str, **environ: str) -> tuple[int, str, str]:
    """Exit status and both outputs; the home directory is called HOME."""
    out, err = io.BytesIO(), io.BytesIO()
    output = Output(out)
    errors = Output(err, before=output)
    variables = {"HOME": str(home), "CHARTHOUSE_CACHE": "", **environ}
    status = run(list(words), variables, output, errors, lambda: b"")
    output.flush()
    errors.flush()
    texts = [stream.getvalue().decode().replace(str(home), "HOME") for stream in (out, err)]
    return status, texts[0], texts[1]


def test_the_client_alone(tmp_path: Path) -> None:
    configured = "$HELM_HOME has been configured at HOME/.config/helm.\n"
    without = "Not installing Tiller due to 'client-only' flag having been set\n"
    assert said(tmp_path, "init", "-c", "--skip-refresh") == (
        0,
        "Creating HOME/.config/helm \nCreating HOME/.cache/helm/repository \nCreating HOME/.local/share/helm/plugins \n"
        + configured
        + without,
        "hint: --skip-refresh does nothing: init adds no repositories\n",
    )
    assert said(tmp_path, "init", "--client-only") == (0, configured + without, "")


def test_a_home_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / ".config").write_text("")
    status, _, err = said(tmp_path, "init", "-c")
    assert status == 1
    assert err.splitlines()[0] == "Error: error initializing: could not create HOME/.config/helm: not a directory"


def manifests(text: str) -> list[dict[str, Any]]:
    """As Helm 2 prints YAML: documents begin with ---, are followed by a blank line, and ... ends them."""
    assert text.startswith("---\n") and text.endswith("\n\n...\n")
    return [body for body in yaml.safe_load_all(text) if body]


@pytest.mark.parametrize("words", [("-o", "yaml"), ("--dry-run", "--debug"), ("--dry-run", "-o", "yaml")])
def test_manifests_are_printed_and_nothing_else_happens(tmp_path: Path, words: tuple[str, ...]) -> None:
    status, out, err = said(tmp_path, "init", *words, "--tiller-image", "r/t:1", "--tiller-namespace", "ops")
    assert (status, err) == (0, "")
    kinds = [body["kind"] for body in manifests(out)]
    assert kinds[0] == "ServiceAccount" and kinds[-2:] == ["Service", "Deployment"]
    assert not (tmp_path / ".config").exists()


def test_manifests_as_json_follow_one_another(tmp_path: Path) -> None:
    status, out, _ = said(tmp_path, "init", "-o", "json", TILLER_NAMESPACE="ops")
    assert status == 0
    decoder, found = json.JSONDecoder(), []
    while out:
        body, end = decoder.raw_decode(out)
        found.append(body)
        assert out[end] == "\n"
        out = out[end + 1 :]
    assert found[-1]["metadata"]["namespace"] == "ops" and out == ""


def test_it_is_installed_once(tmp_path: Path, client: Client) -> None:
    status, out, err = said(tmp_path, "init", "-i", "r/t:1", "--tiller-namespace", "ops")
    assert status == 0
    lines = out.splitlines()
    assert lines[3:5] == ["$HELM_HOME has been configured at HOME/.config/helm.", "Creating ServiceAccount ops/tiller"]
    assert out.endswith("Creating Deployment ops/tiller-deploy\n" + INSTALLED)
    day = (NOW + timedelta(days=1095)).strftime("%Y-%m-%d")
    assert err == f"hint: Tiller's certificate is good until {day}; before then, init --upgrade renews it\n"
    assert len(made(client)) == 15
    status, out, err = said(tmp_path, "init", "--tiller-namespace", "ops")
    assert (status, out.partition("\n")[2], err) == (0, THERE, "")


def test_what_was_told_is_kept_until_it_is_told_otherwise(tmp_path: Path, client: Client) -> None:
    ns = ("--tiller-namespace", "ops")
    said(tmp_path, "init", *ns, "-i", "r/t:0.1.0", "--storage", "secret", "--replicas", "3", "--override", "spec.x=1")

    def state() -> tuple[str, list[str], int, Any]:
        spec = client.get(client.ref("apps/v1", "Deployment", "tiller-deploy", "ops"))["spec"]
        container = spec["template"]["spec"]["containers"][0]
        return container["image"], container["args"], spec["replicas"], spec.get("x")

    assert state() == ("r/t:0.1.0", ["--storage=secret"], 3, 1)
    status, out, _ = said(tmp_path, "init", "--upgrade", *ns, "--replicas", "5")
    assert (status, out.partition("\n")[2]) == (
        0, "Updating Deployment ops/tiller-deploy\n" + UPDATED.format("r/t:0.1.0")
    )  # fmt: skip
    assert state() == ("r/t:0.1.0", ["--storage=secret"], 5, 1)
    status, out, err = said(tmp_path, "init", "--upgrade", *ns, "-i", "r/t:0.0.9")
    assert (status, err) == (
        1,
        "Error: error when upgrading: current Tiller version r/t:0.1.0 is newer than client version r/t:0.0.9, "
        "use --force-upgrade to downgrade\nhint: this charthouse is older than the one Tiller was installed by\n",
    )
    assert said(tmp_path, "init", "--force-upgrade", *ns, "-i", "r/t:0.0.9", "--tiller-args", "--trace")[0] == 0
    assert state() == ("r/t:0.0.9", ["--storage=secret", "--trace"], 5, 1)
    assert said(tmp_path, "init", "--upgrade", "--reset-options", "-i", "r/t:0.1.0", *ns)[0] == 0
    assert state() == ("r/t:0.1.0", ["--storage=configmap"], 2, None)


def test_a_dry_run_shows_the_plan(tmp_path: Path, client: Client) -> None:
    status, out, err = said(tmp_path, "init", "--dry-run")
    assert (status, err, made(client)) == (0, "", [])
    lines = out.splitlines()
    assert (lines[0], lines[-1]) == (
        "create    ServiceAccount kube-system/tiller", "create    Deployment kube-system/tiller-deploy"
    )  # fmt: skip
    said(tmp_path, "init")
    status, out, _ = said(tmp_path, "init", "--upgrade", "--dry-run", "--replicas", "3", "--service-account", "mine")
    changed = [line for line in out.splitlines() if not line.startswith("unchanged")]
    assert changed == [
        "update    ClusterRoleBinding charthouse-tiller",
        "update    RoleBinding kube-system/charthouse-tiller",
        "update    RoleBinding kube-system/charthouse-tiller-authentication",
        "update    Deployment kube-system/tiller-deploy",
        "delete    ServiceAccount kube-system/tiller",
    ]


def old_tiller(client: Client) -> None:
    """Helm 2's, with the rights its instructions gave it."""
    labels = {"app": "helm", "name": "tiller"}
    pod = {"containers": [{"name": "tiller", "image": "ghcr.io/helm/tiller:v2.17.0"}]}
    body = {"metadata": {"labels": labels}, "spec": {"template": {"spec": pod}}}
    client.put(client.ref("apps/v1", "Deployment", "tiller-deploy", "kube-system"), body)
    subject = {"kind": "ServiceAccount", "name": "tiller", "namespace": "kube-system"}
    binding = {"metadata": {}, "roleRef": {"name": "cluster-admin"}, "subjects": [subject]}
    client.put(client.ref("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "tiller"), binding)


def test_helm_2s_tiller_is_told_of_and_replaced_when_asked(tmp_path: Path, client: Client) -> None:
    old_tiller(client)
    status, out, err = said(tmp_path, "init")
    assert (status, out.endswith(THERE), err) == (
        0,
        True,
        "hint: it was not made by `charthouse init`: its image is ghcr.io/helm/tiller:v2.17.0; --upgrade puts "
        "charthouse's in its place, and keeps its releases\n",
    )
    status, out, err = said(tmp_path, "init", "--upgrade", "-i", "r/t:1")
    assert status == 0
    assert out.endswith("Replacing Deployment kube-system/tiller-deploy\n" + UPDATED.format("r/t:1"))
    assert err.splitlines()[1:] == [
        "hint: ClusterRoleBinding tiller (cluster-admin) gives Tiller rights of its own, which it does not need and "
        "users could misuse",
        "hint: releases of Helm 2's Tiller are still listed and can be upgraded; `charthouse tiller migrate` turns "
        "them into records that need no Tiller",
    ]


def test_files_are_read_and_never_shown(tmp_path: Path, client: Client) -> None:
    authority = Authority.made(NOW, 10)
    pair = authority.issue(("localhost",), NOW, 5)
    for name, text in (("ca", authority.text), ("crt", pair.certificate), ("key", pair.key)):
        (tmp_path / name).write_text(text)
    files = [f"--{flag}={tmp_path / name}" for flag, name in
             (("tiller-tls-cert", "crt"), ("tiller-tls-key", "key"), ("tls-ca-cert", "ca"))]  # fmt: skip
    status, _, err = said(tmp_path, "init", *files, "-i", "r/t:1")
    assert status == 0 and "renew it before then" in err and "PRIVATE" not in err
    published = client.get(client.ref("v1", "ConfigMap", "charthouse-tiller-ca", "kube-system"))["data"]["ca.crt"]
    assert published == authority.certificate
    assert not [one for one in subjects(client) if "tiller-client-ca" in one]
    assert said(tmp_path, "init", "--upgrade", "--tiller-tls-verify", *files)[0] == 0
    assert [one for one in subjects(client) if "tiller-client-ca" in one]


def test_an_authority_is_kept_in_a_file_of_the_users_alone(tmp_path: Path, client: Client) -> None:
    path = tmp_path / "authority.pem"
    status, _, err = said(tmp_path, "init", "--authority-file", str(path))
    assert status == 0 and "hint: HOME/authority.pem holds the key of Tiller's authority" in err
    assert os.stat(path).st_mode & 0o777 == 0o600
    before = path.read_text()
    assert said(tmp_path, "init", "--upgrade", "--renew-certificates", "--authority-file", str(path))[0] == 0
    published = client.get(client.ref("v1", "ConfigMap", "charthouse-tiller-ca", "kube-system"))["data"]["ca.crt"]
    assert path.read_text() == before and before.startswith(published)


REFUSED = [
    (("init", "x"), "This command does not accept arguments"),
    (("init", "-o", "xml"), 'invalid argument "xml" for "-o, --output" flag: unknown output format "xml"'),
    (("init", "--canary-image"), "there is no canary image of Tiller"),
    (("init", "--tiller-tls"), "missing required TLS key file"),
    (("init", "--tiller-tls", "--tiller-tls-key", "FILE"), "missing required TLS certificate file"),
    (("init", "--tiller-tls-verify", "--tiller-tls-key", "FILE", "--tiller-tls-cert", "FILE"),
     "missing required TLS CA file"),
    (("init", "--certificates", "own", "--tiller-tls-key", "FILE"), "--certificates own takes none from files"),
    (("init", "--client-ca-cert", "/no/such"), "open /no/such: no such file or directory"),
    (("init", "--client-ca-cert", "FILE", "-o", "yaml"), "HOME/file: there is no certificate in it"),
    (("init", "--authority-file", "FILE"), "HOME/file: there is no certificate in it"),
    (("init", "--issuer", "corp"), 'invalid --issuer "corp"'),
    (("init", "--node-selectors", "a", "-o", "yaml"), 'invalid nodeSelector label: ["a"]'),
    (("init", "-c", "--upgrade"),
     "if any flags in the group [client-only upgrade] are set none of the others can be; "
     "[client-only upgrade] were all set"),
    (("init", "--certificates", "none"), "error installing: without TLS nobody can be identified safely"),
    (("init", "--storage", "tape"), 'error installing: unknown storage "tape"'),
    (("init", "--tiller-namespace", "no"), 'error installing: namespaces "no" not found'),
    (("reset", "x"), "This command does not accept arguments"),
    (("reset",), "could not find tiller"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "message"), REFUSED, ids=[" ".join(words) for words, _ in REFUSED])
def test_what_is_refused(tmp_path: Path, client: Client, words: tuple[str, ...], message: str) -> None:
    (tmp_path / "file").write_text("nothing")
    status, _, err = said(tmp_path, *(str(tmp_path / "file") if word == "FILE" else word for word in words))
    assert (status, err.splitlines()[0]) == (1, f"Error: {message}")
    assert made(client) == []


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("--insecure-allow-anonymous",),
         "whoever reaches Tiller may use it: callers who prove nothing get the rights of its service account"),
        (("--net-host",), "--net-host: a namespace with Pod Security baseline or restricted refuses the pods"),
        (("--storage", "memory", "--replicas", "1"),
         "--storage memory: what Tiller knows of releases is lost when its pod ends"),
        (("--automount-service-account-token=false",),
         "without a token Tiller cannot speak to the API server; --override must give it another way"),
        (("--stable-repo-url", "u"), "init adds no repositories; charthouse repo add stable u does"),
        (("--tiller-tls-hostname", "u"), "--tiller-tls-hostname does nothing: init does not speak to Tiller"),
        (("-n", "x"), "--namespace does not say where Tiller goes: see --tiller-namespace"),
        ((), "no image of Tiller is published: build one from the Containerfile and name it with --tiller-image"),
    ],
)  # fmt: skip
def test_what_one_should_know(tmp_path: Path, client: Client, words: tuple[str, ...], hint: str) -> None:
    status, _, err = said(tmp_path, "init", *words)
    assert status == 0 and f"hint: {hint}\n" in err


def test_reset_removes_what_init_made(tmp_path: Path, client: Client) -> None:
    said(tmp_path, "init")
    status, out, err = said(tmp_path, "reset", "--dry-run")
    assert (status, err, len(out.splitlines())) == (0, "", 15)
    status, out, err = said(tmp_path, "reset", "--remove-helm-home", "--tls")
    assert status == 0 and made(client) == []
    assert out.startswith("Deleting Deployment kube-system/tiller-deploy\n")
    assert out.endswith(
        "\nTiller (the Helm server-side component) has been uninstalled from your Kubernetes Cluster.\n"
    )
    assert err == (
        "hint: --remove-helm-home does nothing: Helm 2's home is not used, and what Helm 4 keeps is not Tiller's\n"
        "hint: releases stay: their records lie in their own namespaces and need no Tiller\n"
    )


def test_reset_asks_before_it_leaves_helm_2s_releases_alone(tmp_path: Path, client: Client) -> None:
    said(tmp_path, "init")
    record = {"metadata": {"labels": {"OWNER": "TILLER", "STATUS": "DEPLOYED"}}}
    client.put(client.ref("v1", "ConfigMap", "web.v1", "kube-system"), record)
    status, out, err = said(tmp_path, "reset")
    assert (status, out, err) == (
        1,
        "",
        "Error: there are still 1 deployed releases "
        "(Tip: use --force to remove Tiller. Releases will not be deleted.)\n"
        "hint: Helm 2's Tiller recorded them in kube-system; `charthouse tiller migrate` turns them into records that "
        "need no Tiller\n",
    )
    assert said(tmp_path, "reset", "-f")[0] == 0
    assert made(client) == ["ConfigMap kube-system/web.v1"]
