"""Integers or percentages: apimachinery ``pkg/util/intstr`` (``GetScaledValueFromIntOrPercent``)."""

from __future__ import annotations

__all__ = ["scaled"]


def scaled(value: object, total: int, *, up: bool) -> int | None:
    """`value` of `total`: an integer as it is, "25%" rounded up or down; None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value.endswith("%") and value[:-1].isdigit():
        product = int(value[:-1]) * total
        return -(-product // 100) if up else product // 100
    return None
