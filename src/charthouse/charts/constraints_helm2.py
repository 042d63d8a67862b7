"""What a chart of Helm 2 asks of Tiller and of Kubernetes.

Whose rules: helm v2.17.0 pkg/tiller/release_server.go renderResources, pkg/version/compatible.go.
"""

from __future__ import annotations

from charthouse.charts.metadata import ChartError
from charthouse.formats.semver_helm2 import compatible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.charts.capabilities import Capabilities
    from charthouse.charts.chart import Chart

__all__ = ["check_constraints"]

_TILLER = "v2.17.0"


def check_constraints(chart: Chart, capabilities: Capabilities) -> None:
    """Raises ChartError when the chart does not want this Tiller, or this Kubernetes."""
    from charthouse.charts.origin_helm2 import helm2_fields

    wanted = helm2_fields(chart)[1]
    if wanted and not compatible(wanted, _TILLER):
        raise ChartError(
            f"Chart incompatible with Tiller {_TILLER}",
            hint=f"tillerVersion in the Chart.yaml of {chart.name} is {wanted}",
        )
    kube = capabilities.kube_version.version.partition("+")[0]
    wanted = chart.metadata.kube_version
    if wanted and not compatible(wanted, kube):
        raise ChartError(
            f"Chart requires kubernetesVersion: {wanted} which is incompatible with Kubernetes {kube}",
            hint=f"kubeVersion in the Chart.yaml of {chart.name} does not allow this version",
        )
