"""Installing what a chart has below crds/.

Whose rules: helm v4.3.1 pkg/action/install.go (installCRDs): file by file, existing ones left alone, then a wait of at
most a minute whatever the release waits for; what discovery said before is forgotten.
"""

from __future__ import annotations

from charthouse.actions.creation import create
from charthouse.actions.errors import ActionError, wrapped
from charthouse.actions.ports import ApiError, WaitOptions
from charthouse.errors import CharthouseError
from charthouse.golang.kinds import go_string
from charthouse.logs import DEBUG, LogRecord

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from charthouse.actions.environment import Environment
    from charthouse.actions.options import InstallOptions
    from charthouse.actions.ports import Progress
    from charthouse.charts.chart import CRD
    from charthouse.k8s.objects import Resource

__all__ = ["already_exists", "install_crds"]

_ESTABLISHING = 60.0  # seconds


def install_crds(
    env: Environment, crds: Sequence[CRD], options: InstallOptions, progress: Callable[[Progress], None]
) -> None:
    """Create the definitions and wait until the server knows them. Raises ActionError, WaitFailed."""
    made: list[Resource] = []
    for crd in crds:
        try:
            resources = env.cluster.build(go_string(crd.file.data), options.namespace, validate=False)
        except CharthouseError as error:
            raise wrapped(f"failed to install CRD {crd.name}: ", error) from error
        if not resources:
            raise ActionError(f"failed to install CRD {crd.name}: resources are empty")
        try:
            create(env, resources, server_side=options.server_side, progress=progress)
        except CharthouseError as error:
            if already_exists(error):
                env.log(LogRecord(DEBUG, "CRD is already present. Skipping", crd=crd.name))
                continue
            raise wrapped(f"failed to install CRD {crd.name}: ", error) from error
        made += resources
    if not made:
        return
    strategy = "watcher" if options.wait == "hookOnly" else options.wait
    env.cluster.wait(made, WaitOptions(strategy, _ESTABLISHING), progress)
    env.cluster.client.forget_discovery()


def already_exists(error: BaseException | None) -> bool:
    """Whether the API server said AlreadyExists, however wrapped."""
    while error is not None:
        if isinstance(error, ApiError) and error.reason == "AlreadyExists":
            return True
        if any(already_exists(cause) for cause in getattr(error, "causes", ())):
            return True
        error = error.__cause__
    return False
