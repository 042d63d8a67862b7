"""Commands that copy images to where a cluster without a network finds them.

Ours. What runs them is skopeo (containers/image transports ``docker:``, ``oci:``, ``oci-archive:``, ``dir:``); nothing
is pulled here. Images come from charts, which strangers write, so what is not the name of an image makes no command.
"""

from __future__ import annotations

from charthouse.distribution.errors import DistributionError
from charthouse.manifests.images import is_image

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["copy_commands", "full_name"]

_HUB = "docker.io"


def full_name(image: str) -> str:
    """The image with its registry, its namespace on Docker's hub, and a tag: what ``nginx`` is short for."""
    first, slash, rest = image.partition("/")
    if not slash or not ("." in first or ":" in first or first == "localhost"):
        host, path = _HUB, image
    else:
        host, path = first, rest
    if host in (_HUB, "index.docker.io") and "/" not in path:
        path = f"library/{path}"
    named, at, digest = path.partition("@")
    last = named.rpartition("/")[2]
    if not at and ":" not in last:
        named += ":latest"
    if at and ":" in last:  # skopeo takes a tag or a digest; the digest says which one it is
        named = named.rpartition(":")[0]
    return f"{host}/{named}{at}{digest}"


def copy_commands(images: Iterable[str], *, origin: str = "", target: str) -> tuple[list[str], list[str]]:
    """A ``skopeo copy`` for each image, sorted, and what is no image.

    origin: where the images are, "" = in their registries; target: where they are to be: ``docker://HOST[/PATH]``, or
    a folder as ``oci:PATH`` or ``dir:PATH``. Raises DistributionError for another place, or for images that would
    overwrite each other.
    """
    import shlex

    commands: list[str] = []
    refused: list[str] = []
    taken: dict[str, str] = {}
    for image in sorted(set(images)):
        if not is_image(image):
            refused.append(image)
            continue
        name = full_name(image)
        to = _place(target, name)
        if taken.setdefault(to, name) != name:
            raise DistributionError(
                f"{taken[to]} and {name} would both be {to}", hint="copy one of them to another place by hand"
            )
        words = ["skopeo", "copy", "--all", _place(origin, name) if origin else f"docker://{name}", to]
        command = shlex.join(words)
        if command not in commands:
            commands.append(command)
    return commands, refused


def _place(place: str, name: str) -> str:
    """Where an image is in a place: by its path in a registry, by its whole name in a folder."""
    transport, colon, rest = place.partition(":")
    if transport == "docker" and rest.startswith("//") and len(rest) > 2:
        return f"docker:{rest.rstrip('/')}/{name.partition('/')[2]}"
    if transport == "oci" and colon and rest:
        return f"oci:{rest}:{name}"
    if transport == "dir" and colon and rest:
        return f"dir:{rest.rstrip('/')}/{name.replace('/', '_').replace(':', '_').replace('@', '_')}"
    raise DistributionError(
        f"{place} is no place for images", hint="docker://HOST/PATH, oci:FOLDER or dir:FOLDER is wanted"
    )
