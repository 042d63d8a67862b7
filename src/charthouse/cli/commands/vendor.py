"""``vendor`` (ours): charts with all they need in a folder, pinned by digest, for places without a network."""

from __future__ import annotations

from charthouse.cli.command import Command
from charthouse.cli.flags import Flag
from charthouse.cli.shared_flags import output_flag, tls_flags, value_flags
from charthouse.distribution.errors import DistributionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context
    from charthouse.distribution.pins import Pinned
    from charthouse.manifests.images import Image

__all__ = ["COMMAND"]

_FOLDER = "vendor"


class CheckFailed(DistributionError):
    """A folder is not what its lock says."""


def _rendering_flags() -> list[Flag]:
    return [
        Flag("skip-images", "bool", "do not render the charts and list no images"),
        Flag("name", "string", "name of the release to render", default="release-name"),
        Flag("kube-version", "string", "version of Kubernetes to render for"),
        Flag("api-versions", "stringSlice", "API versions the cluster is said to have (may be repeated)", short="a"),
        *value_flags(),
        *tls_flags(),
        Flag("pass-credentials", "bool", "send the credentials to every host"),
        output_flag(),
    ]


def _make_flags() -> list[Flag]:
    return [
        Flag("destination", "string", "folder for the archives and vendor.lock", default=_FOLDER, short="d"),
        Flag("version", "string", "version of the charts, or a range such as ^2.0.0; the latest when not given"),
        Flag("devel", "bool", "consider pre-releases too (version '>0.0.0-0'); ignored with --version"),
        Flag("repo", "string", "address of the repository to look for the charts in"),
        Flag("prov", "bool", "keep the provenance file of each chart that has one, without checking it"),
        *_rendering_flags(),
    ]


def _update_flags() -> list[Flag]:
    return [
        Flag("destination", "string", "folder with vendor.lock", default=_FOLDER, short="d"),
        *_rendering_flags(),
    ]


def _images_flags() -> list[Flag]:
    return [
        Flag("skopeo-to", "string", "print skopeo commands that copy the images to docker://HOST/PATH, oci:FOLDER or "
             "dir:FOLDER"),
        Flag("skopeo-from", "string", "with --skopeo-to, where the images are; their own registries when not given"),
        output_flag(),
    ]  # fmt: skip


def _make(context: Context) -> None:
    from charthouse.actions import vendor
    from charthouse.cli.fetching import fetcher
    from charthouse.cli.registry_tls import check_registry_tls
    from charthouse.cli.vendoring import collector, images_renderer, lock, print_changes
    from charthouse.distribution.collecting import Wanted

    check_registry_tls(context)
    folder = context["destination"]
    render, values = images_renderer(context)
    wanted = [
        Wanted(word, context["repo"], context["version"], context["devel"], context["prov"]) for word in context.words
    ]
    client = fetcher(context)
    try:
        with lock(folder):
            collect = collector(context, client, context.words).collect
            changes = vendor.make(folder, wanted, collect, render=render, values=values)
    finally:
        client.close()
    print_changes(context, changes)
    _tell_guesses(context, tuple(change.after for change in changes))


def _update(context: Context) -> None:
    from charthouse.actions import vendor
    from charthouse.cli.fetching import fetcher
    from charthouse.cli.registry_tls import check_registry_tls
    from charthouse.cli.vendoring import collector, images_renderer, lock, print_changes

    check_registry_tls(context)
    folder = context["destination"]
    render, values = images_renderer(context)
    references = [chart.source.reference for chart in vendor.existing(folder)]
    client = fetcher(context)
    try:
        with lock(folder):
            collect = collector(context, client, references).collect
            changes = vendor.update(folder, context.words, collect, render=render, values=values)
    finally:
        client.close()
    print_changes(context, changes)


def _tell_guesses(context: Context, charts: tuple[Pinned, ...]) -> None:
    guessed = {image.reference for chart in charts for image in chart.images if not image.certain}
    if guessed:
        context.hint(
            f"{len(guessed)} images stand in custom resources and are guesses; `charthouse vendor images` says"
        )


