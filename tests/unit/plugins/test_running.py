"""Which command is run, with which words, and what becomes of its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from charthouse.distribution.access import Access
from charthouse.logs import LogRecord, silent
from charthouse.plugins import running
from charthouse.plugins.discovery import Plugin, load
from charthouse.plugins.errors import PluginError, PluginExit
from charthouse.plugins.metadata import PlatformCommand
from charthouse.plugins.platforms import command_line, expand
from charthouse.plugins.reading import read_metadata

C = PlatformCommand
CHOSEN = [
    ([C(command="a b  c")], ["a", "b", "", "c"]),
    ([C(command="any"), C("linux", "", "system"), C("linux", "amd64", "both")], ["both"]),
    ([C("windows", "", "no"), C(command="first"), C(command="second")], ["first"]),
    ([C(command="any"), C("LINUX", "", "system"), C("linux", "", "later")], ["system"]),
    ([C("linux", "arm64", "no"), C("", "amd64", "no"), C(command="any")], ["any"]),
    ([C(command="$A ${B}", args=("$A$A", "x$"))], ["one", "two", "oneone", "x$"]),
]
EXPANDED = [
    ("$A", "one"), ("${A}", "one"),
    ("$AB", ""), ("${A}B", "oneB"), ("a$", "a$"), ("$$", ""), ("$$A", "A"), ("$1A", "A"),
    ("${}x", "x"), ("${A", "A"), ("$ A", "$ A"), ("${*}x", "x"), ("$-x", "x"), ("${A}${B}", "onetwo"), ("", ""),
]  # fmt: skip


@pytest.mark.parametrize(("commands", "wanted"), CHOSEN, ids=range(len(CHOSEN)))
def test_command_for_this_machine(commands: list[PlatformCommand], wanted: list[str]) -> None:
    assert command_line(commands, {"A": "one", "B": "two"}, platform=("linux", "amd64")) == wanted


def test_no_command_for_this_machine() -> None:
    for commands in ([], [C("plan9", "", "x")], [C(command="")]):
        with pytest.raises(PluginError, match=r"^no plugin command is applicable$"):
            command_line(commands, {}, platform=("linux", "amd64"))


def test_arguments_are_expanded_only_when_asked() -> None:
    found = command_line([C(command="$A $A", args=("$A",))], {"A": "x"}, ["$A"], expand_arguments=False)
    assert found == ["x", "$A", "$A", "$A"]


@pytest.mark.parametrize(("text", "wanted"), EXPANDED)
def test_expansion_is_that_of_go(text: str, wanted: str) -> None:
    assert expand(text, {"A": "one", "B": "two"}) == wanted


def plugin(folder: Path, text: str, script: str = "") -> Plugin:
    (folder / "plugin.yaml").write_text(text)
    (folder / "run.sh").write_text(f"#!/bin/sh\n{script}")
    (folder / "run.sh").chmod(0o755)
    return load(str(folder))


def test_getter(tmp_path: Path) -> None:
    found = plugin(
        tmp_path, "name: n\ndownloaders: [{command: run.sh a, protocols: [s]}]\n",
        'echo "$@" $HELM_PLUGIN_USERNAME $HELM_PLUGIN_PASSWORD $HELM_PLUGIN_PASS_CREDENTIALS_ALL $HELM_PLUGIN_NAME\n',
    )  # fmt: skip
    logged: list[LogRecord] = []
    access = Access("", "u", "hush", True, "cert", "key", "ca")
    assert running.fetch(found, "s://u:hush@x/y", access, {"PATH": "/bin"}, logged.append) == (
        b"a cert key ca s://u:hush@x/y u hush true n\n"
    )
    assert "hush" not in repr(logged)
    with pytest.raises(PluginError, match=r'^no downloader found for protocol "t"$'):
        running.fetch(found, "t://x", access, {}, silent)


def test_post_renderer(tmp_path: Path) -> None:
    text = "apiVersion: v1\nname: n\nversion: 1.0.0\ntype: postrenderer/v1\nruntime: subprocess\n"
    text += "runtimeConfig: {platformCommand: [{command: $HELM_PLUGIN_DIR/run.sh}]}\n"
    found = plugin(tmp_path, text, 'test "$1" = fail && { echo why >&2; exit 3; }\ncat; echo "# $@"\n')
    assert running.post_render(found, b"a: 1\n", ["x", "y"], {"PATH": "/bin"}, silent) == b"a: 1\n# x y\n"
    with pytest.raises(PluginExit) as caught:
        running.post_render(found, b"", ["fail"], {"PATH": "/bin"}, silent)
    assert (caught.value.message, caught.value.status) == ('plugin "n" exited with error', 3)
    assert caught.value.hint == "it said: why"


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        ("no-such-program", 'exec: "no-such-program": executable file not found in $PATH'),
        ("$HELM_PLUGIN_DIR/nothing", "fork/exec {}/nothing: no such file or directory"),
        ("$HELM_PLUGIN_DIR/plugin.yaml", "fork/exec {}/plugin.yaml: permission denied"),
    ],
)
def test_what_cannot_be_started(tmp_path: Path, command: str, problem: str) -> None:
    found = plugin(tmp_path, f"name: n\ncommand: {command}\n")
    with pytest.raises(PluginError) as caught:
        running.run_command(found, [], {"PATH": "/bin"}, running.Streams(), silent)
    assert caught.value.message == problem.format(tmp_path)


def test_webassembly_is_refused(tmp_path: Path) -> None:
    text = "apiVersion: v1\nname: n\nversion: 1.0.0\ntype: cli/v1\nruntime: extism/v1\n"
    (tmp_path / "plugin.yaml").write_text(text)
    with pytest.raises(PluginError, match=r"^wasm binary missing for extism/v1 plugin: "):
        load(str(tmp_path))
    found = Plugin(str(tmp_path), read_metadata(text.encode()))
    with pytest.raises(PluginError, match=r'^plugin "n" needs the runtime "extism/v1"'):
        running.run_command(found, [], {}, running.Streams(), silent)
