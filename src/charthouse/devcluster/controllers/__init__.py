"""What moves objects to their desired state: one file a field, one thread for all (loop.py)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.devcluster.controllers.loop import Controller, Loop
    from charthouse.devcluster.objects import Objects

__all__ = ["every_controller"]


def every_controller(objects: Objects, loop: Loop) -> list[Controller]:
    """All controllers of a cluster."""
    from charthouse.devcluster.controllers.claims import Claims
    from charthouse.devcluster.controllers.cluster import Autoscalers, Budgets, Definitions, Garbage, Namespaces
    from charthouse.devcluster.controllers.deployments import Deployments
    from charthouse.devcluster.controllers.extension import AggregatedRoles
    from charthouse.devcluster.controllers.jobs import CronJobs, Jobs
    from charthouse.devcluster.controllers.network import Services
    from charthouse.devcluster.controllers.pods import Pods
    from charthouse.devcluster.controllers.replicas import ReplicaSets
    from charthouse.devcluster.controllers.sets import DaemonSets, StatefulSets

    kinds = (
        AggregatedRoles,
        Autoscalers,
        Budgets,
        Claims,
        CronJobs,
        DaemonSets,
        Definitions,
        Deployments,
        Garbage,
        Jobs,
        Namespaces,
        Pods,
        ReplicaSets,
        Services,
        StatefulSets,
    )
    made: list[Controller] = [kind(objects, loop) for kind in kinds]
    made.append(ReplicaSets(objects, loop, table="replicationcontrollers"))
    return made
