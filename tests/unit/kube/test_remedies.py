"""What we advise when a cluster says no: texts as kube-apiserver 1.37 writes them, advice as we print it."""

from __future__ import annotations

from typing import Any

import pytest

from charthouse.kube.refusals import refusal_of_status
from charthouse.kube.remedies import unknown_kind_remedy, unreachable_remedy

FORBIDDEN = 'deployments.apps is forbidden: User "ann" cannot create resource "deployments" in API group "apps"'
CONFLICT = (
    'Apply failed with 2 conflicts: conflicts with "kubectl" using apps/v1:\n- .spec.replicas\n'
    'conflicts with "hpa" with subresource "scale" using apps/v1: .spec.x'
)
WEBHOOK = 'admission webhook "policy.example.org" denied the request: label `team` is missing'
SILENT = (
    'Internal error occurred: failed calling webhook "policy.example.org": failed to call webhook: Post "https://x"'
)


def status(message: str, reason: str, code: int, **details: Any) -> str:
    """The hint for a Status."""
    return refusal_of_status({"message": message, "reason": reason, "code": code, "details": details}).hint


@pytest.mark.parametrize(
    ("message", "reason", "code", "details", "hint"),
    [
        (
            FORBIDDEN + ' in the namespace "shop"',
            "Forbidden",
            403,
            {},
            'ann may not create deployments.apps in the namespace shop; a Role with apiGroups ["apps"], resources '
            '["deployments"], verbs ["create"] bound to it allows that\n'
            "`kubectl auth can-i create deployments.apps -n shop` tells when it works; is this the right "
            "--kube-context?",
        ),
        (
            'clusterroles.rbac.authorization.k8s.io is forbidden: User "ann" cannot list resource "clusterroles" in '
            'API group "rbac.authorization.k8s.io" at the cluster scope',
            "Forbidden",
            403,
            {},
            "ann may not list clusterroles.rbac.authorization.k8s.io in the whole cluster; a ClusterRole with "
            "apiGroups "
            '["rbac.authorization.k8s.io"], resources ["clusterroles"], verbs ["list"] bound to it allows that\n'
            "`kubectl auth can-i list clusterroles.rbac.authorization.k8s.io` tells when it works; is this the right "
            "--kube-context?",
        ),
        (
            'pods "web" is forbidden: exceeded quota: small, requested: cpu=2, used: cpu=3, limited: cpu=4',
            "Forbidden",
            403,
            {},
            "the ResourceQuota small of the namespace allows no more (requested cpu=2; used cpu=3; limited cpu=4): ask "
            "for less, free some, or have it raised (`kubectl describe resourcequota`)",
        ),
        (
            'pods "web" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false',
            "Forbidden",
            403,
            {},
            "the namespace enforces the pod security level restricted: set the securityContext fields named above, or "
            "label the namespace pod-security.kubernetes.io/enforce with a lower level",
        ),
        (
            CONFLICT,
            "Conflict",
            409,
            {
                "causes": [
                    {"message": 'conflict with "kubectl-edit" using apps/v1', "field": ".spec.replicas"},
                    {"message": 'conflict with "hpa" with subresource "scale" using v1', "field": ".spec.x"},
                ]
            },
            "kubectl-edit owns .spec.replicas (somebody changed it by hand with kubectl)\nhpa (scale) owns .spec.x\n"
            "take them over with --force-conflicts, or leave them out of the chart so that their owner keeps them",
        ),
        (
            'Operation cannot be fulfilled on deployments.apps "web": the object has been modified; please apply your '
            "changes to the latest version and try again",
            "Conflict",
            409,
            {},
            "somebody else changed the object in between: run the command again",
        ),
        (
            'Job.batch "web" is invalid: spec.template: Invalid value: {"a":1}: field is immutable',
            "Invalid",
            422,
            {"kind": "Job", "name": "web", "causes": [{"field": "spec.template", "message": "field is immutable"}]},
            "spec.template: a Job's template cannot be changed: name it by revision, or make it a hook that is deleted "
            "before\n`charthouse explain CHART Job/web spec.template` says which template and value it comes from",
        ),
        (
            'StatefulSet.apps "db" is invalid: spec: Forbidden: updates to statefulset spec for fields other than '
            "'replicas' are forbidden",
            "Invalid",
            422,
            {"kind": "StatefulSet", "name": "db"},
            "of a StatefulSet, serviceName, selector and volumeClaimTemplates cannot be changed\n"
            "`kubectl delete statefulset db --cascade=orphan` keeps its pods, and the upgrade makes it anew",
        ),
        (
            'Service "web" is invalid: spec.type: Unsupported value: "Clusterip": supported values: "ClusterIP", '
            '"NodePort"',
            "Invalid",
            422,
            {
                "kind": "Service",
                "name": "web",
                "causes": [
                    {
                        "field": "spec.type",
                        "message": 'Unsupported value: "Clusterip": supported values: "ClusterIP", "NodePort"',
                    },
                    {"field": "spec.ports", "message": "Required value"},
                    {"field": "spec.x", "message": 'Invalid value: "secret": must be a number'},
                ],
            },
            "spec.type: did you mean ClusterIP?\nspec.ports must be given\nspec.x: must be a number\n"
            "`charthouse explain CHART Service/web spec.type` says which template and value it comes from",
        ),
        (
            'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field '
            '"spec.replica", unknown field "spec.template.spec.containers[0].imagePullPolcy"',
            "BadRequest",
            400,
            {},
            "spec.replica is no field: did you mean spec.replicas?\n"
            "spec.template.spec.containers[0].imagePullPolcy is no field: did you mean "
            "spec.template.spec.containers[0].imagePullPolicy?",
        ),
        (
            'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go '
            "struct field DeploymentSpec.spec.replicas of type int32",
            "BadRequest",
            400,
            {},
            "spec.replicas wants a number, not a text: no quotes around it in the template, and --set rather than "
            "--set-string",
        ),
        (
            WEBHOOK,
            "Forbidden",
            403,
            {},
            "the admission webhook policy.example.org of this cluster refuses the object by a rule of its own: change "
            "what it names, or ask who runs it (`kubectl get "
            "validatingwebhookconfigurations,mutatingwebhookconfigurations`)",
        ),
        (
            SILENT,
            "InternalError",
            500,
            {},
            "the admission webhook policy.example.org does not answer: is its workload running, and was its "
            "certificate "
            "renewed? `kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations` names its service",
        ),
        (
            'namespaces "shop" not found',
            "NotFound",
            404,
            {},
            "there is no namespace shop: --create-namespace makes it; is -n right?",
        ),
        (
            'configmaps "web" already exists',
            "AlreadyExists",
            409,
            {},
            "an object of that name is there already: --take-ownership makes it this release's, or delete or "
            "rename one",
        ),
        (
            "Unauthorized",
            "Unauthorized",
            401,
            {},
            "the server does not accept these credentials; has the token, certificate or login expired? Log in again; "
            "`kubectl config view --minify` shows which user and context are used",
        ),
    ],
)
def test_refusals(message: str, reason: str, code: int, details: dict[str, Any], hint: str) -> None:
    assert status(message, reason, code, **details) == hint


