"""The option parser against what pflag does (recorded answers are in tests/cli; here every branch, as tables)."""

from __future__ import annotations

from typing import Any

import pytest

from charthouse.cli.flags import Flag, FlagSet, UsageError


def _set() -> FlagSet:
    return FlagSet(
        [
            Flag("name", "string", "", short="n"),
            Flag("force", "bool", "", short="f"),
            Flag("quick", "bool", "", short="q"),
            Flag("count", "int", "", short="c", default=3),
            Flag("limit", "uint", ""),
            Flag("rate", "float32", ""),
            Flag("timeout", "duration", "", default=300_000_000_000),
            Flag("set", "stringArray", ""),
            Flag("values", "stringSlice", "", short="v"),
            Flag("labels", "stringToString", "", short="l"),
            Flag("output", "format", "", short="o", default="table"),
            Flag("wait", "WaitStrategy", "", default="hookOnly", bare="watcher"),
            Flag("dry-run", "string", "", default="none", bare="unset"),
            Flag("old", "bool", "", variable="force", deprecated="use --force instead"),
            Flag("post-renderer", "postRendererString", ""),
        ]
    )


READ: list[tuple[list[str], list[str], dict[str, Any]]] = [
    ([], [], {"name": "", "count": 3, "set": (), "labels": ()}),
    (["a", "--name", "x", "b"], ["a", "b"], {"name": "x"}),
    (["--name=x", "--name", "y"], [], {"name": "y"}),
    (["--name="], [], {"name": ""}),
    (["-n", "x"], [], {"name": "x"}),
    (["-nx"], [], {"name": "x"}),
    (["-n=x"], [], {"name": "x"}),
    (["-n="], [], {"name": "="}),
    (["-fqn", "x"], [], {"force": True, "quick": True, "name": "x"}),
    (["-fqnx"], [], {"force": True, "quick": True, "name": "x"}),
    (["-f=false", "-q"], [], {"force": False, "quick": True}),
    (["--force", "true"], ["true"], {"force": True}),
    (["--force=0"], [], {"force": False}),
    (["--wait", "legacy"], ["legacy"], {"wait": "watcher"}),
    (["--wait=legacy"], [], {"wait": "legacy"}),
    (["--wait=true"], [], {"wait": "watcher"}),
    (["--wait=false"], [], {"wait": "hookOnly"}),
    (["--dry-run"], [], {"dry-run": "unset"}),
    (["--dry-run=server"], [], {"dry-run": "server"}),
    (["--set", "a=1,b=2", "--set=c"], [], {"set": ("a=1,b=2", "c")}),
    (["-v", "a,b", "--values=c"], [], {"values": ("a", "b", "c")}),
    (["-v", '"a,b",c'], [], {"values": ("a,b", "c")}),
    (["-v", ""], [], {"values": ()}),
    (["-v", '"a""b"'], [], {"values": ('a"b',)}),
    (["-l", "a=1,b=2", "-l", "c=3"], [], {"labels": {"a": "1", "b": "2", "c": "3"}}),
    (["-l", '"a=1"'], [], {"labels": {"a": "1"}}),
    (["-c", "0x10"], [], {"count": 16}),
    (["-c", "-7"], [], {"count": -7}),
    (["--count=0b11"], [], {"count": 3}),
    (["--count=010"], [], {"count": 8}),
    (["--limit=18446744073709551615"], [], {"limit": 18446744073709551615}),
    (["--rate=1.1"], [], {"rate": 1.100000023841858}),
    (["--timeout=1h2m3.5s"], [], {"timeout": 3_723_500_000_000}),
    (["--timeout", "-5s"], [], {"timeout": -5_000_000_000}),
    (["-o", "json"], [], {"output": "json"}),
    (["--", "--name", "x"], ["--name", "x"], {"name": ""}),
    (["a", "--", "b", "--"], ["a", "b", "--"], {}),
    (["-"], ["-"], {}),
    ([""], [""], {}),
    (["--name", "--force"], [], {"name": "--force", "force": False}),
    (["--name", "--"], [], {"name": "--"}),
]

