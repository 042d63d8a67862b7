"""Splitting rendered text into YAML documents, by Helm's rule rather than YAML's.

Whose rules: Helm 4.3.1 pkg/release/v1/util/manifest.go SplitManifests: a document ends where a line begins with `---`
(blanks behind it go too, other text behind it belongs to the next document); documents of white space alone are
dropped; a document loses the white space before it and keeps what follows it.

Helm 3.17.3 (pkg/releaseutil/manifest.go): a separator also takes the white space around it, lines included, so that of
two in a row the second stays as text; documents lose the white space on both sides.
"""

from __future__ import annotations

from charthouse.golang.space import SPACE

__all__ = ["split", "split_helm3", "split_manifests"]


def split(text: str) -> list[str]:
    """The documents of `text`, in order."""
    text = text.lstrip(SPACE)
    if text[:3] == "---":
        text = "\n" + text
    if "\n---" not in text:
        return [text] if text.strip(SPACE) else []
    out = []
    pieces = text.split("\n---")
    last = len(pieces) - 1
    for i, piece in enumerate(pieces):
        # The newline before a separator belongs to the document before it.
        piece = piece.lstrip(SPACE)
        if piece:
            out.append(piece + "\n" if i < last else piece)
    return out


split_manifests = split

_BLANK = "\t\n\f\r "


def split_helm3(text: str) -> list[str]:
    """The documents of `text` by Helm 3's rule, in order."""
    text = text.strip(SPACE)
    pieces = []
    at = 0
    if text.startswith("---"):
        at = _behind(text, 3)
    while (found := text.find("\n---", at)) >= 0:
        pieces.append(text[at:found].rstrip(_BLANK))
        at = _behind(text, found + 4)
    pieces.append(text[at:])
    return [piece.strip(SPACE) for piece in pieces if piece]


def _behind(text: str, at: int) -> int:
    """Where what is not blank begins again."""
    while at < len(text) and text[at] in _BLANK:
        at += 1
    return at
