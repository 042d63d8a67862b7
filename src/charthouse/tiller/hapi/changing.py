"""The calls that change something: install, update, rollback, uninstall, test. Each is an operation, which goes on when
its caller has gone.

Whose rules: helm v2.17.0 pkg/tiller/release_{install,update,rollback,uninstall,testing}.go.
"""

from __future__ import annotations

from charthouse.actions.helm2 import install, rollback, testing, uninstall, upgrade
from charthouse.actions.helm2.errors import InvalidReleaseName, TillerRefusal
from charthouse.actions.helm2.names import check_name, check_new_name
from charthouse.actions.helm2.options import (
    InstallOptions,
    RollbackOptions,
    TestOptions,
    UninstallOptions,
    UpgradeOptions,
)
from charthouse.hapi import messages
from charthouse.releases.errors import NoDeployedReleases
from charthouse.releases.helm2.conversion import release_to_message
from charthouse.releases.release import validate_name
from charthouse.tiller.hapi.claims import claimed
from charthouse.tiller.hapi.names import generated_name
from charthouse.tiller.operations.rights import may_hold
from charthouse.tiller.operations.work import ENDS, FAILED, Work
from charthouse.tiller.v1.calls import checked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from charthouse.actions.environment import Environment
    from charthouse.actions.ports import Clock, Progress
    from charthouse.records import Record
    from charthouse.rpc.call import Call
    from charthouse.tiller.caller import Caller
    from charthouse.tiller.hapi.finding import Finder
    from charthouse.tiller.operations import Operation, Operations
    from charthouse.tiller.workplace import Workplace

    Watch = Callable[[Progress], None]

__all__ = ["MESSAGE", "Changing"]

MESSAGE = "message"
"""The kind of event a line of a test is: (text, TestRun.Status)."""
_PATIENCE = 1.0  # seconds after which a handler looks whether its caller is still there
_LAST_LINE = 0.2  # seconds before a test's stream ends: the client may not print a line that comes with the end
_DEFAULT = "default"


