"""What the fuzzer feeds: one function for each reader of text that strangers write.

A target takes any bytes. It returns, or raises an error of ours (``CharthouseError``, ``GoError``): everything else is
a find. Where two of our readers must agree, or what was read can be written and read again, the target asserts it; that
finds wrong answers, not only crashes. ``tools/fuzz/run.py`` drives them; ``tests/unit/security/test_fuzz_finds.py``
runs each over what was found before.
"""

from __future__ import annotations

import io
import marshal
import tarfile

from charthouse.errors import CharthouseError
from charthouse.golang.kinds import GoError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["EXPECTED", "TARGETS", "outcome"]

EXPECTED = (CharthouseError, GoError)
"""What a reader may raise."""


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def outcome(function: Callable[..., Any], *arguments: Any) -> Any:
    """What a function answers, or the text of the error it refuses with."""
    try:
        return function(*arguments)
    except EXPECTED as error:
        return f"{type(error).__name__}: {error}"


def lexer(data: bytes) -> None:
    """Tokens follow each other through the text and end."""
    from charthouse.gotemplate.lexer import EOF, ERROR, Lexer, token_text

    text = _text(data)
    tokens = Lexer(text)
    for _ in range(2 * len(text) + 10):
        token = tokens.next()
        token_text(token)
        if token[0] in (EOF, ERROR):
            return
    raise AssertionError("the lexer does not end")


def parser(data: bytes) -> None:
    """The fast scanner and the exact parser make the same tree or refuse alike; trees survive the cache."""
    from charthouse.gotemplate.deepstack import deep
    from charthouse.gotemplate.parser import parse_exactly
    from charthouse.gotemplate.scanner import parse_text

    text = _text(data)
    fast = outcome(parse_text, "t", text)
    try:
        exact = outcome(parse_exactly, "t", text)
    except RecursionError:
        exact = outcome(lambda: deep(lambda: parse_exactly("t", text)))
    assert fast == exact, f"scanner: {fast!r}\nparser:  {exact!r}"
    if isinstance(fast, tuple):
        assert marshal.loads(marshal.dumps(fast)) == fast


def _same(left: Any, right: Any) -> bool:
    """Equality down to the types, NaN equal to itself."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(_same(item, right[key]) for key, item in left.items())
    if isinstance(left, list):
        return len(left) == len(right) and all(map(_same, left, right))
    return bool(left == right or (left != left and right != right))


def yaml(data: bytes) -> None:
    """Line reader and complete reader agree; what was read is read the same once written."""
    from charthouse.formats.yaml import YamlError, dump, dump_pretty, load_values
    from charthouse.formats.yaml.reader import read_fully

    text = _text(data)
    fast = outcome(load_values, text)
    exact = outcome(read_fully, text, float)
    if isinstance(exact, str) and exact.startswith("YamlError: "):
        exact = exact.replace(": ", ": error converting YAML to JSON: ", 1)
    assert _same(fast, exact), f"lines: {fast!r}\ncomplete: {exact!r}"
    if isinstance(fast, str) and fast.startswith("YamlError: "):
        return
    if any(mark in ascii(fast) for mark in ("\\x85", "\\u2028", "\\u2029")):
        return  # go-yaml folds these line breaks when it writes and when it reads
    for write in (dump, dump_pretty):
        try:
            written = write(fast)
        except YamlError:
            continue
        again = load_values(written)
        assert _same(fast, again), f"{write.__name__}: {fast!r}\nwritten: {written!r}\nread: {again!r}"


def documents(data: bytes) -> None:
    """Rendered text is cut and its heads are read, or it is refused."""
    from charthouse.formats.yaml import load_values_documents
    from charthouse.logs import silent
    from charthouse.manifests.sort import sort

    outcome(load_values_documents, _text(data))
    outcome(lambda: sort({"c/templates/x.yaml": _text(data)}, log=silent))


def _packed(data: bytes) -> bytes:
    """The bytes as an archive: a tar stream compressed, so that the fuzzer need not invent deflate."""
    import zlib

    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    return packer.compress(data) + packer.flush()


def _mended(data: bytes) -> bytes:
    """A tar stream whose headers have the right checksum, which no fuzzer guesses."""
    blocks = bytearray(data)
    at = 0
    while at + 512 <= len(blocks):
        header = blocks[at : at + 512]
        header[148:156] = b" " * 8
        blocks[at + 148 : at + 156] = b"%06o\0 " % sum(header)
        size = bytes(header[124:136]).strip(b" \0")
        at += 512 + (-(-int(size, 8) // 512) * 512 if size.isdigit() and not set(size) & set(b"89") else 0)
    return bytes(blocks)


def archive(data: bytes) -> None:
    """A chart is loaded or refused, from gzip or a bare tar stream, and no member's name leaves the chart."""
    from charthouse.charts.loader import load_archive
    from charthouse.charts.tarball import read_archive
    from charthouse.logs import silent

    for packed in (data, _packed(data), _packed(_mended(data))):
        files = outcome(lambda packed=packed: read_archive(packed, limit=1 << 20))
        if isinstance(files, str):
            continue
        for file in files:
            parts = file.name.split("/")
            assert ".." not in parts, file.name
            assert "" not in parts, file.name
            assert "\0" not in file.name, file.name
        outcome(lambda packed=packed: load_archive(packed, log=silent))


