"""What a Deployment that is there already says: whose it is, which version, and what a new one takes over from it.

Rules: helm v2.17.0 cmd/helm/installer (what Helm 2's `init` makes; semverCompare, which refuses downgrades). Differs:
versions are compared only between images of one repository, since ours and Helm 2's are numbered apart; and since our
Deployment replaces Helm 2's as a whole, what was chosen for that one is read out of it.
"""

from __future__ import annotations

from charthouse.tiller.installation.errors import Downgrade
from charthouse.tiller.installation.options import MANAGER, STORAGES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

__all__ = [
    "MANAGED_BY",
    "carried_over",
    "check_version",
    "choices_of",
    "image_of",
    "is_ours",
    "release_of",
    "split_image",
]

MANAGED_BY = "app.kubernetes.io/managed-by"


def is_ours(body: Mapping[str, Any]) -> bool:
    """Whether `init` made (or took over) an object."""
    return (body["metadata"].get("labels") or {}).get(MANAGED_BY) == MANAGER


def release_of(body: Mapping[str, Any]) -> str:
    """The Helm release an object belongs to, "" for none."""
    notes = body["metadata"].get("annotations") or {}
    return str(notes.get("meta.helm.sh/release-name", ""))


def _container(deployment: Mapping[str, Any]) -> Mapping[str, Any]:
    containers = deployment["spec"]["template"]["spec"].get("containers") or [{}]
    found: Mapping[str, Any] = next((one for one in containers if one.get("name") == "tiller"), containers[0])
    return found


def image_of(deployment: Mapping[str, Any]) -> str:
    """Of Tiller's container, "" when it has none."""
    return str(_container(deployment).get("image", ""))


def check_version(there: str, wanted: str) -> None:
    """Raises Downgrade when both images are of one repository and the one that is there is newer."""
    from charthouse.formats.semver import SemverError, Version

    (repository, old), (other, new) = split_image(there), split_image(wanted)
    if repository != other:
        return
    try:
        older = Version.parse(new) < Version.parse(old)
    except SemverError:
        return  # as Helm 2: a tag that is no version is taken for an older one
    if older:
        raise Downgrade(there, wanted)


def split_image(image: str) -> tuple[str, str]:
    """(repository, tag); a colon before the last slash is a port."""
    image = image.partition("@")[0]
    head, slash, last = image.rpartition("/")
    name, _, tag = last.partition(":")
    return head + slash + name, tag


def choices_of(deployment: Mapping[str, Any]) -> dict[str, Any]:
    """What earlier `init`s were told, by flag name; {} when nothing was noted or the note is no map."""
    import json

    from charthouse.tiller.installation.chart import CHOICES_NOTE

    note = (deployment["metadata"].get("annotations") or {}).get(CHOICES_NOTE, "")
    try:
        found = json.loads(note) if note else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def carried_over(deployment: Mapping[str, Any]) -> dict[str, Any]:
    """What a Deployment of Helm 2's says that was chosen for it, by flag name."""
    spec = deployment["spec"]
    pod, container = spec["template"]["spec"], _container(deployment)
    environment = {entry.get("name"): entry.get("value", "") for entry in container.get("env") or ()}
    found: dict[str, Any] = {}
    if str(environment.get("TILLER_HISTORY_MAX", "")).isdigit() and environment["TILLER_HISTORY_MAX"] != "0":
        found["history-max"] = int(environment["TILLER_HISTORY_MAX"])
    if int(spec.get("replicas") or 1) > 2:
        found["replicas"] = int(spec["replicas"])
    if pod.get("hostNetwork"):
        found["net-host"] = True
    if pod.get("nodeSelector"):
        found["node-selectors"] = ",".join(f"{key}={value}" for key, value in sorted(pod["nodeSelector"].items()))
    for name, value in _arguments(container):
        if name == "storage" and value in STORAGES:
            found["storage"] = value
    return found


def _arguments(container: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Flags of the server's command line, as Go's flag package reads them: one dash or two, value behind = or next."""
    words = [*(container.get("command") or ()), *(container.get("args") or ())]
    for word, following in zip(words, [*words[1:], ""], strict=False):
        if word.startswith("-"):
            name, sign, value = word.lstrip("-").partition("=")
            yield name, value if sign else following
