"""Literals and texts as templates spell them: numbers of every form, strings, runes, and the small languages functions
read (layouts, expressions, versions, dates, documents).

A text pool holds what the function's parser is likely to take, near misses beside it.
"""

from __future__ import annotations

from tests.conformance.fuzz.draws import Draws

__all__ = ["TEXTS", "layout", "number", "quoted", "text_literal"]

SMALL = ("0", "1", "2", "3", "5", "7", "10", "12", "-1", "-2", "-7", "20")
ODD_NUMBERS = (
    "0x1F", "0b101", "0o17", "017", "08", "1_000", "0x_1", "1__0", "_1", "1_", "0x", "+5", "-0", "-0.0", ".5", "-.5",
    "5.", "1e3", "1E3", "1e+2", "1e-2", "1.e2", "0x1p-2", "0x1P4", "0x.8p1", "1e400", "1e-400", "1i", "-2i", "1+2i",
    "1.5-2.5i", "0i", "1+0i", "1+i", "3i+1", "'a'", "'\\n'", "'\\''", "'é'", "'\\u00e9'", "'\\x41'", "'\\101'",
    "'ab'", "''", "'\\q'", "'€'", "1.0", "100.0", "1e0", "2.50", "0.1", "1.2.3", "1a", "0xg", "0b2", "0o8", "1e",
    "007", "00", "0.0", "1e2i", "0x1i", "'\\U0001F600'", "'\\xff'", "'\\000'", "0B1", "0O7", "0X1f", "+.5e1", "1e1_0",
)  # fmt: skip
BIG_NUMBERS = (
    "2147483647", "2147483648", "-2147483648", "-2147483649", "4294967295", "4294967296", "9007199254740991",
    "9007199254740993", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "-9223372036854775809",
    "18446744073709551615", "18446744073709551616", "123456789012", "1e15", "1e16", "1e20", "1e21", "1e22", "-1e21",
    "1.7976931348623157e308", "5e-324", "1e308", "0x7fffffffffffffff", "0xffffffffffffffff", "0x1p63", "0x1p64",
    "123456789.125", "1e6", "999999.5", "1234567.0", "0.000001", "0.0000001", "1e19", "9.2233720368547758e18",
)  # fmt: skip
FLOATS = ("1.5", "-2.5", "0.1", "3.14159", "2.0", "-0.5", "1e3", "0.005", "2.675", "1e-7", "100.25", "0.0", "-1.0")