REFUSED = [
    (["--nope"], "unknown flag: --nope"),
    (["--nope=1"], "unknown flag: --nope"),
    (["--nam", "x"], "unknown flag: --nam"),
    (["-x"], "unknown shorthand flag: 'x' in -x"),
    (["-fx"], "unknown shorthand flag: 'x' in -x"),
    (["-'"], "unknown shorthand flag: '\\'' in -'"),
    (["--name"], "flag needs an argument: --name"),
    (["-n"], "flag needs an argument: 'n' in -n"),
    (["-fn"], "flag needs an argument: 'n' in -n"),
    (["---name"], "bad flag syntax: ---name"),
    (["--=x"], "bad flag syntax: --=x"),
    (["-c", "x"], 'invalid argument "x" for "-c, --count" flag: strconv.ParseInt: parsing "x": invalid syntax'),
    (["--count="], 'invalid argument "" for "-c, --count" flag: strconv.ParseInt: parsing "": invalid syntax'),
    (
        ["--count=9223372036854775808"],
        'invalid argument "9223372036854775808" for "-c, --count" flag: strconv.ParseInt: parsing '
        '"9223372036854775808": value out of range',
    ),
    (["--limit=-1"], 'invalid argument "-1" for "--limit" flag: strconv.ParseUint: parsing "-1": invalid syntax'),
    (["--rate=x"], 'invalid argument "x" for "--rate" flag: strconv.ParseFloat: parsing "x": invalid syntax'),
    (["--force=x"], 'invalid argument "x" for "-f, --force" flag: strconv.ParseBool: parsing "x": invalid syntax'),
    (["--timeout=x"], 'invalid argument "x" for "--timeout" flag: time: invalid duration "x"'),
    (["--timeout=5"], 'invalid argument "5" for "--timeout" flag: time: missing unit in duration "5"'),
    (["--timeout=5y"], 'invalid argument "5y" for "--timeout" flag: time: unknown unit "y" in duration "5y"'),
    (["-o", "xml"], 'invalid argument "xml" for "-o, --output" flag: invalid format type'),
    (
        ["--wait=x"],
        'invalid argument "x" for "--wait" flag: invalid wait input "x". '
        "Valid inputs are watcher, hookOnly, and legacy",
    ),
    (["-l", "a"], 'invalid argument "a" for "-l, --labels" flag: a must be formatted as key=value'),
    (["-l", "a=1,b,c=3"], 'invalid argument "a=1,b,c=3" for "-l, --labels" flag: b must be formatted as key=value'),
    (
        ["-v", 'a"b'],
        'invalid argument "a\\"b" for "-v, --values" flag: parse error on line 1, column 2: bare " in non-quoted-field',
    ),
    (
        ["-v", '"a'],
        'invalid argument "\\"a" for "-v, --values" flag: parse error on line 1, column 3: '
        'extraneous or missing " in quoted-field',
    ),
    (["-v", "\n"], 'invalid argument "\\n" for "-v, --values" flag: EOF'),
    (
        ["--post-renderer=a", "--post-renderer=b"],
        'invalid argument "a" for "--post-renderer" flag: plugin: {Name:a Type:postrenderer/v1} not found',
    ),
]


@pytest.mark.parametrize(("arguments", "words", "values"), READ, ids=[" ".join(row[0]) for row in READ])
def test_reads(arguments: list[str], words: list[str], values: dict[str, Any]) -> None:
    flags = _set()
    assert flags.parse(arguments) == words
    assert {name: flags[name] for name in values} == values


@pytest.mark.parametrize(("arguments", "text"), REFUSED, ids=[" ".join(row[0]) for row in REFUSED])
def test_refuses(arguments: list[str], text: str) -> None:
    with pytest.raises(UsageError) as caught:
        _set().parse(arguments)
    assert str(caught.value) == text


def test_tells_what_was_given() -> None:
    flags = _set()
    flags.parse(["--name", "x", "--old", "--wait=true"])
    assert flags.changed == {"name", "old", "wait"}
    assert flags["force"] is True
    assert flags.warnings == ["Flag --old has been deprecated, use --force instead\n"]
    assert flags.notices == ["--wait=true is deprecated (boolean value) and can be replaced with --wait=watcher"]


def test_lenient_skips_unknown_flags_and_their_values() -> None:
    flags = _set()
    words = flags.parse(["--nope", "x", "--nope=1", "-Zy", "--force", "-Z", "-n", "y", "word"], lenient=True)
    assert (words, flags["force"], flags["name"]) == (["word"], True, "y")


def test_a_second_reading_appends_to_lists() -> None:
    flags = _set()
    flags.parse(["--set", "a"])
    flags.parse(["--set", "b"])
    assert flags["set"] == ("a", "b")
