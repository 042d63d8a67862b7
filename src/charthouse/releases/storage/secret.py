"""Records in Secrets of type `helm.sh/release.v1`: Helm's default.

Whose rules: helm v4.3.1 pkg/storage/driver/secrets.go. The payload is base64 text already and a Secret's data is base64
again.
"""

from __future__ import annotations

import base64

from charthouse.k8s.objects import ResourceType
from charthouse.releases.errors import CodecError
from charthouse.releases.storage.objects import ObjectDriver

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["SecretDriver"]


class SecretDriver(ObjectDriver):
    """Releases as Secrets in one namespace."""

    name = "Secret"
    type = ResourceType("v1", "Secret", "secrets", True)

    def payload(self, item: Mapping[str, Any]) -> str:
        text = (item.get("data") or {}).get("release", "")
        try:
            return base64.b64decode(text, validate=True).decode("ascii")
        except (ValueError, TypeError) as error:
            raise CodecError(f"illegal base64 data: {error}") from error

    def body(self, payload: str) -> dict[str, Any]:
        return {
            "type": "helm.sh/release.v1",
            "data": {"release": base64.b64encode(payload.encode("ascii")).decode("ascii")},
        }
