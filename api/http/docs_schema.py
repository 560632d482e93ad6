"""JSON Schemas as HTML: one table of members for each struct, types as links between them."""

import json
from html import escape

from markdown_it import MarkdownIt

from api.http.schemas import PREFIX, Schema

_markdown = MarkdownIt("commonmark", {"html": False})
# The names of a lower and an upper bound, and the unit that they count.
BOUNDS = (
    ("minimum", "maximum", ""),
    ("minLength", "maxLength", " characters"),
    ("minItems", "maxItems", " items"),
)


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
    found: list[str] = []
    for option in [schema, *schema.get("anyOf", [])]:
        found += [_bounds(option.get(low), option.get(high), unit) for low, high, unit in BOUNDS]
        if "pattern" in option:
            found.append(f"matches <code>{escape(option['pattern'])}</code>")
    if schema.get("default") is not None:
        found.append(f"default <code>{escape(json.dumps(schema['default']))}</code>")
    return [each for each in found if each]


def _bounds(low: int | None, high: int | None, unit: str) -> str:
    if high is None:
        return "" if low is None else f"at least {low:,}{unit}"
    return f"at most {high:,}{unit}" if low is None else f"{low:,} to {high:,}{unit}"
