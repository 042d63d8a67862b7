"""Random YAML, JSON and TOML documents: grown from a grammar, or real ones with accidents.

A document is bytes, for not all that users feed is UTF-8. The same seed gives the same documents.
"""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

__all__ = ["Documents", "known_texts", "real_texts"]

FORMATS = Path(__file__).parents[2] / "unit" / "formats" / "texts.json"

_WORDS: dict[str, list[str]] = json.loads((Path(__file__).parent / "words.json").read_text())
NUMBERS, WORDS, CALM, KEYS, CALM_KEYS, TAGS, ANCHORS, ALIASES, ODD_MERGES, HEADERS, PIECES = _WORDS.values()
RAW = [
    b"\xff",
    b"\x80",
    b"\xc3",
    b"\xc3\x28",
    b"\xe2\x82",
    b"\xf0\x9f",
    b"\xed\xa0\x80",
    b"\xc0\x80",
    b"\xff\xfe",
    b"\xfe\xff",
]
RAW += [
    b"\xf4\x90\x80\x80",
    b"\xef\xbb\xbf",
    b"\xef\xbf\xbf",
    b"\xc2\x85",
    b"\xc2\x80",
    b"\x1b",
    b"\x0c",
    b"\xe2\x80\xa8",
]


def known_texts() -> list[str]:
    """The hand-written texts of the unit tests."""
    return [str(text) for text in json.loads(FORMATS.read_text())["yaml"]]


