"""values.schema.json: JSON Schema drafts 4 to 2020-12, answered in the words Helm 4 answers in.

Whose rules: helm v4.3.1 `pkg/chart/common/util/jsonschema.go` over santhosh-tekuri/jsonschema v6.0.3. Own validator,
because the ready ones cost more to import than Helm needs for a whole render (docs/architecture.md, "Start-up") and
word their errors differently.

``document`` (the schema: references, anchors, regular expressions, checked against the metaschema) → ``validator``
(a value against it) → ``problem`` (the tree of what is wrong, and its text); ``formats`` knows the named formats.

Differs from Helm: a ``$ref`` to a file is never followed, since a chart may come from anywhere (CVE-2025-55199), and
one to an address only if the caller says how; else it ends in Helm's text for one that cannot be loaded. Errors of an
object's members come in the order of the values, where Helm's order is random.
"""

from __future__ import annotations

from charthouse.charts.schema.document import BadStatus, Document, SchemaProblem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.logs import Log

__all__ = ["BadStatus", "SchemaProblem", "validate_values"]

_HEAD = "jsonschema validation failed with 'file:///values.schema.json#'\n"


def validate_values(
    values: dict[str, Any], schema: bytes, *, log: Log | None = None, fetch: Callable[[str], bytes] | None = None
) -> str:
    """What is wrong with a chart's values, in Helm's words; "" when nothing is.

    values: a dict of golang.kinds values; schema: the bytes of values.schema.json; fetch: reads the http or https
    address of a remote schema (raising OSError), None to refuse them all. Each line of the answer ends in a line
    break, but not that of a schema that is itself broken.
    """
    from charthouse.charts.schema.validator import Validator

    try:
        document = Document.parse(schema, log=log, fetch=fetch)
        found = Validator(document).run(values)
    except SchemaProblem as problem:
        return str(problem)
    except RecursionError:
        return "unable to validate schema: stack overflow"
    return "" if found is None else found.text().removeprefix(_HEAD) + "\n"
