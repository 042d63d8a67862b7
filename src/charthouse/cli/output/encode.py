"""JSON and YAML as Helm prints them (pkg/cli/output/output.go of 4.3.1: encoding/json's Encoder, sigs.k8s.io/yaml)."""

from __future__ import annotations

from charthouse.golang.ordered import ordered as struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["json_text", "struct", "yaml_text"]


def json_text(value: Any) -> str:
    """One line of JSON with its line end; maps sorted, structs (see ``struct``) in order."""
    from charthouse.golang.json import encode

    return encode(value) + "\n"


def yaml_text(value: Any) -> str:
    """YAML, keys sorted."""
    from charthouse.formats.yaml.emit import dump

    return dump(value)
