"""`.Capabilities`: the cluster's version, its API versions, and the Helm we stand in for.

Whose rules: Helm 4.3.1 pkg/chart/common/capabilities.go, internal/version; k8s.io/apimachinery pkg/util/version
ParseGeneric. The lists without a cluster are client-go's scheme as each Helm was built with it.
"""

from __future__ import annotations

from charthouse.charts.metadata import ChartError
from charthouse.golang.kinds import Struct, TypedSlice
from charthouse.gotemplate.functions import Function
from charthouse.profile import HELM4

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any, ClassVar

    from charthouse.profile import Profile

__all__ = [
    "Capabilities",
    "HelmVersion",
    "KubeVersion",
    "VersionSet",
    "default_capabilities",
    "parse_kube_version",
]


class HelmVersion(Struct):
    """Which Helm templates see (version.BuildInfo)."""

    __slots__ = ("git_commit", "git_tree_state", "go_version", "kube_client_version", "version")
    go_type = "version.BuildInfo"
    go_fields: ClassVar[Mapping[str, str]] = {
        "Version": "version",
        "GitCommit": "git_commit",
        "GitTreeState": "git_tree_state",
        "GoVersion": "go_version",
        "KubeClientVersion": "kube_client_version",
    }

    def __init__(
        self, version: str, git_commit: str, git_tree_state: str, go_version: str, kube_client_version: str
    ) -> None:
        self.version = version
        self.git_commit = git_commit
        self.git_tree_state = git_tree_state
        self.go_version = go_version
        self.kube_client_version = kube_client_version

    def go_json(self) -> list[tuple[str, Any]]:
        """The JSON form: other keys, empty ones left out."""
        names = ("version", "git_commit", "git_tree_state", "go_version", "kube_client_version")
        return [(name, getattr(self, name)) for name in names if getattr(self, name)]


class KubeVersion(Struct):
    """version: the full text ("v1.29.4-gke.1"); normalized: without suffixes, what is printed and compared."""

    __slots__ = ("major", "minor", "normalized", "version")
    go_type = "common.KubeVersion"
    go_pointer_string = True
    # `normalizedVersion` is not exported: `%v` prints it, templates cannot reach it.
    go_fields: ClassVar[Mapping[str, str]] = {
        "Version": "version",
        "normalizedVersion": "normalized",
        "Major": "major",
        "Minor": "minor",
    }

    def __init__(self, version: str, normalized: str, major: str, minor: str) -> None:
        self.version = version
        self.normalized = normalized
        self.major = major
        self.minor = minor

    def __str__(self) -> str:
        return self.normalized or self.version

    def go_json(self) -> list[tuple[str, Any]]:
        """The JSON form: exported fields."""
        return [("Version", self.version), ("Major", self.major), ("Minor", self.minor)]


KubeVersion.go_methods = {
    "String": Function("String", "->string", KubeVersion.__str__),
    "GitVersion": Function("GitVersion", "->string", lambda self: self.version),
}


class VersionSet(TypedSlice):
    """API versions: `apps/v1`, with a cluster also `apps/v1/Deployment`."""

    __slots__ = ()
    go_type = "common.VersionSet"
    element = "string"
    go_methods: ClassVar[Mapping[str, Any]] = {}


VersionSet.go_methods = {"Has": Function("Has", "string->bool", lambda self, version: version in self)}


class Capabilities(Struct):
    """kube_version, api_versions and helm_version."""

    versions_type: ClassVar[type[VersionSet]] = VersionSet

    __slots__ = ("api_versions", "helm_version", "kube_version")
    go_type = "*common.Capabilities"
    go_fields: ClassVar[Mapping[str, str]] = {
        "KubeVersion": "kube_version",
        "APIVersions": "api_versions",
        "HelmVersion": "helm_version",
    }

    def __init__(self, kube_version: KubeVersion, api_versions: Iterable[str], helm_version: HelmVersion) -> None:
        self.kube_version = kube_version
        self.api_versions = self.versions_type(api_versions)
        self.helm_version = helm_version

    def copy(self, *, kube_version: KubeVersion | None = None, more: Iterable[str] = ()) -> Capabilities:
        """The same, with another Kubernetes version, or more API versions at the end."""
        return type(self)(kube_version or self.kube_version, [*self.api_versions, *more], self.helm_version)


Capabilities.go_methods = {"Copy": Function("Copy", "->*common.Capabilities", Capabilities.copy)}


