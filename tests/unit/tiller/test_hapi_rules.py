"""Rules of Helm 2's API that need no server: versions, names, lists."""

from __future__ import annotations

from typing import Any

import pytest

from charthouse.actions.helm2.errors import InvalidReleaseName
from charthouse.actions.helm2.names import check_name, check_new_name
from charthouse.charts.chart import Chart, Metadata
from charthouse.hapi import messages
from charthouse.releases.release import Info, Release
from charthouse.tiller.client_version import check_client, is_compatible
from charthouse.tiller.errors import BadListing, IncompatibleVersions
from charthouse.tiller.listing import listed

pytest.importorskip("google.protobuf")


@pytest.mark.parametrize(
    ("client", "served"),
    [
        *((version, True) for version in ("2.17", "2.17.0", "v2.17.5", "v2.16.0", "v2.17.0+x", "v9.9.9-unreleased")),
        *((version, False) for version in ("", "junk", "v2.18.0", "v3.0.0", "v1.9.0", "v2.17.0-rc.1")),
    ],
)
def test_clients(client: str, served: bool) -> None:
    """As the real Tiller 2.17.0 answered."""
    assert is_compatible(client) is served
    if not served:
        with pytest.raises(IncompatibleVersions) as caught:
            check_client(client)
        assert caught.value.message == f"incompatible versions client[{client}] server[v2.17.0]"


def test_other_servers() -> None:
    assert is_compatible("v2.14.0", "v2.17.0")
    assert not is_compatible("v2.17.0", "v2.16.9")
    assert is_compatible("v2.17.0-rc.1", "v2.17.0-rc.1")
    assert is_compatible("x", "v0.0.0-unreleased")


@pytest.mark.parametrize("name", ["a", "a.b", "Bad_Name", "a--b", "A" * 53, "1"])
def test_names(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize("name", ["-a", "a-", "a b", "A" * 54, "a\n", ".", "é"])
def test_other_names(name: str) -> None:
    with pytest.raises(InvalidReleaseName, match=r"^invalid release name, must match regex "):
        check_name(name)


def test_no_name() -> None:
    with pytest.raises(InvalidReleaseName, match=r"^no release provided$"):
        check_name("")


def release(version: int, status: str) -> Release:
    return Release("r", "ns", version, Info(status=status), Chart(Metadata("c", "1")), {})


@pytest.mark.parametrize(
    ("history", "reuse", "said"),
    [
        ([], False, ""),
        ([], True, ""),
        ([release(1, "uninstalled")], True, ""),
        ([release(2, "failed"), release(1, "deployed")], True, ""),
        ([release(1, "uninstalled")], False, "a release named r already exists.\nRun: helm ls --all r; to check the "
         "status of the release\nOr run: helm del --purge r; to delete it"),
        ([release(1, "failed"), release(2, "deployed")], True,
         "a release named r is in use, cannot re-use a name that is still in use"),
    ],
)  # fmt: skip
def test_new_names(history: list[Release], reuse: bool, said: str) -> None:
    if not said:
        check_new_name("r", history, reuse=reuse)
        return
    with pytest.raises(InvalidReleaseName) as caught:
        check_new_name("r", history, reuse=reuse)
    assert caught.value.message == said


def test_a_name_too_long_for_an_install() -> None:
    check_new_name("Bad Name", [], reuse=False)
    with pytest.raises(InvalidReleaseName, match=f'^release name "{"a" * 54}" exceeds max length of 53$'):
        check_new_name("a" * 54, [], reuse=False)


def item(name: str, *, code: int = 1, space: str = "ns", chart: str = "c", when: int = 0, size: int = 0) -> Any:
    found = messages.Release(name=name, namespace=space, manifest="x" * size)
    found.info.status.code = code
    found.info.last_deployed.seconds = when
    found.chart.metadata.name = chart
    return found


ITEMS = [
    item("b", when=3, chart="z"),
    item("a", when=1, chart="y", space="other"),
    item("d", code=messages.Status.FAILED, when=2, chart="x"),
    item("b", when=4, chart="w"),
    item("c", when=0, chart="x"),
]


def names(**request: Any) -> tuple[list[str], str, int, int]:
    """Names, next, count, total of an answer of one message."""
    [answer] = listed(messages.ListReleasesRequest(**request), ITEMS)
    return [found.name for found in answer.releases], answer.next, answer.count, answer.total


@pytest.mark.parametrize(
    ("request_fields", "answer"),
    [
        ({}, (["b", "a", "b", "c"], "", 4, 4)),
        ({"sort_by": 1}, (["a", "b", "b", "c"], "", 4, 4)),
        ({"sort_by": 1, "sort_order": 1}, (["c", "b", "b", "a"], "", 4, 4)),
        ({"sort_by": 2}, (["c", "a", "b", "b"], "", 4, 4)),
        ({"sort_by": 3}, (["b", "c", "a", "b"], "", 4, 4)),
        ({"sort_by": 1, "limit": 2}, (["a", "b"], "b", 2, 4)),
        ({"sort_by": 1, "limit": 3}, (["a", "b", "b"], "c", 3, 4)),
        ({"sort_by": 1, "offset": "b"}, (["b", "c"], "", 2, 4)),
        ({"sort_by": 1, "offset": "b", "limit": 1}, (["b"], "c", 1, 4)),
        ({"status_codes": [4]}, (["d"], "", 1, 1)),
        ({"status_codes": [1, 4], "sort_by": 1}, (["a", "b", "b", "c", "d"], "", 5, 5)),
        ({"namespace": "other"}, (["a"], "", 1, 1)),
        ({"filter": "[ac]", "sort_by": 1}, (["a", "c"], "", 2, 2)),
    ],
)
def test_lists(request_fields: dict[str, Any], answer: tuple[list[str], str, int, int]) -> None:
    assert names(**request_fields) == answer


def test_nothing_found_is_no_message() -> None:
    assert list(listed(messages.ListReleasesRequest(filter="nobody"), ITEMS)) == []


@pytest.mark.parametrize(
    ("request_fields", "said"),
    [
        ({"offset": "nobody"}, 'offset "nobody" not found'),
        ({"filter": "("}, "error parsing regexp: missing closing ): `(`"),
        ({"limit": -1}, "limit -1 is negative"),
    ],
)
def test_lists_that_cannot_be_given(request_fields: dict[str, Any], said: str) -> None:
    with pytest.raises(BadListing) as caught:
        list(listed(messages.ListReleasesRequest(**request_fields), ITEMS))
    assert caught.value.message == said


def test_messages_of_bounded_size() -> None:
    big = [item(f"r{number}", size=40) for number in range(5)]
    one = big[0].ByteSize()
    answers = list(listed(messages.ListReleasesRequest(), big, max_message=2 * one + 10))
    assert [[found.name for found in answer.releases] for answer in answers] == [["r0", "r1"], ["r2", "r3"], ["r4"]]
    assert {(answer.count, answer.total) for answer in answers} == {(5, 5)}
    # a first release that is too large alone comes behind an empty message
    answers = list(listed(messages.ListReleasesRequest(), big[:1], max_message=10))
    assert [len(answer.releases) for answer in answers] == [0, 1]
