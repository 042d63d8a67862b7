"""YAML in, plain data out, for kubeconfig files and manifests: the one place of this package that reads YAML.

Rules: sigs.k8s.io/yaml v1.6 (``YAMLToJSON``): go-yaml's resolver, then JSON's types — keys become strings, floats
without a fraction become integers, as Go's ``encoding/json`` prints them.
"""

from __future__ import annotations

from charthouse.kube.errors import KubeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["YamlError", "load_document"]


class YamlError(KubeError):
    """The text is no YAML."""


def load_document(data: bytes | str) -> Any:
    """One document as JSON data: dict, list, str, int, float, bool or None. Raises YamlError."""
    import yaml

    text = data.decode("utf-8", "surrogateescape") if isinstance(data, bytes) else data
    try:
        return json_data(yaml.load(text, Loader=_loader()))
    except yaml.YAMLError as error:
        raise YamlError(f"yaml: {error}") from error


def _loader() -> Any:
    import yaml

    global _LOADER
    if _LOADER is None:

        class Loader(yaml.SafeLoader):
            """PyYAML without timestamps (go-yaml hands them on as text)."""

        Loader.yaml_implicit_resolvers = {
            first: [(tag, regexp) for tag, regexp in found if tag != "tag:yaml.org,2002:timestamp"]
            for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }
        _LOADER = Loader
    return _LOADER


_LOADER: Any = None


def json_data(value: Any) -> Any:
    """A parsed value as JSON has it: string keys, integers where a float has no fraction."""
    if isinstance(value, dict):
        return {_key(key): json_data(item) for key, item in value.items()}
    if isinstance(value, list):
        return [json_data(item) for item in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        return int(value)
    return value


def _key(key: Any) -> str:
    if isinstance(key, str):
        return key
    if isinstance(key, bool):
        return "true" if key else "false"
    if key is None:
        return "null"
    return str(json_data(key))
