"""Regular expressions in templates.

Rules: sprig regex.go over Go's regexp (charthouse.golang.regexp). The plain forms panic on a bad expression
(regexp.MustCompile's text), except ``regexMatch``, which says false; the ``must`` forms return the error.
"""

from __future__ import annotations

from charthouse.golang.kinds import GoError, NilStringSlice, StringSlice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.golang.regexp import Regexp

__all__ = [
    "find",
    "find_all",
    "match",
    "must_find",
    "must_find_all",
    "must_match",
    "must_replace_all",
    "must_replace_all_literal",
    "must_split",
    "quote_meta",
    "replace_all",
    "replace_all_literal",
    "split",
]


def _compiled(expression: str) -> Regexp:
    from charthouse.golang.regexp import compile as go_compile

    return go_compile(expression)


def _must_compile(expression: str) -> Regexp:
    """regexp.MustCompile: its panic quotes the expression."""
    try:
        return _compiled(expression)
    except GoError as error:
        raise GoError(f"regexp: Compile({_literal(expression)}): {error}") from None


def _literal(expression: str) -> str:
    """The expression between back quotes where it can be, else as a Go string literal (regexp.quote)."""
    from charthouse.golang.strconv import can_backquote, quote

    return f"`{expression}`" if can_backquote(expression) else quote(expression)


def _list(found: list[str] | None) -> StringSlice:
    return NilStringSlice() if found is None else StringSlice(found)


def must_match(expression: str, text: str) -> bool:
    """Whether the expression matches somewhere. Raises GoError for a bad expression."""
    return _compiled(expression).match(text)


def match(expression: str, text: str) -> bool:
    """Whether the expression is good and matches somewhere."""
    try:
        return _compiled(expression).match(text)
    except GoError:
        return False


def find_all(expression: str, text: str, count: int) -> StringSlice:
    """At most `count` matches (all when negative). Raises GoError for a bad expression."""
    return _list(_must_compile(expression).find_all(text, count))


def must_find_all(expression: str, text: str, count: int) -> StringSlice:
    """At most `count` matches (all when negative). Raises GoError for a bad expression."""
    return _list(_compiled(expression).find_all(text, count))


def find(expression: str, text: str) -> str:
    """The first match, "" if there is none. Raises GoError for a bad expression."""
    return _must_compile(expression).find(text)


def must_find(expression: str, text: str) -> str:
    """The first match, "" if there is none. Raises GoError for a bad expression."""
    return _compiled(expression).find(text)


def replace_all(expression: str, text: str, replacement: str) -> str:
    """Every match replaced; ``$1`` and ``${name}`` stand for groups. Raises GoError for a bad expression."""
    return _must_compile(expression).replace_all(text, replacement)


def must_replace_all(expression: str, text: str, replacement: str) -> str:
    """Every match replaced; ``$1`` and ``${name}`` stand for groups. Raises GoError for a bad expression."""
    return _compiled(expression).replace_all(text, replacement)


def replace_all_literal(expression: str, text: str, replacement: str) -> str:
    """Every match replaced by the text as it is. Raises GoError for a bad expression."""
    return _must_compile(expression).replace_all_literal(text, replacement)


def must_replace_all_literal(expression: str, text: str, replacement: str) -> str:
    """Every match replaced by the text as it is. Raises GoError for a bad expression."""
    return _compiled(expression).replace_all_literal(text, replacement)


def split(expression: str, text: str, count: int) -> StringSlice:
    """The text between the matches, at most `count` pieces. Raises GoError for a bad expression."""
    return _list(_must_compile(expression).split(text, count))


def must_split(expression: str, text: str, count: int) -> StringSlice:
    """The text between the matches, at most `count` pieces. Raises GoError for a bad expression."""
    return _list(_compiled(expression).split(text, count))


def quote_meta(text: str) -> str:
    """The text with every character that means something in an expression escaped."""
    from charthouse.golang.regexp import quote_meta as go_quote_meta

    return go_quote_meta(text)