class Changing:
    """The handlers. random: so many random bytes; history_max: revisions kept of a release, 0 for all."""

    def __init__(
        self,
        operations: Operations,
        workplace: Workplace,
        finder: Finder,
        *,
        clock: Clock,
        random: Callable[[int], bytes],
        history_max: int = 0,
    ) -> None:
        self._clock = clock
        self._operations = operations
        self._workplace = workplace
        self._finder = finder
        self._random = random
        self._history_max = history_max

    def install(self, request: messages.InstallReleaseRequest, call: Call) -> messages.InstallReleaseResponse:
        """Install a chart, under a new name unless `reuse_name`."""
        if not request.HasField("chart"):
            raise TillerRefusal(install.NO_CHART)
        caller = _caller(call)
        namespace = checked(request.namespace or _DEFAULT)
        name = self._new_name(caller, request, namespace)
        options = InstallOptions(
            name=name,
            namespace=namespace,
            dry_run=request.dry_run,
            disable_hooks=request.disable_hooks,
            disable_crd_hook=request.disable_crd_hook,
            reuse_name=request.reuse_name,
            wait=request.wait,
            timeout=request.timeout,
            description=request.description,
            sub_notes=request.subNotes,
            history_max=self._history_max,
        )
        config = request.values if request.HasField("values") else None

        def do(env: Environment, progress: Watch, operation: Operation) -> Any:
            if options.dry_run:
                return install.run(env, request.chart, config, options, progress=progress)
            if not may_hold(env.cluster.client, namespace, self._workplace.storage):
                return install.run(env, request.chart, config, options, progress=progress)  # to the API server's own no
            with claimed(self._workplace, name, clock=self._clock, random=self._random):
                self._free_name(caller, name, namespace, reuse=options.reuse_name)
                return install.run(env, request.chart, config, options, progress=progress)

        done = self._done(call, "install", options, do, request.ByteSize())
        return messages.InstallReleaseResponse(release=release_to_message(done))

    def update(self, request: messages.UpdateReleaseRequest, call: Call) -> messages.UpdateReleaseResponse:
        """Upgrade a release."""
        check_name(request.name)
        if not request.HasField("chart"):
            raise TillerRefusal(install.NO_CHART)
        options = UpgradeOptions(
            name=request.name,
            namespace=self._place_of_update(_caller(call), request),
            dry_run=request.dry_run,
            disable_hooks=request.disable_hooks,
            recreate=request.recreate,
            force=request.force,
            reset_values=request.reset_values,
            reuse_values=request.reuse_values,
            wait=request.wait,
            timeout=request.timeout,
            description=request.description,
            sub_notes=request.subNotes,
            cleanup_on_fail=request.cleanup_on_fail,
            history_max=self._history_max,
        )
        config = request.values if request.HasField("values") else None

        def do(env: Environment, progress: Watch, operation: Operation) -> Any:
            return upgrade.run(env, request.chart, config, options, progress=progress)

        done = self._done(call, "upgrade", options, do, request.ByteSize())
        return messages.UpdateReleaseResponse(release=release_to_message(done))

    def rollback(self, request: messages.RollbackReleaseRequest, call: Call) -> messages.RollbackReleaseResponse:
        """Bring back an earlier revision."""
        check_name(request.name)
        if request.version < 0:
            raise TillerRefusal(rollback.BAD_REVISION)
        options = RollbackOptions(
            name=request.name,
            namespace=self._finder.where(_caller(call), request.name),
            version=request.version,
            dry_run=request.dry_run,
            disable_hooks=request.disable_hooks,
            recreate=request.recreate,
            force=request.force,
            wait=request.wait,
            timeout=request.timeout,
            description=request.description,
            cleanup_on_fail=request.cleanup_on_fail,
            history_max=self._history_max,
        )

        def do(env: Environment, progress: Watch, operation: Operation) -> Any:
            return rollback.run(env, options, progress=progress)

        done = self._done(call, "rollback", options, do)
        return messages.RollbackReleaseResponse(release=release_to_message(done))

    def uninstall(self, request: messages.UninstallReleaseRequest, call: Call) -> messages.UninstallReleaseResponse:
        """Delete a release, with `purge` its records, too."""
        check_name(request.name)
        options = UninstallOptions(
            name=request.name,
            namespace=self._finder.where(_caller(call), request.name),
            disable_hooks=request.disable_hooks,
            purge=request.purge,
            timeout=request.timeout,
            description=request.description,
        )

        def do(env: Environment, progress: Watch, operation: Operation) -> Any:
            return uninstall.run(env, options, progress=progress)

        done = self._done(call, "uninstall", options, do)
        return messages.UninstallReleaseResponse(release=release_to_message(done.release), info=done.info)

    def test(self, request: messages.TestReleaseRequest, call: Call) -> Iterator[messages.TestReleaseResponse]:
        """Run a release's tests; what happens is sent line by line."""
        check_name(request.name)
        options = TestOptions(
            name=request.name,
            namespace=self._finder.where(_caller(call), request.name),
            timeout=request.timeout,
            cleanup=request.cleanup,
            parallel=request.parallel,
            max_parallel=request.max_parallel,
            logs=request.logs,
        )

        def do(env: Environment, progress: Watch, operation: Operation) -> Any:
            def tell(text: str, status: int) -> None:
                operation.tell(MESSAGE, (text, status))

            return testing.run(env, options, tell, progress=progress)

        operation = self._start(call, "test", options, do)
        after = 0
        while True:
            for event in operation.events(after, timeout=_PATIENCE):
                after = event.number
                if event.kind == FAILED:
                    raise event.value
                if event.kind in ENDS:
                    self._clock.sleep(_LAST_LINE)
                    return
                if event.kind == MESSAGE:
                    text, status = event.value
                    yield messages.TestReleaseResponse(msg=text, status=status)
            call.check()

    def _new_name(self, caller: Caller, request: messages.InstallReleaseRequest, namespace: str) -> str:
        """The name of an install, one a record can have, which Tiller does not ask for. Raises InvalidReleaseName,
        InvalidName."""
        if not request.name:
            taken = self._finder.namespaces
            return generated_name(self._random, lambda name: bool(taken(caller, name, target=namespace)))
        check_new_name(request.name, (), reuse=request.reuse_name)
        validate_name(request.name)
        self._free_name(caller, request.name, namespace, reuse=request.reuse_name)
        return request.name

    def _free_name(self, caller: Caller, name: str, namespace: str, *, reuse: bool) -> None:
        """Raises InvalidReleaseName when the name is taken, in any namespace the caller may read."""
        found = self._finder.namespaces(caller, name, target=namespace)
        others = [place for place in found if place != namespace]
        if others and reuse:
            raise InvalidReleaseName(
                f"a release named {name} has its records in the namespace {others[0]}, cannot re-use its name in "
                f"another.\nRun: helm del --purge {name}; to delete it"
            )
        if found:
            env = self._finder.environment(caller, found[0])
            check_new_name(name, env.storage.history(name), reuse=reuse)

    def _place_of_update(self, caller: Caller, request: messages.UpdateReleaseRequest) -> str:
        found = self._finder.namespace(caller, request.name)
        if found:
            return found
        if request.force:
            return self._finder.where(caller, request.name)
        raise NoDeployedReleases(request.name)

    def _start(self, call: Call, verb: str, options: Any, do: Any, held: int = 0) -> Operation:
        fields = {field: getattr(options, field) for field in type(options)._fields}
        name, namespace = fields.pop("name"), fields.pop("namespace")
        work = Work(verb=verb, namespace=namespace, name=name, options=fields, api="hapi")
        return self._operations.start(_caller(call), work, do, held=held)

    def _done(self, call: Call, verb: str, options: Record, do: Any, held: int = 0) -> Any:
        """What the operation came to. Raises what it raised; RpcError when the caller has gone, while it goes on."""
        operation = self._start(call, verb, options, do, held)
        while True:
            try:
                return operation.result(_PATIENCE)
            except TimeoutError:
                call.check()


def _caller(call: Call) -> Caller:
    found: Caller = call.notes["caller"]
    return found
