"""values.schema.json as Helm 3 checks it: JSON Schema drafts 4, 6 and 7, answered in xeipuuv/gojsonschema's words.

Whose rules: Helm 3.17.3 pkg/chartutil/jsonschema.go ValidateAgainstSingleSchema over github.com/xeipuuv/gojsonschema
v1.2.0 (schemaPool.go, schema.go, validation.go, format_checkers.go). Another library than Helm 4's, with another notion
of drafts (an unknown `$schema` is a mixture of all three, newer keywords are not known), of references and of texts:
hence not a variant of `charts.schema`.

``pool`` (the documents and what references lead to) → ``build`` (a schema as objects) → ``check`` (a value against it).

Differs from Helm: references to files and addresses are never followed. Members are looked at in the order they are
written in; Helm's order is random.
"""

from __future__ import annotations

from charthouse.charts.gojsonschema.problem import SchemaProblem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["SchemaProblem", "validate_values"]


def validate_values(values: dict[str, Any], schema: bytes) -> str:
    """What is wrong with a chart's values, in Helm 3's words; "" when nothing is.

    values: a dict of golang.kinds values; schema: the bytes of values.schema.json. Each line of the answer ends in a
    line break, but not that of a schema that is itself broken.
    """
    from charthouse.charts.gojsonschema.build import compile_schema
    from charthouse.charts.gojsonschema.check import Checker

    try:
        lines = Checker().run(compile_schema(schema), values)
    except SchemaProblem as problem:
        return str(problem)
    except RecursionError:
        return "unable to validate schema: stack overflow"
    return "".join(f"- {line}\n" for line in lines)
