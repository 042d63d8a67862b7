"""Literal and folded blocks for the fast YAML reader (see ``block``).

Rules: go.yaml.in/yaml/v2 v2.4.4 scannerc.go, yaml_parser_scan_block_scalar.
"""

from __future__ import annotations

from charthouse.formats.yaml.inline import Unusual, nothing_follows

__all__ = ["block_scalar"]


def block_scalar(lines: list[str], at: int, header: str, parent: int) -> tuple[str, int]:
    """A block's text, and the line behind it. at: the line behind the header; parent: the column it is indented by.

    Raises Unusual for what is not surely right.
    """
    chomp, given, end = _header(header)
    if not nothing_follows(header, end):
        raise Unusual
    indent = max(parent, 0) + given if given else _content_indent(lines, at, parent)
    content, tail, at = _content(lines, at, indent)
    if not content:
        return "\n" * tail if chomp == "+" else "", at
    text = "\n".join(content) if header[0] == "|" else _fold(content)
    # the last line lacks its break only at the very end of the text
    if chomp == "-" or (at >= len(lines) and tail == 0):
        return text, at
    return text + "\n" + ("\n" * tail if chomp == "+" else ""), at


def _header(header: str) -> tuple[str, int, int]:
    """Chomping indicator, indentation indicator (0 for none), and where they end."""
    chomp, given, at = "", 0, 1
    while at < len(header) and header[at] in "+-123456789":
        if header[at] in "+-":
            if chomp:
                raise Unusual
            chomp = header[at]
        elif given:
            raise Unusual
        else:
            given = int(header[at])
        at += 1
    return chomp, given, at


def _content_indent(lines: list[str], at: int, parent: int) -> int:
    """The column of a block's content, found from its first line that is not empty."""
    widest = 0
    for number in range(at, len(lines)):
        line = lines[number]
        body = line.lstrip(" ")
        indent = len(line) - len(body)
        if body:
            if body[0] == "\t":
                raise Unusual
            return max(widest, indent, parent + 1, 1)
        widest = max(widest, indent)
    return max(widest, parent + 1, 1)


def _content(lines: list[str], at: int, indent: int) -> tuple[list[str], int, int]:
    """The lines of a block without their indentation, how many empty ones stand behind them, and the line after all."""
    size = len(lines)
    pad = " " * indent
    out: list[str] = []
    keep = 0
    while at < size:
        line = lines[at]
        if line.startswith(pad):
            text = line[indent:]
            out.append(text)
            if text:
                keep = len(out)
            elif at == size - 1:
                raise Unusual
        elif not line.strip(" "):
            if at == size - 1:
                if line:
                    raise Unusual
                break  # the end of the text, not a line
            out.append("")
        elif line.lstrip(" ")[0] == "\t":
            raise Unusual
        else:
            break
        at += 1
    tail = len(out) - keep
    del out[keep:]
    return out, tail, at


def _fold(lines: list[str]) -> str:
    """Folded lines joined: one break between two plain lines is a space, those around blanks and indented ones stay."""
    out = [lines[0]] if lines[0] else []
    pending = 0 if lines[0] else 1
    previous_blank = lines[0][:1] in (" ", "\t") if lines[0] else False
    seen = bool(lines[0])
    for line in lines[1:]:
        if not line:
            pending += 1
            continue
        blank = line[0] in " \t"
        if seen:
            if previous_blank or blank:
                out.append("\n" + "\n" * pending)
            else:
                out.append("\n" * pending if pending else " ")
        else:
            out.append("\n" * pending)
        pending = 0
        out.append(line)
        previous_blank = blank
        seen = True
    return "".join(out)
