"""ListReleases: the real Tiller's answers and ours to the same requests about the same releases."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from tests.cluster.conftest import RunningCluster, peer
from tests.cluster.interop import Tool, fresh
from tests.cluster.tiller2 import running_tiller

pytest.importorskip("google.protobuf")
pytest.importorskip("grpc")

REQUESTS: tuple[dict[str, Any], ...] = (
    {},
    {"sort_by": 1},
    {"sort_by": 1, "sort_order": 1, "status_codes": [1, 3, 4]},
    {"sort_by": 2, "status_codes": [1, 4]},
    {"sort_by": 3, "status_codes": [1]},
    {"sort_by": 1, "limit": 2},
    {"sort_by": 1, "offset": "a3", "limit": 2},
    {"sort_by": 1, "filter": "^a[12]$"},
    {"sort_by": 1, "namespace": "even", "status_codes": [1, 3]},
    {"filter": "nobody"},
    {"filter": "("},
    {"offset": "nobody"},
)


def test_lists(cluster: RunningCluster, kubectl: Tool) -> None:
    if cluster.name == "embedded":
        pytest.skip("the real Tiller is tested on a real cluster")
    from charthouse.errors import CharthouseError
    from charthouse.hapi import messages
    from charthouse.kube.connect import ConnectConfig, SystemClock, connect
    from charthouse.logs import silent
    from charthouse.releases.helm2.conversion import release_from_message
    from charthouse.releases.helm2.driver import tiller_driver
    from charthouse.tiller.listing import listed

    grpc: Any = importlib.import_module("grpc")
    place = fresh("lists")
    kubectl.run("create", "namespace", place)
    client = connect(ConnectConfig(environ={}, kubeconfig=str(cluster.kubeconfig)), clock=SystemClock(), log=silent)
    driver = tiller_driver("configmap", client, place, now=lambda: 0.0, log=silent)
    kept = []
    for number in range(5):
        release = messages.Release(name=f"a{number}", version=1, namespace="even" if number % 2 == 0 else "odd")
        release.info.status.code = messages.Status.SUPERSEDED if number == 4 else messages.Status.DEPLOYED
        release.info.last_deployed.seconds = 1000 - number
        release.chart.metadata.name = f"c{(number * 3) % 5}"
        kept.append(release)
        driver.create(release_from_message(release))
    with (
        running_tiller(peer("tiller2"), cluster.kubeconfig, place) as address,
        grpc.insecure_channel(address) as channel,
    ):
        call = channel.unary_stream("/hapi.services.tiller.ReleaseService/ListReleases")
        for fields in REQUESTS:
            request = messages.ListReleasesRequest(**fields)
            try:
                mine: Any = [told(answer, fields) for answer in listed(request, kept)]
            except CharthouseError as error:
                mine = error.message
            try:
                answers = list(call(request.SerializeToString(), metadata=[("x-helm-api-client", "v2.17.0")]))
                theirs: Any = [told(messages.ListReleasesResponse.FromString(answer), fields) for answer in answers]
            except grpc.RpcError as error:
                theirs = error.details()
            assert mine == theirs, fields


def told(answer: Any, fields: dict[str, Any]) -> tuple[Any, ...]:
    """What a message says; the order of an unsorted list is that of the store."""
    names = [release.name for release in answer.releases]
    return names if "sort_by" in fields else sorted(names), answer.count, answer.total, answer.next
