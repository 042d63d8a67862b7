"""Streams of documents as Kubernetes and Helm cut them, before any YAML is read.

Whose rules: k8s.io/apimachinery v0.37 `util/yaml` YAMLReader, which Helm 4 reads values files with (chart loader
`LoadValues`): a line beginning with ``---`` ends a document, only blanks and a comment may follow it, line ends lose
their carriage return.
"""

from __future__ import annotations

from charthouse.formats.yaml.errors import YamlError
from charthouse.golang.space import trim_space

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["iterate", "split"]


def split(text: str) -> list[str]:
    """The documents, each with a final line break. Raises YamlError for other text behind a separator."""
    return list(iterate(text))


def iterate(text: str) -> Iterator[str]:
    """The documents one by one, as `split`: what is wrong behind one is raised only after it."""
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    if "---" not in text:
        if text:
            yield text if text.endswith("\n") else text + "\n"
        return
    current: list[str] = []
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    for number, line in enumerate(lines, 1):
        if line.startswith("---"):
            behind = trim_space(line[3:])
            if behind and behind[0] != "#":
                raise YamlError(f"invalid Yaml document separator: {behind}", line=number)
            if current:
                yield "\n".join(current) + "\n"
                current = []
                continue
        current.append(line)
    if current:
        yield "\n".join(current) + "\n"
