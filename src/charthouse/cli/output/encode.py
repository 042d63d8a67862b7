"""JSON and YAML as Helm prints them (pkg/cli/output/output.go of 4.3.1: encoding/json's Encoder, sigs.k8s.io/yaml)."""

from __future__ import annotations

from charthouse.golang.kinds import Struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["json_text", "struct", "yaml_text"]


class _Fields(Struct):
    """A Go struct of which only the JSON matters: pairs in the order of its fields."""

    __slots__ = ("pairs",)

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        self.pairs = pairs

    @staticmethod
    def go_json(value: _Fields) -> list[tuple[str, Any]]:
        return value.pairs


def struct(value: Any) -> Any:
    """The same value with every dict written in its own order, as Go writes structs, not sorted as Go sorts maps."""
    if isinstance(value, dict):
        return _Fields([(key, struct(entry)) for key, entry in value.items()])
    if isinstance(value, (list, tuple)):
        return [struct(entry) for entry in value]
    return value


def json_text(value: Any) -> str:
    """One line of JSON with its line end; maps sorted, structs (see ``struct``) in order."""
    from charthouse.golang.json import encode

    return encode(value) + "\n"


def yaml_text(value: Any) -> str:
    """YAML, keys sorted."""
    from charthouse.formats.yaml.emit import dump

    return dump(value)
