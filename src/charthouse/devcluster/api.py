"""HTTP requests → verbs: paths, content types, selectors, pages, Tables; discovery and the other documents.

Rules: apiserver/pkg/endpoints/{request/requestinfo.go,handlers/*,discovery/*} v0.37.2.
"""

from __future__ import annotations

import base64
import json

from charthouse.devcluster import decoding, failures, reviews, selection, signing, table, watching
from charthouse.devcluster.aggregation import Aggregation
from charthouse.devcluster.audit import Judgement
from charthouse.devcluster.documents import Documents, page_not_found
from charthouse.devcluster.failures import ApiFailure, method_not_allowed, no_route
from charthouse.devcluster.forwarding import Forwards
from charthouse.devcluster.identity import refusal
from charthouse.devcluster.objects import Options
from charthouse.devcluster.requests import (
    NOT_ACCEPTABLE,
    as_table,
    attributes,
    continue_from,
    list_body,
    patcher,
    verb_of,
    version_of,
    warning_headers,
)
from charthouse.devcluster.subresources import Subresources
from charthouse.devcluster.versions import convert
from charthouse.devcluster.wire import Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.devcluster.access import Access
    from charthouse.devcluster.audit import Audit
    from charthouse.devcluster.identity import Attributes, User
    from charthouse.devcluster.objects import Objects
    from charthouse.devcluster.resources import Kind
    from charthouse.devcluster.wire import Request

    Object = dict[str, Any]

__all__ = ["Api", "Target"]

RETURNED = {  # kinds whose deletion answers with the object
    ("", "pods"),
    ("", "services"),
    ("", "serviceaccounts"),
    ("", "podtemplates"),
    ("", "persistentvolumes"),
    ("", "persistentvolumeclaims"),
    ("", "resourcequotas"),
    ("", "namespaces"),
    ("storage.k8s.io", "storageclasses"),
    ("storage.k8s.io", "csidrivers"),
    ("storage.k8s.io", "csinodes"),
    ("storage.k8s.io", "volumeattachments"),
    ("storage.k8s.io", "volumeattributesclasses"),
    ("resource.k8s.io", "resourceclaims"),
    ("resource.k8s.io", "resourceclaimtemplates"),
    ("resource.k8s.io", "resourceslices"),
    ("resource.k8s.io", "deviceclasses"),
}
CONNECTIONS = {"attach", "exec", "portforward"}
PATCHES = {
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
    "application/apply-patch+cbor",
}


class Target:
    """What a resource path names."""

    __slots__ = ("kind", "name", "namespace", "rest", "subresource")

    def __init__(self, kind: Kind, namespace: str, name: str, subresource: str, rest: tuple[str, ...]) -> None:
        self.kind = kind
        self.namespace = namespace
        self.name = name
        self.subresource = subresource
        self.rest = rest


