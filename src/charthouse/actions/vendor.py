"""A folder of charts for places without a network: made, brought up to date, and checked.

Ours. The folder holds the archives, each with all it needs inside, and ``vendor.lock`` (``distribution.pins``).
Everything is fetched and rendered before anything is written; archives appear whole, the lock after them, and what it
no longer names goes last. Nothing here reads the network but the collector that is given.
"""

from __future__ import annotations

import os

from charthouse.charts.chart import ChartError
from charthouse.distribution import atomic, pins
from charthouse.distribution.collecting import Collected, Wanted
from charthouse.distribution.errors import DistributionError
from charthouse.distribution.parts import content_digest, declared, inside
from charthouse.distribution.pins import LOCK_FILE, Part, Pinned, Source
from charthouse.manifests.images import Image, images_of, is_image
from charthouse.records import Record, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from charthouse.actions.render import Rendered
    from charthouse.charts.chart import Chart

    Collect = Callable[[Wanted], Collected]
    Render = Callable[[Chart], Rendered]

__all__ = ["Change", "existing", "make", "rendered_images", "update"]

_ANNOUNCED = "artifacthub.io/images"


class Change(Record):
    """What became of one chart. before: what the lock said, None for a new one; after: what it says now."""

    before: Pinned | None
    after: Pinned


def make(
    folder: str, wanted: Sequence[Wanted], collect: Collect, *, render: Render | None, values: str = ""
) -> tuple[Change, ...]:
    """Put charts into `folder`, in the place of those of the same name, and pin them.

    collect: fetches one chart with all it needs; render: with the user's values, whose digest is `values`; None lists
    no images. Raises ChartError, DistributionError; the folder is then as it was.
    """
    known = pins.read(folder) or ()
    made = [_pinned(folder, one, collect(one), render, values) for one in wanted]
    return _write(folder, known, made)


def update(
    folder: str, names: Sequence[str], collect: Collect, *, render: Render | None, values: str = ""
) -> tuple[Change, ...]:
    """Fetch the pinned charts anew, as they were asked for, and pin what came. names: of those that are meant, all
    when there are none. Raises as `make`."""
    known = existing(folder)
    unknown = [name for name in names if all(chart.name != name for chart in known)]
    if unknown:
        listed = ", ".join(chart.name for chart in known)
        raise DistributionError(f"{LOCK_FILE} pins no chart {', '.join(unknown)}", hint=f"it pins {listed}")
    meant = [chart for chart in known if not names or chart.name in names]
    forgotten = [chart.name for chart in meant if chart.values and not values]
    if forgotten and render is not None:
        raise DistributionError(
            f"the images of {', '.join(forgotten)} were listed with values, and none are given",
            hint="give them again (-f, --set), or --skip-images",
        )
    made = []
    for chart in meant:
        source = chart.source
        reference = source.reference
        if not source.repository and reference.startswith("."):
            reference = os.path.normpath(os.path.join(folder, reference))
        one = Wanted(reference, source.repository, source.version, source.devel, bool(chart.provenance))
        made.append(_pinned(folder, one, collect(one), render, values))
    return _write(folder, known, made)


def existing(folder: str) -> tuple[Pinned, ...]:
    known = pins.read(folder)
    if known is None:
        raise DistributionError(
            f"there is no {os.path.join(folder, LOCK_FILE)}",
            hint=f"`charthouse vendor make CHART -d {folder}` writes it",
        )
    return known


def _pinned(
    folder: str, wanted: Wanted, found: Collected, render: Render | None, values: str
) -> tuple[Pinned, bytes, bytes]:
    from hashlib import sha256

    from charthouse.charts.archive import file_name

    chart, metadata = found.chart, found.chart.metadata
    images = rendered_images(chart, render) if render is not None else ()
    origin = found.origin
    proof = b"" if found.repacked else origin.proof  # which is of the bytes that came
    source = Source(
        _reference(folder, wanted), wanted.repository, wanted.version, wanted.devel, origin.url, origin.digest,
        origin.manifest,
    )  # fmt: skip
    pinned = Pinned(
        metadata.name, metadata.version, metadata.app_version, file_name(chart),
        "sha256:" + sha256(found.data).hexdigest(), len(found.data), found.repacked, source, _parts(found), images,
        values if render is not None else "", "sha256:" + sha256(proof).hexdigest() if proof else "",
    )  # fmt: skip
    return pinned, found.data, proof


