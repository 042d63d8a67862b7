"""``--dry-run`` in all the spellings Helm took over the years. Rules: Helm 4.3.1 ``pkg/cmd/helpers.go``."""

from __future__ import annotations

from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context

__all__ = ["UsageProblem", "dry_run_strategy"]


class UsageProblem(CharthouseError):
    """A flag's value that only the command understands is wrong."""


def dry_run_strategy(context: Context, *, template: bool = False) -> str:
    """none | client | server, from ``--dry-run`` in all the spellings Helm took over the years.

    Raises UsageProblem; logs the deprecated spellings (``cmdGetDryRunFlagStrategy``).

    """
    from charthouse.cli.flag_kinds import parse_bool, quote
    from charthouse.logs import WARN, LogRecord

    given = context["dry-run"]
    if given == "unset":
        context.log(LogRecord(WARN, "--dry-run is deprecated and should be replaced with '--dry-run=client'"))
        return "client"
    if given in ("client", "server") or (given == "none" and not template):
        return str(given)
    choices = '"server" or "client"' if template else '"none", "server", or "client"'
    try:
        if given == "none":
            raise ValueError
        simulated = parse_bool(given)
    except ValueError:
        choices = '"server" or "client"' if given == "none" else '"none", "server", or "client"'
        raise UsageProblem(f"invalid dry-run value ({quote(given)}). Must be {choices}") from None
    if template and not simulated:
        raise UsageProblem(f"invalid dry-run value ({quote(given)}). Must be {choices}")
    result = "client" if simulated else "none"
    context.log(
        LogRecord(
            WARN, f"boolean '--dry-run={given}' flag is deprecated and must be replaced with '--dry-run={result}'"
        )
    )
    return result
