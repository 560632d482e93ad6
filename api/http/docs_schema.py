"""JSON Schemas as HTML: one table of members for each struct, types as links between them."""

import json
from html import escape
from typing import Any

from markdown_it import MarkdownIt

from api.http.schemas import PREFIX, Schema

_markdown = MarkdownIt("commonmark", {"html": False})
BOUNDS = {
    "minimum": "≥ {}",
    "maximum": "≤ {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
}


def prose(text: str) -> str:
    """Render a description, which is Markdown; raw HTML in it is shown as text."""
    return _markdown.render(text)


def type_html(schema: Schema) -> str:
    """Write a schema in one line, such as `array of Block or string`."""
    if "$ref" in schema:
        name = escape(schema["$ref"].removeprefix(PREFIX))
        return f'<a href="#schema-{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(type_html(option) for option in schema["anyOf"])
    if "enum" in schema:
        return " · ".join(f"<code>{escape(json.dumps(value))}</code>" for value in schema["enum"])
    if "const" in schema:
        return f"<code>{escape(json.dumps(schema['const']))}</code>"
    if schema.get("type") == "array":
        return f"array of {type_html(schema.get('items', {}))}"
    name = escape(str(schema.get("format") or schema.get("type") or "any value"))
    return f"<span>{name}</span>"


def notes_html(schema: Schema) -> str:
    """Write what else a schema says: its description, bounds, pattern and default."""
    parts = [prose(schema["description"])] if "description" in schema else []
    limits = list(_limits(schema))
    if limits:
        parts.append(f'<p class="limits">{"; ".join(limits)}</p>')
    return "".join(parts)


def schema_html(name: str, schema: Schema) -> str:
    """Write the section of one component."""
    members: dict[str, Schema] = schema.get("properties", {})
    required = set(schema.get("required", []))
    rows = "".join(
        f"<tr><th scope=row><code>{escape(member)}</code>{_mark(member in required)}</th>"
        f"<td>{type_html(each)}</td><td>{notes_html(each)}</td></tr>"
        for member, each in members.items()
    )
    table = f'<div class="wide"><table>{rows}</table></div>' if rows else f"<p>{type_html(schema)}</p>"
    strict = schema.get("additionalProperties") is False
    return (
        f'<section class="schema" id="schema-{escape(name)}"><h3>{escape(name)}</h3>'
        f"{prose(schema.get('description', ''))}{table}"
        f"{'<p class=limits>Unknown members are errors.</p>' if strict else ''}</section>"
    )


def _mark(required: bool) -> str:
    return ' <span class="required">required</span>' if required else ""


def _limits(schema: Schema) -> list[str]:
    options: list[Any] = [schema, *schema.get("anyOf", [])]
    found = [
        escape(text.format(f"{option[name]:,}"))
        for option in options
        for name, text in BOUNDS.items()
        if name in option
    ]
    found += [
        f"matches <code>{escape(option['pattern'])}</code>" for option in options if "pattern" in option
    ]
    if schema.get("default") is not None:
        found.append(f"default <code>{escape(json.dumps(schema['default']))}</code>")
    return found
