"""Charts in a registry: which versions there are, fetching one, putting one there.

Rules: Helm 4.3.1 ``pkg/registry/client.go`` (``Pull``, ``Push``, ``Tags``, ``ValidateReference``), ``chart.go``
(annotations), ``tag.go``; OCI image spec 1.1, distribution spec 1.1. Differs: what is fetched is always checked against
its digest.
"""

from __future__ import annotations

from charthouse.distribution.errors import DistributionError, FetchFailed
from charthouse.distribution.index import is_version
from charthouse.distribution.registry.reference import Reference, parse
from charthouse.distribution.registry.session import RegistryRefusal, Session
from charthouse.records import Record, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.charts.metadata import Metadata
    from charthouse.distribution.fetch import Fetched, Progress

__all__ = [
    "Pulled", "Pushed", "Registries", "blob", "fetch_manifest", "pull", "push", "resolve", "underscore_note",
    "versions",
]  # fmt: skip

CONFIG = "application/vnd.cncf.helm.config.v1+json"
CHART = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
OLD_CHART = "application/tar+gzip"
PROVENANCE = "application/vnd.cncf.helm.chart.provenance.v1.prov"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
_DOCKER = (
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_ACCEPT = ", ".join((*_DOCKER, INDEX, MANIFEST, "application/vnd.oci.artifact.manifest.v1+json"))
_LARGEST_CONFIG = 4 << 20
_NOTE = (
    "\nOCI artifact references (e.g. tags) do not support the plus sign (+). To support\n"
    "storing semantic versions, Helm adopts the convention of changing plus (+) to\n"
    "an underscore (_) in chart version tags when pushing to a registry and back to\n"
    "a plus (+) when pulling from a registry.\n"
)

if TYPE_CHECKING:
    Registries = Callable[[str], Session]
else:
    Registries = object
"""Opens (or finds again) the session with a registry, by its host."""


class Pulled(Record):
    """What came: the reference, the manifest's digest, the archive with its own digest, its provenance (b"" = none).

    legacy: the archive's layer had the old media type.
    """

    reference: str
    digest: str
    chart: bytes
    chart_digest: str
    provenance: bytes = b""
    legacy: bool = False


class Pushed(Record):
    """What went: the reference, and the manifest's digest."""

    reference: str
    digest: str


def underscore_note(reference: str) -> str:
    """What Helm says of a reference with an underscore, "" for others."""
    return f"{reference} contains an underscore.\n{_NOTE}" if "_" in reference else ""


def versions(reference: Reference, session: Session) -> list[str]:
    """The strict semantic versions among a repository's tags, newest first. Raises FetchFailed."""
    from charthouse.distribution.registry.listing import versions_of

    return [version for version, _ in versions_of(reference, session)]


class Described(Record):
    """What is known of a chart without its archive. digest: of the manifest; size: of the archive; config: the chart's
    metadata as JSON has it."""

    digest: str
    size: int
    created: str
    config: dict[str, Any]


def describe(reference: Reference, session: Session) -> Described | None:
    """What the manifest and the config of a chart say; None for what is no chart. Raises DistributionError."""
    import json

    answer = _manifest(reference, session)
    try:
        manifest = json.loads(answer.body)
        config, chart, _, _ = _parts(_layers(manifest, reference, session))
        if config is None or chart is None or not 0 <= int(config.get("size") or 0) <= _LARGEST_CONFIG:
            return None
        size = int(chart.get("size") or 0)
        annotations = manifest.get("annotations")
        created = annotations.get("org.opencontainers.image.created") if isinstance(annotations, dict) else ""
        found = json.loads(blob(reference, session, config, None))
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        raise DistributionError(f"the manifest of {reference} cannot be read: {error}") from error
    return Described(_digest(answer.body), size, str(created or ""), found if isinstance(found, dict) else {})


def resolve(reference: str, version: str, session_of: Registries) -> tuple[Reference, str]:
    """The one version of the chart `reference` names that is meant, and what its archive is called.

    Raises DistributionError (``ValidateReference``).
    """
    found = parse(reference)
    if not version:
        version = found.tag
    elif found.tag and found.tag != version:
        raise DistributionError(f"chart reference and version mismatch: {version} is not {found.tag}")
    if found.digest:
        if version:
            _check_tag(replace(found, tag=version.replace("+", "_"), digest=""), found.digest, session_of)
        return replace(found, tag=""), f"{found.name}@{found.digest.replace(':', '-')}.tgz"
    if is_version(version):
        return replace(found, tag=version.replace("+", "_")), f"{found.name}-{version}.tgz"
    tags = versions(found, session_of(found.registry))
    if not tags:
        raise DistributionError(f"unable to locate any tags in provided repository: {reference}")
    version = _matching(tags, version)
    return replace(found, tag=version.replace("+", "_")), f"{found.name}-{version}.tgz"


def _check_tag(tagged: Reference, digest: str, session_of: Registries) -> None:
    try:
        answer = _manifest(tagged, session_of(tagged.registry))
    except RegistryRefusal:
        return  # as in Helm: what is named by digest need not be tagged
    if (found := _digest(answer.body)) != digest:
        raise DistributionError(f"chart reference digest mismatch: {found} is not {digest}")


def _matching(tags: list[str], wanted: str) -> str:
    from charthouse.formats.semver import Constraint, SemverError, Version

    if wanted in tags:
        return wanted
    try:
        constraint = Constraint.parse(wanted or "*")
    except SemverError as error:
        raise DistributionError(error.message) from error
    for tag in tags:
        if constraint.check(Version.parse(tag)):
            return tag
    raise DistributionError(
        f"could not locate a version matching provided version string {wanted}",
        hint=f"its newest versions: {', '.join(tags[:5])}",
    )


def _manifest(reference: Reference, session: Session) -> Fetched:
    what = reference.digest or reference.tag or "latest"
    path = f"/v2/{reference.repository}/manifests/{what}"
    return session.ask("GET", path, scope=_scope(reference, "pull"), accept=_ACCEPT)


def fetch_manifest(reference: Reference, session: Session) -> tuple[bytes, str]:
    """What a reference names, and its digest. Raises DistributionError in oras' words."""
    try:
        answer = _manifest(reference, session)
    except FetchFailed as error:
        if error.status == 404:
            text = f'failed to perform "FetchReference" on source: {reference}: not found'
            hint = f"`charthouse show chart oci://{reference.registry}/{reference.repository}` finds the newest version"
            raise FetchFailed(text, status=404, hint=hint) from error
        raise FetchFailed(
            f'failed to perform "FetchReference" on source: {error}', status=error.status, hint=error.hint
        ) from error
    digest = _digest(answer.body)
    if reference.digest and reference.digest != digest:
        raise DistributionError(f"the registry sent {digest} for {reference.digest}", hint="nothing was kept")
    return answer.body, digest


def pull(
    reference: Reference, session: Session, *, provenance: bool = False, progress: Progress | None = None
) -> Pulled:
    """Fetch a chart, and its provenance when there is one and it is asked for. Raises DistributionError."""
    import json

    text, digest = fetch_manifest(reference, session)
    try:
        manifest = json.loads(text)
        layers = _layers(manifest, reference, session)
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        raise DistributionError(f"the manifest of {reference} cannot be read: {error}") from error
    config, chart, proof, legacy = _parts(layers)
    if config is None and chart is None:
        raise DistributionError(
            "manifest does not contain minimum number of descriptors (2), descriptors found: 1", hint="this is no chart"
        )
    if config is None:
        raise DistributionError(f"could not load config with mediatype {CONFIG}", hint="this is no chart")
    if chart is None:
        raise DistributionError(f"manifest does not contain a layer with mediatype {CHART}", hint="this is no chart")
    with _performing("Fetch", "source"):
        data = blob(reference, session, chart, progress)
        proven = blob(reference, session, proof, None) if provenance and proof else b""
    return Pulled(str(reference), digest, data, chart["digest"], proven, legacy)


def _layers(
    manifest: dict[str, Any], reference: Reference, session: Session, *, inside: bool = False
) -> list[dict[str, Any]]:
    """Config and layers; of an index, those of its manifests (not of indexes in it, which could be many)."""
    if isinstance(manifest.get("manifests"), list):
        if inside:
            return []
        import json

        out = []
        for entry in manifest["manifests"][:32]:
            if entry.get("mediaType") == MANIFEST:
                inner = _manifest(replace(reference, tag="", digest=entry["digest"]), session)
                if _digest(inner.body) != entry["digest"]:
                    raise ValueError(f"a manifest is not {entry['digest']}")
                out += _layers(json.loads(inner.body), reference, session, inside=True)
        return out
    return [entry for entry in (manifest.get("config"), *(manifest.get("layers") or ())) if isinstance(entry, dict)]


def _parts(
    layers: list[dict[str, Any]],
) -> tuple[dict[str, Any] | None, dict[str, Any] | None, dict[str, Any] | None, bool]:
    config = chart = proof = None
    legacy = False
    for layer in layers:
        kind = layer.get("mediaType")
        if type(layer.get("digest")) is not str:
            continue
        if kind == CONFIG:
            config = layer
        elif kind in (CHART, OLD_CHART):
            chart, legacy = layer, kind == OLD_CHART
        elif kind == PROVENANCE:
            proof = layer
    return config, chart, proof, legacy


def blob(reference: Reference, session: Session, layer: dict[str, Any], progress: Progress | None = None) -> bytes:
    """What a layer names, checked against its digest and size. Raises DistributionError."""
    digest = str(layer["digest"])
    path = f"/v2/{reference.repository}/blobs/{digest}"
    data = session.ask("GET", path, scope=_scope(reference, "pull"), progress=progress).body
    if _digest(data) != digest or len(data) != layer.get("size"):
        raise DistributionError(
            f"the registry sent {len(data)} bytes, {_digest(data)}, for {digest}", hint="nothing was kept"
        )
    return data


def push(
    data: bytes, metadata: Metadata, reference: Reference, session: Session, *, created: str, provenance: bytes = b""
) -> Pushed:
    """Put a chart's archive into a registry. created: RFC 3339. Raises DistributionError."""
    from charthouse.golang.json import encode
    from charthouse.golang.ordered import ordered

    config = encode(ordered(metadata.to_dict())).encode("utf-8", "surrogateescape")
    blobs = [(CHART, data), *([(PROVENANCE, provenance)] if provenance else [])]
    layers = sorted((_descriptor(kind, blob) for kind, blob in blobs), key=lambda layer: str(layer["digest"]))
    manifest = {
        "schemaVersion": 2,
        "config": _descriptor(CONFIG, config),
        "layers": layers,
        "annotations": image_annotations(metadata, created),
    }
    text = encode(ordered(manifest)).encode("utf-8", "surrogateescape")
    place = f"/v2/{reference.repository}/manifests"
    if not _exists(f"{place}/{_digest(text)}", reference, session):
        for _, blob in [(CONFIG, config), *blobs]:
            _upload(reference, session, blob)
    with _performing("Push"):
        session.ask(
            "PUT",
            f"{place}/{reference.tag}",
            scope=_scope(reference, "pull,push"),
            headers=[("Content-Type", MANIFEST)],
            body=text,
            expect=(201, 200),
        )
    return Pushed(str(reference), _digest(text))


def image_annotations(metadata: Metadata, created: str) -> dict[str, str]:
    """A chart's annotations as an image's, sorted."""
    prefix = "org.opencontainers.image."
    authors = []
    for person in metadata.maintainers or ():
        if person is not None:
            authors.append(person.name + (f" ({person.email})" if person.email else ""))
    found = {
        "description": metadata.description,
        "title": metadata.name,
        "version": metadata.version,
        "url": metadata.home,
        "created": created,
        "source": (metadata.sources or [""])[0],
        "authors": ", ".join(authors),
    }
    out = {prefix + key: value for key, value in found.items() if value.strip()}
    for key, value in (metadata.annotations or {}).items():
        if key not in (prefix + "version", prefix + "title"):
            out[key] = value
    return {key: out[key] for key in sorted(out)}


def _descriptor(kind: str, data: bytes) -> dict[str, Any]:
    return {"mediaType": kind, "digest": _digest(data), "size": len(data)}


def _upload(reference: Reference, session: Session, data: bytes) -> None:
    """A blob, unless it is there already (distribution spec: POST then PUT)."""
    from urllib.parse import quote

    from charthouse.distribution import urls

    digest, scope = _digest(data), _scope(reference, "pull,push")
    if _exists(f"/v2/{reference.repository}/blobs/{digest}", reference, session):
        return
    with _performing("Push"):
        begun = session.ask("POST", f"/v2/{reference.repository}/blobs/uploads/", scope=scope, body=b"", expect=(202,))
        place = urls.followed(begun.url, begun.headers.get("location", ""))
        separator = "&" if "?" in place else "?"
        session.ask(
            "PUT",
            f"{place}{separator}digest={quote(digest, safe='')}",
            scope=scope,
            headers=[("Content-Type", "application/octet-stream")],
            body=data,
            expect=(201,),
        )


def _exists(path: str, reference: Reference, session: Session) -> bool:
    with _performing("Exists"):
        return session.ask("HEAD", path, scope=_scope(reference, "pull,push"), expect=(200, 404)).status == 200


class _performing:
    """Names the step of a copy that failed, as oras does."""

    def __init__(self, step: str, side: str = "destination") -> None:
        self._what = f'failed to perform "{step}" on {side}'

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, FetchFailed):
            raise FetchFailed(f"{self._what}: {error}", status=error.status, hint=error.hint) from error


def _scope(reference: Reference, actions: str) -> str:
    return f"repository:{reference.repository}:{actions}"


def _digest(data: bytes) -> str:
    from hashlib import sha256

    return "sha256:" + sha256(data).hexdigest()
