"""Names of releases in Helm 2's API.

Whose rules: helm v2.17.0 pkg/tiller/release_server.go (ValidName, uniqName, validateReleaseName). An install looks at
the length alone; everything else wants the pattern too. A name that was used is free again for `reuse_name` once its
last revision is deleted or failed.
"""

from __future__ import annotations

from charthouse.actions.helm2.errors import InvalidReleaseName
from charthouse.releases.release import FAILED, UNINSTALLED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from charthouse.releases.release import Release

__all__ = ["MAX_NAME", "check_name", "check_new_name"]

MAX_NAME = 53
_PATTERN = "^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])+$"
_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")


def check_name(name: str) -> None:
    """Raises InvalidReleaseName unless a release may be asked for by this name."""
    if not name:
        raise InvalidReleaseName("no release provided")
    inside = name.replace("-", "").replace("_", "").replace(".", "")
    if len(name) > MAX_NAME or not _LETTERS.issuperset(inside) or not {name[0], name[-1]} <= _LETTERS:
        raise InvalidReleaseName(
            f"invalid release name, must match regex {_PATTERN} and the length must not be longer than {MAX_NAME}"
        )


def check_new_name(name: str, history: Sequence[Release], *, reuse: bool) -> None:
    """Raises InvalidReleaseName unless a release may be installed under this name. history: what there is of it."""
    if len(name) > MAX_NAME:
        from charthouse.golang.strconv import quote

        raise InvalidReleaseName(f"release name {quote(name)} exceeds max length of {MAX_NAME}")
    if not history:
        return
    last = max(history, key=lambda release: release.version)
    if not reuse:
        raise InvalidReleaseName(
            f"a release named {name} already exists.\nRun: helm ls --all {name}; to check the status of the release\n"
            f"Or run: helm del --purge {name}; to delete it"
        )
    if last.status not in (UNINSTALLED, FAILED):
        raise InvalidReleaseName(f"a release named {name} is in use, cannot re-use a name that is still in use")
