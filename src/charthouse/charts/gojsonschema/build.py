"""A schema's JSON as objects to check with (schema.go parseSchema); what is broken is told in its words."""

from __future__ import annotations

from charthouse.charts.gojsonschema.keywords import (
    counts,
    expression,
    invalid_type,
    literals,
    numbers,
    texts,
    types,
)
from charthouse.charts.gojsonschema.pool import DRAFT4, DRAFT6, DRAFT7, HYBRID, Pool, draft_of, inherit
from charthouse.charts.gojsonschema.problem import Number, SchemaProblem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fractions import Fraction
    from typing import Any

    from charthouse.golang.regexp import Regexp

__all__ = ["Schema", "compile_schema"]


class Schema:
    """One schema. passes: True or False for a boolean one; reference: the schema a `$ref` leads to; the rest are the
    keywords, None (or empty) where they do not stand."""

    __slots__ = (
        "additional_items",
        "additional_properties",
        "all_of",
        "any_of",
        "const",
        "contains",
        "dependencies",
        "draft",
        "else_",
        "enum",
        "exclusive_maximum",
        "exclusive_minimum",
        "format",
        "id",
        "if_",
        "items",
        "max_items",
        "max_length",
        "max_properties",
        "maximum",
        "min_items",
        "min_length",
        "min_properties",
        "minimum",
        "multiple_of",
        "not_",
        "one_of",
        "passes",
        "pattern",
        "pattern_properties",
        "properties",
        "property_names",
        "reference",
        "required",
        "single_item",
        "then",
        "types",
        "unique_items",
    )

    def __init__(self, draft: int, identity: str) -> None:
        self.draft = draft
        self.id = identity
        self.passes: bool | None = None
        self.reference: Schema | None = None
        self.types: list[str] = []
        self.properties: dict[str, Schema] = {}
        self.pattern_properties: list[tuple[Regexp, Schema]] = []
        self.additional_properties: bool | Schema | None = None
        self.property_names: Schema | None = None
        self.dependencies: dict[str, list[str] | Schema] = {}
        self.items: list[Schema] = []
        self.single_item = False
        self.additional_items: bool | Schema | None = None
        self.contains: Schema | None = None
        self.unique_items = False
        self.required: list[str] = []
        self.enum: list[str] = []
        self.const: str | None = None
        self.format = ""
        self.pattern: tuple[str, Regexp] | None = None
        self.multiple_of: Fraction | None = None
        self.minimum: Fraction | None = None
        self.maximum: Fraction | None = None
        self.exclusive_minimum: Fraction | None = None
        self.exclusive_maximum: Fraction | None = None
        self.min_length: int | None = None
        self.max_length: int | None = None
        self.min_properties: int | None = None
        self.max_properties: int | None = None
        self.min_items: int | None = None
        self.max_items: int | None = None
        self.any_of: list[Schema] = []
        self.one_of: list[Schema] = []
        self.all_of: list[Schema] = []
        self.not_: Schema | None = None
        self.if_: Schema | None = None
        self.then: Schema | None = None
        self.else_: Schema | None = None


def compile_schema(data: bytes) -> Schema:
    """The schema in the bytes of values.schema.json. Raises SchemaProblem."""
    document = _decode(data)
    pool = Pool()
    pool.add_root(document)
    draft = draft_of(document) or HYBRID
    builder = _Builder(pool)
    root = Schema(draft, "")
    builder.fill(document, root, root=True)
    return root


def _decode(data: bytes) -> Any:
    from charthouse.golang.json_syntax import read_prefix
    from charthouse.golang.kinds import GoError, go_string

    text = go_string(data)
    try:
        value, _ = read_prefix(text, Number, Number)
    except GoError as error:
        stored = getattr(error, "value", None)  # of a number out of range, which this library takes as text
        if stored is not None:
            return stored
        words = str(error)
        if words == "unexpected end of JSON input":
            words = "unexpected EOF" if text.strip() else "EOF"
        raise SchemaProblem(words) from None
    return value


