"""Records: written as Helm 4.3.1 writes them, read in every form there is."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from typing import Any

import pytest

from charthouse.charts.chart import Chart, File, Metadata
from charthouse.golang.kinds import Int64
from charthouse.golang.moment import from_text
from charthouse.manifests.hooks import Hook, HookRun
from charthouse.records import replace
from charthouse.releases import codec
from charthouse.releases.codec import decode, encode, pack, to_json
from charthouse.releases.errors import CodecError
from charthouse.releases.release import Info, Release


def release() -> Release:
    chart = Chart(
        Metadata("demo", "0.1.0", api_version="v2"),
        templates=[File("templates/a.yaml", b"a: 1\n", from_text("2026-11-22T20:00:00.5Z"))],
        values={"n": 1.0, "big": 1e21, "s": "x", "deep": {"b": None, "a": [True, 2.5]}},
        modified=from_text("2026-11-22T20:00:00Z"),
    )
    return Release(
        name="r",
        namespace="default",
        version=3,
        info=Info(
            first_deployed=from_text("2026-11-22T20:00:00.000000009+02:00"),
            last_deployed=from_text("2026-11-22T20:00:01Z"),
            description="Upgrade complete",
            status="deployed",
            notes="<hello> & \u2028",
        ),
        chart=chart,
        config={"set": Int64(5)},
        manifest="---\n# Source: x\n",
        hooks=(
            Hook("t", "Pod", "demo/templates/t.yaml", "kind: Pod\n", ("test",), last_run=HookRun(phase="")),
            Hook(
                "j",
                "Job",
                "demo/templates/j.yaml",
                "kind: Job\n",
                ("pre-install", "pre-upgrade"),
                weight=-5,
                delete_policies=("before-hook-creation",),
                output_log_policies=("hook-failed",),
                last_run=HookRun(from_text("2026-11-22T20:00:00.1Z"), from_text("2026-11-22T20:00:00.2Z"), "Succeeded"),
            ),
        ),
        labels={"team": "x"},
        apply_method="ssa",
    )


WRITTEN: dict[str, Any] = {
    "name": "r",
    "info": {
        "first_deployed": "2026-11-22T20:00:00.000000009+02:00",
        "last_deployed": "2026-11-22T20:00:01Z",
        "description": "Upgrade complete",
        "status": "deployed",
        "notes": "<hello> & \u2028",
    },
    "chart": {
        "metadata": {"name": "demo", "version": "0.1.0", "apiVersion": "v2"},
        "lock": None,
        "templates": [
            {"name": "templates/a.yaml", "data": "YTogMQo=", "modtime": "2026-11-22T20:00:00.5Z"},
        ],
        "values": {"big": 1e21, "deep": {"a": [True, 2.5], "b": None}, "n": 1, "s": "x"},
        "schema": None,
        "schemamodtime": "0001-01-01T00:00:00Z",
        "files": None,
        "modtime": "2026-11-22T20:00:00Z",
    },
    "config": {"set": 5},
    "manifest": "---\n# Source: x\n",
    "hooks": [
        {
            "name": "t",
            "kind": "Pod",
            "path": "demo/templates/t.yaml",
            "manifest": "kind: Pod\n",
            "events": ["test"],
            "last_run": {"phase": ""},
        },
        {
            "name": "j",
            "kind": "Job",
            "path": "demo/templates/j.yaml",
            "manifest": "kind: Job\n",
            "events": ["pre-install", "pre-upgrade"],
            "last_run": {
                "started_at": "2026-11-22T20:00:00.1Z",
                "completed_at": "2026-11-22T20:00:00.2Z",
                "phase": "Succeeded",
            },
            "weight": -5,
            "delete_policies": ["before-hook-creation"],
            "output_log_policies": ["hook-failed"],
        },
    ],
    "version": 3,
    "namespace": "default",
    "apply_method": "ssa",
}


def unpacked(payload: str) -> str:
    return gzip.decompress(base64.b64decode(payload)).decode()


def test_written_in_struct_order() -> None:
    text = unpacked(encode(release()))
    assert json.loads(text) == WRITTEN
    assert json.dumps(to_json(release())) == json.dumps(WRITTEN)
    assert '"notes":"\\u003chello\\u003e \\u0026 \\u2028"' in text
    assert '"n":1,' in text


def test_empty_fields_are_left_out() -> None:
    bare = Release(name="r", namespace="", version=0, info=Info(status=""), chart=Chart(Metadata()), config={})
    assert to_json(bare) == {
        "name": "r",
        "info": {},
        "chart": {
            "metadata": {},
            "lock": None,
            "templates": None,
            "values": None,
            "schema": None,
            "schemamodtime": "0001-01-01T00:00:00Z",
            "files": None,
        },
    }


def test_read_again() -> None:
    again = decode(encode(release()), {"team": "x"}, {"charthouse.dev/findings": "[]"})
    assert to_json(again) == WRITTEN
    assert again.labels == {"team": "x"}
    assert again.annotations == {"charthouse.dev/findings": "[]"}
    assert again.config == {"set": 5.0}
    assert type(again.config["set"]) is float
    assert again.info.first_deployed == release().info.first_deployed
    assert again.chart.templates[0].data == b"a: 1\n"


def packed(value: Any) -> str:
    return base64.b64encode(gzip.compress(json.dumps(value).encode())).decode()


def test_helm_3s_form() -> None:
    old = {
        "name": "r",
        "info": {
            "first_deployed": "2024-01-02T03:04:05.6-07:00",
            "last_deployed": "",
            "deleted": "",
            "status": "failed",
        },
        "chart": {"metadata": {"name": "demo", "version": "1"}, "templates": [], "values": {}, "files": None},
        "hooks": [{"name": "h", "last_run": {"started_at": "", "completed_at": "", "phase": ""}}],
        "version": 2,
        "namespace": "n",
    }
    read = decode(packed(old), {})
    assert read.info == Info(first_deployed=from_text("2024-01-02T03:04:05.6-07:00"), status="failed")
    assert read.hooks[0].last_run == HookRun()
    assert read.apply_method == ""
    assert read.version == 2


def test_payload_without_gzip() -> None:
    plain = base64.b64encode(json.dumps(WRITTEN).encode()).decode()
    assert to_json(decode(plain, {})) == WRITTEN


@pytest.mark.parametrize(
    "payload",
    [
        "not base64!",
        base64.b64encode(b"\x1f\x8b\x08garbage").decode(),
        base64.b64encode(gzip.compress(b'{"name": "r"}')[:-6]).decode(),
        base64.b64encode(b"nonsense").decode(),
        base64.b64encode(b"[" * 100_000).decode(),
        packed([1]),
        packed({"name": 5}),
        packed({"version": "one"}),
        packed({"version": 1.5}),
        packed({"info": []}),
        packed({"info": {"last_deployed": "never"}}),
        packed({"hooks": [{"events": [1]}]}),
        packed({"chart": {"templates": [{"name": "x", "data": "%%"}]}}),
        packed({"chart": {"metadata": {"name": ["x"]}}}),
    ],
)
def test_what_is_no_release_is_refused(payload: str) -> None:
    with pytest.raises(CodecError):
        decode(payload, {})


def test_a_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "MAX_DECODED", 1000)
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = packer.compress(b" " * 100_000) + packer.flush()
    with pytest.raises(CodecError, match=r"larger than 1000 bytes"):
        decode(base64.b64encode(bomb), {})


def test_json_has_no_word_for_nan() -> None:
    with pytest.raises(CodecError, match=r"json: unsupported value: NaN"):
        encode(replace(release(), config={"x": float("nan")}))


def test_invalid_utf_8_is_replaced() -> None:
    odd = replace(release(), manifest="\udcff\udcfe")
    assert '"manifest":"\\ufffd\\ufffd"' in unpacked(encode(odd))


@pytest.mark.parametrize("value", ["[]", "{}", '""', "1", r'"\\"', '{"a":1}'])
def test_millions_of_values_are_refused_before_they_are_made(value: str) -> None:
    body = '{"config":{"a":[' + ",".join([value] * 1_000_000) + "]}}"
    with pytest.raises(CodecError, match="record holds more than 500000 values"):
        decode(base64.b64encode(pack(body.encode())), {})


def test_signs_inside_of_texts_are_no_values() -> None:
    text = '[{"a": 1, "b": "\\\\"}, ' * 130_000
    record = {"name": "r", "manifest": text, "chart": {"metadata": {"name": "c"}}, "version": 1}
    assert decode(base64.b64encode(pack(json.dumps(record).encode())), {}).manifest == text
