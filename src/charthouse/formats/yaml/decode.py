"""Nodes to values: go-yaml v2's decoder into an interface, then sigs.k8s.io/yaml's way through JSON.

Whose rules: `decode.go`, `resolve.go` (go.yaml.in/yaml/v2 v2.4.4) and `yaml.go` convertToJSONableObject
(sigs.k8s.io/yaml v1.6.0). Merge keys do not override what stands before them and are overridden by what follows, as
go-yaml's order of assignment makes it; of duplicate keys the last wins, or with ``strict`` is reported.
"""

from __future__ import annotations

from charthouse.formats.yaml.errors import YamlError
from charthouse.formats.yaml.nodes import ALIAS, MAP, SCALAR, SEQUENCE, Node
from charthouse.formats.yaml.resolve import WORDS, resolve_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["Decoder", "infinity_text", "real_number", "refuse_infinities", "to_json"]

_PREFIX = "tag:yaml.org,2002:"
_STR, _BOOL, _INT, _FLOAT, _NULL, _TIME, _BINARY, _MERGE = (
    _PREFIX + name for name in ("str", "bool", "int", "float", "null", "timestamp", "binary", "merge")
)
_LOW, _HIGH = 400000, 4000000


def _short(tag: str) -> str:
    return "!!" + tag[len(_PREFIX) :] if tag.startswith(_PREFIX) else tag


def _fail(text: str, line: int = 0) -> YamlError:
    return YamlError("yaml: " + text, line=line)


def _resolve_untagged(text: str) -> tuple[str, Any]:
    """The tag and value go-yaml's resolve finds for a plain scalar."""
    if text in WORDS:
        word = WORDS[text]
        tag = _NULL if word is None else _BOOL if type(word) is bool else _FLOAT
        return tag, word
    number = resolve_number(text)
    if number is None:
        return _STR, text
    return (_INT if type(number) is int else _FLOAT), number


def _resolve(tag: str, text: str, line: int) -> tuple[str, Any]:
    """resolve.go `resolve`: the value of a scalar under an explicit tag, or under none."""
    if tag in ("", _BOOL, _INT, _FLOAT, _NULL, _TIME):
        found, value = _resolve_untagged(text)
        if tag in ("", found):
            return found, value
        if tag == _TIME and found == _STR:
            from charthouse.formats.yaml.resolve import is_timestamp

            if text and text[0] in "+-0123456789" and is_timestamp(text):
                return _STR, text
        if tag == _FLOAT and type(value) is int and value < 1 << 63:
            return _FLOAT, float(value)
        raise _fail(f"cannot decode {_short(found)} `{text}` as a {_short(tag)}", line + 1)
    return tag, text


class _Dict(dict):  # type: ignore[type-arg]
    """A map[interface {}]interface {} on its way: keys are (type name, value), as Go tells 1 and "1" apart."""

    __slots__ = ()


class Decoder:
    """Decodes the nodes of one document. strict: duplicate keys are collected in `problems`."""

    def __init__(self, *, strict: bool = False) -> None:
        self.strict = strict
        self.problems: list[str] = []
        self.count = self.alias_count = self.alias_depth = 0
        self.busy: set[int] = set()

    def decode(self, node: Node) -> Any:
        self.count += 1
        if self.alias_depth:
            self.alias_count += 1
            if self.alias_count > 100 and self.count > 1000 and self.alias_count / self.count > _allowed(self.count):
                raise _fail("document contains excessive aliasing")
        kind = node.kind
        if kind == SCALAR:
            return self.scalar(node)
        if kind == MAP:
            out = _Dict()
            self.fill(node, out)
            return out
        if kind == SEQUENCE:
            return [self.decode(child) for child in node.children]
        return self.through_alias(node, self.decode)

    def through_alias(self, node: Node, use: Any) -> Any:
        if id(node) in self.busy or node.target is None:
            raise _fail(f"anchor '{node.value}' value contains itself", node.line + 1)
        self.busy.add(id(node))
        self.alias_depth += 1
        try:
            return use(node.target)
        finally:
            self.alias_depth -= 1
            self.busy.discard(id(node))

    def scalar(self, node: Node) -> Any:
        text, tag = node.value, node.tag
        if not tag and not node.plain:
            return text
        found, value = _resolve(tag, text, node.line)
        if found == _BINARY:
            return _base64(text, node.line)
        return value

    def fill(self, node: Node, out: _Dict) -> None:
        children = node.children
        for at in range(0, len(children), 2):
            key_node, value_node = children[at], children[at + 1]
            if key_node.kind == SCALAR and key_node.value == "<<" and (key_node.plain or key_node.tag == _MERGE):
                self.merge(value_node, out)
                continue
            key = self.decode(key_node)
            if isinstance(key, (dict, list)):
                raise _fail(f"invalid map key: {go_syntax(key)}", key_node.line + 1)
            value = self.decode(value_node)
            name = (type(key), key)
            if self.strict and name in out:
                self.problems.append(f"line {value_node.line + 1}: key {go_syntax(key)} already set in map")
                continue
            out[name] = value

    def merge(self, node: Node, out: _Dict) -> None:
        if node.kind == SEQUENCE:
            for child in reversed(node.children):
                self.merge_one(child, out)
        else:
            self.merge_one(node, out)

    def merge_one(self, node: Node, out: _Dict) -> None:
        target = node.target if node.kind == ALIAS else node
        if target is None or target.kind != MAP:
            raise _fail("map merge requires map or sequence of maps as the value", node.line + 1)
        self.count += 1
        if node.kind == ALIAS:
            self.through_alias(node, lambda found: self.counted_fill(found, out))
        else:
            self.fill(node, out)

    def counted_fill(self, node: Node, out: _Dict) -> None:
        self.count += 1
        self.alias_count += 1
        self.fill(node, out)


