"""``registry tags`` and ``search registry`` (ours): what a registry holds, printed."""

from __future__ import annotations

from charthouse.cli.flags import Flag
from charthouse.cli.shared_flags import output_flag, tls_flags
from charthouse.distribution.errors import DistributionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from charthouse.cli.context import Context
    from charthouse.distribution.fetch import Fetcher
    from charthouse.distribution.registry.listing import Entry
    from charthouse.distribution.registry.session import Session
    from charthouse.formats.semver import Version

__all__ = ["run_search", "run_tags", "search_flags", "tags_flags"]


def _range_flags() -> list[Flag]:
    return [
        Flag("version", "string", "only versions in this range"),
        Flag("max-col-width", "uint", "widest column of the table", default=50),
        output_flag(),
        *tls_flags(),
    ]


def tags_flags() -> list[Flag]:
    return [
        Flag("max", "int", "list no more than so many versions, the newest; 0 for all", default=0),
        Flag("short", "bool", "list the versions alone, which takes one request instead of two for each", short="q"),
        *_range_flags(),
    ]


def search_flags() -> list[Flag]:
    return [
        Flag("devel", "bool", "consider pre-releases too"),
        Flag("fail-on-no-result", "bool", "fail when nothing is found"),
        *_range_flags(),
    ]


def run_tags(context: Context) -> None:
    """List the versions of one chart. Raises DistributionError."""
    from charthouse.distribution.registry.listing import Entry, list_versions, versions_of
    from charthouse.distribution.registry.reference import parse

    place = _place(context.words[0])
    reference = parse(place)
    if reference.tag or reference.digest:
        raise DistributionError(f"{place} names a version", hint="leave the tag out: all versions are listed")
    if context["max"] < 0:
        raise DistributionError("--max is a number of versions", hint="0 lists all")
    suits = _suits(context["version"])
    client, session_of = _sessions(context)
    try:
        session = session_of(reference.registry)
        wanted = versions_of(reference, session, suits=suits)
        wanted = wanted[: context["max"] or None]
        if context["short"]:
            shown = f"{reference.registry}/{reference.repository}"
            entries = [Entry(shown, version, tag) for version, tag in wanted]
        else:
            entries = list_versions(reference, session, wanted)
    finally:
        client.close()
    _print_tags(context, entries)


def _print_tags(context: Context, entries: list[Entry]) -> None:
    if context["output"] != "table":
        _encode(context, [_object(entry) for entry in entries])
    elif context["short"]:
        context.out.write("".join(f"{entry.version}\n" for entry in entries))
    else:
        rows = [(e.version, e.app_version, e.created[:10], e.digest[:19], e.description or _what(e)) for e in entries]
        _table(context, ("VERSION", "APP VERSION", "CREATED", "DIGEST", "DESCRIPTION"), rows)


def _what(entry: Entry) -> str:
    if not entry.is_chart:
        return "(no chart)"
    return "(deprecated)" if entry.deprecated else ""


def run_search(context: Context, place: str, keyword: str) -> None:
    """List the charts below a path of a registry. Raises DistributionError."""
    from charthouse.distribution.registry.listing import find

    suits = _suits(context["version"] or (">0.0.0-0" if context["devel"] else ">0.0.0"))
    client, session_of = _sessions(context)
    try:
        entries = find(_place(place), session_of, suits=suits, keyword=keyword)
    finally:
        client.close()
    if not entries and context["fail-on-no-result"]:
        raise DistributionError("no results found")
    if context["output"] != "table":
        _encode(context, [_object(entry) for entry in entries])
        return
    rows = [(f"oci://{entry.reference}", entry.version, entry.app_version, entry.description) for entry in entries]
    _table(context, ("NAME", "CHART VERSION", "APP VERSION", "DESCRIPTION"), rows)


def _place(word: str) -> str:
    if not word.startswith("oci://") or not word[6:].strip("/"):
        raise DistributionError(f"{word} is no place in a registry", hint="oci://HOST[:PORT]/PATH is wanted")
    return word.rstrip("/")


def _suits(text: str) -> Callable[[Version], bool]:
    """Whether a version is in the range `text`; "" is any. Raises DistributionError."""
    from charthouse.formats.semver import Constraint, SemverError

    if not text:
        return lambda version: True
    try:
        return Constraint.parse(text).check
    except SemverError as error:
        raise DistributionError(f"an invalid version/constraint format: {error.message}") from error


def _sessions(context: Context) -> tuple[Fetcher, Callable[[str], Session]]:
    from charthouse.cli.fetching import access, fetcher
    from charthouse.cli.registries import sessions
    from charthouse.cli.registry_tls import check_registry_tls

    check_registry_tls(context)
    client = fetcher(context)
    return client, sessions(context, client, access(context), plain_http=context["plain-http"])


def _object(entry: Entry) -> dict[str, Any]:
    out: dict[str, Any] = {"name": f"oci://{entry.reference}", "version": entry.version, "tag": entry.tag}
    if entry.is_chart:
        out |= {
            "app_version": entry.app_version, "description": entry.description, "created": entry.created,
            "digest": entry.digest, "size": entry.size, "kube_version": entry.kube_version,
            "deprecated": entry.deprecated,
        }  # fmt: skip
    return out


def _encode(context: Context, rows: list[dict[str, Any]]) -> None:
    from charthouse.cli.output.encode import json_text, struct, yaml_text

    context.out.write(json_text([struct(row) for row in rows]) if context["output"] == "json" else yaml_text(rows))


def _table(context: Context, heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    from charthouse.cli.output.uitable import table

    if not rows:
        context.out.write("No results found\n")
        return
    context.out.write(table([heads, *rows], max_width=context["max-col-width"]) + "\n")
