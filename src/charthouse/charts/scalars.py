"""YAML numbers and booleans where text is wanted.

Whose rules: sigs.k8s.io/yaml convertToJSONableObject with a string target: `version: 1.0` in a Chart.yaml is "1";
floats have the digits of a float32.
"""

from __future__ import annotations

__all__ = ["scalar_text"]


def scalar_text(value: object) -> str:
    """The text of a decoded bool, int or float."""
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, float):
        from charthouse.golang.json import general, shortest32

        if value - value != 0:
            from charthouse.formats.yaml.decode import infinity_text

            return infinity_text(value)
        return general(shortest32(value))
    return str(value)
