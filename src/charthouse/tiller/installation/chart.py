"""The objects of a Tiller: our chart `charts/tiller`, rendered by our own engine.

`helm install charts/tiller` and `charthouse init` so make the same objects, save that `init` chooses the certificates
itself, puts its own name into the label `app.kubernetes.io/managed-by`, and notes what was chosen on the Deployment.
"""

from __future__ import annotations

import os

from charthouse.tiller.installation.errors import BadOption, InstallationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from charthouse.tiller.installation.certificates import Certificates
    from charthouse.tiller.installation.options import Options

__all__ = ["CHOICES_NOTE", "KEPT_AUTHORITY", "chart_folder", "objects"]

CHOICES_NOTE = "tiller.charthouse.dev/options"
"""Annotation of the Deployment: what earlier `init`s were told, JSON by flag name."""
KEPT_AUTHORITY = "tiller-authority-key"
"""The Secret that holds the authority, when it is to be kept in the cluster."""


def chart_folder() -> str:
    """Where the chart lies: in the package, or in the checkout this is run from."""
    here = os.path.dirname(os.path.abspath(__file__))
    packaged = os.path.join(here, "chart")
    if os.path.isdir(packaged):
        return packaged
    root = os.path.abspath(os.path.join(here, *[os.pardir] * 4))
    return os.path.join(root, "charts", "tiller")


def objects(
    options: Options, certificates: Certificates, journal_key: str, choices: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Every object, in the order they are to be made: the Deployment after all it needs, so that it being there means
    the rest is.

    journal_key: base64 of 32 bytes. choices: noted on the Deployment. Raises BadOption, InstallationError.
    """
    from charthouse.formats.yaml import load_documents

    found = [document for document in load_documents(_manifest(options, certificates, journal_key)) if document]
    if certificates.signing:
        found.append(_kept_authority(options.namespace, certificates.signing, found))
    ordered = sorted(found, key=lambda body: _PLACES.get(body["kind"], 1))
    return [_finished(body, options, choices) if body["kind"] == "Deployment" else body for body in ordered]


_PLACES = {"ServiceAccount": 0, "Deployment": 2, "APIService": 3}


def _manifest(options: Options, certificates: Certificates, journal_key: str) -> str:
    from charthouse.actions.preparation import prepared_chart
    from charthouse.actions.render import render_release
    from charthouse.charts.capabilities import default_capabilities
    from charthouse.charts.loader import load
    from charthouse.errors import CharthouseError
    from charthouse.logs import silent
    from charthouse.profile import HELM4
    from charthouse.tiller.installation.options import values

    given: dict[str, Any] = {**values(options, certificates, journal_key)}
    try:
        chart = prepared_chart(load(chart_folder(), log=silent, profile=HELM4), given, log=silent, profile=HELM4)
        rendered = render_release(
            chart,
            given,
            name="tiller",
            namespace=options.namespace,
            capabilities=default_capabilities(HELM4),
            log=silent,
        )
    except CharthouseError as error:
        raise InstallationError(error.message, hint="the options do not make a valid Tiller") from error
    if rendered.error is not None:
        raise InstallationError(rendered.error.message, hint=rendered.error.hint) from rendered.error
    return rendered.manifest


def _kept_authority(namespace: str, text: str, found: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The Secret of the authority, labelled like the others."""
    import base64

    labels = next(body["metadata"]["labels"] for body in found if body["kind"] == "Secret")
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": KEPT_AUTHORITY, "namespace": namespace, "labels": dict(labels)},
        "type": "Opaque",
        "data": {"authority.pem": base64.b64encode(text.encode()).decode()},
    }


def _finished(body: dict[str, Any], options: Options, choices: Mapping[str, Any] | None) -> dict[str, Any]:
    """The Deployment with what was chosen noted and ``--override`` applied. Raises BadOption."""
    import json

    from charthouse.formats.strvals import StrvalsError, parse_into

    if choices:
        notes = body["metadata"].setdefault("annotations", {})
        notes[CHOICES_NOTE] = json.dumps(dict(choices), sort_keys=True)
    for text in options.override:
        try:
            parse_into(text, body)
        except StrvalsError as error:
            raise BadOption(
                "Error merging --set values into Deployment manifest", hint=f"--override: {error}"
            ) from error
    return body
