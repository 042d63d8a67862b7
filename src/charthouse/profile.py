"""Which Helm a render follows: every rule in which Helm 2.17, 3.17.3 and 4.3.1 differ, by name, in one record.

A profile is data, handed down as an argument; each place that knows a rule asks the profile once a render and picks a
function or a table by it. Helm 4 is what the names' defaults say.

Whose rules: helm.sh/helm/v4@v4.3.1, helm.sh/helm/v3@v3.17.3, k8s.io/helm@v2.17.0 (`profile_helm2`);
docs/compatibility.md ("The helm3 profile") lists what each one changes. `exact_numbers` is ours:
docs/guides/exact-numbers.md.
"""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.records import Record, replace

__all__ = ["HELM3", "HELM4", "Profile", "UnknownProfile", "profile_named"]


class UnknownProfile(CharthouseError):
    """There is no profile of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f'unknown compatibility profile "{name}"', hint="the profiles are helm4, helm3 and helm2")


class Profile(Record):
    """The rules of one Helm.

    name: "helm4", "helm3", "helm2". go_package: of the types templates see (`common.Values`). removed_functions: of
    those this Helm 4 offers. Values: keeps_default_nulls: null in a chart's own defaults stays; first_document_only:
    of a values file; whole_set_json: `--set-json '{…}'`. Objects: full_kube_version: the version prints and compares
    with its suffixes; chart_struct: `.Chart` is a struct, an unknown field an error. Aliases: shared_inner_charts:
    aliases of one chart share the charts inside it. Manifests: trims_documents: on both sides; orders_webhooks:
    webhook configurations have a place in the kind order. Texts: plain_errors: of templates, as Go writes them;
    old_go: Go 1.23 and the libraries of its time (range over integers, error texts, semver 3.3, TOML 1.4); go_log:
    log lines of Go's log package; gojsonschema: the library that checks schemas; capital_errors: messages begin with
    capitals, wrapped less. Post-renderers: renders_text: they get the manifest's text, without hooks. Loading:
    file_limit: bytes a single file may have, 0 = no limit; checks_api_version: apiVersion is looked at before a chart
    is loaded. Lint: lint3: its rules. Show: crd_separators: between CRDs. exact_numbers: integers of values stay
    integers (ours). helm2: everything Tiller 2.17 does in a way of its own: how values, requirements and scopes are
    made, `tpl`, the functions of sprig 2, manifests and hooks (the modules called `*_helm2`).
    """

    name: str = "helm4"
    go_package: str = "common"
    removed_functions: frozenset[str] = frozenset()
    keeps_default_nulls: bool = False
    first_document_only: bool = False
    whole_set_json: bool = True
    full_kube_version: bool = False
    chart_struct: bool = False
    shared_inner_charts: bool = False
    trims_documents: bool = False
    orders_webhooks: bool = True
    plain_errors: bool = False
    old_go: bool = False
    go_log: bool = False
    gojsonschema: bool = False
    capital_errors: bool = False
    file_limit: int = 0
    checks_api_version: bool = True
    lint3: bool = False
    crd_separators: bool = True
    renders_text: bool = False
    exact_numbers: bool = False
    helm2: bool = False


HELM4 = Profile()
HELM3 = Profile(
    name="helm3",
    go_package="chartutil",
    removed_functions=frozenset(
        (
            "mustToYaml",
            "mustToToml",
            "mustToDuration",
            "durationSeconds",
            "durationMilliseconds",
            "durationMicroseconds",
            "durationNanoseconds",
            "durationMinutes",
            "durationHours",
            "durationDays",
            "durationWeeks",
            "durationRoundTo",
            "durationTruncateTo",
        )
    ),
    keeps_default_nulls=True,
    first_document_only=True,
    whole_set_json=False,
    full_kube_version=True,
    chart_struct=True,
    shared_inner_charts=True,
    trims_documents=True,
    orders_webhooks=False,
    plain_errors=True,
    old_go=True,
    go_log=True,
    gojsonschema=True,
    capital_errors=True,
    file_limit=5 << 20,
    checks_api_version=False,
    lint3=True,
    crd_separators=False,
    renders_text=True,
)
_PROFILES = {"": HELM4, "helm4": HELM4, "helm3": HELM3}


def profile_named(name: str, *, exact_numbers: bool = False) -> Profile:
    """The profile of a name ("" is Helm 4). Raises UnknownProfile."""
    if name == "helm2":
        from charthouse.profile_helm2 import HELM2

        return replace(HELM2, exact_numbers=True) if exact_numbers else HELM2
    found = _PROFILES.get(name)
    if found is None:
        raise UnknownProfile(name)
    return replace(found, exact_numbers=True) if exact_numbers else found