class _Builder:
    """Fills schemas; `references` holds those a `$ref` has led to, for recursion."""

    __slots__ = ("pool", "references")

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.references: dict[str, Schema] = {}

    def below(self, node: Any, parent: Schema) -> Schema:
        """A schema inside another."""
        schema = Schema(parent.draft, parent.id)
        self.fill(node, schema)
        return schema

    def fill(self, node: Any, schema: Schema, *, root: bool = False) -> None:
        """parseSchema. Raises SchemaProblem."""
        if schema.draft >= DRAFT6 and type(node) is bool:
            schema.passes = node
            return
        if type(node) is not dict:
            raise SchemaProblem("Expected: valid schema, given: Invalid JSON")
        self._identify(node, schema, root)
        self._definitions(node, schema)
        for key in ("title", "description", "$ref"):
            if key in node and type(node[key]) is not str:
                raise invalid_type("string", key)
        if "$ref" in node and self._refer(node["$ref"], schema):
            return
        types(node, schema)
        self._object(node, schema)
        self._array(node, schema)
        numbers(node, schema)
        texts(node, schema)
        counts(node, schema)
        self._combined(node, schema)

    def _identify(self, node: dict[str, Any], schema: Schema, root: bool) -> None:
        key = "$id"
        if schema.draft == DRAFT4 or (schema.draft == HYBRID and "id" in node):
            key = "id"
        if key in node:
            if type(node[key]) is not str:
                raise invalid_type("string", key)
            schema.id = node[key] if root else inherit(schema.id, node[key])

    def _definitions(self, node: dict[str, Any], schema: Schema) -> None:
        if "definitions" not in node:
            return
        held = node["definitions"]
        if type(held) is bool:
            raise SchemaProblem(
                "unable to validate schema: interface conversion: interface {} is bool, not map[string]interface {}"
            )
        if type(held) is not dict or not all(type(inner) in (dict, bool) for inner in held.values()):
            raise invalid_type("array of schemas", "definitions")
        for inner in held.values():
            self.below(inner, schema)

    def _refer(self, reference: str, schema: Schema) -> bool:
        """Whether the reference was followed here, so that nothing beside it counts (parseReference)."""
        known = self.references.get(reference)
        if known is not None:
            schema.reference = known
            return False
        target = Schema(schema.draft, reference)
        self.references[reference] = target
        node, draft = self.pool.get(reference)
        target.draft = draft or schema.draft
        if type(node) not in (dict, bool):
            raise SchemaProblem("valid schema must be of type object")
        self.fill(node, target)
        schema.reference = target
        return True

    def _schema_or_bool(self, node: dict[str, Any], key: str, parent: Schema) -> bool | Schema | None:
        if key not in node:
            return None
        held = node[key]
        if type(held) is bool:
            return held
        if type(held) is not dict:
            raise invalid_type("boolean/valid schema", key)
        return self.below(held, parent)

    def _object(self, node: dict[str, Any], schema: Schema) -> None:
        if "properties" in node:
            held = node["properties"]
            if type(held) is not dict:
                raise SchemaProblem("properties must be of type object")
            schema.properties = {name: self.below(inner, schema) for name, inner in held.items()}
        schema.additional_properties = self._schema_or_bool(node, "additionalProperties", schema)
        if "patternProperties" in node:
            held = node["patternProperties"]
            if type(held) is not dict:
                raise invalid_type("valid schema", "patternProperties")
            for name, inner in held.items():
                pattern = expression(name, f"Invalid regex pattern '{name}'")
                schema.pattern_properties.append((pattern, self.below(inner, schema)))
        if "propertyNames" in node and schema.draft >= DRAFT6:
            if type(node["propertyNames"]) not in (dict, bool):
                raise invalid_type("valid schema", "patternProperties")
            schema.property_names = self.below(node["propertyNames"], schema)
        if "dependencies" in node:
            self._dependencies(node["dependencies"], schema)

    def _dependencies(self, held: Any, schema: Schema) -> None:
        if type(held) is not dict:
            raise SchemaProblem("dependencies must be of type object")
        for name, inner in held.items():
            if type(inner) in (dict, bool):
                schema.dependencies[name] = self.below(inner, schema)
                continue
            if type(inner) is not list or not all(type(item) is str for item in inner):
                raise SchemaProblem("dependency must be of type schema or array of strings")
            if inner:
                schema.dependencies[name] = list(inner)

    def _array(self, node: dict[str, Any], schema: Schema) -> None:
        if "items" in node:
            held = node["items"]
            schema.single_item = type(held) in (dict, bool)
            listed = [held] if schema.single_item else held
            if type(listed) is not list or not all(type(inner) in (dict, bool) for inner in listed):
                raise invalid_type("valid schema/array of schemas", "items")
            schema.items = [self.below(inner, schema) for inner in listed]
        schema.additional_items = self._schema_or_bool(node, "additionalItems", schema)

    def _combined(self, node: dict[str, Any], schema: Schema) -> None:
        if "contains" in node and schema.draft >= DRAFT6:
            schema.contains = self.below(node["contains"], schema)
        literals(node, schema)
        for key, shown, put in (
            ("oneOf", "oneOf", schema.one_of),
            ("anyOf", "anyOf", schema.any_of),
            ("allOf", "anyOf", schema.all_of),
        ):
            if key in node:
                if type(node[key]) is not list:
                    raise SchemaProblem(f"{shown} must be of an array")
                put.extend([self.below(inner, schema) for inner in node[key]])
        single = [("not", "not_")]
        if schema.draft >= DRAFT7:
            single += [("if", "if_"), ("then", "then"), ("else", "else_")]
        for key, attribute in single:
            if key in node:
                if type(node[key]) not in (dict, bool):
                    raise SchemaProblem(f"{key} must be of an object")
                setattr(schema, attribute, self.below(node[key], schema))