def parse_kube_version(text: str, profile: Profile = HELM4) -> KubeVersion:
    """`1.29`, `v1.29.3`, vendor suffixes allowed. Raises ChartError with apimachinery's (Helm 3: semver's) text."""
    if profile.full_kube_version:
        from charthouse.charts import capabilities_helm3

        return capabilities_helm3.parse_kube_version(text)
    rest = text.lstrip(" \t\n\f\r").removeprefix("v")
    components: list[str] = []
    while rest[:1].isdigit() and rest[0].isascii():
        end = 1
        while rest[end : end + 1].isdigit() and rest[end].isascii():
            end += 1
        components.append(rest[:end])
        if rest[end : end + 1] != "." or not rest[end + 1 : end + 2].isdigit():
            break
        rest = rest[end + 1 :]
    if not components:
        raise ChartError(f"could not parse {_quote(text)} as version")
    if len(components) < 2:
        raise ChartError(f"illegal version string {_quote(text)}")
    if len(components[0]) > 1 and components[0][0] == "0":
        raise ChartError(f"illegal zero-prefixed version component {_quote(components[0])} in {_quote(text)}")
    for part in components:
        if len(part) > 20 or int(part) >= 1 << 64:
            reason = f"strconv.ParseUint: parsing {_quote(part)}: value out of range"
            raise ChartError(f"illegal non-numeric version component {_quote(part)} in {_quote(text)}: {reason}")
    numbers = [str(int(part)) for part in components]
    full = text if text.startswith("v") else "v" + text
    return KubeVersion(full, "v" + ".".join(numbers), numbers[0], numbers[1])


def _quote(text: str) -> str:
    from charthouse.golang.strconv import quote

    return quote(text)


_API_VERSIONS = {
    "helm4": """
v1 admissionregistration.k8s.io:v1,v1alpha1,v1beta1 internal.apiserver.k8s.io:v1alpha1 apps:v1,v1beta1,v1beta2
authentication.k8s.io:v1,v1alpha1,v1beta1 authorization.k8s.io:v1,v1beta1 autoscaling:v1,v2 batch:v1,v1beta1
certificates.k8s.io:v1,v1beta1,v1alpha1 coordination.k8s.io:v1alpha2,v1beta1,v1 discovery.k8s.io:v1,v1beta1
events.k8s.io:v1,v1beta1 extensions:v1beta1 flowcontrol.apiserver.k8s.io:v1,v1beta1,v1beta2,v1beta3
lifecycle.k8s.io:v1alpha1 networking.k8s.io:v1,v1beta1 node.k8s.io:v1,v1alpha1,v1beta1 policy:v1,v1beta1
rbac.authorization.k8s.io:v1,v1beta1,v1alpha1 resource.k8s.io:v1,v1beta2,v1beta1,v1alpha3
scheduling.k8s.io:v1alpha3,v1beta1,v1 storage.k8s.io:v1beta1,v1,v1alpha1 storagemigration.k8s.io:v1,v1beta1
apiextensions.k8s.io:v1beta1,v1
""",
    "helm3": """
v1 admissionregistration.k8s.io:v1,v1alpha1,v1beta1 internal.apiserver.k8s.io:v1alpha1 apps:v1,v1beta1,v1beta2
authentication.k8s.io:v1,v1alpha1,v1beta1 authorization.k8s.io:v1,v1beta1 autoscaling:v1,v2,v2beta1,v2beta2
batch:v1,v1beta1 certificates.k8s.io:v1,v1beta1,v1alpha1 coordination.k8s.io:v1alpha2,v1beta1,v1
discovery.k8s.io:v1,v1beta1 events.k8s.io:v1,v1beta1 extensions:v1beta1
flowcontrol.apiserver.k8s.io:v1,v1beta1,v1beta2,v1beta3 networking.k8s.io:v1,v1alpha1,v1beta1
node.k8s.io:v1,v1alpha1,v1beta1 policy:v1,v1beta1 rbac.authorization.k8s.io:v1,v1beta1,v1alpha1
resource.k8s.io:v1beta1,v1alpha3 scheduling.k8s.io:v1alpha1,v1beta1,v1 storage.k8s.io:v1beta1,v1,v1alpha1
storagemigration.k8s.io:v1alpha1 apiextensions.k8s.io:v1beta1,v1
""",
}
_HELM_VERSIONS = {
    "helm4": ("v4.3.1", "c0d08d0d6d9424d4a14febb5e8a3e51b0dd00dff", "clean", "go1.27.2", "v1.37"),
    "helm3": ("v3.17.3", "e4da49785aa6e6ee2b86efd5dd9e43400318262b", "clean", "go1.23.7", ""),
}
_KUBE_MINORS = {"helm4": "37", "helm3": "32"}


def default_capabilities(profile: Profile = HELM4) -> Capabilities:
    """What templates see without a cluster."""
    if profile.helm2:
        from charthouse.charts.capabilities_helm2 import default_capabilities_helm2

        return default_capabilities_helm2()
    versions: list[str] = []
    for group in _API_VERSIONS[profile.name].split():
        name, colon, listed = group.partition(":")
        versions += [f"{name}/{version}" for version in listed.split(",")] if colon else [name]
    minor = _KUBE_MINORS[profile.name]
    if profile.full_kube_version:
        from charthouse.charts.capabilities_helm3 import Capabilities3, HelmVersion3, KubeVersion3

        kube3 = KubeVersion3(f"v1.{minor}.0", "", "1", minor)
        return Capabilities3(kube3, versions, HelmVersion3(*_HELM_VERSIONS[profile.name]))
    kube = KubeVersion(f"v1.{minor}.0", f"v1.{minor}.0", "1", minor)
    return Capabilities(kube, versions, HelmVersion(*_HELM_VERSIONS[profile.name]))
