"""The verbs asked of our own server give what the same verbs give here: releases, errors, logs, progress."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

pytest.importorskip("google.protobuf")

from charthouse.actions import diff as diff_verb
from charthouse.actions.options import (
    DiffOptions,
    GetOptions,
    HistoryOptions,
    InstallOptions,
    ListOptions,
    RollbackOptions,
    StatusOptions,
    TestOptions,
    UninstallOptions,
    UpgradeOptions,
)
from charthouse.actions.ports import Progress
from charthouse.actions.verbs import LocalVerbs
from charthouse.charts.chart import Chart
from charthouse.charts.loader import load_archive
from charthouse.errors import CharthouseError
from charthouse.golang.kinds import Int64
from charthouse.logs import LogRecord, silent
from charthouse.profile import HELM4, profile_named
from charthouse.releases.release import Release
from charthouse.rpc.call import Call, Peer
from charthouse.rpc.status import RpcError
from charthouse.tiller.client.errors import NotCarried, NotReached
from charthouse.tiller.client.own import OwnService
from charthouse.tiller.client.own_verbs import OwnVerbs

from tests.unit.tiller.v1.serving import JOE, Served, archive, chart, config_map  # isort: skip


class Clock:
    """Time passes by sleeping."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> Any:
        raise AssertionError("nobody asks for the time of day")

    def monotonic(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


class Direct:
    """A wire to methods of this process. calls: what was asked."""

    def __init__(self, served: Served) -> None:
        self._methods = {method.path: method for method in served.list}
        self.calls: list[str] = []

    def _call(self, path: str, data: bytes) -> tuple[Any, Any]:
        self.calls.append(path.rpartition("/")[2])
        call = Call(path, {}, Peer("192.0.2.1:1"))
        call.notes["caller"] = JOE
        method = self._methods[path]
        return method, method.handler(method.request(data), call)

    def unary(
        self, path: str, data: bytes, *, metadata: Mapping[str, str] | None = None, timeout: float | None = None
    ) -> bytes:
        method, answer = self._call(path, data)
        found: bytes = method.response(answer)
        return found

    def stream(
        self, path: str, data: bytes, *, metadata: Mapping[str, str] | None = None, timeout: float | None = None
    ) -> Any:
        def answers() -> Iterator[bytes]:
            method, found = self._call(path, data)
            for answer in found:
                yield method.response(answer)

        return answers()

    def close(self) -> None:
        pass


def lost(error: RpcError) -> NotReached:
    return NotReached(f"cannot connect to Tiller: {error}")


class Both:
    """The same verbs here and at a server, each in a world of its own."""

    def __init__(self) -> None:
        self.served = Served()
        self.wire = Direct(self.served)
        here = Served()
        self.told: dict[str, list[Any]] = {"local": [], "remote": []}
        env = here.workplace.environment(
            JOE, "ns", profile=HELM4, log=self.listen("local"), hint=self.told["local"].append,
            hook_output=lambda *what: self.told["local"].append(what), clock=here.workplace.world.clock,
        )  # fmt: skip
        self.local = LocalVerbs(env)
        self.remote = own(
            self.wire, log=self.listen("remote"), hint=self.told["remote"].append,
            hook_output=lambda *what: self.told["remote"].append(what),
        )  # fmt: skip
        self.worlds = (here, self.served)

    def listen(self, side: str) -> Callable[[LogRecord], None]:
        return lambda record: self.told[side].append((record.level, record.message, record.attributes))

    def ask(self, verb: Callable[[Any, Any], Any]) -> tuple[Any, Any]:
        """What the verb gives on each side; its error when it fails. What is told must be the same."""
        found = []
        for side, verbs in (("local", self.local), ("remote", self.remote)):
            self.told[side].clear()
            try:
                found.append(verb(verbs, lambda one, side=side: self.told[side].append(one)))
            except CharthouseError as error:
                found.append(error)
        assert self.told["local"] == self.told["remote"]
        return found[0], found[1]


def own(wire: Any, **how: Any) -> OwnVerbs:
    given = {"log": silent, "hint": lambda text: None, "hook_output": lambda *what: None, **how}
    profile = given.pop("profile", HELM4)
    return OwnVerbs(OwnService(lambda: wire, Clock(), lost), profile=profile, patience=60.0, **given)


def unheard(progress: Progress, /) -> None:
    pass


def plain(release: Release) -> Any:
    """A release without what the clock decides."""
    from charthouse.releases.codec import to_json

    made = to_json(release)
    for key in ("first_deployed", "last_deployed", "deleted"):
        made["info"].pop(key, None)
    for hook in made.get("hooks", ()):
        hook.pop("last_run")
    return made


def reading(read: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda verbs, watch: read(verbs)


def row(release: Release) -> tuple[Any, ...]:
    """What lists show."""
    chart = release.chart.metadata
    return (release.version, release.name, release.status, release.info.description, chart.version, chart.app_version)


def same_error(one: Any, other: Any) -> None:
    assert (type(one), str(one), one.hint) == (type(other), str(other), other.hint)


def loaded(**more: str) -> Chart:
    return load_archive(chart(**more), log=silent)


def test_the_life_of_a_release_is_the_same() -> None:
    both = Both()
    values = {"size": 3.0, "count": Int64(7), "none": None, "list": [1.5, "a"]}
    options = InstallOptions("r", "ns", labels={"a": "b"}, description="first", server_side=False)
    one, other = both.ask(lambda verbs, watch: verbs.install(loaded(), values, options, progress=watch))
    assert plain(one) == plain(other)
    assert (one.labels, one.config, type(one.config["count"])) == (
        other.labels,
        other.config,
        type(other.config["count"]),
    )
    same_error(*both.ask(lambda verbs, watch: verbs.install(loaded(), {}, options, progress=watch)))

    upgrade = UpgradeOptions("r", "ns", install=True, history_max=3)
    assert both.ask(lambda verbs, watch: verbs.install_instead(upgrade, progress=watch)) == (None, None)
    missing = UpgradeOptions("other", "ns", install=True, labels={"x": "y"})
    one, other = both.ask(lambda verbs, watch: verbs.install_instead(missing, progress=watch))
    assert (
        (one.replace, one.name, one.labels) == (other.replace, other.name, other.labels) == (False, "other", {"x": "y"})
    )

    more = loaded(version="2.0.0")
    one, other = both.ask(lambda verbs, watch: verbs.upgrade(more, {"colour": "red"}, upgrade, progress=watch))
    assert plain(one) == plain(other)
    one, other = both.ask(lambda verbs, watch: verbs.rollback(RollbackOptions("r", "ns"), progress=watch))
    assert plain(one) == plain(other)
    reads: list[Callable[[Any], Any]] = [
        lambda verbs: [row(release) for release in verbs.list(ListOptions("ns"))],
        lambda verbs: sorted(map(row, verbs.history(HistoryOptions("r", "ns")))),
        lambda verbs: plain(verbs.status(StatusOptions("r", "ns"))),
        lambda verbs: plain(verbs.get(GetOptions("r", "ns", 2))),
        lambda verbs: verbs.values(GetOptions("r", "ns", 1, all_values=True)),
        lambda verbs: verbs.metadata(GetOptions("r", "ns")).revision,
    ]
    for read in reads:
        one, other = both.ask(reading(read))
        assert one == other
    asked = DiffOptions(upgrade, show_secrets=True)
    one, other = both.ask(lambda verbs, watch: verbs.diff(more, {"colour": "green"}, asked))
    assert diff_verb.text(one) == diff_verb.text(other) != ""
    one, other = (verbs.plan(more, {}, upgrade) for verbs in (both.local, both.remote))
    assert [(step.kind, step.what) for step in one.steps] == [(step.kind, step.what) for step in other.steps]
    one, other = both.ask(lambda verbs, watch: verbs.test(TestOptions("r", "ns"), logs=False, progress=watch))
    assert plain(one.release) == plain(other.release)
    one, other = both.ask(lambda verbs, watch: verbs.uninstall(UninstallOptions("r", "ns"), progress=watch))
    assert (plain(one.release), one.info) == (plain(other.release), other.info)
    gone = UninstallOptions("r", "ns", ignore_not_found=True)
    one, other = both.ask(lambda verbs, watch: verbs.uninstall(gone, progress=watch))
    assert (one.release, one.info) == (other.release, other.info) == (None, "")


@pytest.mark.parametrize(
    "verb",
    [
        lambda verbs: verbs.get(GetOptions("r", "ns")),
        lambda verbs: verbs.get(GetOptions("R!", "ns")),
        lambda verbs: verbs.list(ListOptions("ns", filter="(")),
        lambda verbs: verbs.rollback(RollbackOptions("r", "ns", -1), progress=unheard),
        lambda verbs: verbs.upgrade(loaded(), {}, UpgradeOptions("r", "ns"), progress=unheard),
        lambda verbs: verbs.install(
            loaded(map="a: {{ required `no` .Values.x }}"), {}, InstallOptions("r", "ns"), progress=unheard
        ),
        lambda verbs: verbs.install(loaded(), {}, InstallOptions("r", "ns", labels={"owner": "me"}), progress=unheard),
    ],
)
def test_errors_are_the_same(verb: Callable[[Any], Any]) -> None:
    one, other = Both().ask(lambda verbs, watch: verb(verbs))
    assert isinstance(one, CharthouseError)
    same_error(one, other)


def test_what_only_this_machine_can_do_is_refused() -> None:
    asked = InstallOptions("r", "ns", post_renderer=str)
    with pytest.raises(NotCarried, match="a post-renderer is a program of this machine"):
        own(None).install(loaded(), {}, asked, progress=unheard)
    with pytest.raises(NotCarried, match="--compat helm2 cannot be asked"):
        own(None, profile=profile_named("helm2")).install(loaded(), {}, InstallOptions("r", "ns"), progress=unheard)


def test_a_chart_is_logged_of_once() -> None:
    data = archive({
        "Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\ndeprecated: true\n",
        "requirements.yaml": "dependencies: []\n",
        "templates/a.yaml": config_map("a"),
    })  # fmt: skip
    seen: list[str] = []
    made = load_archive(data, log=lambda record: seen.append(record.message))
    assert [message[:29] for message in seen] == ["Warning: Dependencies are han"]
    verbs = own(Direct(Served()), log=lambda record: seen.append(record.message))
    verbs.install(made, {}, InstallOptions("r", "ns"), progress=unheard)
    assert [message for message in seen[1:] if "Dependencies are" in message or "deprecated" in message] == []