@pytest.mark.parametrize(
    ("api_version", "kind", "hint"),
    [
        ("apps/v1", "Deploymnet", "did you mean Deployment (apps/v1)?"),
        (
            "extensions/v1beta1",
            "Ingress",
            "Kubernetes v1.37.2 has Ingress in networking.k8s.io/v1, not in extensions/v1beta1; an old version "
            "may have "
            "been removed, and `charthouse template --api-versions` or .Capabilities.APIVersions lets a chart choose",
        ),
        (
            "monitoring.example/v1",
            "Prometheus",
            "Prometheus is no kind of Kubernetes itself: is the CustomResourceDefinition that brings "
            "monitoring.example/v1 installed, and does the cluster know this version of it? (`kubectl api-resources`)",
        ),
    ],
)
def test_unknown_kinds(api_version: str, kind: str, hint: str) -> None:
    assert unknown_kind_remedy(api_version, kind) == hint


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (
            "dial tcp 10.0.0.1:6443: connect: connection refused",
            "nothing listens at https://a: is the cluster running? Is this the right --kube-context (`kubectl config "
            "get-contexts`)?",
        ),
        (
            "tls: failed to verify certificate: x509: certificate has expired or is not yet valid",
            "the certificate of https://a has expired (or this machine's clock is wrong: see `date`); the cluster's "
            "certificates must be renewed, as with `kubeadm certs renew`",
        ),
        (
            "dial tcp: lookup a: no such host",
            "the name in https://a cannot be resolved; check the kubeconfig's server, DNS and VPN",
        ),
        ("EOF", "is the cluster at https://a running and reachable from here? Is this the right --kube-context?"),
    ],
)
def test_unreachable_servers(text: str, hint: str) -> None:
    assert unreachable_remedy(text, "https://a") == hint