WORDS = (
    "", "a", "b", "abc", "x", "hello world", "foo bar baz", "Hello", "héllo wörld", "日本語", "a,b,c", "a-b_c.d",
    "camelCaseWord", "HTTPServer", "snake_case_word", "  padded  ", "tab\there", "line1\nline2\n", "1", "42", "-7",
    "3.5", "1e3", "0x10", "010", "true", "false", "null", "~", "nil", "<a href=\"x\">&'</a>", "a\\b", "$1", "${x}",
    "{{ .a }}", "%d%%", "ﬁ ß İ ı", "😀", "e\u0301", "a/b/../c", "/abs/p.txt", "key=value", "- item", "a: b", "# no",
    "'single'", "\"double\"", "`tick`", "\x00nul", "\x7f", "\u2028", "\ufeffbom", "AAAA", "aGk=", "zzz", "A", "über",
    "ÀÉ", "ǆ", "x y  z", "9223372036854775807", "9223372036854775808", "NaN", "Inf", "yes", "no", "on", "1_000",
    "0b11", "0o17", "é", "trailing ", "\r\n", "a\tb",
    "very long words that go on and on, until they need to be wrapped",
)  # fmt: skip
KEYS = ("a", "b", "c", "x", "y", "key", "a.b", "", "1", "é", "A")
LAYOUTS = (
    "%d", "%s", "%v", "%q", "%T", "%+v", "%#v", "%x", "%X", "% x", "%t", "%g", "%e", "%f", "%b", "%o", "%O", "%c",
    "%U", "%#U", "%#x", "%#o", "%#q", "%+q", "%5d", "%-5d|", "%05d", "%+d", "% d", "%.2f", "%8.3f", "%-8.3f|",
    "%+.1e", "%10s|", "%-10s|", "%.2s", "%.0f", "%5t", "%*d", "%-*d|", "%.*f", "%[1]d %[1]v", "%[2]v %[1]v", "%[3]v",
    "%[x]d", "%!", "%", "%z", "%%", "%d %d", "%v %v %v", "a%sb%dc", "%6.2f%%", "%08.3f", "%x %X", "%s %q", "%G", "%E",
    "%F", "%#g", "%+x", "%#08x", "%020d", "%.3v", "%.10v", "%5v", "%-5v|", "%05v", "%+#v", "%# v", "%w", "%.3d",
    "%8.3d", "%-08d|", "%+05d", "%é", "%#.3x", "% .3x", "%.1q", "%#t", "%0.3s", "%05s", "%-05s|", "%v%d", "%[1]*d",
    "%.[1]*f", "%[2]*[1]d", "%1[1]d", "%[1]2d", "%[0]d", "%[-1]d", "%[1", "%[1]", "%#e", "%#.0f", "%+f", "% f",
    "%010f", "%-010f|",
)  # fmt: skip
REGEXES = (
    "a", "a+", "[a-z]+", "^a", "b$", "(a)(b)?", "(?i)HELLO", "\\d+", "\\w+", "\\s", "[^,]*", ",", "", "a|b", "(", "[",
    "a{2,3}", "a{,3}", "a{1001}", "(?P<n>x)", "(?<n>x)", "(?=a)", "\\", "\\p{L}+", "\\p{Greek}", "\\pZ",
    "[[:alpha:]]", ".*", ".+?", "x*", "(?s).", "(?m)^l", "\\bfoo\\b", "\\Bo", "a**", "*", "+", "?", "(?:ab)+",
    "[z-a]", "[a-]", "\\x41", "\\x{1F600}", "\\Qa.b\\E", "\\C", "\\z", "\\A", "(?U)a+", "(?i-s:A)", "(?z)", "\\8",
    "[\\d\\w]", "é", "日", "(a*)*", "(a|b)*c", "^$", "\\.", "[.]", "a{2}{3}", "(?P<1>a)", "\\u0041", "\\pX",
    "[[:foo:]]", ")", "a)", "[]a]", "^(([a-z0-9]|[a-z0-9][a-z0-9-]*[a-z0-9])\\.)*$", "[\\x00-\\x7f]", "(?i)ß",
    "(?i)k", "\\P{Lu}", "$", "(^a|b$)",
)  # fmt: skip
REPLACEMENTS = ("", "x", "$1", "${1}x", "$1x", "$$", "$", "${n}", "${", "$0", "[$2]", "\\1", "é", "$é", "${1", "$10")
VERSIONS = (
    "1.2.3", "v1.2.3", "1.2", "1", "v1", "1.2.3-alpha.1", "1.2.3+build.5", "1.2.3-rc.1+b", "0.0.0", "01.2.3", "1.2.x",
    "1.2.3.4", "", "x", "1.2.3-", "1.2.3+", "1.2.3-01", " 1.2.3", "99999999999999999999.0.0", "1.29.0-eks-1",
    "v1.30.2+k3s1", "2.0.0", "1.10.0", "1.2.3-0", "1.2.3-a.b-c", "1.2.3-é", "V1.2.3", "1..2", "1.2.3 ",
    "18446744073709551615.0.0",
)  # fmt: skip
CONSTRAINTS = (
    "1.2.3", "=1.2.3", "!=1.2.3", ">1.2", ">=1.2.0", "<2", "<=1.2.3", "~1.2", "~1", "~>1.2.3", "^1.2", "^0.2.3",
    "^0.0.3", "^0", "1.x", "1.2.x", "*", "x", "", ">=1.0 <2.0", ">=1.0, <2.0", "1.2 - 1.4", "<1 || >1.1", ">1.2.3-0",
    ">=1.2-alpha", "~1.2.3-beta", "^1.2.3-beta.2", "=> 1.2", "=<1.2", "> = 1", "foo", "1.2.3.4", ">=v1.2", "~x", "^*",
    "!=1.x", "<1.x", ">1.x", ">=1.x", "<=1", "1.2.3 - 2", ">=1.19-0", ">= 1.19.0-0 < 1.30.0-0", "||", "1.2.3,", " 1 ",
    ">*", "!=*", "<*", "^1.2.3 ", "~ 1.2", "1.2.3-1 - 1.3", "=1", "=1.2", "!=1.2", "~*", "^x.1", "1.x.3",
)  # fmt: skip
DATE_LAYOUTS = (
    "2006-01-02", "2006-01-02T15:04:05Z07:00", "02 Jan 06 15:04 MST", "Mon Jan _2 15:04:05 2006", "Monday, 02-Jan-06",
    "3:04PM", "15:04:05.000", "15:04:05.999999", "2006", "06", "1/2/06", "Jan", "January", "002", "__2", "-0700",
    "Z0700", "-07:00", "-07", "MST", "pm", ".000", ",000", "2006-002", "", "x", "20060102150405", "Z07:00:00", "03",
    "3", "4", "5", "05", "_2", "_2006", "Jan2", "PM03", "15h", "2006-1-2", "Z07", "-070000", "2.9", "5.00", "S.000",
)  # fmt: skip
DATES = (
    "2024-02-29", "2023-12-31", "1970-01-01", "0001-01-01", "9999-12-31", "2024-02-30", "2024-13-01", "24-02-29",
    "2024-02-29T12:34:56Z", "2024-02-29T12:34:56+02:00", "2024-02-29T12:34:56.789Z", "01 Mar 24 10:00 UTC", "3:04AM",
    "Thu Feb  1 00:00:00 2024", "2024", "x", "", "12:34:56.5", "20240229123456", "2024-060", "1969-12-31", "12/25/99",
)  # fmt: skip
DURATIONS = (
    "1h", "90m", "1h30m", "1.5h", "-2h", "300ms", "1us", "1µs", "10ns", "0", "", "x", "1d", "1", "24h", "100h",
    "8760h", "1h1m1s", "+5m", "1.h", ".5s", "h", "1hh", "9999999h", "2540400h", "1e3s", "- 1h", "1h ", "0.000000001s",
    "59.999s", "1m60s", "3", "42", "1w",
)  # fmt: skip
ZONES = (
    "UTC",
    "Local",
    "",
    "America/New_York",
    "Europe/Berlin",
    "Asia/Kolkata",
    "Nowhere/City",
    "../etc/passwd",
    "EST",
)
JSONS = (
    '{"a":1}', "[1,2.5,null]", '"text"', "1", "1e400", "null", "true", "{}", "[]", "", "{", '{"a":1,"a":2}', "[1,]",
    '{"b":{"c":[1,{"d":null}]}}', '"\\u00e9\\ud83d\\ude00"', '"\\ud800"', "nul", "01", "-0", "1.0",
    "123456789012345678", "[1e21,1e20,1e-7]", '{"a" 1}', "{'a':1}", "[1 2]", '"\\x"', "1 2", " 1 ", '"a\nb"',
    "[[[[]]]]", '{"é":"<&>"}', "-", "1.", "1e", "tru", '{"a":}', '{1:2}', "[", '"', '{"a":1', "\x01", "é",
)  # fmt: skip
YAMLS = (
    "a: 1", "a: 1\nb: [x, y]\nc:\n  d: null\n", "- 1\n- b\n", "a: &x 1\nb: *x\n", "a: yes\nb: 0x10\nc: 010\nd: 1e3",
    "a: |\n  text\n  more\n", "a: >-\n  folded\n  text\n", "{a: 1, b: {c: d}}", "a: 2024-01-02\n", "? a\n: b\n",
    "text", "", "---\n", "a: b: c", "\ta: 1", "a: 1\na: 2", "a: 'it''s'", 'a: "x\\ty"', "a: ~", "1: one\n2: two\n",
    "a: .inf", "<<: {a: 1}\nb: 2", "x: &m {a: 1}\ny:\n  <<: *m\n  b: 2\n", "a: !!str 1", "a: !foo bar",
    "- a: 1\n  b: 2\n- c", "[1, 2", "a: 'x", "a: 0b11", "a: 1_000", "a: 12:30:45", "- - 1\n  - 2\n",
    "a: 123456789012345678", "a: 1.0", "a: -0", "null", "a: *nope", "a:\n- 1\n- 2", "a: 1\n---\nb: 2",
    "%YAML 1.1\n---\na: 1", "a: @x", "a: `x`", "a:\n  - b\n c", "true: 1", "a: é", "null: 1", "1.5: x", "[a]: 1",
    "a: \"\\u00e9\\q\"", "- !!binary aGk=", "a: .nan", "0o7: 1", "a: 0o17", "=: 1",
)  # fmt: skip
TOMLS = (
    "a = 1", "a = 1.5\nb = 'x'\n", "[t]\na = [1, 2]\n", "a = true\nd = 2024-01-02\n", "[[l]]\na=1\n[[l]]\na=2\n",
    "a.b.c = 1", "x", "a = ", "a = 1\na = 2", 'a = "\\u00e9"', "a = 2024-01-02T03:04:05Z", "a = {b = 1}", "",
    "a = 0x1F", "a = inf", "a = '''m\nn'''", "[a]\n[a]", "a = 1_000", "a = [1, 'x']", "a = 12:30:00", "a = 1e3",
    "a=+1",
)  # fmt: skip
URLS = (
    "http://user:pw@host:80/p/q?x=1&y=2#frag", "https://example.com", "/path/only", "mailto:a@b.c", "//host/p", "",
    ":", "http://[::1]:80/", "http://a b/", "%zz", "http://h/%2f?%20", "http://h:port/", "ftp://u@h", "a:b", "?q",
    "#f", "http://[::1", "HTTP://H/P", "http://h/é", "x://y?a=b;c=d", "http://h?#", "1http://x", "http://u:p:q@h/",
    "file:///a",
)  # fmt: skip
PATHS = (
    "/a/b/c.txt",
    "a/b",
    "",
    ".",
    "..",
    "/",
    "//a//b",
    "a/../b",
    "./x",
    "x.tar.gz",
    ".hidden",
    "a/",
    "../..",
    "/../a",
)
TYPES = (
    "string", "int", "int64", "float64", "bool", "slice", "map", "[]interface {}", "map[string]interface {}", "ptr",
    "*int", "invalid", "<nil>", "time.Time", "struct", "[]string", "interface", "complex128",
)  # fmt: skip
BASES = ("aGVsbG8=", "aGk", "????", "", "w6k=", "/w==", "NBSWY3DP", "MZXW6===", "mzxw6===", "a===", "aGk=\n", "AA=A")
TEMPLATES = (
    "{{ . }}", "{{ .a }}", "x", "{{ .Values.a }}",
    "{{ range (has (kindOf .) (list \"map\" \"slice\") | ternary . 3) }}<{{ . }}>{{ end }}",
    "{{ if .a }}y{{ else }}n{{ end }}", "{{ include \"d1\" . }}", "{{ tpl \"{{.}}\" . }}", "{{", "{{ .a.b.c }}",
    "{{ fail \"no\" }}", "{{ nope }}", "{{ end }}", "{{ define \"d3\" }}in{{ end }}{{ template \"d3\" }}",
    "{{ $x := . }}{{ $x }}", "{{ $x }}", "{{ .Template.Name }}", "{{- \" a \" -}} b", "{{ required \"need\" .zz }}",
    "a\n{{ 1 | add \"x\" }}\n{{ len 3 }}", "{{/* c */}}", "{{ $ }}", "{{ .Values | toJson }}", "{{ index . \"a\" }}",
    "{{ template \"d2\" . }}", "{{ block \"d4\" . }}b{{ end }}", "",
)  # fmt: skip

