"""Moving releases from Helm 2's records into Helm 3's and 4's: a plan first, then step by step.

Each revision is read, converted, written into the namespace of its release with its companion (``companions``), read
back and compared. Nothing is written when a release has any obstacle; a revision that is there already and is the same
is passed over, so that an interrupted migration is begun again and goes on. Originals are deleted only on request, and
only once every revision of the release was found to be there.

Whose rules: what becomes what is ``conversion``'s. Helm has no such command; its plugin `2to3` converts likewise, but
drops sub-charts, raw values and test results.
"""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.records import Record, replace
from charthouse.releases.codec import to_json
from charthouse.releases.errors import AlreadyExists, InvalidName, NotFound, StorageError
from charthouse.releases.helm2.companions import beside_record, completed
from charthouse.releases.helm2.conversion import release_to_message
from charthouse.releases.release import UNINSTALLING, validate_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from charthouse.releases.helm2.companions import Companions
    from charthouse.releases.helm2.driver import TillerDriver
    from charthouse.releases.release import Release
    from charthouse.releases.storage.driver import Driver

    # Opens the records and the companions of a namespace.
    Target = Callable[[str], tuple[Driver, Companions]]

__all__ = ["CONVERT", "DELETE", "DONE", "Migration", "MigrationStep", "execute", "plan"]

CONVERT = "convert"
DONE = "done"
DELETE = "delete"


class MigrationStep(Record):
    """One revision. action: what is to be done with it: CONVERT, or DONE when it is there already."""

    release: Release
    action: str


class Migration(Record):
    """One release with all its revisions, oldest first. obstacle: why it is left alone, "" when it is not; hint: what
    to do about that."""

    name: str
    namespace: str
    steps: tuple[MigrationStep, ...]
    obstacle: str = ""
    hint: str = ""


def plan(source: TillerDriver, target: Target, names: Sequence[str] = (), *, pending: bool = False) -> list[Migration]:
    """What there is to migrate, by name. names: of releases, none = all. pending: take releases that Tiller may be
    working on, too. Changes nothing. Raises NotFound (a name Tiller does not know), StorageError."""
    heads = source.heads({"owner": "helm"})
    known = {head.labels.get("name", "") for head in heads}
    for name in names:
        if name not in known:
            raise NotFound(f'release: "{name}" not found', hint=f"Tiller keeps no such release in {source.namespace}")
    out = []
    for name in sorted(known):
        if not names or name in names:
            out.append(_planned(source, target, name, pending))
    return out


def _planned(source: TillerDriver, target: Target, name: str, pending: bool) -> Migration:
    expected = source.heads({"name": name, "owner": "helm"})
    found = sorted(source.query({"name": name, "owner": "helm"}), key=lambda release: release.version)
    namespace = found[-1].namespace if found else ""
    steps: list[MigrationStep] = []
    try:
        if len(found) != len(expected):
            raise StorageError(f"{len(expected) - len(found)} of its records cannot be read")
        _check(name, found, pending)
        for release in found:
            records, companions = target(release.namespace)
            steps.append(MigrationStep(release, _state(release, records, companions)))
    except CharthouseError as error:
        plain = tuple(MigrationStep(release, CONVERT) for release in found)
        return Migration(name, namespace, plain, error.message, error.hint)
    return Migration(name, namespace, tuple(steps))


def _check(name: str, found: Sequence[Release], pending: bool) -> None:
    """Raises StorageError, InvalidName: why a release cannot be migrated."""
    try:
        validate_name(name)
    except InvalidName as error:
        raise InvalidName(
            error.message, hint="Helm 3 and 4 allow fewer names; install it anew under another"
        ) from error
    if len({release.namespace for release in found}) > 1:
        raise StorageError("its revisions are in different namespaces")
    last = found[-1]
    if (last.is_pending or last.status == UNINSTALLING) and not pending:
        raise StorageError(
            f"revision {last.version} is {last.status}: Tiller may be working on it",
            hint="let it end, or stop Tiller and give --pending",
        )


def _state(release: Release, records: Driver, companions: Companions) -> str:
    """Whether a revision is there already. Raises StorageError when another release is in its place."""
    try:
        record = records.get(release.key)
    except NotFound:
        return CONVERT
    if _same(release, record, companions):
        return DONE
    if to_json(record) == to_json(_converted(release)):
        return CONVERT  # the record was written, its companion was not
    raise StorageError(
        f"revision {release.version} is taken: namespace {release.namespace} holds another {release.name}",
        hint="uninstall the other one, or leave this one with Helm 2",
    )


def _converted(release: Release) -> Release:
    """The record a release becomes: what a record cannot hold left out."""
    return replace(release, companion=None)


def _same(release: Release, record: Release, companions: Companions) -> bool:
    """Whether a record with its companion says everything the release did."""
    companion = companions.read(record.key)
    whole = record if companion is None else completed(record, companion)
    return release_to_message(whole) == release_to_message(release)


def execute(
    migrations: Sequence[Migration], source: TillerDriver, target: Target, *, delete_originals: bool = False
) -> Iterator[tuple[Migration, MigrationStep, str]]:
    """Do what was planned; yields each revision with what was done to it: CONVERT, DONE, DELETE.

    Releases with an obstacle are passed over. Raises StorageError where a record could not be written or did not come
    back as it went in; what was done until then stays and is found by the next plan.
    """
    for migration in migrations:
        if migration.obstacle:
            continue
        for step in migration.steps:
            if step.action == CONVERT:
                _convert(step.release, *target(step.release.namespace))
            yield migration, step, step.action
        if delete_originals:
            for step in migration.steps:
                _delete(step.release, source, *target(step.release.namespace))
                yield migration, step, DELETE


def _convert(release: Release, records: Driver, companions: Companions) -> None:
    companion = beside_record(release)
    try:
        records.create(_converted(release))
    except AlreadyExists:
        if to_json(records.get(release.key)) != to_json(_converted(release)):
            raise StorageError(
                f"revision {release.version} of {release.name} was made meanwhile by somebody else"
            ) from None
    if companion is not None:
        companions.write(release, companion)
    if not _same(release, records.get(release.key), companions):
        raise StorageError(f"revision {release.version} of {release.name} did not come back as it was written")


def _delete(release: Release, source: TillerDriver, records: Driver, companions: Companions) -> None:
    """Delete an original that has not changed since, its copy being there. Raises StorageError."""
    now = source.get(release.key)
    if release_to_message(now) != release_to_message(release):
        raise StorageError(f"revision {release.version} of {release.name} was changed meanwhile by Tiller")
    if not _same(release, records.get(release.key), companions):
        raise StorageError(f"the copy of revision {release.version} of {release.name} is not what it was")
    source.delete(release.key)
