"""What reading and writing YAML can fail with.

``YamlError`` (a ``CharthouseError``): broken text, or a value YAML cannot hold. ``message`` is Helm's text (go-yaml's
behind sigs.k8s.io/yaml's prefix); ``line`` is the true line of the problem, counted from 1, which go-yaml's own text
often misses by one or leaves out.
"""

from __future__ import annotations

from charthouse.errors import CharthouseError

__all__ = ["YamlError"]


class YamlError(CharthouseError):
    """YAML that cannot be read, or a value that cannot be written.

    line: line of the problem counted from 1, or 0 when it has none.
    """

    def __init__(self, message: str, *, hint: str = "", line: int = 0) -> None:
        super().__init__(message, hint=hint)
        self.line = line
