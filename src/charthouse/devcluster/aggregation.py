"""Aggregated APIs: groups that an APIService gives to a service are served by the process behind it.

Rules: kube-aggregator/pkg/apiserver/handler_proxy.go and pkg/controllers/status/remote v0.37.2: TLS to the service's
endpoint under the name NAME.NAMESPACE.svc, the front proxy's certificate, the caller in X-Remote headers. Differs: the
service's pods are found as every simulated pod's port is (forwarding.py); health is looked at every few seconds.
"""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

from charthouse.devcluster.certificate import load_chain
from charthouse.devcluster.failures import ApiFailure
from charthouse.devcluster.forwarding import ForwardError
from charthouse.devcluster.proxying import Destination, forward
from charthouse.devcluster.wire import Request, Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from typing import Any

    from charthouse.devcluster.forwarding import Forwards
    from charthouse.devcluster.identity import User
    from charthouse.devcluster.pki import Pki
    from charthouse.devcluster.store import Store

    Object = dict[str, Any]

__all__ = ["SERVICES", "Aggregation"]

SERVICES = "apiservices.apiregistration.k8s.io"
MAX_DOCUMENT = 4 * 1024 * 1024


class Aggregation:
    """Who serves which group. pki: for the front proxy's certificate, None without one."""

    def __init__(self, store: Store, forwards: Forwards, pki: Pki | None) -> None:
        self.store = store
        self.forwards = forwards
        self.pki = pki
        self.found: dict[str, list[Object]] = {}  # APIService → the resources its process says it has

    def service_of(self, group: str, version: str) -> Object | None:
        """The APIService that gives this group and version away, None when there is none."""
        entry = self.store.get(SERVICES, ("", f"{version}.{group}"))
        return entry.object if entry is not None and entry.object["spec"].get("service") else None

    def serve(self, request: Request, service: Object, user: User) -> Response:
        """Hand a request on as `user`. Raises ApiFailure."""
        if not available(service):
            return _plain(503, "service unavailable")
        try:
            where = self._destination(service)
        except (ForwardError, ApiFailure):
            return _plain(503, "service unavailable")
        except (OSError, ValueError) as error:
            return _plain(500, str(error))
        return forward(request, request.target, where, _remote_headers(user))

    def _destination(self, service: Object) -> Destination:
        spec = service["spec"]
        wanted = spec["service"]
        address = self.forwards.of_service(wanted["namespace"], wanted["name"], str(wanted.get("port", 443)))
        return Destination(
            address, context=self._context(spec), server_name=f"{wanted['name']}.{wanted['namespace']}.svc"
        )

    def _context(self, spec: Object) -> ssl.SSLContext:
        import ssl

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if spec.get("insecureSkipTLSVerify"):
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        elif spec.get("caBundle"):
            context.load_verify_locations(cadata=base64.b64decode(spec["caBundle"]).decode())
        else:
            context.load_default_certs()
        if self.pki is not None:
            load_chain(context, "".join(self.pki.front_client))
        return context

    # what is there ---------------------------------------------------------------------------------------------------

    def probe(self, service: Object) -> tuple[str, str]:
        """(reason, message) of the condition Available; `Passed` when the process answers."""
        wanted = service["spec"]["service"]
        name, namespace, port = wanted["name"], wanted["namespace"], wanted.get("port", 443)
        entry = self.store.get("services", (namespace, name))
        if entry is None:
            return "ServiceNotFound", f'service/{name} in "{namespace}" is not present'
        named = [p.get("name", "") for p in entry.object["spec"].get("ports") or () if p["port"] == port]
        if not named:
            return "ServicePortError", f'service/{name} in "{namespace}" is not listening on port {port}'
        if not self.forwards.endpoints(namespace, name, named[0]):
            text = f'endpointslices for service/{name} in "{namespace}" have no addresses with port name "{named[0]}"'
            return "MissingEndpoints", text
        return self._ask(service)

    def _ask(self, service: Object) -> tuple[str, str]:
        spec = service["spec"]
        path = f"/apis/{spec['group']}/{spec['version']}"
        remote = [("X-Remote-User", "system:kube-aggregator"), ("X-Remote-Group", "system:masters")]
        request = Request("GET", path, {"host": "localhost", "accept": "application/json"}, b"")
        try:
            answer = forward(request, path, self._destination(service), remote)
            body = b"".join(answer.stream) if answer.stream is not None else b""
            if not 200 <= answer.status < 300:
                return "FailedDiscoveryCheck", f"failing or missing response from {path}: bad status {answer.status}"
            listed = json.loads(body[:MAX_DOCUMENT]).get("resources")
        except (ApiFailure, ForwardError, OSError, ValueError, AttributeError) as error:
            return "FailedDiscoveryCheck", f"failing or missing response from {path}: {error}"
        self.found[service["metadata"]["name"]] = [one for one in listed or () if isinstance(one, dict)]
        return "Passed", "all checks passed"

    def forget(self, name: str) -> None:
        self.found.pop(name, None)

    def groups(self) -> list[Object]:
        """APIGroups of what is aggregated."""
        out: dict[str, Object] = {}
        for _, entry in self.store.list(SERVICES)[0]:
            spec = entry.object["spec"]
            if spec.get("service"):
                row = {"groupVersion": f"{spec['group']}/{spec['version']}", "version": spec["version"]}
                group = out.setdefault(spec["group"], {"name": spec["group"], "versions": [], "preferredVersion": row})
                group["versions"].append(row)
        return list(out.values())

    def discovery(self) -> list[Object]:
        """APIGroupDiscovery of what is aggregated and was reached."""
        out: dict[str, Object] = {}
        for _, entry in self.store.list(SERVICES)[0]:
            spec, name = entry.object["spec"], entry.object["metadata"]["name"]
            if spec.get("service"):
                meta = {"name": spec["group"], "creationTimestamp": None}
                group = out.setdefault(spec["group"], {"metadata": meta, "versions": []})
                fresh = "Current" if name in self.found and available(entry.object) else "Stale"
                rows = _discovered(spec, self.found.get(name, []))
                group["versions"].append({"version": spec["version"], "resources": rows, "freshness": fresh})
        return list(out.values())


