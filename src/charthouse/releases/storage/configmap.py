"""Records in ConfigMaps (`HELM_DRIVER=configmap`).

Whose rules: helm v4.3.1 pkg/storage/driver/cfgmaps.go.
"""

from __future__ import annotations

from charthouse.k8s.objects import ResourceType
from charthouse.releases.errors import CodecError
from charthouse.releases.storage.objects import ObjectDriver

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["ConfigMapDriver"]


class ConfigMapDriver(ObjectDriver):
    """Releases as ConfigMaps in one namespace."""

    name = "ConfigMap"
    type = ResourceType("v1", "ConfigMap", "configmaps", True)

    def payload(self, item: Mapping[str, Any]) -> str:
        text = (item.get("data") or {}).get("release", "")
        if not isinstance(text, str):
            raise CodecError("the payload is not text")
        return text

    def body(self, payload: str) -> dict[str, Any]:
        return {"data": {"release": payload}}
