"""Revisions with everything Helm 2 keeps of them: chart and values as they were sent, hooks with their timeouts.

A ``Release`` of ours carries what it has no place for in its companion (``releases.helm2.companion``), which holds for
a field as long as the release says the same about it. So a revision is made whole here once, and again whenever its
hooks or its tests have run; status and description may change in between without asking.

Whose rules: helm v2.17.0 pkg/tiller/hooks.go (delete timeouts), release_install.go, release_testing.go.
"""

from __future__ import annotations

from charthouse.manifests.head import read_head
from charthouse.records import replace
from charthouse.releases.helm2.companion import difference
from charthouse.releases.helm2.conversion import derived, release_from_message, release_to_message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from charthouse.hapi import messages
    from charthouse.manifests.hooks import Hook
    from charthouse.profile import Profile
    from charthouse.releases.release import Release

__all__ = ["delete_timeouts", "with_hooks", "with_parts_of", "with_suite", "with_values", "without_values"]

_TIMEOUT = "helm.sh/hook-delete-timeout"
_DELETE_TIMEOUT = 60
_INT64 = 1 << 63


def with_values(release: Release, chart: messages.Chart, config: messages.Config | None, profile: Profile) -> Release:
    """A new revision, its chart and values as they were sent."""
    plain = derived(release)
    message = derived(release)
    message.chart.CopyFrom(chart)
    if config is None:
        message.ClearField("config")
    else:
        message.config.CopyFrom(config)
    for hook in message.hooks:
        if hook.delete_policies:
            hook.delete_timeout = _written_timeout(hook.manifest, profile)
    return replace(release, companion=difference(plain, message))


def without_values(release: Release) -> tuple[messages.Chart, messages.Config | None]:
    """The chart and the values a revision was made with, as they were sent."""
    message = release_to_message(release)
    return message.chart, message.config if message.HasField("config") else None


def _written_timeout(manifest: str, profile: Profile) -> int:
    """What the annotation says, 60 without one; what is no number counts as 0, as in Tiller."""
    annotations = read_head(manifest, profile).annotations or {}
    if _TIMEOUT not in annotations:
        return _DELETE_TIMEOUT
    seconds = 0
    for word in annotations[_TIMEOUT].split(","):
        text = word.strip()
        digits = text[1:] if text[:1] in ("+", "-") else text
        seconds = int(text) if digits.isascii() and digits.isdigit() else 0
    return max(-_INT64, min(seconds, _INT64 - 1))


def delete_timeouts(release: Release) -> dict[tuple[str, str], float]:
    """Seconds by the path and name of each hook that has a deletion policy."""
    if not any(hook.delete_policies for hook in release.hooks):
        return {}
    hooks = release_to_message(release).hooks
    return {(hook.path, hook.name): float(hook.delete_timeout) for hook in hooks if hook.delete_policies}


def with_hooks(release: Release, hooks: Sequence[Hook]) -> Release:
    """The revision after hooks have run; `hooks` are all of its own, in their order."""
    changed = replace(release, hooks=tuple(hooks))
    plain, message = derived(changed), release_to_message(release)
    for ran, kept in zip(plain.hooks, message.hooks, strict=True):
        if ran.HasField("last_run"):
            kept.last_run.CopyFrom(ran.last_run)
    return replace(changed, companion=difference(plain, message))


def with_suite(release: Release, suite: messages.TestSuite) -> Release:
    """The revision after its tests have run."""
    message = release_to_message(release)
    message.info.status.last_test_suite_run.CopyFrom(suite)
    return replace(release, companion=release_from_message(message).companion)


def with_parts_of(release: Release, source: Release) -> Release:
    """A new revision with the chart, values and hooks of an old one, as that has them."""
    plain, message, theirs = derived(release), derived(release), release_to_message(source)
    message.chart.CopyFrom(theirs.chart)
    message.ClearField("config")
    if theirs.HasField("config"):
        message.config.CopyFrom(theirs.config)
    del message.hooks[:]
    message.hooks.extend(theirs.hooks)
    return replace(release, companion=difference(plain, message))
