"""Go templates given on the command line (``version --template``, ``get all --template``, ``--name-template``).

Rules: Helm 4.3.1 ``pkg/cmd/version.go``, ``pkg/cmd/printer.go``, ``pkg/action/install.go`` (``TemplateName``):
text/template with its own functions only; a name template has sprig's as well, ``env`` and ``expandenv`` included.
"""

from __future__ import annotations

from charthouse.golang.kinds import Struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from charthouse.gotemplate.functions import Function

__all__ = ["execute", "execute_name", "struct_of"]


def struct_of(go_type: str, fields: Sequence[tuple[str, object]]) -> Struct:
    """A Go struct for templates: `go_type` as `%T` prints it, fields in order."""
    names = {name: f"field_{name}" for name, _ in fields}
    space = {"__slots__": tuple(names.values()), "go_type": go_type, "go_fields": names}
    made: Struct = type("GoStruct", (Struct,), space)()
    for name, value in fields:
        setattr(made, names[name], value)
    return made


def execute(text: str, data: object) -> str:
    """Run a template called `_`. Raises TemplateError with Go's text."""
    from charthouse.gotemplate import TemplateSet

    templates = TemplateSet({})
    return templates.run(templates.parse("_", text), data)


def execute_name(text: str, environ: Mapping[str, str]) -> str:
    """Run a ``--name-template``. Raises TemplateError with Go's text."""
    from charthouse import sprig
    from charthouse.gotemplate import TemplateSet
    from charthouse.gotemplate.functions import Function

    own = {
        "env": Function("env", "string->string", lambda name: environ.get(name, "")),
        "expandenv": Function("expandenv", "string->string", lambda text: _expand(text, environ)),
    }

    def find(name: str) -> Function | None:
        return own.get(name) or sprig.function(name)

    templates = TemplateSet(find)
    return templates.run(templates.parse("name-template", text), None)


def _expand(text: str, environ: Mapping[str, str]) -> str:
    """os.ExpandEnv: $NAME and ${NAME}."""
    import re

    return re.sub(
        r"\$(?:\{([^}]*)\}|([A-Za-z_][A-Za-z0-9_]*|[0-9*#$@!?-]))",
        lambda found: environ.get(found[1] if found[1] is not None else found[2], ""),
        text,
    )