def available(service: Object) -> bool:
    conditions = (service.get("status") or {}).get("conditions") or ()
    return any(c["type"] == "Available" and c["status"] == "True" for c in conditions)


def _discovered(spec: Object, listed: list[Object]) -> list[Object]:
    """The entries of an APIResourceList as aggregated discovery has them."""
    rows: dict[str, Object] = {}
    for one in listed:
        plural, _, subresource = str(one.get("name", "")).partition("/")
        kind = {"group": one.get("group") or spec["group"], "version": one.get("version") or spec["version"],
                "kind": one.get("kind", "")}  # fmt: skip
        if subresource:
            found = rows.setdefault(plural, {"resource": plural, "responseKind": {}, "verbs": []})
            entry = {"subresource": subresource, "responseKind": kind, "verbs": one.get("verbs") or []}
            found.setdefault("subresources", []).append(entry)
            continue
        scope = "Namespaced" if one.get("namespaced") else "Cluster"
        row = {"resource": plural, "responseKind": kind, "scope": scope, "verbs": one.get("verbs") or [],
               "singularResource": one.get("singularName", "")}  # fmt: skip
        if one.get("shortNames"):
            row["shortNames"] = one["shortNames"]
        rows[plural] = {**rows.get(plural, {}), **row}
    return list(rows.values())


def _remote_headers(user: User) -> list[tuple[str, str]]:
    out = [("X-Remote-User", user.name)]
    if user.uid:
        out.append(("X-Remote-Uid", user.uid))
    out += [("X-Remote-Group", group) for group in user.groups]
    out += [(f"X-Remote-Extra-{quote(key, safe='')}", value) for key in sorted(user.extra) for value in user.extra[key]]
    return out


def _plain(status: int, text: str) -> Response:
    return Response(status, f"{text}\n".encode(), "text/plain; charset=utf-8")
