"""The revisions of releases over one driver: the last, the deployed ones, all of them; pruning.

Whose rules: helm v4.3.1 pkg/storage/storage.go.
"""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.releases.errors import NoDeployedReleases, NotFound, StorageError
from charthouse.releases.release import DEPLOYED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from charthouse.releases.release import Release
    from charthouse.releases.storage.driver import Driver, Head

__all__ = ["Storage"]


class Storage:
    """Records of one namespace (of all, for listing, when the driver's is "")."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver

    @property
    def namespace(self) -> str:
        return self.driver.namespace

    def get(self, name: str, revision: int) -> Release:
        """One revision. Raises NotFound, StorageError."""
        return self.driver.get(f"sh.helm.release.v1.{name}.v{revision}")

    def create(self, release: Release, *, history_max: int = 0) -> None:
        """Store a new revision; make room first when `history_max` is positive. Raises AlreadyExists, StorageError."""
        if history_max > 0:
            from contextlib import suppress

            with suppress(NotFound):  # nothing to prune, or somebody else pruned it
                self._prune(release.name, history_max - 1)
        self.driver.create(release)

    def update(self, release: Release) -> None:
        """Write a stored revision again. Raises NotFound, StorageError."""
        self.driver.update(release)

    def delete(self, name: str, revision: int) -> Release:
        """Remove a revision and return what it was. Raises NotFound, StorageError."""
        return self.driver.delete(f"sh.helm.release.v1.{name}.v{revision}")

    def history(self, name: str) -> list[Release]:
        """All revisions, in the store's order. Raises NotFound when there is none."""
        return self.driver.query({"name": name, "owner": "helm"})

    def last(self, name: str) -> Release:
        """The newest revision. Raises NotFound."""
        found = self.history(name)
        if not found:
            raise StorageError(f'no revision for release "{name}"')
        return max(found, key=lambda release: release.version)

    def deployed_all(self, name: str) -> list[Release]:
        """Every revision in state deployed. Raises NoDeployedReleases."""
        try:
            return self.driver.query({"name": name, "owner": "helm", "status": DEPLOYED})
        except CharthouseError as error:
            if "not found" in error.message:
                raise NoDeployedReleases(name) from error
            raise

    def deployed(self, name: str) -> Release:
        """The newest deployed revision. Raises NoDeployedReleases."""
        found = self.deployed_all(name)
        if not found:
            raise NoDeployedReleases(name)
        return max(found, key=lambda release: release.version)

    def heads(self) -> list[Head]:
        """Every record of the namespace without its payload."""
        return self.driver.heads({"owner": "helm"})

    def fetch(self, heads: Sequence[Head], total: int) -> list[Release]:
        """The records of `heads`, out of `total` there are."""
        return self.driver.fetch(heads, total)

    def _prune(self, name: str, room: int) -> None:
        found = self.history(name)
        if len(found) <= room:
            return
        found.sort(key=lambda release: release.version)
        try:
            kept = self.deployed(name).version
        except NoDeployedReleases:
            kept = -1
        errors: list[CharthouseError] = []
        left = len(found)
        for release in found:
            if left == room:
                break
            if release.version == kept:
                continue
            left -= 1
            try:
                self.delete(name, release.version)
            except CharthouseError as error:
                errors.append(error)
        if len(errors) == 1:
            raise errors[0]
        if errors:
            raise StorageError(f"encountered {len(errors)} deletion errors. First is: {errors[0]}") from errors[0]