class Api:
    """`handle` answers every request; it never raises. forwards: what stands behind pods' ports; audit: the log."""

    def __init__(
        self, objects: Objects, access: Access, *, forwards: Forwards | None = None, audit: Audit | None = None,
        aggregation: Aggregation | None = None,
    ) -> None:  # fmt: skip
        self.objects = objects
        self.access = access
        self.audit = audit
        forwards = forwards or Forwards(objects.store, {})
        self.aggregation = aggregation or Aggregation(objects.store, forwards, access.pki)
        self.documents = Documents(objects.resources, access, self.aggregation)
        self.subresources = Subresources(objects, access.accounts, forwards)

    def handle(self, request: Request) -> Response:
        judgement = Judgement()
        response = self._answered(request, judgement)
        if self.audit is not None:
            self.audit.record(request, response, judgement)
        return response

    def _answered(self, request: Request, judgement: Judgement) -> Response:
        try:
            return self._handle(request, judgement)
        except ApiFailure as failure:
            judgement.failure = failure.status
            return Response.json(failure.status, failure.code, headers=warning_headers(request.warnings))
        except Exception as error:  # a bug of ours must not take the connection down
            found = failures.internal(f"{type(error).__name__}: {error}")
            judgement.failure = found.status
            return Response.json(found.status, found.code)

    def _handle(self, request: Request, judgement: Judgement) -> Response:
        parts = [p for p in request.path.split("/") if p]
        judgement.asked = asked = attributes(request, parts)
        judgement.caller = caller = self.access.caller(request, asked)
        user = request.acting = caller.user
        judgement.version = version_of(parts)
        allows, judgement.reason = self.access.allowed(user, asked)
        if not allows:
            raise refusal(user, asked, judgement.reason)
        if parts[:1] == ["api"] and len(parts) > 2:
            return self._resource(request, asked, "", parts[1], parts[2:])
        if parts[:1] == ["apis"] and len(parts) > 2:
            if not self.objects.resources.has_version(parts[1], parts[2]):
                service = self.aggregation.service_of(parts[1], parts[2])
                if service is not None:
                    return self.aggregation.serve(request, service, user)
            if len(parts) > 3:
                return self._resource(request, asked, parts[1], parts[2], parts[3:])
        return self.documents.answer(request, parts)

    # resources -------------------------------------------------------------------------------------------------------

    def _target(self, group: str, version: str, parts: list[str]) -> Target:
        served = self.objects.resources
        namespace = ""
        if parts[0] == "namespaces" and len(parts) > 2 and not (len(parts) == 3 and parts[2] in ("status", "finalize")):
            namespace, parts = parts[1], parts[2:]
        kind = served.find(group, version, parts[0])
        if kind is None:
            if served.has_version(group, version):
                raise no_route()
            raise _Page()
        name = parts[1] if len(parts) > 1 else ""
        subresource = parts[2] if len(parts) > 2 else ""
        if bool(namespace) != kind.namespaced and (namespace or name):
            raise no_route()
        if subresource and subresource not in kind.subresources:
            raise no_route()
        return Target(kind, namespace, name, subresource, tuple(parts[3:]))

    def _resource(self, request: Request, asked: Attributes, group: str, version: str, parts: list[str]) -> Response:
        try:
            target = self._target(group, version, parts)
        except _Page:
            return page_not_found()
        kind, user = target.kind, self._acting(request)
        verb = verb_of(request, target.name)
        if kind.kind in reviews.REVIEWS and request.method == "POST":
            body = decoding.parse_body(request.body, request.header("content-type"), kind.kind, kind.type_name)
            review = self.objects.questioned(kind, target.namespace, body, self._options(request))
            return Response.json(reviews.answer(self.access, kind.kind, review, user, target.namespace), 201)
        if target.subresource in CONNECTIONS and verb == "get":  # as grave as creating: another protocol begins
            self.access.require(user, asked.with_verb("create"))
        if target.subresource and target.subresource != "status":
            return self.subresources.answer(request, target, self._options(request))
        return self._dispatch(request, target, verb)

    def _acting(self, request: Request) -> User:
        return request.acting or self.access.anonymous

    def _dispatch(self, request: Request, target: Target, verb: str) -> Response:
        known = target.kind.subresources[target.subresource]["verbs"] if target.subresource else target.kind.verbs
        needs_name = verb in ("get", "update", "patch", "delete")
        if verb not in known or (bool(target.name) != needs_name and verb not in ("watch", "list")):
            raise method_not_allowed()
        actions: dict[str, Callable[[Request, Target], Response]] = {
            "get": self._get,
            "list": self._list,
            "watch": self._watch,
            "create": self._create,
            "update": self._update,
            "patch": self._patch,
            "delete": self._delete,
            "deletecollection": self._delete_all,
        }
        return actions[verb](request, target)

    def _options(self, request: Request) -> Options:
        query = request.query
        dry_run = query.get("dryRun", "")
        if dry_run not in ("", "All"):
            causes = [
                failures.Cause(
                    "FieldValueNotSupported", "dryRun", f'Unsupported value: ["{dry_run}"]: supported values: "All"'
                )
            ]
            raise failures.invalid("meta.k8s.io", "CreateOptions", "", causes)
        manager = query.get("fieldManager") or request.header("user-agent").partition("/")[0] or "unknown"
        options = Options(
            manager,
            dry_run=dry_run == "All",
            field_validation=query.get("fieldValidation", "Warn"),
            force=query.get("force") in ("true", "1"),
        )
        request.warnings = options.warnings
        user = self._acting(request)
        options.check = lambda kind, namespace, new, old: self.access.rbac.check_grant(user, kind, namespace, new, old)
        return options

    # reading ---------------------------------------------------------------------------------------------------------

    def _show(self, request: Request, kind: Kind) -> tuple[str, Callable[[Object], Object]]:
        """How objects are shown: ("", object), ("Table", …) or ("PartialObjectMetadata", …)."""
        accept = request.header("accept")
        for choice in accept.split(","):
            if "as=Table" in choice:
                include = request.query.get("includeObject", "Metadata")
                return "Table", as_table(kind, include)
            if "as=PartialObjectMetadata" in choice:
                return "PartialObjectMetadata", table.partial
            if choice.partition(";")[0].strip() in ("application/json", "*/*", "application/*", ""):
                break
        else:
            if accept and "json" not in accept:
                raise ApiFailure(406, "NotAcceptable", NOT_ACCEPTABLE, details={})
        return "", lambda obj: convert(obj, kind.api_version)

    def _get(self, request: Request, target: Target) -> Response:
        obj = self.objects.get(target.kind, target.namespace, target.name)
        return Response.json(self._show(request, target.kind)[1](obj))

    def _matches(self, request: Request, target: Target) -> Callable[[Object], bool] | None:
        by_label = selection.label_match(request.query.get("labelSelector", ""))
        by_field = selection.field_match(request.query.get("fieldSelector", ""), target.kind.kind)
        if by_label and by_field:
            return lambda obj: by_label(obj) and by_field(obj)
        return by_label or by_field

    def _list(self, request: Request, target: Target) -> Response:
        kind, matches = target.kind, self._matches(request, target)
        style, _show = self._show(request, kind)
        rows, version = self.objects.store.list(kind.table, target.namespace)
        start, version = continue_from(request.query.get("continue", ""), version)
        found = [(k, e) for k, e in rows if (start is None or k > start) and (matches is None or matches(e.object))]
        limit = int(request.query.get("limit") or "0") if (request.query.get("limit") or "0").isdigit() else 0
        meta: Object = {"resourceVersion": str(version)}
        if limit and len(found) > limit:
            left = len(found) - limit
            found = found[:limit]
            token = json.dumps({"v": "meta.k8s.io/v1", "rv": version, "start": list(found[-1][0])})
            meta["continue"] = base64.urlsafe_b64encode(token.encode()).decode().rstrip("=")
            if matches is None:
                meta["remainingItemCount"] = left
        if style == "Table":
            include = request.query.get("includeObject", "Metadata")
            objs = [convert(e.object, kind.api_version) for _, e in found]
            return Response.json(table.document(kind, objs, include, meta))
        if style:
            head = {"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": meta}
            return Response.json({**head, "items": [table.partial(e.object) for _, e in found]})
        return Response(200, list_body(kind, meta, [e for _, e in found]))

    def _watch(self, request: Request, target: Target) -> Response:
        if target.name:
            term = f"metadata.name={target.name}"
            given = request.query.get("fieldSelector", "")
            request.query["fieldSelector"] = f"{given},{term}" if given else term
        show = self._show(request, target.kind)[1]
        wanted = watching.WatchRequest(
            target.kind, target.namespace, request.query, self._matches(request, target), show
        )
        return Response(200, stream=watching.events(self.objects.store, wanted))

    # writing ---------------------------------------------------------------------------------------------------------

    def _body(self, request: Request, kind: Kind) -> Object:
        return decoding.parse_body(request.body, request.header("content-type"), kind.kind, kind.type_name)

    def _answer(self, request: Request, kind: Kind, obj: Object, status: int, options: Options) -> Response:
        headers = warning_headers(options.warnings)
        return Response.json(self._show(request, kind)[1](obj), status, headers=headers)

    def _create(self, request: Request, target: Target) -> Response:
        options = self._options(request)
        body = self._body(request, target.kind)
        if target.kind.table == signing.REQUESTS:
            signing.note_requester(body, self._acting(request))
        obj = self.objects.create(target.kind, target.namespace, body, options)
        return self._answer(request, target.kind, obj, 201, options)

    def _update(self, request: Request, target: Target) -> Response:
        options = self._options(request)
        obj = self.objects.update(
            target.kind,
            target.namespace,
            target.name,
            self._body(request, target.kind),
            options,
            subresource=target.subresource,
        )
        return self._answer(request, target.kind, obj, 200, options)

    def _patch(self, request: Request, target: Target) -> Response:
        options = self._options(request)
        kind, media = target.kind, request.header("content-type").partition(";")[0].strip()
        if kind.custom and media.startswith("application/strategic"):
            raise failures.unsupported_media_type(
                "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"
            )
        if media not in PATCHES:
            raise ApiFailure(415, "UnsupportedMediaType", "415: Unsupported Media Type", details={})
        if media.startswith("application/apply-patch"):
            return self._apply(request, target, options)
        change = patcher(kind, media, request.body)
        obj = self.objects.patch(kind, target.namespace, target.name, change, options, subresource=target.subresource)
        return self._answer(request, kind, obj, 200, options)

    def _apply(self, request: Request, target: Target, options: Options) -> Response:
        if not request.query.get("fieldManager"):
            text = "Required value: is required for apply patch"
            raise failures.invalid(
                "meta.k8s.io", "PatchOptions", "", [failures.Cause("FieldValueRequired", "fieldManager", text)]
            )
        config = decoding.parse_yaml(request.body, target.kind.kind)
        obj, created = self.objects.apply(
            target.kind, target.namespace, target.name, config, options, subresource=target.subresource
        )
        return self._answer(request, target.kind, obj, 201 if created else 200, options)

    def _asked(self, request: Request) -> Object:
        """DeleteOptions of body and query."""
        asked: Object = {}
        if request.body.strip():
            asked = decoding.parse_body(
                request.body, request.header("content-type"), "DeleteOptions", "meta.v1.DeleteOptions"
            )
        for name in ("propagationPolicy", "gracePeriodSeconds", "orphanDependents"):
            if name in request.query:
                value: Any = request.query[name]
                if name == "gracePeriodSeconds":
                    value = int(value) if value.lstrip("-").isdigit() else None
                elif name == "orphanDependents":
                    value = value == "true"
                asked[name] = value
        return asked

    def _delete_options(self, request: Request, asked: Object) -> Options:
        options = self._options(request)
        options.dry_run = options.dry_run or "All" in (asked.get("dryRun") or ())
        return options

    def _delete(self, request: Request, target: Target) -> Response:
        asked = self._asked(request)
        options = self._delete_options(request, asked)
        obj, gone = self.objects.delete(target.kind, target.namespace, target.name, asked, options)
        if not gone or (target.kind.group, target.kind.plural) in RETURNED:
            return self._answer(request, target.kind, obj, 200, options)
        kind = target.kind
        details = {"name": target.name, "group": kind.group, "kind": kind.plural, "uid": obj["metadata"]["uid"]}
        status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}
        headers = warning_headers(options.warnings)
        return Response.json({**status, "details": {k: v for k, v in details.items() if v}}, headers=headers)

    def _delete_all(self, request: Request, target: Target) -> Response:
        asked, matches = self._asked(request), self._matches(request, target)
        options = self._delete_options(request, asked)
        rows, version = self.objects.store.list(target.kind.table, target.namespace)
        out = []
        for (namespace, name), entry in rows:
            if matches is None or matches(entry.object):
                try:
                    out.append(self.objects.delete(target.kind, namespace, name, asked, options)[0])
                except ApiFailure as failure:
                    if failure.code != 404:  # somebody else deleted it meanwhile
                        raise
        head = {"kind": f"{target.kind.kind}List", "apiVersion": target.kind.api_version}
        return Response.json({**head, "metadata": {"resourceVersion": str(version)}, "items": out})


class _Page(Exception):
    """No such group and version: the plain 404 page."""