TEXTS = {
    "s": WORDS,
    "key": KEYS,
    "layout": LAYOUTS,
    "regex": REGEXES,
    "replacement": REPLACEMENTS,
    "version": VERSIONS,
    "constraint": CONSTRAINTS,
    "date-layout": DATE_LAYOUTS,
    "date": DATES,
    "duration": DURATIONS,
    "zone": ZONES,
    "json": JSONS,
    "yaml": YAMLS,
    "toml": TOMLS,
    "url": URLS,
    "path": PATHS,
    "type": TYPES,
    "base": BASES,
    "tpl": TEMPLATES,
    "name": ("d1", "d2", "d1", "d2", "d1", "nope", "c/templates/t"),
    "separator": (",", "", "-", "$", " ", ".", "a", "é", "\n", ", "),
    "numeral": (
        "0",
        "7",
        "12",
        "-3",
        "010",
        "0x1F",
        "1e3",
        "1.9",
        "",
        "x",
        "08",
        "777",
        "9223372036854775808",
        "1_0",
        "+5",
    ),
}


def quoted(text: str) -> str:
    """A text as a Go string literal."""
    out = []
    for char in text:
        if char in '"\\':
            out.append("\\" + char)
        elif char == "\n":
            out.append("\\n")
        elif char == "\t":
            out.append("\\t")
        elif char < " " or char == "\x7f":
            out.append(f"\\x{ord(char):02x}")
        else:
            out.append(char)
    return f'"{"".join(out)}"'


