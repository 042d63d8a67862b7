"""The generated modules are those proto/ describes, and its service is whole."""

from __future__ import annotations

import threading

import pytest

from charthouse.hapi.pool import Classes
from charthouse.tiller.v1 import messages
from charthouse.tiller.v1.described import FILES
from charthouse.tiller.v1.rpcs import METHODS, SERVICE
from tools.generate_messages import PACKAGES, sources

pytest.importorskip("google.protobuf")


def test_regeneration_changes_nothing() -> None:
    pytest.importorskip("grpc_tools")
    made = sources("v1")
    assert {name: (PACKAGES["v1"].folder / name).read_text() for name in made} == made


def test_the_service() -> None:
    assert SERVICE == "charthouse.v1.ReleaseService"
    assert METHODS[0].path == "/charthouse.v1.ReleaseService/Install"
    for method in METHODS:
        for name in (method.request, method.response):
            assert getattr(messages, name).DESCRIPTOR.full_name == f"charthouse.v1.{name}"


def test_classes_are_built_once_by_many_threads() -> None:
    classes = Classes(lambda: FILES)
    barrier = threading.Barrier(4)
    found = []

    def ask() -> None:
        barrier.wait(60)
        found.append(classes.all()["Release"])

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 4
    assert len(set(map(id, found))) == 1
