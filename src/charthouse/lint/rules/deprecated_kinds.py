"""Kinds that are deprecated in the Kubernetes version a chart is linted for.

Whose rules: helm v4.3.1 rules/deprecations.go over k8s.io/apiserver v0.37 `endpoints/deprecation`.
"""

from __future__ import annotations

from charthouse.profile import HELM4

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.charts.capabilities import KubeVersion
    from charthouse.profile import Profile

__all__ = ["deprecation"]

_DEFAULT_MAJOR = 1


def deprecation(api_version: str, kind: str, kube_version: KubeVersion | None, profile: Profile = HELM4) -> str:
    """The warning about a deprecated kind, "" when it is not one. kube_version: None for Helm's default."""
    if not api_version or not kind:
        return ""
    from charthouse.lint.rules.lifecycle import LIFECYCLES

    rows = LIFECYCLES
    if profile.lint3:
        from charthouse.lint.rules.lifecycle_helm3 import NEWER, OLDER

        rows = () if kind in NEWER.get(api_version, "").split(" ") else OLDER + LIFECYCLES
    for version, since, until, successor, kinds in rows:
        if version != api_version:
            continue
        for entry in kinds.split(" "):
            name, _, other = entry.partition("=")
            if name == kind and _reached(since, kube_version, profile):
                return _warning(version, kind, since, until, f"{successor} {other or name}" if successor else "")
    return ""


def _warning(version: str, kind: str, since: str, until: str, successor: str) -> str:
    text = f"{version} {kind} is deprecated in v{since}+"
    if until:
        text += f", unavailable in v{until}+"
    return f"{text}; use {successor}" if successor else text


def _reached(since: str, kube_version: KubeVersion | None, profile: Profile) -> bool:
    from charthouse.charts.capabilities import default_capabilities

    current = kube_version or default_capabilities(profile).kube_version
    major, _, minor = since.partition(".")
    return (int(current.major), int(current.minor)) >= (int(major), int(minor))
