"""From the tree of a glob pattern to a matcher: github.com/gobwas/glob v0.2.3 `compiler`.

The library glues neighbours together and picks the longest fixed part as the middle to search for; which way it goes
decides what it finds, so the same way is gone here. A tree is a list of nodes: (kind, detail), see `engine.glob`.
"""

from __future__ import annotations

from charthouse.engine.glob_matchers import (
    Any,
    AnyOf,
    BTree,
    Contains,
    EveryOf,
    List,
    Matcher,
    Max,
    Min,
    Nothing,
    Prefix,
    PrefixAny,
    PrefixSuffix,
    Range,
    Row,
    Single,
    Suffix,
    SuffixAny,
    Super,
    Text,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any as Detail

    Node = tuple[int, Detail]

__all__ = ["CHOICE", "CLASS", "ONE", "STAR", "SUPER", "TEXT", "compile_tree"]

STAR, SUPER, ONE, TEXT, CLASS, CHOICE, _NOTHING = range(7)
_MANY = 48


def compile_tree(nodes: list[Node]) -> Matcher:
    """The matcher of a pattern."""
    if not nodes:
        return Nothing()
    matchers = [_optimized(_compile(node)) for node in nodes]
    return _optimized(_joined(_minimized(matchers)))


def _compile(node: Node) -> Matcher:
    kind, detail = node
    if kind == CHOICE:
        return _choice(detail)
    if kind == CLASS:
        return Range(detail[1], detail[2], detail[0]) if len(detail) == 3 else List(detail[1], detail[0])
    if kind == TEXT:
        return Text(detail.encode("utf-8", "surrogateescape"))
    return {STAR: Any, SUPER: Super, ONE: Single, _NOTHING: Nothing}[kind]()


def _choice(alternatives: list[list[Node]]) -> Matcher:
    """What the alternatives have in common stands before and behind what they differ in."""
    left, right = _common(alternatives)
    if not left and not right:
        return AnyOf([_optimized(compile_tree(each)) for each in alternatives])
    different: list[list[Node]] = []
    for each in alternatives:
        rest = each[len(left) : len(each) - len(right)] or [(_NOTHING, None)]
        if rest not in different:
            different.append(rest)
    parts = [compile_tree(left)] if left else []
    if len(different) > 1:
        parts.append(AnyOf([_optimized(compile_tree(each)) for each in different]))
    elif different != [[(_NOTHING, None)]]:
        parts.append(compile_tree(different[0]))
    if right:
        parts.append(compile_tree(right))
    return _optimized(_joined(_minimized([_optimized(part) for part in parts])))


def _common(alternatives: list[list[Node]]) -> tuple[list[Node], list[Node]]:
    """commonChildren: the nodes all alternatives begin with, and end with."""
    if len(alternatives) <= 1:
        return [], []
    least = min(alternatives, key=len)
    size = len(least)
    left: list[Node] = []
    right: list[Node] = []
    total = 0
    end_left = end_right = False
    for at in range(size):
        behind = size - 1 - at
        if total >= size or (end_left and end_right):
            break
        for other in alternatives:
            if other is least:
                continue
            end_left = end_left or least[at] != other[at]
            end_right = end_right or (not end_left and behind <= at) or least[behind] != other[behind - size]
        if not end_left:
            total += 1
            left.append(least[at])
        if not end_right:
            total += 1
            right.insert(0, least[behind])
    return left, right


def _optimized(matcher: Matcher) -> Matcher:
    """optimizeMatcher: one matcher for what takes several."""
    if isinstance(matcher, AnyOf) and len(matcher.matchers) == 1:
        return matcher.matchers[0]
    if isinstance(matcher, List) and not matcher.negated and len(matcher.characters) == 1:
        return Text(matcher.characters.encode("utf-8", "surrogateescape"))
    if isinstance(matcher, BTree):
        matcher.left = matcher.left and _optimized(matcher.left)
        matcher.right = matcher.right and _optimized(matcher.right)
        if isinstance(matcher.value, Text):
            return _around(matcher, matcher.value.text, matcher.left, matcher.right)
    return matcher


def _around(tree: BTree, text: bytes, left: Matcher | None, right: Matcher | None) -> Matcher:
    """A tree with a text in the middle."""
    if left is None and right is None:
        return Text(text)
    if isinstance(left, Super) and isinstance(right, Super):
        return Contains(text, False)
    if right is None:
        if isinstance(left, Super):
            return Suffix(text)
        if type(left) is Prefix:
            return PrefixSuffix(left.prefix, text)
        return SuffixAny(text) if isinstance(left, Any) else tree
    if left is None:
        if isinstance(right, Super):
            return Prefix(text)
        if type(right) is Suffix:
            return PrefixSuffix(text, right.suffix)
        return PrefixAny(text) if isinstance(right, Any) else tree
    return tree


def _joined(matchers: list[Matcher]) -> Matcher:
    """compileMatchers: a tree around the longest matcher of fixed length."""
    if len(matchers) == 1:
        return matchers[0]
    glued = _glued(matchers)
    if glued is not None:
        return glued
    longest = max((matcher.length for matcher in matchers), default=-1)
    if longest < 0:
        return BTree(matchers[0], None, _joined(matchers[1:]))
    middle = max(at for at, matcher in enumerate(matchers) if matcher.length == longest)
    before, behind = matchers[:middle], matchers[middle + 1 :]
    return BTree(matchers[middle], _joined(before) if before else None, _joined(behind) if behind else None)


def _minimized(matchers: list[Matcher]) -> list[Matcher]:
    """minimizeMatchers: the longest run that can be glued is glued, again and again."""
    if len(matchers) > _MANY:
        return matchers  # the search is cubic; such patterns name no files
    done: Matcher | None = None
    begin = end = 0
    for left in range(len(matchers)):
        for right in range(len(matchers), left, -1):
            glued = _glued(matchers[left:right])
            if glued is None:
                continue
            longer = done is not None and done.length > -1 and glued.length > done.length
            if done is None or longer or end - begin < right - left:
                done, begin, end = glued, left, right
    if done is None:
        return matchers
    shorter = [*matchers[:begin], done, *matchers[end:]]
    return shorter if len(shorter) == len(matchers) else _minimized(shorter)


def _glued(matchers: list[Matcher]) -> Matcher | None:
    if len(matchers) <= 1:
        return None
    every = _every(matchers)
    if every is not None:
        return every
    if any(matcher.length < 0 for matcher in matchers):
        return None
    return Row(sum(matcher.length for matcher in matchers), matchers)


def _every(matchers: list[Matcher]) -> Matcher | None:
    """glueMatchersAsEvery: stars, question marks and negated classes with the same characters to leave out."""
    least = 0
    kinds: set[str] = set()
    separators: set[str] = set()
    for matcher in matchers:
        if isinstance(matcher, Super):
            kinds.add("super")
            separators.add("")
        elif isinstance(matcher, Any):
            kinds.add("any")
            separators.add("/")
        elif isinstance(matcher, Single) or (isinstance(matcher, List) and matcher.negated):
            kinds.add("one")
            separators.add(matcher.characters if isinstance(matcher, List) else "/")
            least += 1
        else:
            return None
        if len(separators) > 1:
            return None
    separator = separators.pop()
    if kinds == {"super"}:
        return Super()
    if kinds == {"any"}:
        return Any()
    parts: list[Matcher] = [Min(least)] if least else []
    if kinds == {"one"}:
        parts.append(Max(least))
    return EveryOf([*parts, Contains(separator.encode("utf-8", "surrogateescape"), True)])
