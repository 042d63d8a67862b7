"""Subresources other than status: scale, log, eviction, binding, token, finalize, approval, and the connections.

Rules: pkg/registry/{apps,core}/*/rest and storage of k8s.io/kubernetes v1.37.2.
"""

from __future__ import annotations

from charthouse.devcluster import decoding, simulation, token_requests
from charthouse.devcluster.failures import Cause, bad_request, invalid, method_not_allowed, not_found
from charthouse.devcluster.forwarding import ForwardError, split_target, unavailable
from charthouse.devcluster.requests import patcher, warning_headers
from charthouse.devcluster.wire import Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ssl import SSLContext
    from typing import Any

    from charthouse.devcluster.account_tokens import AccountTokens
    from charthouse.devcluster.api import Target
    from charthouse.devcluster.forwarding import Forwards
    from charthouse.devcluster.objects import Objects, Options
    from charthouse.devcluster.proxying import Destination
    from charthouse.devcluster.wire import Request

    Object = dict[str, Any]

__all__ = ["Subresources"]


class Subresources:
    """`answer` serves one request about a subresource. Raises ApiFailure."""

    def __init__(self, objects: Objects, accounts: AccountTokens, forwards: Forwards) -> None:
        self.objects = objects
        self.accounts = accounts
        self.forwards = forwards

    def answer(self, request: Request, target: Target, options: Options) -> Response:
        name, method = target.subresource, request.method
        if name == "scale":
            return self._scale(request, target, options)
        if name == "log" and method == "GET":
            return self._log(request, target)
        if name == "eviction" and method == "POST":
            return self._evict(target, options)
        if name == "binding" and method == "POST":
            return self._bind(request, target, options)
        if name == "token" and method == "POST":
            return self._token(request, target)
        if name in ("portforward", "exec", "attach") and method in ("GET", "POST"):
            return self._connection(request, target)
        if name == "proxy":
            return self._proxy(request, target)
        if name in ("finalize", "approval", "ephemeralcontainers", "resize") and method in ("PUT", "GET"):
            return self._plain(request, target, options)
        raise method_not_allowed()

    def _body(self, request: Request, kind: str, type_name: str) -> Object:
        return decoding.parse_body(request.body, request.header("content-type"), kind, type_name)

    # scale -----------------------------------------------------------------------------------------------------------

    def _scale(self, request: Request, target: Target, options: Options) -> Response:
        kind = target.kind
        live = self.objects.get(kind, target.namespace, target.name)
        if request.method == "GET":
            return Response.json(scale_document(live, kind.custom))
        if request.method == "PUT":
            body = self._body(request, "Scale", "autoscaling.v1.Scale")
        elif request.method == "PATCH":
            media = request.header("content-type").partition(";")[0]
            change = patcher(self.objects.resources.by_path["apps", "v1", "deployments"], media, request.body)
            if media.startswith("application/strategic"):
                change = patcher(
                    self.objects.resources.by_path["apps", "v1", "deployments"], "application/merge-patch+json",
                    request.body,
                )  # fmt: skip
            body = change(scale_document(live, kind.custom))
        else:
            raise method_not_allowed()
        replicas = (body.get("spec") or {}).get("replicas", 0)
        if not isinstance(replicas, int) or replicas < 0:
            text = f"Invalid value: {replicas}: must be greater than or equal to 0"
            raise invalid("autoscaling", "Scale", target.name, [Cause("FieldValueInvalid", "spec.replicas", text)])
        wanted = (body.get("metadata") or {}).get("resourceVersion")

        def change_replicas(obj: Object) -> Object:
            obj["spec"] = {**(obj.get("spec") or {}), "replicas": replicas}
            if wanted:
                obj["metadata"]["resourceVersion"] = wanted
            return obj

        new = self.objects.patch(kind, target.namespace, target.name, change_replicas, options, subresource="scale")
        return Response.json(scale_document(new, kind.custom))

    # pods ------------------------------------------------------------------------------------------------------------

    def _log(self, request: Request, target: Target) -> Response:
        pod = self.objects.get(target.kind, target.namespace, target.name)
        spec = pod["spec"]
        names = [c["name"] for c in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ()))]
        main = [c["name"] for c in spec.get("containers") or ()]
        container = request.query.get("container", "")
        if not container:
            if len(names) > 1:
                chosen = f"[{' '.join(main)}]"
                inits = [n for n in names if n not in main]
                text = f"a container name must be specified for pod {target.name}, choose one of: {chosen}"
                if inits:
                    text += f" or one of the init containers: [{' '.join(inits)}]"
                raise bad_request(text)
            container = main[0]
        elif container not in names:
            raise bad_request(f"container {container} is not valid for pod {target.name}")
        waiting = simulation.waiting_reason(pod, container)
        if waiting:
            raise bad_request(f'container "{container}" in pod "{target.name}" is waiting to start: {waiting}')
        lines = simulation.log_lines(pod, container)
        tail = request.query.get("tailLines", "")
        if tail.isdigit():
            lines = lines[-int(tail) :] if int(tail) else []
        if request.query.get("timestamps") in ("true", "1"):
            stamp = pod["metadata"]["creationTimestamp"][:-1] + ".000000000Z"
            lines = [f"{stamp} {line}" for line in lines]
        text = "".join(line + "\n" for line in lines)
        return Response(200, text.encode("utf-8", "surrogateescape"), "text/plain")

    def _evict(self, target: Target, options: Options) -> Response:
        self.objects.delete(target.kind, target.namespace, target.name, {}, options)
        return Response.json({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}, 201)

    def _bind(self, request: Request, target: Target, options: Options) -> Response:
        node = (self._body(request, "Binding", "core.v1.Binding").get("target") or {}).get("name", "")
        if self.objects.store.get("nodes", ("", node)) is None:
            raise not_found("", "nodes", node)

        def change(pod: Object) -> None:
            pod["spec"]["nodeName"] = node

        self.objects.write(target.kind, target.namespace, target.name, change, manager=options.manager)
        return Response.json({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}, 201)

    def _token(self, request: Request, target: Target) -> Response:
        account = self.objects.get(target.kind, target.namespace, target.name)
        body = self._body(request, "TokenRequest", "authentication.v1.TokenRequest")
        answer = token_requests.answer(self.objects, self.accounts, account, body)
        return Response.json(answer, 201, headers=warning_headers(request.warnings))

    # connections -----------------------------------------------------------------------------------------------------

    def _connection(self, request: Request, target: Target) -> Response:
        pod = self.objects.get(target.kind, target.namespace, target.name)
        if target.subresource == "portforward":
            from charthouse.devcluster.portforward import port_forward

            return port_forward(request, pod, self.forwards)
        from charthouse.devcluster.execution import execute

        return execute(request, pod, attach=target.subresource == "attach")

    def _proxy(self, request: Request, target: Target) -> Response:
        from charthouse.devcluster.proxying import proxy_path

        path = proxy_path(request)
        if not path and request.method in ("GET", "HEAD"):
            again = f"{request.path}/" + (f"?{request.raw_query}" if request.raw_query else "")
            return Response(301, b"", "text/plain", headers=[("Location", again)])
        try:
            where = self._destination(target)
        except ForwardError as error:
            raise unavailable(f"error trying to reach service: {error.message}") from error
        from charthouse.devcluster.proxying import forward, forwarded_headers

        query = f"?{request.raw_query}" if request.raw_query else ""
        return forward(request, (path or "/") + query, where, forwarded_headers(request))

    def _destination(self, target: Target) -> Destination:
        from charthouse.devcluster.proxying import Destination

        if target.kind.plural not in ("pods", "services"):
            raise bad_request("the proxy of nodes is not simulated")
        scheme, name, port = split_target(target.name, target.kind.singular)
        if target.kind.plural == "services":
            address = self.forwards.of_service(target.namespace, name, port)
        else:
            pod = self.objects.get(target.kind, target.namespace, name)
            address = self.forwards.of_pod(pod, self.forwards.pod_port(pod, port))
        return Destination(address, context=unchecked_tls() if scheme == "https" else None)

    def _plain(self, request: Request, target: Target, options: Options) -> Response:
        if request.method == "GET":
            return Response.json(self.objects.get(target.kind, target.namespace, target.name))
        body = self._body(request, target.kind.kind, target.kind.type_name)
        if target.subresource == "finalize":
            return Response.json(self._finalize(target, body))
        part = "status" if target.subresource == "approval" else ""
        obj = self.objects.update(target.kind, target.namespace, target.name, body, options, subresource=part)
        return Response.json(obj)

    def _finalize(self, target: Target, body: Object) -> Object:
        with self.objects.store.lock:
            live = self.objects.get(target.kind, target.namespace, target.name)
            left = (body.get("spec") or {}).get("finalizers") or []
            new = {**live, "metadata": dict(live["metadata"]), "spec": {"finalizers": left} if left else {}}
            if not left and live["metadata"].get("deletionTimestamp"):
                gone = self.objects.store.delete(target.kind.table, ("", target.name))
                return gone.object if gone else new
            return self.objects.store.put(target.kind.table, ("", target.name), new).object


def unchecked_tls() -> SSLContext:
    """TLS to a pod: a real API server does not check whom it meets there either."""
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def scale_document(obj: Object, custom: Any = None) -> Object:
    """The autoscaling/v1 Scale of a workload."""
    meta, spec, status = obj["metadata"], obj.get("spec") or {}, obj.get("status") or {}
    keep = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    selector = spec.get("selector") or {}
    labels = selector.get("matchLabels", selector if obj["kind"] == "ReplicationController" else {}) or {}
    shown: Object = {"replicas": status.get("replicas", 0)}
    if labels:
        shown["selector"] = ",".join(f"{k}={v}" for k, v in sorted(labels.items()))
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {k: meta[k] for k in keep if k in meta},
        "spec": {"replicas": spec.get("replicas", 0)} if spec.get("replicas") else {},
        "status": shown,
    }
