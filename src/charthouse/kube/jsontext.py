"""Objects to JSON bytes and back, as apimachinery does it.

Rules: ``unstructured.UnstructuredJSONScheme``: integers stay integers, other numbers are floats. Bytes that are no
UTF-8 (Python keeps them as lone surrogates) become U+FFFD, as in Go's ``encoding/json``.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["decode", "encode"]


def encode(value: Any) -> bytes:
    """Compact JSON in UTF-8, keys in the order of the dict."""
    import json

    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    try:
        return text.encode()
    except UnicodeEncodeError:
        return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text).encode()


def decode(data: bytes) -> Any:
    """Raises ValueError."""
    import json

    return json.loads(data)
