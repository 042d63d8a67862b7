"""``--set`` and its kin that cannot be read: the text with a mark, and how it is written."""

from __future__ import annotations

import re

from charthouse.advice.secrecy import is_confidential, veiled_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["json_hint", "setting_hint"]

_INDEX = re.compile(r"\[([^\]]*)(\]|$)")


def setting_hint(flag: str, text: str, message: str, held: Mapping[str, Any]) -> str:
    """The hint for a ``--set`` text. flag: its name; message: what is wrong with it; held: the values before it."""
    at, width, advice = _mistake(flag, text, message, held)
    return "\n".join([*_marked(f"--{flag} ", text, at, width), advice])


def _marked(head: str, text: str, at: int, width: int) -> list[str]:
    shown = veiled_text(text)
    if at < 0:
        return [head + shown]
    return [head + shown, " " * (len(head) + at) + "^" * max(1, width)]


def _mistake(flag: str, text: str, message: str, held: Mapping[str, Any]) -> tuple[int, int, str]:
    found = re.search(r'key (?:map )?"(.*?)" has no value( \(cannot end with ,\))?', message)
    if found is not None:
        return _no_value(flag, text, found[1], ends=bool(found[2]))
    if "list must terminate" in message:
        return text.rfind("{"), 1, "a list is written {a,b} and must end with }; in a shell quote it: 'key={a,b}'"
    if "index" in message:
        index = _INDEX.search(text)
        at, width = (index.start(), index.end() - index.start()) if index else (-1, 1)
        return at, width, "an index is a whole number from 0 to 65536: list[0]=a (in a shell: 'list[0]=a')"
    if "interface conversion" in message:
        return _clash(text, held)
    if "nested level" in message:
        return -1, 1, "names may be nested 30 deep; give deeper values with -f or --set-json"
    return -1, 1, "write name=value,other.name=value, list[0]=value or list={a,b}; \\, stands for a comma"


def _no_value(flag: str, text: str, name: str, *, ends: bool) -> tuple[int, int, str]:
    at = text.rfind(name) if name else text.rfind(",")
    start = text.rfind(",", 0, at) + 1 if at >= 0 else 0
    if ends:
        return at, len(name), f"`{name}` needs its value: {name}=…, or drop the comma behind it"
    head = text[: max(0, start - 1)]
    key, _, value = head[head.rfind(",") + 1 :].partition("=")
    if key and value:
        rest = text[start:] if not is_confidential((key,)) else "*" * len(text[start:])
        one = veiled_text(f"{key}={value}")
        return (
            start,
            len(rest),
            f"a comma begins another name=value: if it is part of the value write --{flag} '{one}\\,{rest}', "
            f"if this is a list --{flag} '{key}={{{one[len(key) + 1 :]},{rest}}}'",
        )
    return start, len(text) - start, f"a name needs a value: --{flag} {text[start:]}=…"


def _clash(text: str, held: Mapping[str, Any]) -> tuple[int, int, str]:
    """A key that is given something below it, and holds something else already."""
    value: Any = held
    name = text.partition("=")[0]
    path = ""
    for found in re.finditer(r"([^.\[\]]+)|\[(\d+)\]", name):
        step: str | int = found[1] if found[1] is not None else int(found[2])
        fits = isinstance(value, list) if isinstance(step, int) else isinstance(value, dict)
        if not fits:
            from charthouse.advice.secrecy import shown

            wanted = "a list" if isinstance(step, int) else "a map"
            return (
                0,
                found.start() - 1 if isinstance(step, str) else found.start(),
                f"{path} is {shown(value, (path,))} already (from a flag or file before), so it cannot be {wanted}: "
                "give all of it in one way",
            )
        if isinstance(value, dict):
            value = value.get(str(step), {})
        else:
            value = value[step] if isinstance(step, int) and step < len(value) else {}
        path = f"{path}[{step}]" if isinstance(step, int) else f"{path}.{step}" if path else step
    return -1, 1, "a key cannot be a text, a list and a map at once: give all of it in one way"


def json_hint(text: str) -> str:
    """The hint for a ``--set-json`` text."""
    import json

    name, equals, _ = text.partition("=")
    whole = text.lstrip().startswith("{")
    start = 0 if whole or not equals else len(name) + 1
    try:
        json.JSONDecoder().raw_decode(text[start:].lstrip())
    except ValueError as error:
        at = start + getattr(error, "pos", 0)
        return "\n".join(
            [
                *_marked("--set-json ", text, min(at, len(text)), 1),
                "JSON wants names and texts in double quotes, and the shell single quotes around it all: "
                '--set-json \'key={"a": [1, "b"]}\'',
            ]
        )
    if not equals:
        return f"--set-json takes name=JSON, or a whole JSON object: --set-json '{{\"{name}\": …}}'"
    return "--set-json takes name=JSON,name=JSON, or a whole JSON object"
