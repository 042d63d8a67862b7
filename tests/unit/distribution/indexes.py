"""Indexes as `helm repo index` writes them, for tests."""

from __future__ import annotations

__all__ = ["plain_index"]

_ENTRY = """  - annotations:
      category: Database
      notes: |
        - first: {number}

          second
    apiVersion: v2
    appVersion: 1.{number}.0
    created: "2024-01-1{number}T10:10:11.737106430Z"
    deprecated: true
    description: Chart {chart} stores what it is given, and is described
      on two lines.
    digest: {digest}
    keywords:
    - store
    - key-value
    maintainers:
    - email: a@example.com
      name: A
    name: chart-{chart}
    type: application
    urls:
    - https://example.com/charts/chart-{chart}-1.{number}.0.tgz
    version: 1.{number}.0{suffix}
"""


def plain_index(charts: int, versions: int) -> str:
    """Some charts, some versions each, the newest a pre-release; versions at most 9."""
    out = ["apiVersion: v1\nentries:\n"]
    for chart in range(charts):
        out.append(f"  chart-{chart}:\n")
        out += [
            _ENTRY.format(chart=chart, number=n, digest=f"{chart}{n}" * 32, suffix="-rc.1" if n == versions - 1 else "")
            for n in range(versions)
        ]
    out.append('generated: "2026-11-01T10:11:12Z"\n')
    return "".join(out)
