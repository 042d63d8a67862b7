"""Live objects of a release as tables, for `status`.

Rules: Helm 4.3.1 ``pkg/cmd/status.go`` over kubectl's TablePrinter (``k8s.tabletext``). Differs: Helm prints the kinds
in random order (a Go map), here they are sorted.
"""

from __future__ import annotations

from charthouse.k8s.tabletext import TablePrinter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

__all__ = ["resource_tables"]


def resource_tables(resources: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """One block for each kind, behind `==> VERSION/KIND`."""
    printer = TablePrinter()
    return "".join(
        f"==> {kind}\n{''.join(printer.text(item) for item in resources[kind])}\n" for kind in sorted(resources)
    )
