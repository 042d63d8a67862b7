"""Objects as Helm 2's `init` prints them: helm v2.17.0 cmd/helm/init.go (``writeYAMLManifests``, ``json.Indent``)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

__all__ = ["manifests_text"]


def manifests_text(objects: Iterable[dict[str, Any]], form: str) -> str:
    """form: yaml or json. YAML documents begin with `---`, a blank line behind each, `...` at the end; JSON objects
    follow one another."""
    if form == "json":
        import json

        return "".join(json.dumps(body, indent=4, sort_keys=True, ensure_ascii=False) + "\n" for body in objects)
    from charthouse.formats.yaml import dump

    return "".join(f"---\n{dump(body)}\n" for body in objects) + "...\n"
