"""Versions of Kubernetes on the command line, as helm 4.3.1 takes them."""

from __future__ import annotations

import pytest

from charthouse.charts.capabilities import default_capabilities, parse_kube_version
from charthouse.charts.chart import ChartError
from charthouse.profile import HELM3


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("1.29", ("v1.29", "v1.29", "1", "29")),
        ("v1.29.3", ("v1.29.3", "v1.29.3", "1", "29")),
        ("1.2.3.4", ("v1.2.3.4", "v1.2.3.4", "1", "2")),
        ("1.02.3", ("v1.02.3", "v1.2.3", "1", "2")),
        ("1.29.x", ("v1.29.x", "v1.29", "1", "29")),
        (" 1.29", ("v 1.29", "v1.29", "1", "29")),
        ("1.29.", ("v1.29.", "v1.29", "1", "29")),
        ("1.29.4-gke.1", ("v1.29.4-gke.1", "v1.29.4", "1", "29")),
        ("1.29+", ("v1.29+", "v1.29", "1", "29")),
    ],
)
def test_parse(text: str, fields: tuple[str, ...]) -> None:
    version = parse_kube_version(text)
    assert (version.version, str(version), version.major, version.minor) == fields


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1", 'illegal version string "1"'),
        ("01.2", 'illegal zero-prefixed version component "01" in "01.2"'),
        ("a.b", 'could not parse "a.b" as version'),
        ("vv1.2", 'could not parse "vv1.2" as version'),
        (
            "1.99999999999999999999.1",
            'illegal non-numeric version component "99999999999999999999" in "1.99999999999999999999.1": '
            'strconv.ParseUint: parsing "99999999999999999999": value out of range',
        ),
    ],
)
def test_refuse(text: str, message: str) -> None:
    with pytest.raises(ChartError) as caught:
        parse_kube_version(text)
    assert str(caught.value) == message


def test_defaults() -> None:
    four, three = default_capabilities(), default_capabilities(HELM3)
    assert (str(four.kube_version), len(four.api_versions)) == ("v1.37.0", 57)
    assert (str(three.kube_version), len(three.api_versions)) == ("v1.32.0", 56)
    assert four.api_versions[:2] == ["v1", "admissionregistration.k8s.io/v1"]
