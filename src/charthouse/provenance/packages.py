"""The provenance of a packed chart.

Rules: Helm 4.3.1 ``pkg/action/package.go`` (``Clearsign``): what is signed beside the archive's sum is its Chart.yaml
as Helm reads it, written again.
"""

from __future__ import annotations

import os

from charthouse.logs import silent
from charthouse.provenance.errors import ProvenanceError
from charthouse.provenance.keyring import read_bounded
from charthouse.provenance.signing import clear_sign

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.logs import Log
    from charthouse.provenance.openpgp.entity import Entity

__all__ = ["provenance_of"]

_MOST = 1 << 30


def provenance_of(path: str, key: Entity, *, now: int, salt: bytes, log: Log = silent) -> bytes:
    """What belongs into the file beside the package at `path`.

    key: unlocked (`unlock`); now: seconds since 1970; salt: 32 random octets. Raises ProvenanceError.
    """
    from charthouse.charts.chart import ChartError
    from charthouse.charts.loader import load_file
    from charthouse.formats.yaml import dump

    try:
        chart = load_file(path, log=log)
    except ChartError as error:
        raise ProvenanceError(f"failed to load chart for signing: {error}", hint=error.hint) from error
    metadata = dump(chart.metadata.to_dict()).encode("utf-8", "surrogateescape")
    archive = read_bounded(path, _MOST, "chart")
    return clear_sign(archive, os.path.basename(path), metadata, key, now=now, salt=salt)
