"""What an administrator should know about the Tiller they have just installed."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from charthouse.tiller.installation.certificates import Certificates
    from charthouse.tiller.installation.options import Options

__all__ = ["remarks"]


def remarks(options: Options, certificates: Certificates, rights: Sequence[str], *, replaced: bool) -> list[str]:
    """Lines for people. rights: bindings that give Tiller's account more; replaced: Helm 2's was there."""
    from charthouse.tiller.installation.authority import expiry

    found = []
    if not options.image:
        found.append(
            "no image of Tiller is published: build one from the Containerfile and name it with --tiller-image"
        )
    if certificates.pair is not None and certificates.source in ("own", "files"):
        day = expiry(certificates.pair.certificate).strftime("%Y-%m-%d")
        renewal = "before then, init --upgrade renews it" if certificates.source == "own" else "renew it before then"
        found.append(f"Tiller's certificate is good until {day}; {renewal}")
    if options.anonymous:
        found.append(
            "whoever reaches Tiller may use it: callers who prove nothing get the rights of its service account"
        )
    else:
        found += [
            f"{one} gives Tiller rights of its own, which it does not need and users could misuse" for one in rights
        ]
    if options.host_network:
        found.append("--net-host: a namespace with Pod Security baseline or restricted refuses the pods")
    if not options.token:
        found.append("without a token Tiller cannot speak to the API server; --override must give it another way")
    if options.storage == "memory":
        found.append("--storage memory: what Tiller knows of releases is lost when its pod ends")
    if replaced:
        found.append(
            "releases of Helm 2's Tiller are still listed and can be upgraded; "
            "`charthouse tiller migrate` turns them into records that need no Tiller"
        )
    return found
