"""A plugin in a registry.

Rules: Helm 4.3.1 ``internal/plugin/installer/oci_installer.go``, ``pkg/registry/plugin.go`` (``PullPlugin``: artifact
type, layers found by their title). What is fetched is checked against its digest.
"""

from __future__ import annotations

import os

from charthouse.distribution.errors import DistributionError
from charthouse.plugins.errors import InstallError, PluginError
from charthouse.plugins.sources.base import NO_METADATA, Bundle, Places, Source, place_archive, plugin_root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.distribution.registry.charts import Registries
    from charthouse.distribution.registry.reference import Reference

__all__ = ["ARTIFACT", "RegistrySource"]

ARTIFACT = "application/vnd.helm.plugin.v1+json"
_TITLE = "org.opencontainers.image.title"


class RegistrySource(Source):
    """reference: with ``oci://``."""

    def __init__(self, reference: str, places: Places, session_of: Registries) -> None:
        from charthouse.distribution.registry.reference import parse

        try:
            self.reference = parse(reference)
        except DistributionError as error:
            raise InstallError(f"invalid OCI reference: {error}", hint=error.hint) from error
        self._typed = reference
        self._places = places
        self._session_of = session_of
        self._bundle: Bundle | None = None
        self.place = os.path.join(places.plugins, self.reference.name)

    def verifiable(self) -> bool:
        return True

    def bundle(self) -> Bundle:
        if self._bundle is None:
            from charthouse.plugins.archive import metadata_of

            try:
                archive, provenance = _pull(self.reference, self._session_of)
            except (DistributionError, PluginError) as error:
                text = f"failed to pull plugin from {self._typed}: {error}"
                raise InstallError(text, hint=error.hint) from error
            try:
                name = metadata_of(archive).file_name
            except PluginError as error:
                raise InstallError(f"failed to extract plugin metadata from tarball: {error}") from error
            self._bundle = Bundle(archive, provenance, name)
        return self._bundle

    def install(self) -> None:
        def root(directory: str) -> str:
            return plugin_root(directory, NO_METADATA)

        place_archive(self.bundle(), self.place, self._places, "failed to extract plugin", root)


def _pull(reference: Reference, session_of: Registries) -> tuple[bytes, bytes]:
    """The archive and its provenance (b"" = none). Raises DistributionError, PluginError."""
    import json

    from charthouse.distribution.registry.charts import blob, fetch_manifest

    session = session_of(reference.registry)
    text, _ = fetch_manifest(reference, session)
    try:
        manifest = json.loads(text)
        layers = [layer for layer in manifest.get("layers") or () if isinstance(layer, dict)]
        kind = str(manifest.get("artifactType") or "")
        config = str((manifest.get("config") or {}).get("mediaType") or "")
    except (ValueError, AttributeError, TypeError) as error:
        raise PluginError(f"unable to parse manifest: {error}") from error
    if kind not in ("", ARTIFACT):
        raise PluginError(f"expected artifact type {ARTIFACT}, got {kind}", hint="this is no plugin")
    if not kind and config != ARTIFACT:
        problem = f"expected config media type {ARTIFACT} for legacy compatibility, got {config}"
        raise PluginError(problem, hint="this is no plugin")
    titles = [str((layer.get("annotations") or {}).get(_TITLE, "")) for layer in layers]
    start = f"{reference.name}-"
    packed = next((i for i, t in enumerate(titles) if t.startswith(start) and t.endswith(".tgz")), None)
    proof = next((i for i, t in enumerate(titles) if t.startswith(start) and t.endswith(".tgz.prov")), None)
    if packed is None:
        raise PluginError(f"required layer matching pattern {start}VERSION.tgz not found in manifest")
    archive = blob(reference, session, layers[packed])
    provenance = b"" if proof is None else blob(reference, session, layers[proof])
    return archive, provenance
