"""Values in hints without giving secrets away.

The rule: a value is confidential when a key on its path has one of the words below ("dbPassword", "api-key",
"auth.token"), or when the template at work makes a Secret. Then only its type and length are shown. Lines of values
files and of rendered text are shown without what stands behind a confidential key's colon. Helm's own text is printed
as it is.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["is_confidential", "makes_secret", "shown", "veiled_line", "veiled_text"]

_WORDS = frozenset([
    "credential", "credentials", "cert", "crt", "apikey", "htpasswd", "key", "keys", "kubeconfig",
    "passphrase", "passwd", "password", "passwords", "pass", "private", "privatekey", "pw", "pwd", "salt",
    "secret", "secrets", "secretkey", "signature", "token", "tokens",
])  # fmt: skip
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_ENDINGS = ("password", "passwd", "secret", "token", "apikey", "credential", "credentials", "privatekey")
_SECRET_KIND = re.compile(r"^kind:[ \t]*[\"']?Secret[\"']?[ \t\r]*$", re.M)
_PAIR = re.compile(r"^(\s*(?:- +)*[\"']?)([A-Za-z0-9_.\-/]+)([\"']?[ \t]*[:=][ \t]*)(\S.*)$")
# A value goes on behind a comma up to the next `name=`: a secret may hold commas nobody escaped.
_SETTING = re.compile(r"([A-Za-z0-9_.\-/\[\]\\]+=)([^,]*(?:,(?![^,=]*=)[^,]*)*)")
_KEY_OF_JSON = re.compile(r'"([^"]*)"\s*:\s*')
_VALUE_OF_JSON = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[{].*|[^,}\]]*', re.S)
_STRUCTURE = ("apiVersion", "kind", "metadata", "name", "namespace", "type", "immutable")
_MAX_TEXT = 60


def is_confidential(path: Sequence[str | int]) -> bool:
    """Whether a key on a path of values speaks of secrets."""
    return any(isinstance(key, str) and _speaks_of_secrets(key) for key in path)


def _speaks_of_secrets(key: str) -> bool:
    words = [word.lower() for word in _PARTS.findall(key)]
    return not _WORDS.isdisjoint(words) or "".join(words).endswith(_ENDINGS)


def makes_secret(text: str) -> bool:
    """Whether a template or a rendered text has an object of kind Secret."""
    return _SECRET_KIND.search(text) is not None


def shown(value: object, path: Sequence[str | int] = (), *, veiled: bool = False) -> str:
    """A value in words: its type, and its text unless it is confidential. path: keys that lead to it."""
    hidden = veiled or is_confidential(path)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "the boolean " + ("true" if value else "false")
    if isinstance(value, (int, float)):
        return "a number (not shown)" if hidden else f"the number {_number(value)}"
    if isinstance(value, str):
        if not value:
            return "an empty text"
        if hidden:
            return f"a text of {len(value)} characters (not shown)"
        from charthouse.golang.strconv import quote

        return "the text " + quote(value if len(value) <= _MAX_TEXT else value[:_MAX_TEXT] + "…")
    if isinstance(value, dict):
        from charthouse.advice.nearness import listed

        return f"a map with {listed(map(str, value))}" if value else "an empty map"
    if isinstance(value, (list, tuple)):
        return f"a list of {len(value)}" if value else "an empty list"
    from charthouse.golang.kinds import go_type

    return f"a {go_type(value)}"


def _number(value: float) -> str:
    from charthouse.golang.fmt import sprintf

    return sprintf("%v", [value])


def veiled_line(line: str, *, all_of_it: bool = False) -> str:
    """A line of YAML without what a confidential key holds; all_of_it: without what any key holds."""
    pair = _PAIR.match(line)
    if pair is None or pair[4].startswith(("{{", "|", ">", "&", "*", "#")):
        return line if pair is not None or not all_of_it else _hidden_rest(line)
    if all_of_it and pair[2] in _STRUCTURE:
        return line
    if all_of_it or _speaks_of_secrets(pair[2]):
        return f"{pair[1]}{pair[2]}{pair[3]}({len(pair[4])} characters not shown)"
    return line


def _hidden_rest(line: str) -> str:
    """A line of a Secret that is no pair: part of a longer text."""
    bare = line.strip()
    structural = not bare or bare.startswith(("---", "#")) or bare.endswith(":")
    return line if structural else line[: len(line) - len(line.lstrip())] + f"({len(bare)} characters not shown)"


def veiled_text(text: str) -> str:
    """A ``--set`` text, of JSON too, with a star for each character a confidential name is given."""

    def veil(found: re.Match[str]) -> str:
        return found[1] + "*" * len(found[2]) if _speaks_of_secrets(found[1]) else found[0]

    text = _SETTING.sub(veil, text)
    for key in _KEY_OF_JSON.finditer(text):
        if _speaks_of_secrets(key[1]):
            value = _VALUE_OF_JSON.match(text, key.end())
            end = value.end() if value is not None else key.end()
            text = text[: key.end()] + "*" * (end - key.end()) + text[end:]
    return text
