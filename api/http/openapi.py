"""The API description: OpenAPI 3.1, built from the route table and from what each handler says of itself."""

import inspect
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from api.http.openapi_builder import Builder
from api.http.operations import Operation
from api.http.schemas import Schema
from api.settings import LIMITS, Settings

DESCRIPTION = f"""\
Structured news: articles, people, organisations and quotes. Every quote is pinned to the exact characters of
the article version that carries it, to whoever said it, and to the chain through which it reached us.

**Reading** needs no key unless the operator says so. **Writing** needs `Authorization: Bearer dl_…` with the
scopes that each operation names. `HEAD` works wherever `GET` does.

**Errors** are `application/problem+json` (RFC 9457). `type` is the address of a page about that kind of
problem, and `errors` lists everything that is wrong at once, each with a JSON Pointer, a parameter or a
header.

**Versions.** Every resource has an `ETag` of the form `"<version>.<variant>"`. Send it in `If-None-Match` to
read only what has changed, and in `If-Match` with every `PUT`, `PATCH` and `DELETE`.

**Limits.** A JSON body has at most {LIMITS.json_body:,} bytes, a line of NDJSON {LIMITS.ndjson_line:,}. An
article has at most {LIMITS.blocks:,} blocks of {LIMITS.block_length:,} characters, {LIMITS.quotes:,} quotes
of {LIMITS.fragments} fragments, {LIMITS.people:,} people and {LIMITS.organisations:,} organisations; an
entity has at most {LIMITS.names} names; one request matches at most {LIMITS.match_names} names.
"""

TAGS = {
    "Articles": "Dispatches with their structure, versions and corrections.",
    "Quotes": "Who said what, pinned to the characters of the article version that carries it.",
    "Subjects": "The terms that articles name their subjects from, with labels in several languages.",
    "Search": "One search over all four types, by words and by names in any script.",
    "People": "People under every spelling of their names, with the offices that they held.",
    "Organisations": "Agencies, governments, companies and others, under every spelling of their names.",
    "Changes": "What has changed since: pages, long polling and streams of one log.",
    "Feeds": "The newest articles for feed readers and search engines.",
    "Webhooks": "Changes posted to an address of yours, signed.",
    "Keys": "API keys and their scopes.",
    "Service": "The state of this service, and what it says about itself.",
}


def document(app: Litestar, settings: Settings) -> Schema:
    """Describe every route; one without an `Operation`, or whose tag is not in `TAGS`, is a `LookupError`."""
    builder = Builder(public_read=settings.public_read)
    paths: dict[str, Schema] = {}
    used: set[str] = set()
    for path, method, handler, facts in _operations(app):
        if facts.tag not in TAGS:
            raise LookupError(f"{method} {path} has the tag {facts.tag}, which is not described")
        operation = builder.operation(path, method, facts)
        names = {
            "operationId": handler.fn.__name__,
            "description": inspect.getdoc(handler.fn) or facts.summary,
        }
        paths.setdefault(path, {})[method.lower()] = {**names, **operation}
        used.add(facts.tag)
    return {
        "openapi": "3.1.1",
        "info": _info(),
        "servers": [{"url": settings.public_url or "/"}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items() if name in used],
        "paths": paths,
        "components": builder.components(),
    }


def _operations(app: Litestar) -> Iterator[tuple[str, str, HTTPRouteHandler, Operation]]:
    """List the operations in the order of their paths; OPTIONS is every path's and is not listed."""
    routes = [route for route in app.routes if isinstance(route, HTTPRoute)]
    for route in sorted(routes, key=lambda route: route.path_format):
        # Sorted, because Litestar keeps them in a set: every worker gives the same bytes and entity tag.
        for method in sorted(set(route.route_handler_map) - {"OPTIONS"}):
            handler, _ = route.route_handler_map[method]
            if not handler.resolve_include_in_schema():
                continue
            facts = handler.opt.get("operation")
            if not isinstance(facts, Operation):
                raise LookupError(f"{method} {route.path_format} has no operation")  # noqa: TRY004
            yield route.path_format, method, handler, facts


def _info() -> Schema:
    try:
        number = version("dateline")
    except PackageNotFoundError:
        number = "0"
    return {
        "title": "Dateline",
        "version": number,
        "summary": "Structured news: who said what, in what capacity, and through whom it reached us.",
        "description": DESCRIPTION,
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    }
