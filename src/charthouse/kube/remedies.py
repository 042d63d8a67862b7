"""What to do about answers of a cluster that mean no, and about clusters that do not answer.

Whose rules: none but ours; the server's texts (k8s.io/apimachinery ``pkg/api/errors``, ``validation/field``, admission
plugins) tell cases apart where the Status has no field that does. Managers, fields and kinds come from its details.
"""

from __future__ import annotations

import re

from charthouse.advice.nearness import listed, nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    Rule = Callable[[re.Match[str], Mapping[str, Any]], str]

__all__ = ["refusal_remedy", "unknown_kind_remedy", "unreachable_remedy"]

_MAX_SHOWN = 6


def refusal_remedy(code: int, reason: str, message: str, status: Mapping[str, Any] | None) -> str:
    """The hint for an answer of the API server that means no; "" when there is nothing to say."""
    details = (status or {}).get("details")
    details = details if isinstance(details, dict) else {}
    for pattern, rule in _RULES:
        found = re.search(pattern, message, re.S)
        if found is not None:
            said = rule(found, details)
            if said:
                return said
    return _BY_REASON.get(reason) or _BY_CODE.get(code, "")


# Who may do what.


def _forbidden(found: re.Match[str], details: Mapping[str, Any]) -> str:
    user, verb, resource, group, scope = found[1], found[2], found[3], found[4], found[5] or ""
    namespace = re.search(r'in the namespace "(.*?)"', scope)
    where = f" in the namespace {namespace[1]}" if namespace else " in the whole cluster"
    flag = f" -n {namespace[1]}" if namespace else ""
    named = f"{resource}.{group}" if group else resource
    return (
        f"{user} may not {verb} {named}{where}; a {'Role' if namespace else 'ClusterRole'} with apiGroups "
        f'["{group}"], resources ["{resource}"], verbs ["{verb}"] bound to it allows that\n'
        f"`kubectl auth can-i {verb} {named}{flag}` tells when it works; is this the right --kube-context?"
    )


def _quota(found: re.Match[str], details: Mapping[str, Any]) -> str:
    rest = found[2]
    parts = {
        key: re.search(rf"{key}: (.*?)(?:, (?:requested|used|limited): |$)", rest, re.S)
        for key in ("requested", "used", "limited")
    }
    said = "; ".join(f"{key} {part[1]}" for key, part in parts.items() if part)
    return (
        f"the ResourceQuota {found[1]} of the namespace allows no more ({said}): ask for less, free some, or have it "
        "raised (`kubectl describe resourcequota`)"
    )


def _quota_wants(found: re.Match[str], details: Mapping[str, Any]) -> str:
    return f"the ResourceQuota {found[1]} wants every container to say {found[2]}: set resources in the chart's values"


def _limit_range(found: re.Match[str], details: Mapping[str, Any]) -> str:
    return "a LimitRange of the namespace bounds requests and limits (`kubectl describe limitrange`): change resources"


def _pod_security(found: re.Match[str], details: Mapping[str, Any]) -> str:
    level = found[1].partition(":")[0]
    return (
        f"the namespace enforces the pod security level {level}: set the securityContext fields named above, or "
        "label the "
        "namespace pod-security.kubernetes.io/enforce with a lower level"
    )


def _terminating(found: re.Match[str], details: Mapping[str, Any]) -> str:
    return "the namespace is being deleted: wait until it is gone, or find the finalizer that holds it back"


def _webhook_denied(found: re.Match[str], details: Mapping[str, Any]) -> str:
    return (
        f"the admission webhook {found[1]} of this cluster refuses the object by a rule of its own: change what "
        "it names, "
        "or ask who runs it (`kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations`)"
    )


def _policy_denied(found: re.Match[str], details: Mapping[str, Any]) -> str:
    return f"the ValidatingAdmissionPolicy {found[1]} of this cluster refuses the object: change what it names"


def _webhook_silent(found: re.Match[str], details: Mapping[str, Any]) -> str:
    return (
        f"the admission webhook {found[1]} does not answer: is its workload running, and was its certificate renewed? "
        "`kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations` names its service"
    )


# Other owners.


