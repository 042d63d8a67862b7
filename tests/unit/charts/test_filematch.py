"""filepath.Match, as Go answers (recorded from Go 1.26)."""

from __future__ import annotations

import pytest

from charthouse.charts.filematch import PatternError, match, matches


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("abc", "abc", True),
        ("*", "abc", True),
        ("*c", "abc", True),
        ("a*", "a", True),
        ("a*", "ab/c", False),
        ("a*/b", "abc/b", True),
        ("a*/b", "a/c/b", False),
        ("a*b*c*d*e*/f", "axbxcxdxe/f", True),
        ("a*b*c*d*e*/f", "axbxcxdxe/xxx/f", False),
        ("ab[c]", "abc", True),
        ("ab[e-g]", "abc", False),
        ("ab[^c]", "abc", False),
        ("ab[^b-d]", "abz", True),
        ("a\\*b", "a*b", True),
        ("a\\*b", "ab", False),
        ("a?b", "aéb", True),
        ("a?b", "a/b", False),
        ("[a-ζ]*", "α", True),
        ("*[a-ζ]", "A", False),
        ("[\\]a]", "]", True),
        ("[\\-x]", "-", True),
        ("*x", "xxx", True),
        ("", "", True),
        ("", "a", False),
        ("templates/.?*", "templates/.hidden", True),
        ("templates/.?*", "templates/.", False),
    ],
)
def test_match(pattern: str, path: str, expected: bool) -> None:
    assert match(pattern, path) is expected


@pytest.mark.parametrize("pattern", ["[", "[]a]", "[-]", "[x-]", "[-x]", "[^", "[^bc", "a[", "\\", "[a-b-c]", "a\\"])
def test_malformed(pattern: str) -> None:
    with pytest.raises(PatternError, match=r"^syntax error in pattern$"):
        match(pattern, "a")
    assert matches(pattern, "a") is False


def test_many_stars_end_quickly() -> None:
    assert match("*a" * 200 + "b", "a" * 4000) is False
