"""From the options of the verbs to the requests of Helm 2's API; what they have no field for is refused.

Whose rules: helm v2.17.0 pkg/proto/hapi/services/tiller.proto and cmd/helm. Differs: what Tiller does whatever is asked
for counts as done (it creates the namespace, checks no schema, lets templates look up hosts), and `server_side` where
it is not given, since Tiller patches in its own way.
"""

from __future__ import annotations

from charthouse.hapi import messages
from charthouse.tiller.client.errors import NotCarried

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from typing import Any

    from charthouse.actions.options import (
        InstallOptions,
        RollbackOptions,
        TestOptions,
        UninstallOptions,
        UpgradeOptions,
    )

__all__ = [
    "install_request",
    "refuse",
    "rollback_request",
    "test_request",
    "uninstall_request",
    "upgrade_request",
]

# Field of an options record → what it is called on the command line. A value that is not the default is refused.
_INSTALL = {
    "hide_secret": "hide-secret",
    "wait_for_jobs": "wait-for-jobs",
    "disable_openapi_validation": "disable-openapi-validation",
    "labels": "labels",
    "force_conflicts": "force-conflicts",
    "take_ownership": "take-ownership",
    "post_renderer": "post-renderer",
    "recover": "recover",
}
_APART = {
    "install": {**_INSTALL, "force_replace": "force-replace"},
    "upgrade": {**_INSTALL, "reset_then_reuse_values": "reset-then-reuse-values"},
    "rollback": {key: _INSTALL[key] for key in ("wait_for_jobs", "force_conflicts", "recover")},
    "uninstall": {},
    "test": {"include": "filter", "exclude": "filter"},
    "list": {"selector": "selector"},
}
# Flags that are refused when they were given, whatever they say: their defaults mean nothing to Tiller.
_GIVEN = {
    "install": ("server-side",),
    "upgrade": ("server-side", "history-max"),
    "rollback": ("server-side", "history-max"),
    "uninstall": ("wait",),
}
_TEST_PODS = 20


def refuse(verb: str, options: Any, given: Collection[str] = ()) -> None:
    """Raises NotCarried for what Tiller cannot be told. given: names of flags on the command line."""
    empty = type(options)._defaults
    wrong = [
        flag for field, flag in _APART[verb].items() if (getattr(options, field) or None) != (empty[field] or None)
    ]
    wrong += [flag for flag in _GIVEN.get(verb, ()) if flag in given]
    if verb == "uninstall" and options.cascade != "background":
        wrong.append("cascade")
    if verb == "uninstall" and options.wait != "hookOnly":
        wrong.append("wait")
    _refused(verb, dict.fromkeys(wrong))


def _refused(verb: str, flags: Iterable[str]) -> None:
    names = " and ".join(f"--{flag}" for flag in flags)
    if names:
        raise NotCarried(
            f"{verb}: Helm 2's Tiller knows no {names}",
            hint="leave it out, work on the cluster directly (without --tiller), or upgrade the server: "
            "`charthouse init --upgrade`",
        )


def install_request(
    options: InstallOptions, chart: messages.Chart, config: messages.Config
) -> messages.InstallReleaseRequest:
    """What InstallRelease is asked."""
    return messages.InstallReleaseRequest(
        chart=chart,
        values=config,
        dry_run=options.dry_run != "none",
        name=options.name,
        disable_hooks=options.disable_hooks,
        namespace=options.namespace,
        reuse_name=options.replace,
        timeout=_seconds(options.timeout),
        wait=_waits(options),
        disable_crd_hook=options.skip_crds,
        description=options.description,
        subNotes=options.sub_notes,
    )


def upgrade_request(
    options: UpgradeOptions, chart: messages.Chart, config: messages.Config
) -> messages.UpdateReleaseRequest:
    """What UpdateRelease is asked."""
    return messages.UpdateReleaseRequest(
        name=options.name,
        chart=chart,
        values=config,
        dry_run=options.dry_run != "none",
        disable_hooks=options.disable_hooks,
        timeout=_seconds(options.timeout),
        reset_values=options.reset_values,
        wait=_waits(options),
        reuse_values=options.reuse_values and not options.reset_values,
        force=options.force_replace,
        description=options.description,
        subNotes=options.sub_notes,
        cleanup_on_fail=options.cleanup_on_fail,
    )


def rollback_request(options: RollbackOptions) -> messages.RollbackReleaseRequest:
    """What RollbackRelease is asked."""
    return messages.RollbackReleaseRequest(
        name=options.name,
        dry_run=options.dry_run != "none",
        disable_hooks=options.disable_hooks,
        version=options.revision,
        timeout=_seconds(options.timeout),
        wait=options.wait != "hookOnly",
        force=options.force_replace,
        description=options.description,
        cleanup_on_fail=options.cleanup_on_fail,
    )


def uninstall_request(options: UninstallOptions) -> messages.UninstallReleaseRequest:
    """What UninstallRelease is asked: everything goes, unless the history is to be kept."""
    return messages.UninstallReleaseRequest(
        name=options.name,
        disable_hooks=options.disable_hooks,
        purge=not options.keep_history,
        timeout=_seconds(options.timeout),
        description=options.description,
    )


def test_request(options: TestOptions, *, logs: bool) -> messages.TestReleaseRequest:
    """What RunReleaseTest is asked. The pods go at the end: Tiller fails on pods that are there already."""
    return messages.TestReleaseRequest(
        name=options.name, timeout=_seconds(options.timeout), cleanup=True, max_parallel=_TEST_PODS, logs=logs
    )


def _seconds(timeout: float) -> int:
    """Whole seconds; less than one is one, since 0 would end all waiting at once."""
    return max(1, int(timeout)) if timeout > 0 else 0


def _waits(options: InstallOptions | UpgradeOptions) -> bool:
    return options.wait != "hookOnly" or options.rollback_on_failure
