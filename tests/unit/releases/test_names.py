"""What a release may be called, and which labels are Helm's own."""

from __future__ import annotations

import pytest

from charthouse.releases.errors import InvalidName
from charthouse.releases.release import has_system_labels, validate_name, without_system_labels


@pytest.mark.parametrize("name", ["a", "a-b", "a.b-c", "0", "a" * 53])
def test_good_names(name: str) -> None:
    validate_name(name)


@pytest.mark.parametrize("name", ["A", "a_b", "-a", "a-", "a..b", "a.", "a" * 54, "a\n", "é", "a b"])
def test_bad_names(name: str) -> None:
    with pytest.raises(InvalidName) as caught:
        validate_name(name)
    assert caught.value.message == (
        "invalid release name, must match regex ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ "
        "and the length must not be longer than 53"
    )


def test_no_name() -> None:
    with pytest.raises(InvalidName, match=r"no name provided"):
        validate_name("")


def test_system_labels() -> None:
    assert has_system_labels({"status": "x"})
    assert not has_system_labels({"team": "x"})
    assert without_system_labels({"createdAt": "1", "team": "x", "owner": "helm"}) == {"team": "x"}
