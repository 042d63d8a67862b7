"""Label and field selectors against apimachinery v0.37.2's own parser (recorded)."""

from __future__ import annotations

import pytest

from charthouse.k8s.names import dns_label_problems, dns_subdomain_problems, is_dns_label, is_dns_subdomain
from charthouse.k8s.selectors import SelectorError, from_object, parse, parse_fields

LABELS = {"a": "b", "b": "5", "x": "1"}

GOOD: list[tuple[str, str, bool]] = [
    ("", "", True),
    ("a", "a", True),
    ("!a", "!a", False),
    ("a=b", "a=b", True),
    ("a==b", "a==b", True),
    ("a!=b", "a!=b", False),
    ("a in (b)", "a in (b)", True),
    ("a in (c,b)", "a in (b,c)", True),
    ("a notin (c,b)", "a notin (b,c)", False),
    ("b>1", "b>1", True),
    ("b<5", "b<5", False),
    ("a,b", "a,b", True),
    ("a=,c=", "a=,c=", False),
    ("a in ()", "a in ()", False),
    ("a in (,)", "a in ()", False),
    ("a in (b,)", "a in (,b)", True),
    ("in", "in", False),
    ("a = b , !c", "a=b,!c", True),
    ("a in (in,notin)", "a in (in,notin)", False),
    ("a=b,a!=c", "a=b,a!=c", True),
]

BAD: list[tuple[str, str]] = [
    ("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
    ("a in b", "unable to parse requirement: found 'b' expected: '('"),
    ("b>x", "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the "),
    ("=", "found '=', expected: !, identifier, or 'end of string'"),
    ("(", "found '(', expected: !, identifier, or 'end of string'"),
    ("a in (b", "unable to parse requirement: found '', expected: ',' or ')'"),
    ("a!", "unable to parse requirement: found '!', expected: in, notin, =, ==, !=, gt, lt"),
    ("a=!", "unable to parse requirement: found '!', expected: identifier"),
    ("!", "unable to parse requirement: found '', expected: identifier"),
    ("!!a", "unable to parse requirement: found '!', expected: identifier"),
    ("a=b,,c", "found ',', expected: identifier after ','"),
    ("/y=z", 'unable to parse requirement: <nil>: Invalid value: "/y": prefix part must be non-empty'),
    ("a/b/c", 'unable to parse requirement: <nil>: Invalid value: "a/b/c": a valid label key must consist'),
    ("a=-", 'unable to parse requirement: values[0][a]: Invalid value: "-": a valid label must be an em'),
    ("a=b c", "found 'c', expected: ',' or 'end of string'"),
    ("a in (b c)", "unable to parse requirement: found 'c', expected: ',' or ')'"),
    ("a=b,=", "found '=', expected: identifier after ','"),
    ("a>=1", "unable to parse requirement: found '=', expected: identifier"),
]


@pytest.mark.parametrize(("text", "printed", "matches"), GOOD)
def test_label_selector(text: str, printed: str, matches: bool) -> None:
    selector = parse(text)
    assert (str(selector), selector.matches(LABELS)) == (printed, matches)


@pytest.mark.parametrize(("text", "message"), BAD)
def test_bad_label_selector(text: str, message: str) -> None:
    with pytest.raises(SelectorError) as caught:
        parse(text)
    assert str(caught.value).startswith(message)


def test_selector_of_a_spec() -> None:
    spec = {
        "matchLabels": {"app": "web"},
        "matchExpressions": [
            {"key": "tier", "operator": "NotIn", "values": ["b", "a"]},
            {"key": "x", "operator": "Exists"},
            {"key": "y", "operator": "DoesNotExist"},
        ],
    }
    selector = from_object(spec)
    assert str(selector) == "app=web,tier notin (a,b),x,!y"
    assert selector.matches({"app": "web", "x": ""})
    assert not selector.matches({"app": "web", "x": "", "y": ""})
    with pytest.raises(SelectorError):
        from_object({"matchExpressions": [{"key": "a", "operator": "Near"}]})


def test_field_selector() -> None:
    selector = parse_fields("metadata.name=x,status.phase!=Running,a==b\\,c")
    assert selector.matches({"metadata.name": "x", "status.phase": "Pending", "a": "b,c"})
    assert not selector.matches({"metadata.name": "y", "a": "b,c"})
    with pytest.raises(SelectorError):
        parse_fields("what")


def test_names() -> None:
    assert is_dns_label("web-1") and not is_dns_label("web.1") and not is_dns_label("-a") and not is_dns_label("a" * 64)
    assert is_dns_subdomain("a.b-c.d") and not is_dns_subdomain("a..b") and not is_dns_subdomain("A")
    assert dns_label_problems("ok") == [] and dns_subdomain_problems("ok.x") == []
    assert dns_label_problems("a" * 64) == ["must be no more than 63 bytes"]
    assert dns_subdomain_problems("Bad")[0].startswith("a lowercase RFC 1123 subdomain must consist of")
