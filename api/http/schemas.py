"""JSON Schemas of the wire's structs, from msgspec: it alone keeps bounds, discriminators and strictness."""

import re
from collections.abc import Sequence
from typing import Any, cast

import msgspec

PREFIX = "#/components/schemas/"
GENERIC = re.compile(r"(\w+?)_(\w+)_")

Schema = dict[str, Any]


def schemas_of(types: Sequence[Any]) -> tuple[list[Schema], dict[str, Schema]]:
    """Give the schema of each type, and the components that they refer to, by their plain names."""
    schemas, components = msgspec.json.schema_components(types, ref_template=PREFIX + "{name}")
    named = {plain_name(name): _titled(name, schema) for name, schema in components.items()}
    return [_renamed(schema) for schema in schemas], {
        name: _renamed(schema) for name, schema in named.items()
    }


def plain_name(name: str) -> str:
    """Give a component's name as one would say it: msgspec writes `Page_Article_` for `Page[Article]`."""
    match = GENERIC.fullmatch(name)
    return match[2] + match[1] if match else name


def without_null(schema: Schema) -> Schema:
    """Give a schema without its null alternative and default, for what can only be given or left out."""
    schema = {name: value for name, value in schema.items() if (name, value) != ("default", None)}
    options: list[Schema] = [each for each in schema.get("anyOf", []) if each.get("type") != "null"]
    if len(options) != 1:
        return {**schema, "anyOf": options} if options else schema
    # What is said of the member tells more than what is said of its type.
    return {**options[0], **{name: value for name, value in schema.items() if name != "anyOf"}}


def merge_patch_of(schema: Schema) -> Schema:
    """Give the schema of a struct's merge patch (RFC 7396): members may be left out, null removes one."""
    properties = {name: _patched(each) for name, each in schema.get("properties", {}).items()}
    return {**schema, "title": f"{schema['title']}Patch", "properties": properties, "required": []}


def _patched(schema: Schema) -> Schema:
    """Let a member be null, and an object be partial."""
    options: list[Schema] = schema.get("anyOf") or [{k: v for k, v in schema.items() if k != "default"}]
    rest = {name: value for name, value in schema.items() if name == "description"}
    merged = [{"type": "object"} if "$ref" in each else each for each in options]
    null: Schema = {"type": "null"}
    return {**rest, "anyOf": [*merged, *([] if null in merged else [null])]}


def _titled(name: str, schema: Schema) -> Schema:
    return {**schema, "title": plain_name(name)} if "title" in schema else schema


def _renamed(value: Any) -> Any:
    """Write every reference with the plain name of what it refers to."""
    if isinstance(value, dict):
        members = cast("Schema", value)
        return {
            name: PREFIX + plain_name(child.removeprefix(PREFIX)) if name == "$ref" else _renamed(child)
            for name, child in members.items()
        }
    if isinstance(value, list):
        return [_renamed(child) for child in cast("list[Any]", value)]
    return value
