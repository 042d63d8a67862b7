"""Any release of Helm 2's becomes ours and itself again, and survives a record of Helm 4's with its companion."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charthouse.errors import CharthouseError
from charthouse.hapi import messages
from charthouse.releases.codec import decode, encode
from charthouse.releases.errors import CodecError
from charthouse.releases.helm2.companion import decode_companion
from charthouse.releases.helm2.companions import beside_record, completed
from charthouse.releases.helm2.conversion import release_from_message, release_to_message
from charthouse.releases.helm2.payload import decode_message, encode_message

pytest.importorskip("google.protobuf")

TEXT = st.text(alphabet="ab \n:{}[]#'\"é\x00,-0", max_size=12)
VALUES = st.one_of(
    st.sampled_from(["", "{}\n", "a: 1\n", "a: 1 # one\n", "b: 12345678901234567890\na: [1, {x: null}]\n", "a: .5\n"]),
    TEXT,
)
TIMES = st.builds(
    messages.Timestamp,
    seconds=st.integers(-62135596800, 253402300799),
    nanos=st.integers(0, 999999999),
)
FILES = st.lists(st.builds(messages.Any, type_url=TEXT, value=st.binary(max_size=8)), max_size=3)


def maybe(kind: Any, **fields: Any) -> Any:
    """A message with any of its fields, or none."""
    return st.builds(
        lambda given: kind(**{name: value for name, value in given.items() if value is not None}),
        st.fixed_dictionaries({name: st.one_of(st.none(), strategy) for name, strategy in fields.items()}),
    )


CONFIG = maybe(
    messages.Config, raw=VALUES, values=st.dictionaries(TEXT, st.builds(messages.Value, value=TEXT), max_size=2)
)
METADATA = maybe(
    messages.Metadata,
    name=TEXT,
    version=TEXT,
    engine=TEXT,
    tillerVersion=TEXT,
    apiVersion=TEXT,
    deprecated=st.booleans(),
    keywords=st.lists(TEXT, max_size=2),
    annotations=st.dictionaries(TEXT, TEXT, max_size=2),
    maintainers=st.lists(st.builds(messages.Maintainer, name=TEXT, email=TEXT), max_size=2),
)
TEMPLATES = st.lists(st.builds(messages.Template, name=TEXT, data=st.binary(max_size=8)), max_size=2)
CHART = st.recursive(
    maybe(messages.Chart, metadata=METADATA, values=CONFIG, templates=TEMPLATES, files=FILES),
    lambda inner: maybe(messages.Chart, metadata=METADATA, values=CONFIG, dependencies=st.lists(inner, max_size=2)),
    max_leaves=4,
)
HOOK = maybe(
    messages.Hook,
    name=TEXT,
    manifest=TEXT,
    events=st.lists(st.integers(0, 11), max_size=3),
    delete_policies=st.lists(st.integers(0, 2), max_size=3),
    weight=st.integers(-(1 << 31), (1 << 31) - 1),
    delete_timeout=st.integers(-1, 100),
    last_run=TIMES,
)
RUN = maybe(messages.TestRun, name=TEXT, status=st.integers(0, 3), info=TEXT, started_at=TIMES)
SUITE = maybe(messages.TestSuite, started_at=TIMES, results=st.lists(RUN, max_size=2))
STATUS = maybe(messages.Status, code=st.integers(0, 9), notes=TEXT, resources=TEXT, last_test_suite_run=SUITE)
INFO = maybe(messages.Info, status=STATUS, first_deployed=TIMES, last_deployed=TIMES, deleted=TIMES, Description=TEXT)
RELEASE = maybe(
    messages.Release,
    info=INFO,
    chart=CHART,
    config=CONFIG,
    manifest=TEXT,
    hooks=st.lists(HOOK, max_size=3),
    version=st.integers(-1, 9),
    namespace=TEXT,
)


@settings(max_examples=150, deadline=None)
@given(RELEASE, st.text(alphabet="ab-", min_size=1, max_size=5))
def test_nothing_is_lost(given_release: Any, name: str) -> None:
    given_release.name = name
    assert decode_message(encode_message(given_release)) == given_release
    try:
        release = release_from_message(given_release)
    except CodecError as error:
        assert "values of the record" in error.message
        return
    assert release_to_message(release) == given_release
    try:
        record = decode(encode(release), {})
    except CharthouseError:
        return  # values JSON has no word for
    companion = beside_record(release)
    if companion is None:
        assert release_to_message(record) == given_release
        return
    again = decode_companion(companion.encode())
    assert again == companion
    assert release_to_message(completed(record, again)) == given_release