def _reference(folder: str, wanted: Wanted) -> str:
    """As asked for, without what nobody else may see or has: credentials, and the way to this machine's folders."""
    from charthouse.distribution.urls import without_credentials

    reference = wanted.reference
    if wanted.repository or not os.path.exists(reference):
        return without_credentials(reference)
    path = os.path.relpath(os.path.abspath(reference), os.path.abspath(folder))
    return path if path.startswith(".") else f"./{path}"


def _parts(found: Collected) -> tuple[Part, ...]:
    out = []
    for path, inner in inside(found.chart):
        entry, origin = declared(inner), found.fetched.get(path)
        part = Part(
            path, inner.name, inner.metadata.version, _address(entry.repository) if entry is not None else "",
            entry.version if entry is not None else "", content_digest(inner),
        )  # fmt: skip
        if origin is not None:
            part = replace(part, url=origin.url, digest=origin.digest, manifest=origin.manifest)
        out.append(part)
    return tuple(sorted(out, key=lambda part: part.path))


def _address(repository: str) -> str:
    from charthouse.distribution.urls import without_credentials

    return without_credentials(repository)


def rendered_images(chart: Chart, render: Render) -> tuple[Image, ...]:
    """Every image a chart's objects and hooks name, each mention once, sorted. Raises what rendering raises."""
    from charthouse.formats.yaml import YamlError, load_written

    if chart.is_library:
        return ()
    rendered = render(chart)
    if rendered.error is not None:
        raise rendered.error
    texts = [(d.name, d.content) for d in rendered.documents] + [(h.path, h.manifest) for h in rendered.hooks]
    documents = []
    for path, text in texts:
        try:
            documents.append((path, load_written(text)))
        except YamlError as error:
            raise ChartError(f"an object of {chart.name} cannot be read: {error}") from error
    found = {(image.reference, image.place): image for image in (*images_of(documents), *_announced(chart))}
    return tuple(found[key] for key in sorted(found))


def _announced(chart: Chart) -> list[Image]:
    """What the publisher lists for Artifact Hub: often what an operator will run, and not said to be complete."""
    from charthouse.formats.yaml import YamlError, load_written

    text = (chart.metadata.annotations or {}).get(_ANNOUNCED, "")
    try:
        listed = load_written(text) if text else None
    except YamlError:
        return []  # a publisher's mistake; Helm does not look at it either
    entries = [entry.get("image") for entry in listed if type(entry) is dict] if type(listed) is list else []
    place = f"Chart.yaml {_ANNOUNCED}"
    return [Image(entry, place, certain=False) for entry in entries if type(entry) is str and is_image(entry)]


def _write(folder: str, known: Sequence[Pinned], made: Sequence[tuple[Pinned, bytes, bytes]]) -> tuple[Change, ...]:
    archives: dict[str, str] = {}
    names = {pinned.name for pinned, *_ in made}
    stay = [chart for chart in known if chart.name not in names]
    for pinned in (*stay, *(pinned for pinned, *_ in made)):
        if archives.setdefault(pinned.archive, pinned.digest) != pinned.digest:
            raise DistributionError(f"two charts would be {pinned.archive}", hint="put one of them into another folder")
        if "/" in pinned.archive or pinned.archive.startswith("."):
            raise ChartError(f"{pinned.archive} is no name for a file")
    for pinned, data, proof in made:
        atomic.write(os.path.join(folder, pinned.archive), data, 0o644)
        if proof:
            atomic.write(os.path.join(folder, f"{pinned.archive}.prov"), proof, 0o644)
    charts = {(chart.archive, chart.digest): chart for chart in (*stay, *(pinned for pinned, *_ in made))}
    text = pins.to_yaml(tuple(charts.values()))
    atomic.write(os.path.join(folder, LOCK_FILE), text.encode("utf-8", "surrogateescape"), 0o644)
    for old in _files(known) - _files(tuple(charts.values())):
        if os.path.lexists(path := os.path.join(folder, old)):
            os.remove(path)
    before = {chart.name: chart for chart in known}
    return tuple(Change(before.get(pinned.name), pinned) for pinned, *_ in made)


def _files(charts: Sequence[Pinned]) -> set[str]:
    return {chart.archive for chart in charts} | {f"{chart.archive}.prov" for chart in charts if chart.provenance}
