"""What a caller may ask of each verb: one frozen record a verb, with the command line's defaults.

Whose rules: the exported fields of `action.Install`, `action.Upgrade` … (helm v4.3.1, pkg/action) and the defaults that
pkg/cmd gives them. Times are seconds. `recover` is ours: take up a `pending-*` record that carries no journal of ours.

Every verb is ``VERB.run(env, …, options, progress=…)`` in ``actions/VERB.py``:

=========  =========================================================================================
install    ``run(env, chart, values, options, *, progress) -> Release``
upgrade    ``run(env, chart, values, options, *, progress) -> Release``; ``must_install(env, options)``
           answers `--install` (look first, print Helm's line, then call ``install.run`` with
           ``install_instead(options, …)``)
rollback   ``run(env, options, *, progress) -> Release``
uninstall  ``run(env, options, *, progress) -> Uninstalled``
list       ``run(env, options) -> list[Release]``
status     ``run(env, options) -> Release``
history    ``run(env, options) -> list[Release]``
get        ``run(env, options) -> Release``; ``values(env, options)``; ``metadata(env, options)``
test       ``run(env, options, *, progress) -> Tested``
diff       ``run(env, chart, values, options) -> ReleaseDiff``; ``diff.text(result, …)``
plan       ``run(env, chart, values, options) -> ReleasePlan``
=========  =========================================================================================
"""

from __future__ import annotations

from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    PostRenderer = Callable[[str], str]

__all__ = [
    "DiffOptions",
    "GetOptions",
    "HistoryOptions",
    "InstallOptions",
    "ListOptions",
    "RollbackOptions",
    "StatusOptions",
    "TestOptions",
    "UninstallOptions",
    "UpgradeOptions",
]


class InstallOptions(Record):
    """`install`, and `template` when `dry_run` is "client".

    dry_run: none | client | server. wait: hookOnly | watcher | legacy. labels: put on the record. kube_version and
    api_versions: capabilities of a client-side dry run. post_renderer: gets all documents as one YAML stream and
    returns it changed.
    """

    name: str
    namespace: str
    create_namespace: bool = False
    dry_run: str = "none"
    hide_secret: bool = False
    disable_hooks: bool = False
    replace: bool = False
    wait: str = "hookOnly"
    wait_for_jobs: bool = False
    timeout: float = 300.0
    description: str = ""
    rollback_on_failure: bool = False
    skip_crds: bool = False
    include_crds: bool = False
    sub_notes: bool = False
    skip_schema_validation: bool = False
    disable_openapi_validation: bool = False
    labels: Mapping[str, str] | None = None
    server_side: bool = True
    force_conflicts: bool = False
    force_replace: bool = False
    take_ownership: bool = False
    enable_dns: bool = False
    is_upgrade: bool = False
    kube_version: str = ""
    api_versions: tuple[str, ...] = ()
    post_renderer: PostRenderer | None = None
    recover: bool = False


class UpgradeOptions(Record):
    """`upgrade`. server_side: "true" | "false" | "auto" (as the last revision). history_max 0: keep all revisions.

    The value "null" of a label removes it. install only says that the caller is ready to install (see
    ``must_install``).
    """

    name: str
    namespace: str
    install: bool = False
    create_namespace: bool = False
    dry_run: str = "none"
    hide_secret: bool = False
    disable_hooks: bool = False
    wait: str = "hookOnly"
    wait_for_jobs: bool = False
    timeout: float = 300.0
    description: str = ""
    rollback_on_failure: bool = False
    cleanup_on_fail: bool = False
    skip_crds: bool = False
    sub_notes: bool = False
    skip_schema_validation: bool = False
    disable_openapi_validation: bool = False
    reset_values: bool = False
    reuse_values: bool = False
    reset_then_reuse_values: bool = False
    history_max: int = 10
    labels: Mapping[str, str] | None = None
    server_side: str = "auto"
    force_conflicts: bool = False
    force_replace: bool = False
    take_ownership: bool = False
    enable_dns: bool = False
    post_renderer: PostRenderer | None = None
    recover: bool = False


class RollbackOptions(Record):
    """`rollback`. revision 0: the one before the last."""

    name: str
    namespace: str
    revision: int = 0
    dry_run: str = "none"
    disable_hooks: bool = False
    wait: str = "hookOnly"
    wait_for_jobs: bool = False
    timeout: float = 300.0
    description: str = ""
    cleanup_on_fail: bool = False
    history_max: int = 10
    server_side: str = "auto"
    force_conflicts: bool = False
    force_replace: bool = False
    recover: bool = False


class UninstallOptions(Record):
    """`uninstall` of one release. cascade: background | orphan | foreground."""

    name: str
    namespace: str
    disable_hooks: bool = False
    dry_run: bool = False
    ignore_not_found: bool = False
    keep_history: bool = False
    wait: str = "hookOnly"
    cascade: str = "background"
    timeout: float = 300.0
    description: str = ""


class ListOptions(Record):
    """`list`. namespace "" is all of them. No state chosen: all states. limit 0: no limit; time_format is the
    shell's."""

    namespace: str = ""
    filter: str = ""
    selector: str = ""
    deployed: bool = False
    uninstalled: bool = False
    uninstalling: bool = False
    pending: bool = False
    failed: bool = False
    superseded: bool = False
    by_date: bool = False
    reverse: bool = False
    limit: int = 256
    offset: int = 0


class StatusOptions(Record):
    """`status`. revision 0: the last one. table: fetch the resources as the server's table rows."""

    name: str
    namespace: str
    revision: int = 0
    resources: bool = True
    table: bool = False


class HistoryOptions(Record):
    """`history`: all revisions, unsorted as the server lists them; `max` is for the shell that shows them."""

    name: str
    namespace: str


class GetOptions(Record):
    """`get all|hooks|manifest|metadata|notes|values`. revision 0: the last one. all_values: the computed ones."""

    name: str
    namespace: str
    revision: int = 0
    all_values: bool = False


class TestOptions(Record):
    """`test`. include and exclude: names of hooks (`--filter name=x`, `--filter !name=x`)."""

    __test__ = False

    name: str
    namespace: str
    timeout: float = 300.0
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


class DiffOptions(Record):
    """`diff`: what `upgrade` with these options would change.

    upgrade: the upgrade that is asked about. live: compare with the cluster's objects instead of the stored manifest.
    show_secrets: print secret data as it is; otherwise it is masked. context: unchanged lines around a change.
    """

    upgrade: UpgradeOptions
    live: bool = False
    show_secrets: bool = False
    context: int = 3
