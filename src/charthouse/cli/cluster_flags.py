"""From flags to what the verbs are asked: one function a verb.

Rules: Helm 4.3.1 ``pkg/cmd/{install,upgrade,rollback}.go``."""

from __future__ import annotations

from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.actions.options import InstallOptions, RollbackOptions, UpgradeOptions
    from charthouse.cli.context import Context

__all__ = ["OptionError", "install_options", "rollback_options", "seconds", "upgrade_options"]

_DESCRIPTION_LIMIT = 256


class OptionError(CharthouseError):
    """A flag's value makes no sense to the verb."""


def seconds(context: Context) -> float:
    """``--timeout`` in seconds."""
    return float(context["timeout"]) / 1e9


def install_options(context: Context, name: str, *, dry_run: str) -> InstallOptions:
    """What `install` is asked (and `upgrade --install` of a release that is not there, through its own options)."""
    from charthouse.actions.options import InstallOptions
    from charthouse.cli.post_renderer import post_renderer

    return InstallOptions(
        name=name,
        namespace=context.namespace,
        create_namespace=context["create-namespace"],
        dry_run=dry_run,
        hide_secret=context["hide-secret"],
        disable_hooks=context["no-hooks"],
        replace=context["replace"],
        wait=context["wait"],
        wait_for_jobs=context["wait-for-jobs"],
        timeout=seconds(context),
        description=context["description"],
        rollback_on_failure=context["rollback-on-failure"],
        skip_crds=context["skip-crds"],
        sub_notes=context["render-subchart-notes"],
        skip_schema_validation=context["skip-schema-validation"],
        disable_openapi_validation=context["disable-openapi-validation"],
        labels=dict(context["labels"]),
        server_side=context["server-side"],
        force_conflicts=context["force-conflicts"],
        force_replace=context["force-replace"],
        take_ownership=context["take-ownership"],
        enable_dns=context["enable-dns"],
        post_renderer=post_renderer(context),
        recover=context["recover"],
    )


def upgrade_options(context: Context, name: str, *, dry_run: str) -> UpgradeOptions:
    """What `upgrade` is asked."""
    from charthouse.actions.options import UpgradeOptions
    from charthouse.cli.post_renderer import post_renderer

    return UpgradeOptions(
        name=name,
        namespace=context.namespace,
        install=context["install"],
        create_namespace=context["create-namespace"],
        dry_run=dry_run,
        hide_secret=context["hide-secret"],
        disable_hooks=context["no-hooks"],
        wait=context["wait"],
        wait_for_jobs=context["wait-for-jobs"],
        timeout=seconds(context),
        description=context["description"],
        rollback_on_failure=context["rollback-on-failure"],
        cleanup_on_fail=context["cleanup-on-fail"],
        skip_crds=context["skip-crds"],
        sub_notes=context["render-subchart-notes"],
        skip_schema_validation=context["skip-schema-validation"],
        disable_openapi_validation=context["disable-openapi-validation"],
        reset_values=context["reset-values"],
        reuse_values=context["reuse-values"],
        reset_then_reuse_values=context["reset-then-reuse-values"],
        history_max=context["history-max"],
        labels=dict(context["labels"]),
        server_side=context["server-side"],
        force_conflicts=context["force-conflicts"],
        force_replace=context["force-replace"],
        take_ownership=context["take-ownership"],
        enable_dns=context["enable-dns"],
        post_renderer=post_renderer(context),
        recover=context["recover"],
    )


def rollback_options(context: Context, name: str, *, dry_run: str) -> RollbackOptions:
    """What `rollback` is asked. Raises OptionError."""
    from charthouse.actions.options import RollbackOptions

    revision = _revision(context.words[1]) if len(context.words) > 1 else 0
    length = len(context["description"])
    if length > _DESCRIPTION_LIMIT:
        raise OptionError(f"description must be {_DESCRIPTION_LIMIT} characters or less, got {length}")
    return RollbackOptions(
        name=name,
        namespace=context.namespace,
        revision=revision,
        dry_run=dry_run,
        disable_hooks=context["no-hooks"],
        wait=context["wait"],
        wait_for_jobs=context["wait-for-jobs"],
        timeout=seconds(context),
        description=context["description"],
        cleanup_on_fail=context["cleanup-on-fail"],
        history_max=context["history-max"],
        server_side=context["server-side"],
        force_conflicts=context["force-conflicts"],
        force_replace=context["force-replace"],
        recover=context["recover"],
    )


def _revision(text: str) -> int:
    from charthouse.golang.kinds import GoError
    from charthouse.golang.strconv import parse_int

    try:
        return parse_int(text, function="Atoi")
    except GoError as error:
        raise OptionError(f"could not convert revision to a number: {error}") from error
