"""Directories and variables, as helm 4.3.1 reads them; the namespace of a kubeconfig."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from charthouse.cli.main import run
from charthouse.cli.streams import Output
from charthouse.settings import settings_from

PLACES = [
    ({}, "cache_home", "/home/me/.cache/helm"),
    ({}, "config_home", "/home/me/.config/helm"),
    ({}, "data_home", "/home/me/.local/share/helm"),
    ({}, "plugins", "/home/me/.local/share/helm/plugins"),
    ({}, "registry_config", "/home/me/.config/helm/registry/config.json"),
    ({}, "repository_config", "/home/me/.config/helm/repositories.yaml"),
    ({}, "repository_cache", "/home/me/.cache/helm/repository"),
    ({}, "content_cache", "/home/me/.cache/helm/content"),
    ({}, "own_cache", "/home/me/.cache/charthouse"),
    ({}, "own_data", "/home/me/.local/share/charthouse"),
    ({}, "keyring", "/home/me/.gnupg/pubring.gpg"),
    ({"GNUPGHOME": "/keys"}, "keyring", "/keys/pubring.gpg"),
    ({"GNUPGHOME": ""}, "keyring", "pubring.gpg"),
    ({"GNUPGHOME": "/nowhere"}, "default_keyring", "/nowhere/pubring.gpg"),
    ({"XDG_CACHE_HOME": "/c"}, "cache_home", "/c/helm"),
    ({"XDG_CACHE_HOME": "/c"}, "own_cache", "/c/charthouse"),
    ({"HELM_CACHE_HOME": "/h", "XDG_CACHE_HOME": "/c"}, "repository_cache", "/h/repository"),
    ({"HELM_CACHE_HOME": "/h", "XDG_CACHE_HOME": "/c"}, "own_cache", "/h/charthouse"),
    ({"HELM_DATA_HOME": "/d"}, "own_data", "/d/charthouse"),
    ({"CHARTHOUSE_CACHE": ""}, "own_cache", ""),
    ({"HELM_MAX_HISTORY": "5"}, "max_history", 5),
    ({"HELM_MAX_HISTORY": "five"}, "max_history", 10),
    ({"HELM_MAX_HISTORY": "99999999999999999999"}, "max_history", 10),
    ({"HELM_QPS": "2.5"}, "qps", 2.5),
    ({"HELM_QPS": "x"}, "qps", 0.0),
    ({"HELM_DEBUG": "T"}, "debug", True),
    ({"HELM_DEBUG": "yes"}, "debug", False),
    ({"HELM_KUBEASGROUPS": ", a,b,"}, "kube_as_groups", ("a", "b")),
    ({"HELM_COLOR": "ALWAYS"}, "color", "always"),
    ({"HELM_COLOR": "always", "NO_COLOR": "1"}, "color", "never"),
    ({"HELM_COLOR": "always", "NO_COLOR": ""}, "color", "always"),
]


@pytest.mark.parametrize(("environ", "field", "value"), PLACES)
def test_settings(environ: dict[str, str], field: str, value: object) -> None:
    assert getattr(settings_from({"HOME": "/home/me", **environ}), field) == value


KUBECONFIG = """
current-context: one
contexts:
- name: one
  context: {cluster: c, namespace: first}
- name: two
  context: {cluster: c}
"""


def _namespace(tmp_path: Path, *arguments: str, **environ: str) -> str:
    out = Output(io.BytesIO())
    run(["env", "HELM_NAMESPACE", *arguments], {"HOME": str(tmp_path), **environ}, out, out, lambda: b"")
    out.flush()
    raw = out.raw
    assert isinstance(raw, io.BytesIO)
    return raw.getvalue().decode().strip()


def test_namespace(tmp_path: Path) -> None:
    assert _namespace(tmp_path) == "default"
    file = tmp_path / "config"
    file.write_text(KUBECONFIG)
    other = tmp_path / "other"
    other.write_text("current-context: two\ncontexts: [{name: one, context: {namespace: late}}]\n")
    broken = tmp_path / "broken"
    broken.write_text("contexts: [\n")
    assert _namespace(tmp_path, "--kubeconfig", str(file)) == "first"
    assert _namespace(tmp_path, "--kubeconfig", str(file), "--kube-context", "two") == "default"
    assert _namespace(tmp_path, "--kubeconfig", str(file), "-n", "flag") == "flag"
    assert _namespace(tmp_path, "--kubeconfig", str(file), HELM_NAMESPACE="variable") == "variable"
    assert _namespace(tmp_path, KUBECONFIG=f"{file}:{other}") == "first"
    assert _namespace(tmp_path, KUBECONFIG=f"{other}:{file}", HELM_KUBECONTEXT="one") == "late"
    assert _namespace(tmp_path, "--kubeconfig", str(broken)) == "default"
    (tmp_path / ".kube").mkdir()
    (tmp_path / ".kube" / "config").write_text(KUBECONFIG)
    assert _namespace(tmp_path) == "first"


def test_the_keybox_is_taken_where_the_old_keyring_is_not(tmp_path: Path) -> None:
    found = settings_from({"GNUPGHOME": str(tmp_path)})
    assert found.default_keyring == f"{tmp_path}/pubring.gpg"
    (tmp_path / "pubring.kbx").touch()
    assert found.default_keyring == f"{tmp_path}/pubring.kbx"
    (tmp_path / "pubring.gpg").touch()
    assert found.default_keyring == f"{tmp_path}/pubring.gpg"
