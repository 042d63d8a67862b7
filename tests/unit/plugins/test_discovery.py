"""Plugins found below the plugins directories, and what is remembered of them between runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from charthouse.logs import LogRecord, silent
from charthouse.plugins import catalogue, discovery
from charthouse.plugins.errors import NotFound, PluginError


def put(base: Path, name: str, text: str) -> None:
    (base / name).mkdir(parents=True)
    (base / name / "plugin.yaml").write_text(text)


def test_finds_by_directory_and_leaves_out_what_is_broken(tmp_path: Path) -> None:
    put(tmp_path, "b", "name: two\n")
    put(tmp_path, "a", "name: one\ndownloaders: [{command: c, protocols: [p]}]\n")
    put(tmp_path, "c", "name: a b\n")
    (tmp_path / "d").mkdir()
    logged: list[LogRecord] = []
    found = discovery.find([str(tmp_path), str(tmp_path / "none")], log=logged.append)
    assert [(p.metadata.name, p.metadata.type, p.directory) for p in found] == [
        ("one", "getter/v1", f"{tmp_path}/a"), ("two", "cli/v1", f"{tmp_path}/b"),
    ]  # fmt: skip
    assert [(r.level, r.message, r.attributes["plugin_yaml"]) for r in logged] == [
        ("WARN", "failed to load plugin (ignoring)", f"{tmp_path}/c/plugin.yaml")
    ]
    assert discovery.find_one([str(tmp_path)], type="cli/v1", name="two", log=silent) == found[1]
    with pytest.raises(NotFound, match=r"^plugin: \{Name:one Type:cli/v1\} not found$"):
        discovery.find_one([str(tmp_path)], type="cli/v1", name="one", log=silent)


def test_two_of_one_name(tmp_path: Path) -> None:
    put(tmp_path, "a", "name: n\n")
    put(tmp_path, "b", "name: n\n")
    problem = f'two plugins claim the name "n" at "{tmp_path}/a" and "{tmp_path}/b"'
    with pytest.raises(PluginError) as caught:
        discovery.load_all(str(tmp_path), log=silent)
    assert caught.value.message == problem
    assert catalogue.scan(str(tmp_path), "").error == problem


def test_a_scan_is_kept_until_a_file_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plugins, cache = tmp_path / "plugins", tmp_path / "cache"
    put(plugins, "a", "name: one\nusage: u\n")
    put(plugins, "b", "name: a b\n")
    first = catalogue.scan(str(plugins), str(cache))
    assert [(e.name, e.short_help, bool(e.problem)) for e in first.entries] == [("one", "u", False), ("", "", True)]
    read: list[str] = []
    load = discovery.load

    def noted(directory: str) -> discovery.Plugin:
        read.append(directory)
        return load(directory)

    monkeypatch.setattr(discovery, "load", noted)
    assert catalogue.scan(str(plugins), str(cache)) == first
    assert read == []
    (plugins / "a" / "plugin.yaml").write_text("name: other\n")
    assert [e.name for e in catalogue.scan(str(plugins), str(cache)).entries] == ["other", ""]
    assert read == [str(plugins / "a"), str(plugins / "b")]


def test_nothing_is_kept_of_nothing(tmp_path: Path) -> None:
    (tmp_path / "plugins").mkdir()
    for path in (
        "",
        str(tmp_path / "none"),
        str(tmp_path / "plugins"),
        f"{tmp_path}/none{os.pathsep}{tmp_path}/plugins",
    ):
        assert catalogue.scan(path, str(tmp_path / "cache")) == catalogue.Scan()
    assert not (tmp_path / "cache").exists()
