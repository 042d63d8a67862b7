"""Wrong kinds in Chart.yaml and lock files, in the words of Helm 3: encoding/json of Go 1.23 over package chart.

Go 1.27 names the whole path of a field; 1.23 names the innermost struct and the path without indexes and map keys. A
text that is about something else stays as it is.
"""

from __future__ import annotations

__all__ = ["old_json_text", "old_object_text"]

_FIELD = "into Go struct field ."
_ELEMENT = "into ."
_STRUCTS = {"dependencies": "Dependency", "maintainers": "Maintainer"}


def old_json_text(message: str, root: str) -> str:
    """The text as Helm 3 has it. root: the struct that was read, "Metadata" or "Lock"."""
    head, found, rest = message.partition("json: cannot unmarshal ")
    if not found:
        return message
    rest = rest.replace("v2.", "chart.")
    kind, into, path_and_type = rest.partition(_FIELD)
    if not into:
        kind, into, path_and_type = rest.partition(_ELEMENT)
    path, of, go_type = path_and_type.partition(" of type ")
    if not into or not of:
        return f"{head}{found}{rest}"
    struct = root
    names: list[str] = []
    steps = path.split(".")
    for index, step in enumerate(steps):
        if step.isdigit():
            if index + 1 < len(steps):
                struct = _STRUCTS.get(names[-1], struct)
            continue
        names.append(step)
        if step == "annotations":
            break
    return f"{head}{found}{kind}into Go struct field {struct}.{'.'.join(names)} of type {go_type}"


_OBJECT = {"kind": "Kind", "metadata": "Metadata", "name": "Name", "namespace": "Namespace"}


def old_object_text(message: str) -> str:
    """What lint says of an object's head, in Helm 3's words (struct K8sYamlStruct, its fields by their Go names)."""
    message = message.replace("rules.k8sYamlStruct", "rules.K8sYamlStruct")
    head, into, path_and_type = message.partition(_FIELD)
    path, of, go_type = path_and_type.partition(" of type ")
    if not into or not of:
        return message
    names = [_OBJECT.get(step, step) for step in path.split(".")]
    struct = "k8sYamlMetadata" if len(names) > 1 else "K8sYamlStruct"
    return f"{head}into Go struct field {struct}.{'.'.join(names)} of type {go_type}"
