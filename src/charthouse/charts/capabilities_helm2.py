"""`.Capabilities` and `.Release.Time` of Helm 2.

Whose rules: helm v2.17.0 pkg/chartutil/capabilities.go (KubeVersion is the API server's own version.Info, APIVersions a
set with kinds in it, TillerVersion a message), pkg/timeconv.
"""

from __future__ import annotations

from charthouse.charts.capabilities import Capabilities, HelmVersion, KubeVersion
from charthouse.charts.protostruct import ProtoStruct, message_methods
from charthouse.golang.kinds import Int64, Struct, TypedMap
from charthouse.gotemplate.functions import Function

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from typing import Any, ClassVar

__all__ = [
    "TILLER",
    "TILLER_COMMIT",
    "Capabilities2",
    "KubeInfo",
    "TillerVersion",
    "Timestamp",
    "VersionSet2",
    "capabilities_helm2",
    "default_capabilities_helm2",
    "timestamp",
]

TILLER = "v2.17.0"
TILLER_COMMIT = "a690bad98af45b015bd3da1a41f6218b1a451dbe"
_INFO = ("major", "minor", "gitVersion", "gitCommit", "gitTreeState", "buildDate", "goVersion", "compiler", "platform")


class KubeInfo(Struct):
    """*version.Info of k8s.io/apimachinery: what GET /version answers."""

    __slots__ = (
        "build_date", "compiler", "git_commit", "git_tree_state", "go_version", "major", "minor", "platform", "version",
    )  # fmt: skip
    go_type = "*version.Info"
    go_fields: ClassVar[Mapping[str, str]] = {
        "Major": "major",
        "Minor": "minor",
        "GitVersion": "version",
        "GitCommit": "git_commit",
        "GitTreeState": "git_tree_state",
        "BuildDate": "build_date",
        "GoVersion": "go_version",
        "Compiler": "compiler",
        "Platform": "platform",
    }

    def __init__(self, version: str, major: str, minor: str, **more: str) -> None:
        self.version = version
        self.major = major
        self.minor = minor
        for name in ("git_commit", "git_tree_state", "build_date", "go_version", "compiler", "platform"):
            setattr(self, name, more.get(name, ""))

    def __str__(self) -> str:
        return self.version

    def go_json(self) -> list[tuple[str, Any]]:
        """The JSON form: every field."""
        return [(shown, getattr(self, name)) for shown, name in zip(_INFO, self.go_fields.values(), strict=True)]


KubeInfo.go_methods = {"String": Function("String", "->string", KubeInfo.__str__)}


class _Present(Struct):
    """struct{}{}: what a set's members map to."""

    __slots__ = ()

    def go_json(self) -> list[tuple[str, Any]]:
        """The JSON form: an empty object."""
        return []


_PRESENT = _Present()


class VersionSet2(TypedMap):
    """chartutil.VersionSet: a map whose keys are what there is."""

    __slots__ = ()
    go_type = "chartutil.VersionSet"
    go_methods: ClassVar[Mapping[str, Any]] = {
        "Has": Function("Has", "string->bool", lambda self, version: version in self)
    }


class TillerVersion(ProtoStruct):
    """*version.Version of hapi."""

    __slots__ = ("git_commit", "git_tree_state", "sem_ver")
    go_type = "*version.Version"
    go_fields: ClassVar[Mapping[str, str]] = {
        "SemVer": "sem_ver",
        "GitCommit": "git_commit",
        "GitTreeState": "git_tree_state",
    }
    proto_names: ClassVar[Mapping[str, str]] = {name: name for name in ("sem_ver", "git_commit", "git_tree_state")}


TillerVersion.go_methods = message_methods(TillerVersion, {})


class Timestamp(ProtoStruct):
    """*timestamp.Timestamp."""

    __slots__ = ("nanos", "seconds")
    go_type = "*timestamp.Timestamp"
    go_fields: ClassVar[Mapping[str, str]] = {"Seconds": "seconds", "Nanos": "nanos"}
    proto_names: ClassVar[Mapping[str, str]] = {"seconds": "seconds", "nanos": "nanos"}


Timestamp.go_methods = message_methods(Timestamp, {"seconds": "int64", "nanos": "int32"})


class Capabilities2(Struct):
    """*chartutil.Capabilities of Helm 2."""

    __slots__ = ("api_versions", "kube_version", "tiller_version")
    go_type = "*chartutil.Capabilities"
    go_fields: ClassVar[Mapping[str, str]] = {
        "APIVersions": "api_versions",
        "KubeVersion": "kube_version",
        "TillerVersion": "tiller_version",
    }

    def __init__(self, kube_version: KubeInfo, api_versions: Iterable[str]) -> None:
        self.kube_version = kube_version
        self.api_versions = VersionSet2(dict.fromkeys(api_versions, _PRESENT))
        self.tiller_version = TillerVersion(sem_ver=TILLER, git_commit=TILLER_COMMIT, git_tree_state="clean")


def capabilities_helm2(capabilities: Capabilities) -> Capabilities2:
    """What templates of Helm 2 see of a cluster."""
    kube = capabilities.kube_version
    return Capabilities2(KubeInfo(kube.version, kube.major, kube.minor), capabilities.api_versions)


def default_capabilities_helm2() -> Capabilities:
    """Without a cluster: Kubernetes 1.14."""
    from charthouse.charts.api_versions_helm2 import default_versions

    kube = KubeVersion("v1.14.0", "v1.14.0", "1", "14")
    helm = HelmVersion(TILLER, TILLER_COMMIT, "clean", "", "")
    return Capabilities(kube, default_versions(), helm)


def timestamp(moment: datetime | None) -> Timestamp:
    """A moment; now when None."""
    if moment is None:
        from time import time_ns

        now = time_ns()
        return Timestamp(seconds=Int64(now // 10**9), nanos=now % 10**9)
    from datetime import UTC, datetime

    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    nanos = getattr(moment, "nanosecond", moment.microsecond * 1000)
    return Timestamp(seconds=Int64(since.days * 86400 + since.seconds), nanos=nanos)
