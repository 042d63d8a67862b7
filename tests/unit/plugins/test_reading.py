"""``plugin.yaml`` of both formats: what it says, and the texts of helm 4.3.1 for what it may not say."""

from __future__ import annotations

import pytest

from charthouse.plugins.errors import MetadataError
from charthouse.plugins.metadata import Metadata, PlatformCommand, ProtocolCommand
from charthouse.plugins.reading import read_metadata

V1 = "apiVersion: v1\nname: n\nversion: 1.0.0\ntype: cli/v1\nruntime: subprocess\n"
READ = [
    (
        "name: n\nversion: 1.0.0\nusage: \"a\\tb\\u0007\"\ndescription: d\ncommand: run it\nignoreFlags: yes\n"
        "hooks: {install: x}\nextra: 1\n",
        Metadata(
            "legacy", "n", "cli/v1", "subprocess", "1.0.0", short_help="a b", long_help="d", ignore_flags=True,
            commands=(PlatformCommand(command="run it"),),
            hooks=(("install", (PlatformCommand(command="sh", args=("-c", "x")),)),),
        ),
    ),
    (
        "name: n\ndownloaders:\n- command: c\n  protocols: [a, b]\n- {command: d, protocols: [e]}\n",
        Metadata(
            "legacy", "n", "getter/v1", "subprocess", "", protocols=("a", "b", "e"), expand_hooks=True,
            protocol_commands=(
                ProtocolCommand(("a", "b"), (PlatformCommand(command="c"),)),
                ProtocolCommand(("e",), (PlatformCommand(command="d"),)),
            ),
        ),
    ),
    (
        f"{V1}sourceURL: u\nconfig: {{usage: n x, shortHelp: s, longHelp: l, ignoreFlags: true}}\nruntimeConfig:\n"
        "  platformCommand: [{os: linux, arch: amd64, command: c, args: [1, true, a]}]\n"
        "  platformHooks: {update: [{command: h}]}\n",
        Metadata(
            "v1", "n", "cli/v1", "subprocess", "1.0.0", "u", "n x", "s", "l", True,
            commands=(PlatformCommand("linux", "amd64", "c", ("1", "true", "a")),),
            hooks=(("update", (PlatformCommand(command="h"),)),),
        ),
    ),
    (V1, Metadata("v1", "n", "cli/v1", "subprocess", "1.0.0")),
]  # fmt: skip
REFUSED = [
    ("", "failed to peek plugin.yaml API version: EOF"),
    ("apiVersion: v2\n", 'invalid plugin apiVersion: "v2"'),
    ("[]", "failed to peek plugin.yaml API version: yaml: unmarshal errors:\n  line 1: cannot unmarshal !!seq into "
     "plugin.apiVersion"),
    ("a: b: c", "failed to peek plugin.yaml API version: yaml: mapping values are not allowed in this context"),
    ("name: n\nname: m\n", "failed to peek plugin.yaml API version: yaml: unmarshal errors:\n"
     '  line 2: mapping key "name" already defined at line 1'),
    ("name: 'a b'\n", 'invalid plugin name "a b": must contain only a-z, A-Z, 0-9, _ and -'),
    ("name: ../a\n", 'invalid plugin name "../a": must contain only a-z, A-Z, 0-9, _ and -'),
    ("name: n\nversion: 1.0\n", 'invalid plugin version "1.0": must be valid semver'),
    ("name: n\ncommand: a\nplatformCommand: [{command: b}]\n", "both platformCommand and command are set"),
    ("name: n\nhooks: {a: b}\nplatformHooks: {a: [{command: b}]}\n", "both platformHooks and hooks are set"),
    ("name: n\ndownloaders: [{protocols: [a]}]\n", "downloader 0 has empty command"),
    ("name: n\ndownloaders: [{command: a}]\n", "downloader 0 has no protocols"),
    ("name: n\ndownloaders: [{command: a, protocols: [b, '']}]\n", "downloader 0 has empty protocol at index 1"),
    ("name: [n]\nignoreFlags: 12345678901\nhooks: {a: [b]}\ndownloaders: x\n", "yaml: unmarshal errors:\n"
     "  line 1: cannot unmarshal !!seq into string\n  line 2: cannot unmarshal !!int `1234567...` into bool\n"
     "  line 3: cannot unmarshal !!seq into string\n  line 4: cannot unmarshal !!str `x` into []plugin.Downloaders"),
    (f"{V1}extra: 1\n", "yaml: unmarshal errors:\n  line 6: field extra not found in type plugin.MetadataV1"),
    ("apiVersion: v1\n", "invalid plugin `name`"),
    ("apiVersion: v1\nname: n\n", "plugin `version` is required"),
    ("apiVersion: v1\nname: n\nversion: v1\n", 'invalid plugin `version` "v1": must be valid semver'),
    ("apiVersion: v1\nname: n\nversion: 1.0.0\n", "`type` missing"),
    ("apiVersion: v1\nname: n\nversion: 1.0.0\ntype: x\n", "`runtime` missing"),
    ("apiVersion: v1\nname: n\nversion: 1.0.0\ntype: x\nruntime: y\n",
     'failed to convert MetadataV1 to Metadata: unknown plugin type "x"'),
    ("apiVersion: v1\nname: n\nversion: 1.0.0\ntype: cli/v1\nruntime: y\n",
     'failed to convert MetadataV1 to Metadata: unsupported plugin runtime type: "y"'),
    (f"{V1}config:\n  usage: a\n  extra: b\n", "failed to convert MetadataV1 to Metadata: yaml: unmarshal errors:\n"
     "  line 1: field extra not found in type schema.ConfigCLIV1"),
    (f"{V1}runtimeConfig: {{platformCommand: x}}\n", "failed to convert MetadataV1 to Metadata: failed to unmarshal "
     "runtimeConfig for subprocess runtime: yaml: unmarshal errors:\n"
     "  line 1: cannot unmarshal !!str `x` into []plugin.PlatformCommand"),
    (V1.replace("cli", "getter"), "config validation failed: getter has no protocols"),
    (f"{V1.replace('cli', 'getter')}config: {{protocols: [a, '']}}\n",
     "config validation failed: getter has empty protocol at index 1"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), READ, ids=range(len(READ)))
def test_reads(text: str, wanted: Metadata) -> None:
    assert read_metadata(text.encode()) == wanted


@pytest.mark.parametrize(("text", "problem"), REFUSED, ids=range(len(REFUSED)))
def test_refuses(text: str, problem: str) -> None:
    with pytest.raises(MetadataError) as caught:
        read_metadata(text.encode())
    assert caught.value.message == problem