def _allowed(count: int) -> float:
    if count <= _LOW:
        return 0.99
    if count >= _HIGH:
        return 0.10
    return 0.99 - 0.89 * ((count - _LOW) / (_HIGH - _LOW))


def _base64(text: str, line: int) -> str:
    from binascii import a2b_base64

    body = text.replace("\n", "").replace("\r", "")
    try:
        data = a2b_base64(body, strict_mode=True) if body else b""
    except ValueError:
        raise _fail("!!binary value contains invalid base64 data", line + 1) from None
    return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in data.decode("utf-8", "surrogateescape"))


_KINDS = (type(None), str, int, float, bool)


def _place(name: tuple[type, Any]) -> tuple[int, Any]:
    """Where fmt prints a key among keys of all kinds: by kind (uint64 before int), then by value, NaN first."""
    kind, key = name
    rank = 2 * _KINDS.index(kind)
    if kind is str:
        return rank, key.encode("utf-8", "surrogateescape")
    if kind is int:
        return rank - (key >= 1 << 63), key
    if kind is float:
        return rank, (key == key, key)
    return rank, bool(key)


def go_syntax(value: Any) -> str:
    """`%#v` of a decoded value."""
    from charthouse.golang.json import general
    from charthouse.golang.strconv import quote

    if isinstance(value, _Dict):
        names = sorted(value, key=_place)
        inside = ", ".join(f"{go_syntax(name[1])}:{go_syntax(value[name])}" for name in names)
        return "map[interface {}]interface {}{" + inside + "}"
    if isinstance(value, list):
        return "[]interface {}{" + ", ".join(go_syntax(item) for item in value) + "}"
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "interface {}(nil)"
    if isinstance(value, float):
        return infinity_text(value) if value - value != 0 else general(value)
    return f"0x{value:x}" if value >= 1 << 63 else str(value)


def real_number(value: float) -> float:
    """Every number a float64: values, as Helm reads them through JSON."""
    return float(value)


def infinity_text(value: float) -> str:
    """NaN, +Inf or -Inf."""
    return "NaN" if value != value else "+Inf" if value > 0 else "-Inf"


def to_json(value: Any, number: Any, *, unbounded: bool = False) -> Any:
    """A decoded value with the keys and numbers JSON gives it. Raises YamlError for what JSON cannot hold; unbounded:
    but lets infinities through, as they may yet become text."""
    infinities: list[float] = []
    converted = _converted(value, number, infinities)
    if infinities and not unbounded:
        refuse_infinities(converted)
    return converted


def refuse_infinities(value: Any) -> None:
    """Raises YamlError for a value with an infinity or NaN in it, as JSON has none."""
    found = _first_infinity(value)
    if found is not None:
        raise YamlError(f"json: unsupported value: {infinity_text(found)}")


def _converted(value: Any, number: Any, infinities: list[float]) -> Any:
    if isinstance(value, _Dict):
        return {_key_text(key[1], item): _converted(item, number, infinities) for key, item in value.items()}
    if isinstance(value, list):
        return [_converted(item, number, infinities) for item in value]
    if type(value) is int or type(value) is float:
        if value - value != 0:
            infinities.append(value)
        return number(value)
    return value


def _first_infinity(value: Any) -> float | None:
    """The infinity or NaN an encoder meets first, keys being sorted."""
    if type(value) is float:
        return value if value - value != 0 else None
    if isinstance(value, dict):
        value = [value[key] for key in sorted(value)]
    if isinstance(value, list):
        for item in value:
            found = _first_infinity(item)
            if found is not None:
                return found
    return None


def _key_text(key: Any, value: Any) -> str:
    if type(key) is str:
        return str(key)
    if type(key) is bool:
        return "true" if key else "false"
    if type(key) is int and key < 1 << 63:
        return str(key)
    if type(key) is float:
        return _float32_general(key)
    kind = "uint64" if type(key) is int else "%!s(<nil>)"
    shown = "<nil>" if key is None else go_syntax(key)
    shown_value = "<nil>" if value is None else go_syntax(value)
    raise YamlError(f"unsupported map key of type: {kind}, key: {shown}, value: {shown_value}")


def _float32_general(value: float) -> str:
    """strconv.FormatFloat(value, 'g', -1, 32) with YAML's names for what is no number."""
    from charthouse.golang.json import general, shortest32

    short = shortest32(value)
    if short != short:
        return ".nan"
    if short in (float("inf"), float("-inf")):
        return ".inf" if short > 0 else "-.inf"
    return general(short)