def _check(context: Context) -> None:
    from charthouse.actions.vendor_check import check
    from charthouse.cli.bounds import bounded

    folder = context.words[0] if context.words else _FOLDER
    findings = bounded(lambda: check(folder, log=context.log))
    rows: list[dict[str, object]] = [
        {"name": f.name, "version": f.version, "archive": f.archive, "status": f.status, "detail": f.detail}
        for f in findings
    ]
    if not _encoded(context, rows):
        from charthouse.cli.output.uitable import table

        lines = [("ARCHIVE", "STATUS", "DETAIL"), *((f.archive, f.status, f.detail) for f in findings)]
        context.out.write(table(lines) + "\n")
    wrong = [f for f in findings if f.status != "ok"]
    if wrong:
        raise CheckFailed(
            f"{len(wrong)} of {len(findings)} archives in {folder} are not as pinned",
            hint="do not install from it; `charthouse vendor update` fetches the charts anew",
        )


def _images(context: Context) -> None:
    from charthouse.actions.vendor import existing

    folder = context.words[0] if context.words else _FOLDER
    found: dict[str, list[tuple[str, Image]]] = {}
    for chart in existing(folder):
        for image in chart.images:
            found.setdefault(image.reference, []).append((chart.name, image))
    if context["skopeo-to"]:
        _print_commands(context, list(found))
        return
    rows: list[dict[str, object]] = [
        {
            "image": name,
            "guess": not any(image.certain for _, image in found[name]),
            "places": [{"chart": chart, "place": image.place} for chart, image in found[name]],
        }
        for name in sorted(found)
    ]
    if _encoded(context, rows):
        return
    if not rows:
        context.out.write("No images found\n")
        return
    from charthouse.cli.output.uitable import table

    lines = [("IMAGE", "CERTAIN", "CHARTS", "NAMED BY")]
    for row in rows:
        mentions = found[str(row["image"])]
        charts = ", ".join(sorted({chart for chart, _ in mentions}))
        more = f" and {len(mentions) - 1} more" if len(mentions) > 1 else ""
        lines.append((str(row["image"]), "a guess" if row["guess"] else "yes", charts, mentions[0][1].place + more))
    context.out.write(table(lines) + "\n")


def _print_commands(context: Context, images: list[str]) -> None:
    from charthouse.distribution.mirroring import copy_commands

    commands, refused = copy_commands(images, origin=context["skopeo-from"], target=context["skopeo-to"])
    context.out.write("".join(f"{command}\n" for command in commands))
    for text in refused:
        context.hint(f"no image, so no command: {text!r}")


def _encoded(context: Context, rows: list[dict[str, object]]) -> bool:
    """Print as JSON or YAML when that was asked for."""
    if context["output"] == "table":
        return False
    from charthouse.cli.output.encode import json_text, struct, yaml_text

    context.out.write(json_text([struct(row) for row in rows]) if context["output"] == "json" else yaml_text(rows))
    return True


def _complete_names(context: Context, typed: str) -> tuple[list[str], int]:
    """The pinned charts."""
    from charthouse.actions.vendor import existing

    try:
        known = existing(context["destination"])
    except DistributionError:
        return [], 4
    return [chart.name for chart in known if chart.name.startswith(typed) and chart.name not in context.words], 4


COMMAND = Command(
    "vendor",
    "keep charts and all they need in a folder, pinned by digest",
    long="""Keep charts and all they need in a folder, for places without a network.

make fetches charts, from repositories, registries, addresses or directories, packs in what they lack, and writes the
archives and vendor.lock: every chart inside pinned by digest, and the images the rendered objects name. check compares
the folder with the lock, offline. The archives install with charthouse and with Helm.
""",
    args="none",
    children=(
        Command(
            "make CHART [...]",
            "put charts into the folder and pin them",
            long="Fetch charts with all they need into the folder and pin them in vendor.lock, in the place of those\n"
            "of the same name. Images are those of the charts rendered with the values given (-f, --set); values are\n"
            "not kept, only their digest.\n",
            args="min 1",
            flags=_make_flags,
            run=_make,
        ),
        Command(
            "check [FOLDER]",
            "compare the folder with its lock, offline",
            args="max 1",
            flags=lambda: [output_flag()],
            run=_check,
        ),
        Command(
            "update [NAME] [...]",
            "fetch pinned charts anew, as they were asked for",
            flags=_update_flags,
            run=_update,
            complete=_complete_names,
        ),
        Command(
            "images [FOLDER]",
            "list the images the charts name",
            args="max 1",
            flags=_images_flags,
            run=_images,
        ),
    ),
)
