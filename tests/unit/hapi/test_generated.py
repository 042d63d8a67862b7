"""The generated modules are those proto/ describes; the library is not imported before it is needed."""

from __future__ import annotations

import subprocess
import sys

import pytest

from charthouse.errors import CharthouseError
from charthouse.hapi import messages
from charthouse.hapi.errors import Malformed
from charthouse.hapi.service import METHODS, SERVICE
from tools.generate_messages import PACKAGES, sources

pytest.importorskip("google.protobuf")


def test_regeneration_changes_nothing() -> None:
    pytest.importorskip("grpc_tools")
    made = sources("hapi")
    assert {name: (PACKAGES["hapi"].folder / name).read_text() for name in made} == made


def test_importing_is_light() -> None:
    code = (
        "import sys; from charthouse.hapi import errors, messages, service; "
        "print([name for name in sys.modules if name.startswith(('google', 'grpc'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[]\n"


def test_without_protobuf_the_error_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['google.protobuf'] = None\n"
        "from charthouse.errors import CharthouseError\n"
        "from charthouse.hapi import messages\n"
        "try:\n    messages.Release\nexcept CharthouseError as error:\n    print(error.message)\n    print(error.hint)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == (
        "Helm 2's releases cannot be read: protobuf is not installed\n"
        "install it with `pip install 'charthouse[helm2]'`, or `'charthouse[tiller]'` for the server too\n"
    )


def test_the_service() -> None:
    assert SERVICE == "hapi.services.tiller.ReleaseService"
    assert [(method.name, method.streams) for method in METHODS if method.streams] == [
        ("ListReleases", True),
        ("RunReleaseTest", True),
    ]
    assert METHODS[0].path == "/hapi.services.tiller.ReleaseService/ListReleases"
    for method in METHODS:
        for name in (method.request, method.response):
            assert getattr(messages, name).DESCRIPTOR.full_name == f"hapi.services.tiller.{name}"


def test_bytes_on_the_wire() -> None:
    release = messages.Release(name="x", version=3, hooks=[messages.Hook(weight=-1, events=[9, 10])])
    release.info.status.code = messages.Status.DEPLOYED
    release.chart.files.add(type_url="a.txt", value=b"\x00")
    assert release.SerializeToString() == (
        b"\n\x01x\x12\x04\n\x02\x08\x01\x1a\x0c*\n\n\x05a.txt\x12\x01\x00"
        b"2\x0f*\x02\t\n8\xff\xff\xff\xff\xff\xff\xff\xff\xff\x018\x03"
    )


def test_what_is_no_message() -> None:
    with pytest.raises(Malformed) as caught:
        messages.parse(messages.Release, b"\xff\xff")
    assert isinstance(caught.value, CharthouseError)
    assert caught.value.message.startswith("not a hapi.release.Release: ")
    with pytest.raises(AttributeError):
        messages.NoSuchMessage  # type: ignore[attr-defined]  # that is the test  # noqa: B018
