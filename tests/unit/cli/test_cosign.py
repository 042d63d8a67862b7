"""Flags on cosign's signatures that do not go together, and what is missing for them."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from charthouse.cli.main import run
from charthouse.cli.streams import Output
from charthouse.provenance import ProvenanceError
from charthouse.provenance.cosign import Subject
from charthouse.provenance.keyless import check_identity
from tests.unit.provenance.recorded import DATA, NAME

PAIR = ("--verify-cosign-identity", "ada@example.com", "--verify-cosign-issuer", "https://issuer")
REFUSED = [
    (("--verify-cosign-bundle", "b"), "--verify-cosign-bundle needs --verify-cosign-key"),
    (("--verify-cosign-key", "k", *PAIR), "--verify-cosign-key cannot be used with --verify-cosign-identity"),
    (PAIR[:2], "--verify-cosign-identity and --verify-cosign-issuer must be given together"),
    (("--verify-cosign-key", "k", *PAIR[2:]), "--verify-cosign-key cannot be used with --verify-cosign-identity"),
    (PAIR, f"there is no cosign signature for {DATA / NAME}"),
    (("--verify-cosign-key", "k"), f"there is no cosign signature for {DATA / NAME}"),
    (("--verify-cosign-key", "/no", "--verify-cosign-bundle", "b"), "open /no: no such file or directory"),
]


@pytest.mark.parametrize(("flags", "text"), REFUSED)
def test_flags(tmp_path: Path, flags: tuple[str, ...], text: str) -> None:
    out, err = Output(io.BytesIO()), Output(io.BytesIO())
    line = ["show", "chart", str(DATA / NAME), *flags]
    assert run(line, {"HOME": str(tmp_path)}, out, err, lambda: b"") == 1
    for stream in (out, err):
        stream.flush()
    assert isinstance(out.raw, io.BytesIO)
    assert isinstance(err.raw, io.BytesIO)
    assert out.raw.getvalue() == b""
    assert err.raw.getvalue().decode().splitlines()[0] == f"Error: {text}"


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sigstore.errors", None)
    with pytest.raises(ProvenanceError) as caught:
        check_identity(b"{}", Subject(()), "a", "b")
    assert str(caught.value) == "signatures by identity are checked with the sigstore library, which is not installed"
    assert caught.value.hint.startswith("`pip install 'charthouse[sigstore]'`")
    with pytest.raises(ProvenanceError, match="the bundle is larger than 4 MiB"):
        check_identity(b" " * (5 << 20), Subject(()), "a", "b")