def _managers(found: re.Match[str], details: Mapping[str, Any]) -> str:
    """Server-side apply: who owns which field."""
    owned: dict[str, list[str]] = {}
    for cause in _causes(details):
        manager = re.search(r'conflict with "(.*?)"(?: with subresource "(.*?)")?', cause.get("message") or "")
        if manager is not None:
            name = manager[1] + (f" ({manager[2]})" if manager[2] else "")
            owned.setdefault(name, []).append(str(cause.get("field") or ""))
    if not owned:
        for manager in re.finditer(r'conflict with "(.*?)"[^:]*:\s*(\S+)', found.string):
            owned.setdefault(manager[1], []).append(manager[2])
    lines = [f"{name} owns {listed(fields, _MAX_SHOWN)}{_known_manager(name)}" for name, fields in owned.items()]
    return "\n".join(
        [
            *(lines or ["another manager owns these fields"]),
            "take them over with --force-conflicts, or leave them out of the chart so that their owner keeps them",
        ]
    )


def _known_manager(name: str) -> str:
    if name.startswith("kubectl"):
        return " (somebody changed it by hand with kubectl)"
    if name == "kube-controller-manager" or "autoscaler" in name:
        return " (a HorizontalPodAutoscaler sets replicas: leave them out of the chart)"
    return ""


def _modified(found: re.Match[str], details: Mapping[str, Any]) -> str:
    return "somebody else changed the object in between: run the command again"


def _exists(found: re.Match[str], details: Mapping[str, Any]) -> str:
    return "an object of that name is there already: --take-ownership makes it this release's, or delete or rename one"


# Objects that are not right.


def _immutable(found: re.Match[str], details: Mapping[str, Any]) -> str:
    kind = str(details.get("kind") or "")
    ways = {
        "Job": "a Job's template cannot be changed: name it by revision, or make it a hook that is deleted before",
        "Service": "the cluster address of a Service cannot be changed: delete the Service first, or leave it out",
        "PersistentVolumeClaim": "of a claim only a larger size can be asked for: other changes need a new claim",
        "Deployment": "a Deployment's selector cannot be changed: keep the labels, delete the Deployment first, "
        "or rename",
        "StatefulSet": "",
    }
    fields = [str(cause.get("field")) for cause in _causes(details) if cause.get("field")]
    named = f"{listed(fields, _MAX_SHOWN)}: " if fields else ""
    way = ways.get(kind) or "this cannot be changed on a living object: delete the object first, or give it a new name"
    return f"{named}{way}{_explain(details)}"


def _stateful(found: re.Match[str], details: Mapping[str, Any]) -> str:
    name = str(details.get("name") or "NAME")
    return (
        "of a StatefulSet, serviceName, selector and volumeClaimTemplates cannot be changed\n"
        f"`kubectl delete statefulset {name} --cascade=orphan` keeps its pods, and the upgrade makes it anew"
    )


def _invalid(found: re.Match[str], details: Mapping[str, Any]) -> str:
    """422: a line for each field, and where to look."""
    lines = []
    for cause in list(_causes(details))[:_MAX_SHOWN]:
        field, message = str(cause.get("field") or ""), str(cause.get("message") or "")
        lines += _field_remedy(field, message)
    return "\n".join(lines) + _explain(details) if lines else ""


def _field_remedy(field: str, message: str) -> list[str]:
    supported = re.search(r'Unsupported value: "(.*?)": supported values: (.*)$', message)
    if supported is not None:
        choices = re.findall(r'"(.*?)"', supported[2])
        near = nearest(supported[1], choices, 1)
        return [f"{field}: did you mean {near[0]}?" if near else f"{field}: allowed are {listed(choices)}"]
    if message.startswith("Required value"):
        return [f"{field} must be given"]
    if "must be no more than" in message or "Too long" in message:
        return [f'{field} is too long: `trunc 63 | trimSuffix "-"` shortens a name in a template']
    if "lowercase RFC" in message or "DNS-1035" in message:
        return [f"{field} is no name: lower-case letters, digits and -, beginning with a letter"]
    value = re.match(r'Invalid value: (?:"(?:[^"\\]|\\.)*"|\S+): (.*)$', message, re.S)
    return [f"{field}: {value[1] if value else message.partition(':')[0]}"] if field else []


def _explain(details: Mapping[str, Any]) -> str:
    """Where the field of an object comes from can be asked."""
    kind, name = str(details.get("kind") or ""), str(details.get("name") or "")
    fields = [str(cause.get("field")) for cause in _causes(details) if cause.get("field")]
    if not kind or not name or not fields:
        return ""
    return f"\n`charthouse explain CHART {kind}/{name} {fields[0]}` says which template and value it comes from"


