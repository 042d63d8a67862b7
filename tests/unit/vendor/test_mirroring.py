"""Commands that copy images: names spelt out, places, and what makes no command."""

from __future__ import annotations

import pytest

from charthouse.distribution.errors import DistributionError
from charthouse.distribution.mirroring import copy_commands, full_name

DIGEST = "@sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("nginx", "docker.io/library/nginx:latest"),
        ("nginx:1.27", "docker.io/library/nginx:1.27"),
        ("docker.io/nginx", "docker.io/library/nginx:latest"),
        ("team/web", "docker.io/team/web:latest"),
        ("quay.io/web", "quay.io/web:latest"),
        ("localhost/web:1", "localhost/web:1"),
        ("host:5000/a/b", "host:5000/a/b:latest"),
        (f"nginx{DIGEST}", f"docker.io/library/nginx{DIGEST}"),
        (f"q.io/x:1{DIGEST}", f"q.io/x{DIGEST}"),
    ],
)
def test_names_are_spelt_out(image: str, name: str) -> None:
    assert full_name(image) == name


def test_places() -> None:
    def one(**places: str) -> str:
        return copy_commands(["quay.io/a/b:1"], **places)[0][0].removeprefix("skopeo copy --all ")

    assert one(target="docker://m.io") == "docker://quay.io/a/b:1 docker://m.io/a/b:1"
    assert one(target="docker://m.io/x/") == "docker://quay.io/a/b:1 docker://m.io/x/a/b:1"
    assert one(target="oci:out") == "docker://quay.io/a/b:1 oci:out:quay.io/a/b:1"
    assert one(target="dir:out") == "docker://quay.io/a/b:1 dir:out/quay.io_a_b_1"
    assert one(origin="oci:my out", target="docker://m.io") == "'oci:my out:quay.io/a/b:1' docker://m.io/a/b:1"


@pytest.mark.parametrize("place", ["", "m.io", "docker:", "docker://", "oci:", "dir", "ftp://x", "docker:m.io"])
def test_what_is_no_place(place: str) -> None:
    with pytest.raises(DistributionError, match="is no place for images"):
        copy_commands(["a"], target=place)


def test_images_that_would_overwrite_each_other() -> None:
    with pytest.raises(DistributionError, match=r"would both be docker://m.io/library/a:latest$"):
        copy_commands(["a", "quay.io/library/a"], target="docker://m.io")
    assert len(copy_commands(["a", "a:latest", "docker.io/library/a"], target="docker://m.io")[0]) == 1


def test_what_is_no_image_makes_no_command() -> None:
    evil = ["$(reboot)", "a; reboot", "a\nreboot", "--help", "a b"]
    assert copy_commands([*evil, "a:1"], target="oci:x") == (
        ["skopeo copy --all docker://docker.io/library/a:1 oci:x:docker.io/library/a:1"], sorted(evil)
    )  # fmt: skip