def real_texts(corpus: Path, limit: int = 300) -> list[str]:
    """Values files and rendered charts of a corpus, an even sample of at most `limit` each."""
    values = sorted((corpus / "values").rglob("*.y*ml")) if (corpus / "values").is_dir() else []
    golden = sorted((corpus / "golden").glob("*.out.gz")) if (corpus / "golden").is_dir() else []
    texts = [path.read_text(errors="surrogateescape") for path in values[:: max(1, len(values) // limit)]]
    for path in golden[:: max(1, len(golden) // limit)]:
        texts.append(gzip.decompress(path.read_bytes()).decode("utf-8", "surrogateescape"))
    return [text for text in texts if text.strip()]


class Documents:
    """Documents from a seed. texts: what accidents happen to."""

    def __init__(self, seed: int, texts: list[str]) -> None:
        self.random = random.Random(seed)
        self.texts = texts
        self.wild = 1.0  # how often oddities happen in the document at hand
        self.anchors: list[str] = []

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def one(self, choices: list[str]) -> str:
        return self.random.choice(choices)

    def document(self) -> bytes:
        self.wild = self.random.choice([0.0, 0.02, 0.1, 1.0])
        self.anchors = []
        kind = self.random.random()
        if kind < 0.45:
            data = self.grown().encode("utf-8", "surrogateescape")
        elif kind < 0.55:
            data = self.stream().encode("utf-8", "surrogateescape")
        else:
            data = self.window().encode("utf-8", "surrogateescape")
        while self.chance(0.5 if self.wild else 0.2):
            data = self.accident(data)
        return data

    def window(self) -> str:
        """Some lines of a known text."""
        text = self.random.choice(self.texts)
        lines = text.split("\n")
        count = self.random.choice([3, 8, 20, 40])
        start = self.random.randrange(max(1, len(lines) - count + 1))
        while start and lines[start][:1] == " " and self.chance(0.9):
            start -= 1
        return "\n".join(lines[start : start + count])

    def stream(self) -> str:
        parts = [self.grown() for _ in range(self.random.randint(1, 3))]
        separators = ["---\n", "--- ", "...\n", "---\n---\n", "--- #c\n", "\n---\n", "%YAML 1.1\n---\n", "---\r\n"]
        return "".join(self.one(separators) + part for part in parts)

    def grown(self) -> str:
        text = self.node(0, 0)
        text = text if text.endswith("\n") or self.chance(0.2) else text + "\n"
        if self.chance(0.05):
            text = text.replace("\n", "\r\n")
        return ("\ufeff" if self.chance(0.02) else "") + text.lstrip("\n")

    def scalar(self) -> str:
        if not self.chance(self.wild):
            return self.one(CALM)
        kind = self.random.random()
        if kind < 0.35:
            text = self.one(NUMBERS)
        elif kind < 0.8:
            text = self.one(WORDS)
        else:
            text = " ".join(self.one(WORDS) for _ in range(self.random.randint(2, 4)))
        if self.chance(0.12):
            quote = self.one(['"', "'"])
            text = quote + text.replace(quote, quote * 2 if quote == "'" else '\\"') + quote
        return text

    def key(self) -> str:
        if not self.chance(self.wild):
            return self.one(CALM_KEYS)
        return self.one(KEYS) if self.chance(0.8) else self.scalar()

    def properties(self) -> str:
        text = ""
        if self.chance(0.06):
            text += (self.one(TAGS) if self.chance(self.wild) else "!!str") + " "
        if self.chance(0.06):
            anchor = self.one(ANCHORS) if self.chance(self.wild) else self.one(["&a", "&b"])
            self.anchors.append("*" + anchor[1:])
            text += anchor + " "
        return text

    def alias(self) -> str:
        return self.one(ALIASES) if self.chance(self.wild) or not self.anchors else self.one(self.anchors)

    def comment(self) -> str:
        return self.one([" # c", " #", "  # a: b", "\t# t", " # ☃"]) if self.chance(0.05) else ""

    def node(self, depth: int, indent: int) -> str:
        """A node behind `key:` or `-`, or at the top."""
        kind = self.random.random()
        if depth == 0:
            kind = kind * 0.5 + (0.5 if self.chance(0.08) else 0)
        if kind < 0.35 and depth < 4:
            return self.mapping(depth, indent)
        if kind < 0.48 and depth < 4:
            return self.sequence(depth, indent)
        if kind < 0.56:
            return " " + self.properties() + self.flow(depth) + self.comment() + "\n"
        if kind < 0.62:
            return self.block_scalar(indent)
        if kind < 0.66:
            return " " + (self.alias() if self.wild or self.anchors else "x") + "\n"
        if kind < 0.7:
            return " " + self.properties() + "\n"
        if kind < 0.73:
            return " " + self.scalar() + "\n" + " " * (indent + self.random.randint(0, 2)) + self.scalar() + "\n"
        return " " + self.properties() + self.scalar() + self.comment() + "\n"

    def lead(self, depth: int) -> str:
        return " " + self.properties().rstrip() + self.comment() + "\n" if depth else "\n"

    def mapping(self, depth: int, indent: int) -> str:
        out = self.lead(depth)
        for _ in range(self.random.randint(1, 4)):
            pad = " " * indent
            if self.chance(0.2 * self.wild):
                pad = self.one(["\t", " " * (indent + 1), " " * max(0, indent - 1)])
            step = self.random.choice([2, 2, 2, 4, 1])
            key = self.key()
            if self.chance(0.03):
                out += f"{pad}? {key}\n{pad}:{self.node(depth + 1, indent + step)}"
                continue
            if key == "<<":
                merged = self.one(
                    ["{a: 1}", "[{x: 1}, {x: 2, y: 3}]", "{}", *self.anchors] + ODD_MERGES * bool(self.wild)
                )
                out += f"{pad}<<: {merged}\n"
                continue
            colon = self.one([" :", "", ": #", ":\t"]) if self.chance(0.2 * self.wild) else ":"
            out += f"{pad}{key}{colon}{self.node(depth + 1, indent + step)}"
            if self.chance(0.06):
                out += self.one(["\n", "# c\n", pad + "# c\n", "   \n", "\t\n"])
        return out

    def sequence(self, depth: int, indent: int) -> str:
        out = self.lead(depth)
        indent = max(0, indent - self.random.choice([0, 0, 2]))
        for _ in range(self.random.randint(1, 4)):
            inner = self.node(depth + 1, indent + 2)
            if self.chance(0.5) and inner.startswith(" \n" + " " * (indent + 2)):
                inner = " " + inner.lstrip(" \n")
            out += " " * indent + "-" + inner
        return out

    def block_scalar(self, indent: int) -> str:
        out = " " + self.properties() + (self.one(HEADERS) if self.chance(self.wild) else self.one(HEADERS[:6])) + "\n"
        for _ in range(self.random.randint(0, 4)):
            shift = self.random.choice([0, 0, 0, 1, 2]) if not self.wild else self.random.choice([0, 0, 0, 0, 1, 2, -1])
            pad = " " * max(0, indent + shift)
            out += self.one(["", "", pad, pad + self.scalar(), pad + self.scalar(), pad + "word  ", pad + "\tx"]) + "\n"
        return out

    def flow(self, depth: int) -> str:
        if depth > 5 or self.chance(0.4):
            return self.scalar()
        parts = [self.properties() + self.flow(depth + 1) for _ in range(self.random.randint(0, 3))]
        comma = self.one([", ", ",", ",\n  ", " ,", ", # c\n "])
        if self.chance(0.5):
            return "[" + comma.join(parts) + (self.one(["]", ",]", ""]) if self.chance(self.wild) else "]")
        colon = self.one([": ", ":", " : "]) if self.chance(self.wild) else ": "
        odd = self.chance(self.wild)
        pairs = [(self.one([self.key() + colon, "", "? "]) if odd else self.key() + colon) + part for part in parts]
        return "{" + comma.join(pairs) + (self.one(["}", ",}", ""]) if self.chance(self.wild) else "}")

    def accident(self, data: bytes) -> bytes:
        """One mutation."""
        at = self.random.randrange(len(data) + 1)
        kind = self.random.random()
        if kind < 0.4:
            return data[:at] + self.one(PIECES).encode("utf-8") + data[at:]
        if kind < 0.55:
            return data[:at] + data[at + self.random.randrange(1, 4) :]
        if kind < 0.65:
            other = self.random.randrange(len(data) + 1)
            return data[:at] + data[other : other + 10] + data[at:]
        if kind < 0.75:
            return data[:at] + (self.one(NUMBERS) if self.chance(0.5) else self.one(WORDS)).encode() + data[at:]
        if kind < 0.9:
            return self.line_accident(data)
        if kind < 0.95:
            return data[:at] + self.random.choice(RAW) + data[at:]
        return data[:at] + bytes([self.random.randrange(256)]) + data[at + 1 :]

    def line_accident(self, data: bytes) -> bytes:
        lines = data.split(b"\n")
        at = self.random.randrange(len(lines))
        kind = self.random.randrange(6)
        if kind == 0:
            lines[at] = b" " * self.random.randint(1, 3) + lines[at]
        elif kind == 1:
            lines[at] = lines[at][self.random.randint(1, 3) :]
        elif kind == 2:
            lines.insert(at, lines[self.random.randrange(len(lines))])
        elif kind == 3:
            del lines[at]
        elif kind == 4:
            lines[at] = b"\t" + lines[at].lstrip()
        else:
            key, colon, _ = lines[at].partition(b":")
            lines[at] = key + colon + b" " + self.scalar().encode() if colon else lines[at]
        return b"\n".join(lines)
