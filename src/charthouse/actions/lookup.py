"""The template function `lookup`, answered by the cluster.

Whose rules: helm v4.3.1 pkg/engine/lookup_func.go: what is not there is an empty map; no name gives the kind's list;
anything else that goes wrong is the template's error. Numbers are int64 and float64, as unstructured objects have them.
"""

from __future__ import annotations

from charthouse.actions.ports import ApiError
from charthouse.errors import CharthouseError
from charthouse.golang.kinds import GoError, Int64
from charthouse.k8s.objects import ObjectRef
from charthouse.logs import ERROR, LogRecord

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.actions.environment import Environment

__all__ = ["Lookup", "unstructured"]


class Lookup:
    """Callable with apiVersion, kind, namespace and name."""

    def __init__(self, env: Environment) -> None:
        self._env = env

    def __call__(self, api_version: str, kind: str, namespace: str, name: str) -> dict[str, Any]:
        client = self._env.cluster.client
        try:
            type = client.resource_type(api_version, kind)
        except CharthouseError as error:
            which = _gvk(api_version, kind)
            self._env.log(LogRecord(ERROR, "unable to get apiresource", groupVersionKind=which, error=error.message))
            raise GoError(f"unable to get apiresource from unstructured: {which}: {error}") from error
        where = namespace if type.namespaced else ""
        try:
            if name:
                found = client.get(ObjectRef(type, where, name))
            else:
                items = client.list(type, where)
                metadata = {"resourceVersion": ""}
                found = {"apiVersion": api_version, "kind": f"{kind}List", "metadata": metadata, "items": items}
        except ApiError as error:
            if error.reason == "NotFound":
                return {}
            raise GoError(error.message) from error
        except CharthouseError as error:
            raise GoError(error.message) from error
        made: dict[str, Any] = unstructured(found)
        return made


def _gvk(api_version: str, kind: str) -> str:
    group, slash, version = api_version.rpartition("/")
    return f"{group}/{version}, Kind={kind}" if slash else f"/{version}, Kind={kind}"


def unstructured(value: Any) -> Any:
    """An object of the API as templates see it."""
    if isinstance(value, dict):
        return {key: unstructured(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [unstructured(entry) for entry in value]
    if type(value) is int:
        return Int64(value)
    return value
