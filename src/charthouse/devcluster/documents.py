"""What is served beside resources: discovery, OpenAPI, health, the version, the keys of service account tokens.

Rules: apiserver/pkg/endpoints/discovery and pkg/server/routes v0.37.2."""

from __future__ import annotations

import json

from charthouse.devcluster import openapi, resources
from charthouse.devcluster.wire import Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.devcluster.access import Access
    from charthouse.devcluster.aggregation import Aggregation
    from charthouse.devcluster.resources import Resources
    from charthouse.devcluster.wire import Request

    Object = dict[str, Any]

__all__ = ["Documents", "page_not_found"]

VERSION = {
    "major": "1", "minor": "37", "emulationMajor": "1", "emulationMinor": "37", "minCompatibilityMajor": "1",
    "minCompatibilityMinor": "36", "gitVersion": "v1.37.2", "gitCommit": "", "gitTreeState": "clean",
    "buildDate": "1970-01-01T00:00:00Z", "goVersion": "go1.26.8", "compiler": "gc", "platform": "linux/amd64",
}  # fmt: skip
DISCOVERY_V2 = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


def page_not_found() -> Response:
    return Response(404, b"404 page not found\n", "text/plain; charset=utf-8")


class Documents:
    """`answer` serves every path that names no resource."""

    def __init__(self, served: Resources, access: Access, aggregation: Aggregation) -> None:
        self.served = served
        self.access = access
        self.aggregation = aggregation

    def answer(self, request: Request, parts: list[str]) -> Response:
        if not parts:
            groups = (f"/apis/{group}" for group in self.served.groups if group)
            return Response.json({"paths": ["/api", "/api/v1", "/apis", *groups]})
        first, rest = parts[0], parts[1:]
        if first in ("healthz", "readyz", "livez"):
            return Response(200, b"ok", "text/plain; charset=utf-8")
        if first == "version" and not rest:
            return Response.json(VERSION)
        if first in ("api", "apis"):
            return self._discovery(request, first, rest)
        if first == "openapi":
            found = openapi.document(self.served, rest, request)
            if found is not None:
                return found
        if first == "openid" and rest == ["v1", "jwks"]:
            return Response(200, json.dumps(self.access.accounts.key_set()).encode(), "application/jwk-set+json")
        if parts == [".well-known", "openid-configuration"]:
            return Response.json(self._issuer(request))
        return page_not_found()

    def _issuer(self, request: Request) -> Object:
        return {
            "issuer": self.access.accounts.audiences[0],
            "jwks_uri": f"https://{request.header('host')}/openid/v1/jwks",
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
        }

    def _discovery(self, request: Request, first: str, rest: list[str]) -> Response:
        served = self.served
        if not rest:
            if "as=APIGroupDiscoveryList" in request.header("accept") and "v=v2" in request.header("accept"):
                document = resources.aggregated(served, core=first == "api")
                if first == "apis":
                    document = {**document, "items": [*document["items"], *self.aggregation.discovery()]}
                return Response(200, json.dumps(document, separators=(",", ":")).encode(), DISCOVERY_V2)
            if first == "apis":
                document = resources.groups_document(served)
                return Response.json({**document, "groups": [*document["groups"], *self.aggregation.groups()]})
            address = {"clientCIDR": "0.0.0.0/0", "serverAddress": request.header("host")}
            return Response.json({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": [address]})
        found: Object | None = None
        if first == "api" and len(rest) == 1:
            found = resources.resource_list(served, "", rest[0])
        elif first == "apis" and len(rest) == 1:
            found = resources.group_document(served, rest[0])
            if found is None:
                head = {"kind": "APIGroup", "apiVersion": "v1"}
                found = next(({**head, **g} for g in self.aggregation.groups() if g["name"] == rest[0]), None)
        elif first == "apis" and len(rest) == 2 and rest[0]:
            found = resources.resource_list(served, rest[0], rest[1])
        return page_not_found() if found is None else Response.json(found)
