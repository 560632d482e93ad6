"""The API reference as one page, and the page of a kind of problem: HTML, style and script are all ours.

Written on the server from the API description, so that it reads without script and prints. Ready-made viewers
are megabytes of script, and want inline styles or fonts from a third party, which the strict policy forbids.
"""

import json
from html import escape
from itertools import groupby
from typing import Any

from api.http.catalogue import Kind
from api.http.docs_schema import notes_html, prose, schema_html, type_html
from api.http.schemas import Schema

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
METHODS = ("get", "post", "put", "patch", "delete")


def reference_page(document: Schema) -> str:
    """Write the reference of an API description."""
    info = document["info"]
    operations = list(_operations(document))
    order = [tag["name"] for tag in document["tags"]]
    operations.sort(key=lambda each: order.index(each[2]["tags"][0]))
    groups = [(tag, list(each)) for tag, each in groupby(operations, lambda each: each[2]["tags"][0])]
    texts = {tag["name"]: tag["description"] for tag in document["tags"]}
    schemas = document["components"]["schemas"]
    body = "".join(
        f'<section id="tag-{escape(tag)}"><h2>{escape(tag)}</h2>{prose(texts[tag])}'
        f"{''.join(_operation_html(document, *each) for each in group)}</section>"
        for tag, group in groups
    )
    return _page(
        f"{info['title']} API",
        f"""<header>
<a class="name" href="#top">{escape(info["title"])} API <small>{escape(info["version"])}</small></a>
<label>Find <input type="search" id="find" placeholder="path, name or summary" autocomplete="off"></label>
<label>Key <input type="password" id="key" placeholder="dl_…" autocomplete="off"></label>
<a href="/openapi.json">openapi.json</a></header>
<div class="columns">
<nav aria-label="Operations">{"".join(_menu(tag, group) for tag, group in groups)}
<h2><a href="#schemas">Schemas</a></h2></nav>
<main id="top"><h1>{escape(info["title"])} API</h1>{prose(info["description"])}{body}
<section id="schemas"><h2>Schemas</h2>{"".join(schema_html(*each) for each in schemas.items())}</section>
</main></div><script src="/docs/docs.js" defer></script>""",
    )


def problem_page(kind: Kind) -> str:
    """Write the page of a kind of problem."""
    return _page(
        f"{kind.title} ({kind.kind})",
        f"""<main class="narrow"><p><a href="/docs">Dateline API</a> · problems</p>
<h1>{escape(kind.title)}</h1>
<p><code>{escape(kind.kind)}</code>, status {kind.status}</p>{prose(kind.advice)}
<p>A problem of this kind carries <code>detail</code>, what is wrong this time, and may carry
<code>errors</code>, each with a <code>pointer</code>, <code>parameter</code> or <code>header</code>. Give its
<code>request_id</code> when you ask the operator about it.</p></main>""",
    )


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title><link rel="stylesheet" href="/docs/docs.css">'
        f'<link rel="icon" href="data:,"></head><body>{body}</body></html>'
    )


def _operations(document: Schema) -> Any:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def _menu(tag: str, group: list[Any]) -> str:
    items = "".join(
        f'<li><a href="#{escape(each["operationId"])}"><span class="method {method}">{method.upper()}</span> '
        f"<span>{escape(path)}</span></a></li>"
        for path, method, each in group
    )
    return f'<h2><a href="#tag-{escape(tag)}">{escape(tag)}</a></h2><ul>{items}</ul>'


def _operation_html(document: Schema, path: str, method: str, facts: Schema) -> str:
    parameters = [_resolved(document, each) for each in facts["parameters"]]
    return f"""<article id="{escape(facts["operationId"])}" data-method="{method}" data-path="{escape(path)}">
<h3 class="summary">{escape(facts["summary"])}</h3>
<p class="address"><span class="method {method}">{method.upper()}</span> <code>{escape(path)}</code></p>
{prose(facts["description"])}<p class="limits">{_security(facts)}</p>{_parameters(parameters)}{_body(facts)}
{_answers(document, facts)}{_form(parameters, facts)}</article>"""