def members(data: bytes) -> None:
    """A well-formed archive whose members' texts are the fuzzer's: `name NUL text NUL name NUL text …`."""
    from charthouse.charts.dependencies import process
    from charthouse.charts.loader import load_archive
    from charthouse.logs import silent

    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as out:
        pieces = data.split(b"\0")
        for name, text in zip(pieces[::2], pieces[1::2], strict=False):
            info = tarfile.TarInfo("c/" + name.decode("utf-8", "surrogateescape"))
            info.size = len(text)
            out.addfile(info, io.BytesIO(text))
    chart = outcome(lambda: load_archive(_packed(buffer.getvalue()), log=silent))
    if not isinstance(chart, str):
        outcome(lambda: process(chart, {}, log=silent))


def strvals(data: bytes) -> None:
    """Each kind of --set reads or refuses a text."""
    from charthouse.formats import strvals as reader

    text = _text(data)
    for parse in (reader.parse, reader.parse_literal, reader.parse_string):
        outcome(parse, text)
    outcome(lambda: reader.parse_json_into(text, {"a": [1], "b": {"c": None}}))
    outcome(lambda: reader.parse_into(text, {"a": [1], "b": {"c": None}}))


def semver(data: bytes) -> None:
    """A version prints as it was read; a constraint answers for every version."""
    from charthouse.formats.semver import Constraint, Version

    text = _text(data)
    version = outcome(Version.parse, text)
    if isinstance(version, Version):
        assert str(Version.parse(str(version))) == str(version)
    constraint = outcome(Constraint.parse, text)
    if isinstance(constraint, Constraint):
        for known in ("1.2.3", "0.0.0-a.1+b", "10.0.0"):
            held = constraint.check(Version.parse(known))
            assert held == constraint.validate(Version.parse(known))[0]


def schema(data: bytes) -> None:
    """A schema applies to values, or its refusal has words."""
    from charthouse.charts.schema import validate_values

    values = {"a": "x", "b": [1.0, "x", None], "c": {"d": True}, "e": None}
    assert "stack overflow" not in validate_values(values, data)


def toml(data: bytes) -> None:
    """What was read is read the same once written."""
    from charthouse.formats import toml as format_

    value = outcome(format_.load, _text(data))
    if isinstance(value, dict):
        written = outcome(format_.dump, value)
        if not written.startswith(("GoError", "Toml")):
            outcome(format_.load, written)


def json(data: bytes) -> None:
    """CPython's scanner and our reader agree; what was read is read the same once written."""
    from charthouse.golang.json import decode, decode_prefix, encode
    from charthouse.golang.json_syntax import read

    text = _text(data)
    value = outcome(decode, text)
    exact = outcome(read, text, _go_float, _go_float)
    assert _same(value, exact), f"fast: {value!r}\nexact: {exact!r}"
    outcome(decode_prefix, text)
    if not (isinstance(value, str) and value.startswith("GoError: ")):
        assert _same(decode(encode(value)), value)


def _go_float(text: str) -> float:
    from charthouse.golang import json as module

    return module._go_float(text)


def expression(data: bytes) -> None:
    """A regular expression compiles or is refused, and matches in time: `expression NUL text`."""
    from charthouse.golang.regexp import compile as compile_expression

    pattern, _, text = _text(data).partition("\0")
    found = outcome(compile_expression, pattern)
    if not isinstance(found, str):
        outcome(found.match, text or pattern)
        outcome(lambda: found.replace_all(text or pattern, "<$0>"))


TARGETS: dict[str, Callable[[bytes], None]] = {
    "lexer": lexer,
    "parser": parser,
    "yaml": yaml,
    "documents": documents,
    "archive": archive,
    "members": members,
    "strvals": strvals,
    "semver": semver,
    "schema": schema,
    "toml": toml,
    "json": json,
    "expression": expression,
}
