"""Where the release of a name is: Helm 2's API has no namespaces, its names are the whole Tiller's.

A name is looked up in all namespaces the caller may read. Two releases of one name, which other clients can make, are
an error that names both places; neither is guessed.
"""

from __future__ import annotations

from charthouse.actions.environment import no_hints, no_output
from charthouse.actions.helm2 import records
from charthouse.errors import CharthouseError
from charthouse.logs import silent
from charthouse.profile import profile_named
from charthouse.tiller.errors import Ambiguous
from charthouse.tiller.workplaces.homes import is_forbidden

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.actions.environment import Environment
    from charthouse.actions.ports import Clock
    from charthouse.tiller.caller import Caller
    from charthouse.tiller.workplace import Workplace

__all__ = ["Finder"]


class Finder:
    """Environments for reading, by Helm 2's rules."""

    def __init__(self, workplace: Workplace, clock: Clock) -> None:
        self._workplace = workplace
        self._clock = clock

    def environment(self, caller: Caller, namespace: str = "") -> Environment:
        """For reading in one namespace, "" for all. Raises the workplace's Refused."""
        return self._workplace.environment(
            caller,
            namespace,
            profile=profile_named("helm2"),
            log=silent,
            hint=no_hints,
            hook_output=no_output,
            clock=self._clock,
        )

    def namespaces(self, caller: Caller, name: str, *, target: str = "") -> tuple[str, ...]:
        """Those that have a release of this name. target: where a new one is to be; it is looked at alone for somebody
        who may read no other namespace that is known. Raises StorageError."""
        labels = {"name": name, "owner": "helm"}
        try:
            heads = self.environment(caller).storage.driver.heads(labels)
        except CharthouseError as error:
            if not (target and is_forbidden(error)):
                raise
            heads = self.environment(caller, target).storage.driver.heads(labels)
        return tuple(sorted({head.namespace for head in heads}))

    def namespace(self, caller: Caller, name: str) -> str:
        """The one that has it, "" when none has. Raises Ambiguous, StorageError."""
        found = self.namespaces(caller, name)
        if len(found) > 1:
            raise Ambiguous(name, found)
        return found[0] if found else ""

    def where(self, caller: Caller, name: str) -> str:
        """As ``namespace``. Raises NotFound (`release: "x" not found`), too."""
        found = self.namespace(caller, name)
        if not found:
            raise records.not_found(name)
        return found