def _security(facts: Schema) -> str:
    scopes = sorted({scope for each in facts["security"] for scope in each.get("key", [])})
    if not facts["security"]:
        return "Open to everyone."
    if {} in facts["security"]:
        return "Public reading; a key sees what its scopes allow."
    return f"Needs a key with {' and '.join(f'<code>{escape(scope)}</code>' for scope in scopes)}."


def _parameters(parameters: list[Schema]) -> str:
    rows = "".join(
        f"<tr><th scope=row><code>{escape(each['name'])}</code>"
        f"{' <span class=required>required</span>' if each.get('required') else ''}</th>"
        f"<td>{each['in']}</td><td>{type_html(each['schema'])}</td>"
        f"<td>{prose(each.get('description', ''))}{notes_html(each['schema'])}</td></tr>"
        for each in parameters
    )
    return f'<h4>Parameters</h4><div class="wide"><table>{rows}</table></div>' if rows else ""


def _body(facts: Schema) -> str:
    if "requestBody" not in facts:
        return ""
    content: Schema = facts["requestBody"]["content"]
    types = ", ".join(f"<code>{escape(name)}</code>" for name in content)
    first: Schema = next(iter(content.values()))
    return f"<h4>Body</h4><p>{type_html(first['schema'])} as {types}</p>{_examples(first)}"


def _examples(content: Schema) -> str:
    return "".join(
        f"<details><summary>Example: {escape(name)}</summary>"
        f"<pre><code>{_pretty(example['value'])}</code></pre></details>"
        for name, example in content.get("examples", {}).items()
    )


def _pretty(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
    return escape(text)


def _answers(document: Schema, facts: Schema) -> str:
    answers = [(status, _resolved(document, each)) for status, each in facts["responses"].items()]
    good = "".join(_answer(status, each) for status, each in answers if status < "400")
    bad = "".join(_answer(status, each) for status, each in answers if status >= "400")
    codes = ", ".join(status for status, _ in answers if status >= "400")
    return (
        f'<h4>Answers</h4><div class="wide"><table>{good}</table></div>'
        f'<details><summary>Problems: {codes}</summary><div class="wide"><table>{bad}</table></div></details>'
    )


def _answer(status: str, answer: Schema) -> str:
    none: Schema = {}
    first = next(iter(answer.get("content", none).values()), none)
    shown = type_html(first["schema"]) if first and status < "400" else prose(answer["description"])
    return f"<tr><th scope=row>{status}</th><td>{shown}{_examples(first)}</td></tr>"


def _form(parameters: list[Schema], facts: Schema) -> str:
    fields = "".join(
        f'<label><code>{escape(each["name"])}</code> <input name="{escape(each["name"])}" '
        f'data-in="{each["in"]}" {"required" if each.get("required") else ""} autocomplete="off"></label>'
        for each in parameters
    )
    fields += _text_area(facts.get("requestBody", {}).get("content", {}))
    return (
        f'<details class="try"><summary>Try it</summary><form>{fields}<button>Send</button></form>'
        "<output></output></details>"
    )


def _text_area(content: Schema) -> str:
    if not content:
        return ""
    media_type, first = next(iter(content.items()))
    examples = list(first.get("examples", {}).values())
    value = _pretty(examples[0]["value"]) if examples else ""
    return (
        f'<label class="whole"><code>{escape(media_type)}</code> <textarea name="body" rows="10" '
        f'data-type="{escape(media_type)}" spellcheck="false">{value}</textarea></label>'
    )


def _resolved(document: Schema, facts: Schema) -> Schema:
    if "$ref" not in facts:
        return facts
    found: Any = document
    for token in facts["$ref"].removeprefix("#/").split("/"):
        found = found[token]
    return found
