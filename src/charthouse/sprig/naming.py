"""``snakecase``, ``kebabcase``, ``camelcase``.

Rules: github.com/huandu/xstrings@v1.5.0 convert.go ``ToSnakeCase``, ``ToKebabCase``, ``ToPascalCase``. A text is cut
into words of one type each (numbers, upper case, letters, connectors, punctuation, others); numbers stick to their
neighbours by rules of their own. Bytes that are no UTF-8 are carried along in the words they stand in.
"""

from __future__ import annotations

from charthouse.golang.unicode import is_letter, is_number, is_punct, is_space, is_upper, runes, to_lower, to_upper

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Word = tuple[int, str, str]

__all__ = ["camelcase", "kebabcase", "snakecase"]

INVALID, NUMBER, UPPER, ALPHABET, CONNECTOR, PUNCT, OTHER = range(7)


def _is_connector(char: str) -> bool:
    return char in "-_" or is_space(char)


def _is_alphabet(char: str) -> bool:
    """A letter of a script that has words (Han characters have not)."""
    if not is_letter(char):
        return False
    code = ord(char)
    return not (0x4E00 <= code <= 0x9FCC or 0x3400 <= code <= 0x4D85 or 0x20000 <= code <= 0x2B81D)


def camelcase(text: str) -> str:
    """Every word with a capital and no connectors between them; leading and repeated connectors stay."""
    text = runes(text)
    length = len(text)
    lead = 0
    while lead < length and _is_connector(text[lead]):
        lead += 1
    if lead == length:
        # A text of connectors alone is written with its last one twice.
        return text + text[-1:]
    made = [text[:lead]]
    capital = is_upper(text[lead])
    last = to_upper(text[lead])
    for char in text[lead + 1 :]:
        before, last = last, char
        if _is_connector(last) and _is_connector(before):
            made.append(before)
            continue
        if _is_connector(before):
            capital = is_upper(last)
            last = to_upper(last)
            continue
        if capital:
            if is_upper(last):
                last = to_lower(last)
            else:
                capital = False
        made.append(before)
    made.append(last)
    return "".join(made)


class _Scanner:
    """Characters with their ends; bytes that are no UTF-8 (and U+FFFD itself) are joined to what follows."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def valid(self, at: int, previous: str) -> tuple[str, int]:
        """The next character that is one and its end; at the end of the text `previous` and the end."""
        text, length = self.text, len(self.text)
        while at < length:
            char = text[at]
            at += 1
            if char != "\ufffd" and not "\udc80" <= char <= "\udcff":
                return char, at
        return previous, at

    def while_(self, at: int, previous: str, accept: Callable[[str], bool]) -> tuple[int, int, str]:
        """Take characters while they are accepted: the end, the start of the last one taken, the one that stopped."""
        length, start = len(self.text), at
        while at < length:
            previous, end = self.valid(at, previous)
            if not accept(previous):
                break
            start, at = at, end
        return at, start, previous


def _next_word(text: str) -> Word:
    """Type, text and rest of the first word."""
    if not text:
        return INVALID, "", ""
    scanner = _Scanner(text)
    first, at = scanner.valid(0, "\ufffd")
    if first == "\ufffd":
        return INVALID, text[:at], text[at:]
    if _is_connector(first):
        kind, end = CONNECTOR, scanner.while_(at, first, _is_connector)[0]
    elif is_punct(first):
        kind, end = PUNCT, scanner.while_(at, first, is_punct)[0]
    elif is_upper(first):
        kind, end = UPPER, _upper_word(scanner, at, first)
    elif _is_alphabet(first):
        kind, end = ALPHABET, scanner.while_(at, first, _is_lower_part)[0]
    elif is_number(first):
        kind, end = NUMBER, scanner.while_(at, first, is_number)[0]
    else:
        kind, end = OTHER, scanner.while_(at, first, _is_other)[0]
    return kind, text[:end], text[end:]


def _is_lower_part(char: str) -> bool:
    return _is_alphabet(char) and not is_upper(char)


def _is_other(char: str) -> bool:
    return not (_is_connector(char) or _is_alphabet(char) or is_number(char) or is_punct(char))


def _upper_word(scanner: _Scanner, at: int, first: str) -> int:
    """The end of a word that begins with a capital: ``HTTP`` of ``HTTPStatus``, ``Status``."""
    if at == len(scanner.text):
        return at
    second, end = scanner.valid(at, first)
    if is_upper(second):
        stop, start, stopper = scanner.while_(end, second, is_upper)
        if stop < len(scanner.text) and _is_alphabet(stopper):
            return start if start != end or stop != end else at
        return stop
    if _is_alphabet(second):
        return scanner.while_(end, second, _is_lower_part)[0]
    return at


def _lower(kind: int, word: str, connector: str) -> str:
    """A word as it is written out: only upper case words and connectors change."""
    if kind not in (UPPER, CONNECTOR):
        return word
    return "".join([connector if _is_connector(c) else to_lower(c) if is_upper(c) else c for c in runes(word)])


def _separated(text: str, connector: str) -> str:
    """camelCaseToLowerCase."""
    made: list[str] = []
    kind, word, rest = _next_word(text)
    while rest:
        if kind != CONNECTOR:
            made.append(_lower(kind, word, connector))
        before, last = kind, word
        kind, word, rest = _next_word(rest)
        if before == NUMBER:
            kind, word, rest = _letters_and_numbers(made, (kind, word, rest), connector)
            if kind not in (INVALID, PUNCT, CONNECTOR):
                made.append(connector)
        elif before == CONNECTOR:
            made.append(_lower(before, last, connector))
        elif before != PUNCT:
            if kind != NUMBER:
                if kind not in (CONNECTOR, PUNCT):
                    made.append(connector)
                continue
            if not rest:
                continue
            last = word
            kind, word, rest = _next_word(rest)
            if kind != ALPHABET:  # the number belongs to the word before it
                made.append(_lower(NUMBER, last, connector))
                if kind not in (CONNECTOR, PUNCT):
                    made.append(connector)
                continue
            made += (connector, _lower(NUMBER, last, connector))
            kind, word, rest = _letters_and_numbers(made, (kind, word, rest), connector)
            if kind not in (INVALID, PUNCT, CONNECTOR):
                made.append(connector)
    made.append(_lower(kind, word, connector))
    return "".join(made)


def _letters_and_numbers(made: list[str], found: Word, connector: str) -> Word:
    """Write out words of letters and numbers as long as they come; the word after them."""
    kind, word, rest = found
    while kind in (ALPHABET, NUMBER):
        made.append(_lower(kind, word, connector))
        kind, word, rest = _next_word(rest)
    return kind, word, rest


def snakecase(text: str) -> str:
    """``HTTPServer`` as ``http_server``."""
    return _separated(text, "_")


def kebabcase(text: str) -> str:
    """``HTTPServer`` as ``http-server``."""
    return _separated(text, "-")
