"""`.Capabilities` as Helm 3 has it: a Kubernetes version keeps its suffix, the build tells no client version.

Whose rules: Helm 3.17.3 pkg/chartutil/capabilities.go, internal/version.
"""

from __future__ import annotations

from charthouse.charts.capabilities import Capabilities, HelmVersion, KubeVersion, VersionSet
from charthouse.charts.metadata import ChartError
from charthouse.gotemplate.functions import Function

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import ClassVar

__all__ = ["Capabilities3", "HelmVersion3", "KubeVersion3", "VersionSet3", "parse_kube_version"]


class HelmVersion3(HelmVersion):
    """version.BuildInfo without the client's version."""

    __slots__ = ()
    go_fields: ClassVar[Mapping[str, str]] = {
        "Version": "version",
        "GitCommit": "git_commit",
        "GitTreeState": "git_tree_state",
        "GoVersion": "go_version",
    }


class KubeVersion3(KubeVersion):
    """chartutil.KubeVersion: what is printed and compared is the full text."""

    __slots__ = ()
    go_type = "chartutil.KubeVersion"
    go_fields: ClassVar[Mapping[str, str]] = {"Version": "version", "Major": "major", "Minor": "minor"}


class VersionSet3(VersionSet):
    """chartutil.VersionSet."""

    __slots__ = ()
    go_type = "chartutil.VersionSet"


class Capabilities3(Capabilities):
    """*chartutil.Capabilities."""

    __slots__ = ()
    go_type = "*chartutil.Capabilities"
    versions_type = VersionSet3


Capabilities3.go_methods = {"Copy": Function("Copy", "->*chartutil.Capabilities", Capabilities3.copy)}


def parse_kube_version(text: str) -> KubeVersion3:
    """A loose semantic version (semver.NewVersion). Raises ChartError with its text."""
    from charthouse.formats.semver import SemverError, Version

    try:
        version = Version.parse(text)
    except SemverError as error:
        from charthouse.formats.semver_helm3 import old_text

        raise ChartError(old_text(error)) from error
    return KubeVersion3(f"v{version}", "", str(version.major), str(version.minor))