_STRAY = ("\\xff", "\\u00e9", "\\101", "\\a", "\\U0001F600", "\\'", "\\q", "\\ud800", "\\x4", "\\\\")


def text_literal(draws: Draws, text: str) -> str:
    """A text as one of its literals, seldom with an escape thrown in."""
    if draws.chance(15) and "`" not in text and "\r" not in text:
        return f"`{text}`"
    spelt = quoted(text)
    if draws.chance(3):
        return spelt[:-1] + draws.choose(_STRAY) + '"'
    return spelt


def layout(draws: Draws) -> str:
    """A layout of random verbs, flags, widths and precisions."""
    verbs = []
    for _ in range(draws.between(1, 3)):
        flags = "".join(draws.choose("+-# 0") for _ in range(draws.below(3)))
        size = draws.choose(("", "", "5", "10", "*", "08")) + draws.choose(("", "", ".0", ".2", ".10", "."))
        verbs.append(f"%{flags}{size}{draws.choose('vdsqxXtTeEfFgGbcoOU')}")
    return "|".join(verbs)


def number(draws: Draws, *, big: bool) -> str:
    """A number of any form; `big` ones only where no function would make that many of something."""
    if draws.chance(25):
        return draws.choose(ODD_NUMBERS)
    if big and draws.chance(50):
        return draws.choose(BIG_NUMBERS)
    return draws.choose(FLOATS if draws.chance(30) else SMALL)