def _causes(details: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    causes = details.get("causes")
    for cause in causes if isinstance(causes, list) else ():
        if isinstance(cause, dict):
            yield cause


def _unknown_fields(found: re.Match[str], details: Mapping[str, Any]) -> str:
    kind = re.search(r"(\S+) in version \"(\S+)\" cannot be handled as an? (\S+):", found.string)
    lines = []
    for path in re.findall(r'unknown field "(.*?)"', found.string)[:_MAX_SHOWN]:
        near = _near_field(kind[2], kind[3].rstrip(":"), path) if kind else ""
        lines.append(f"{path} is no field{f': did you mean {near}?' if near else ''}")
    twice = re.findall(r'duplicate field "(.*?)"', found.string)[:_MAX_SHOWN]
    lines += [f"{path} stands twice: does the template write it more than once?" for path in twice]
    return "\n".join(lines)


def _near_field(version: str, kind: str, path: str) -> str:
    """The known field nearest to an unknown one, by Kubernetes' own schema."""
    from charthouse.k8s import tables

    steps = [re.sub(r"\[.*?\]", "", step) for step in path.split(".")]
    for known, name in tables.kinds().items():
        group_version, _, known_kind = known.rpartition("/")
        if known_kind != kind or group_version.rpartition("/")[2] != version.rpartition("/")[2]:
            continue
        code = name
        for step in steps[:-1]:
            field = tables.field(code, step)
            if field is None:
                return ""
            code = field.element
        near = nearest(steps[-1], tables.fields(code) or (), 1)
        return ".".join([*path.split(".")[:-1], near[0]]) if near else ""
    return ""


def _wrong_type(found: re.Match[str], details: Mapping[str, Any]) -> str:
    words = {"string": "a text", "number": "a number", "bool": "true or false", "object": "a map", "array": "a list"}
    path = found[2].partition(".")[2]
    wanted = found[3].rpartition(".")[2]
    if wanted.startswith(("int", "float")):
        how = "no quotes around it in the template, and --set rather than --set-string"
        return f"{path} wants a number, not {words.get(found[1], found[1])}: {how}"
    if wanted == "string":
        return f"{path} wants a text, not {words.get(found[1], found[1])}: {{{{ … | quote }}}} in the template"
    if wanted == "bool":
        return f"{path} wants true or false without quotes, not {words.get(found[1], found[1])}"
    return f"{path} is {words.get(found[1], found[1])}, but {found[3]} is wanted: is its indentation right?"


def _too_large(found: re.Match[str], details: Mapping[str, Any]) -> str:
    return (
        "an object, or the record of the release, is larger than the 1 MiB the cluster stores: leave big files "
        "out of the "
        "chart (.helmignore), or split it"
    )


# What is not there.


def _no_namespace(found: re.Match[str], details: Mapping[str, Any]) -> str:
    return f"there is no namespace {found[1]}: --create-namespace makes it; is -n right?"


def _no_resource(found: re.Match[str], details: Mapping[str, Any]) -> str:
    return "the server does not serve this kind in this version: `kubectl api-resources` lists what it does"


_RULES: tuple[tuple[str, Rule], ...] = (
    (r'User "(.*?)" cannot (\S+) resource "(.*?)" in API group "(.*?)"(.*)$', _forbidden),
    (r"exceeded quota: (\S+?), (.*)$", _quota),
    (r"failed quota: (\S+?): must specify (.*)$", _quota_wants),
    (r"(?:maximum|minimum) (?:cpu|memory|storage|ephemeral-storage)\S* usage per", _limit_range),
    (r'violates PodSecurity "(.*?)"', _pod_security),
    (r"because it is being terminated", _terminating),
    (r'admission webhook "(.*?)" denied the request', _webhook_denied),
    (r"ValidatingAdmissionPolicy '(.*?)' ", _policy_denied),
    (r'failed calling webhook "(.*?)"', _webhook_silent),
    (r"conflicts? with \"", _managers),
    (r"the object has been modified", _modified),
    (r"already exists$", _exists),
    (r"updates to statefulset spec for fields other than", _stateful),
    (r"field is immutable|may not change once set|is immutable after creation|may not be changed", _immutable),
    (r"unknown field|duplicate field", _unknown_fields),
    (r"cannot unmarshal (\w+) into Go struct field (\S+) of type (\S+)", _wrong_type),
    (r"Too long: (?:may not be|must have at most) (?:more than )?\d{6,} bytes|Request entity too large", _too_large),
    (r"is invalid: ", _invalid),
    (r'namespaces "(.*?)" not found', _no_namespace),
    (r"could not find the requested resource", _no_resource),
)

_BY_REASON = {
    "AlreadyExists": "an object of that name is there already: --take-ownership makes it this release's, or delete one",
    "Expired": "the server has forgotten that far back: run the command again",
    "Timeout": "the server took too long, and may still do what was asked: look at the object before trying again",
    "ServerTimeout": "the server is busy: try again in a moment",
    "ServiceUnavailable": "the API server (or an aggregated one) is not ready: try again; `kubectl get "
    "apiservices` tells",
    "RequestEntityTooLarge": "the object is larger than the cluster stores (about 1 MiB): leave big files out of "
    "the chart",
}
_BY_CODE = {
    401: "the server does not accept these credentials; has the token, certificate or login expired? Log in again; "
    "`kubectl config view --minify` shows which user and context are used",
    403: "this user may not do that; `kubectl auth can-i --list` shows what it may; is this the right --kube-context?",
    429: "the API server is overloaded or throttles this user; try again later",
}


def unknown_kind_remedy(api_version: str, kind: str) -> str:
    """The hint for a kind the cluster does not serve."""
    from charthouse.k8s import tables

    served: dict[str, list[str]] = {}
    for known in tables.kinds():
        version, _, name = known.rpartition("/")
        served.setdefault(name, []).append(version)
    if kind in served:
        versions = listed(sorted(served[kind]))
        return (
            f"Kubernetes {tables.kubernetes_version()} has {kind} in {versions}, not in {api_version}; an old "
            "version may "
            "have been removed, and `charthouse template --api-versions` or .Capabilities.APIVersions lets a "
            "chart choose"
        )
    near = nearest(kind, served, 1)
    if near:
        return f"did you mean {near[0]} ({listed(sorted(served[near[0]]))})?"
    return (
        f"{kind} is no kind of Kubernetes itself: is the CustomResourceDefinition that brings {api_version} "
        "installed, and "
        "does the cluster know this version of it? (`kubectl api-resources`)"
    )


def unreachable_remedy(text: str, base: str) -> str:
    """The hint for a server that gave no answer. base: its address."""
    for words, said in _UNREACHABLE:
        if words in text:
            return said.format(base=base)
    return f"is the cluster at {base} running and reachable from here? Is this the right --kube-context?"


_UNREACHABLE = (
    ("no such host", "the name in {base} cannot be resolved; check the kubeconfig's server, DNS and VPN"),
    ("server misbehaving", "the name in {base} cannot be resolved now; check DNS and VPN"),
    (
        "has expired or is not yet valid",
        "the certificate of {base} has expired (or this machine's clock is wrong: see `date`); the cluster's "
        "certificates "
        "must be renewed, as with `kubeadm certs renew`",
    ),
    (
        "certificate is not valid for",
        "the certificate of {base} is for another name; --kube-tls-server-name says which one to expect",
    ),
    (
        "x509",
        "the server's certificate is not the one the kubeconfig expects; was the cluster made anew? "
        "See certificate-authority-data, --kube-ca-file and --kube-tls-server-name",
    ),
    (
        "gave HTTP response to HTTPS client",
        "there is a server at {base}, but it does not speak TLS: is it the API server's address?",
    ),
    (
        "connection refused",
        "nothing listens at {base}: is the cluster running? Is this the right --kube-context (`kubectl config "
        "get-contexts`)?",
    ),
    (
        "i/o timeout",
        "{base} does not answer at all: is it behind a VPN or firewall, or the address of a cluster that is gone?",
    ),
    ("deadline exceeded", "{base} took too long to answer: is it overloaded, or the network to it slow?"),
    ("network is unreachable", "there is no way from here to {base}: is the network or VPN up?"),
    ("no route to host", "there is no way from here to {base}: is the network or VPN up?"),
    ("proxy", "the connection to {base} goes through a proxy (HTTPS_PROXY, proxy-url): does it let this through?"),
)
