"""White space as Go sees it.

Rules: Go 1.27 unicode.IsSpace and strings.TrimSpace. Python's `str.strip` also takes the separators U+001C to U+001F.
Apart from `golang.unicode`, whose tables cost time at start-up.
"""

from __future__ import annotations

__all__ = ["SPACE", "trim_space"]

SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))


def trim_space(text: str) -> str:
    """strings.TrimSpace."""
    return text.strip(SPACE)
