"""Who is answered what: every operation, in every state of the article that it is about. Written once.

A new route needs a row in `ROWS`, or the test says so. Most are one of the kinds below: a resource of an
article, an entity, a list, a page of the service.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

READERS = ("anonymous", "read", "write", "embargo", "write+embargo", "admin", "revoked")

# `old`: public, but its first version, with all that this names, was only ever held. `again`: was public, and
# is withheld. `unseen`: killed before it was public.
STATES = ("usable", "old", "withheld", "embargoed", "again", "killed", "unseen")

HIDDEN = "404 404 404 200 200 200 401"
ALL = "200 200 200 200 200 200 401"

# An article, and what is a part of it.
ARTICLE = {
    "usable": ALL,
    "old": ALL,
    "withheld": HIDDEN,
    "embargoed": HIDDEN,
    "again": HIDDEN,
    "killed": "410 410 410 410 410 200 401",
    "unseen": "404 404 404 410 410 200 401",
}
# Its first version, and the quote that only the first version carries.
FIRST = ARTICLE | {"old": HIDDEN}
# A person or organisation whom only the article, or only its first version, names.
ENTITY = {
    "usable": ALL,
    "old": HIDDEN,
    "withheld": HIDDEN,
    "embargoed": HIDDEN,
    "again": ALL,
    "killed": ALL,
    "unseen": HIDDEN,
}


def written(kind: Mapping[str, str], status: int = 200) -> dict[str, str]:
    """Turn what readers are answered into what writers are: the scope comes first."""
    rows: dict[str, str] = {}
    for state, row in kind.items():
        _, _, write, _, both, admin, _ = row.split()
        rows[state] = f"401 403 {write} 403 {both} {admin} 401".replace("200", str(status))
    return rows


def closed(kind: Mapping[str, str]) -> dict[str, str]:
    """What also `admin` cannot change once it is killed."""
    return {
        state: row.replace("410 200 401", "410 410 401").replace("410 204 401", "410 410 401")
        for state, row in kind.items()
    }


def always(row: str) -> dict[str, str]:
    """The same whatever the article's state is."""
    return dict.fromkeys(STATES, row)


LIST = always(ALL)
OPEN = always("200 200 200 200 200 200 200")
WRITER = "401 403 {0} 403 {0} {0} 401"
ADMIN = "401 403 403 403 403 {} 401"


class Row(NamedTuple):
    """The statuses for `READERS` in each state, and what to send: a body made for the scene, a query."""

    expected: Mapping[str, str]
    body: Callable[[Any], Any] | None = None
    query: str = ""


def document(scene: Any) -> dict[str, Any]:
    return {"headline": "New", "language": "en", "body": ["New."], "uri": scene.uri}


def namesake(scene: Any) -> dict[str, Any]:
    return {"name": "Somebody", "identifiers": [scene.identifier]}


def named(scene: Any) -> dict[str, Any]:
    # Not the very names: what is asked for may be repeated in reasons.
    return {"queries": [{"name": name[:-1]} for name in scene.names]}


RELEASE = written(ARTICLE) | {
    "usable": WRITER.format(409),
    "old": WRITER.format(409),
}
# What nobody else may see keeps an entity from being deleted, and is not told of: it goes for who deletes it.
DELETE_ENTITY = written(ENTITY, 204) | {
    "usable": WRITER.format(409),
    "old": "401 403 404 403 409 409 401",
    "withheld": "401 403 404 403 409 409 401",
    "embargoed": "401 403 404 403 409 409 401",
    "again": "401 403 204 403 409 409 401",
}
TAKEN = always(WRITER.format(409))


def of_entities(plural: str) -> dict[str, Row]:
    return {
        f"GET /v1/{plural}": Row(LIST),
        f"POST /v1/{plural}": Row(TAKEN, namesake),
        f"POST /v1/{plural}/match": Row(LIST, named),
        f"GET /v1/{plural}/{{id}}": Row(ENTITY),
        f"PUT /v1/{plural}/{{id}}": Row(written(ENTITY), lambda _: {"name": "New"}),
        f"PATCH /v1/{plural}/{{id}}": Row(written(ENTITY), lambda _: {"description": "New"}),
        f"DELETE /v1/{plural}/{{id}}": Row(DELETE_ENTITY),
        f"POST /v1/{plural}/{{id}}/merge": Row(written(ENTITY, 422), lambda each: {"id": each.ids[plural]}),
        f"DELETE /v1/{plural}/{{id}}/merge/{{loser}}": Row(always(WRITER.format(404))),
        f"GET /v1/{plural}/{{id}}/articles": Row(ENTITY),
        f"GET /v1/{plural}/{{id}}/quotes": Row(ENTITY),
    }


ROWS: dict[str, Row] = {
    "GET /v1/articles": Row(
        LIST,
        query="count=exact&facets=provider,person,organisation,speaker,subject,language,genre,month"
        "&q=-nothing&highlight=true&fields=headline,body,quotes,people&expand=people,organisations",
    ),
    "POST /v1/articles": Row(TAKEN, document),
    "GET /v1/articles/{id}": Row(ARTICLE),
    "PUT /v1/articles/{id}": Row(closed(written(ARTICLE)), document),
    "PATCH /v1/articles/{id}": Row(closed(written(ARTICLE)), lambda _: {"urgency": 3}),
    "DELETE /v1/articles/{id}": Row(written(ARTICLE, 204)),
    "POST /v1/articles/{id}/kill": Row(written(ARTICLE), lambda _: {"note": "New."}),
    "POST /v1/articles/{id}/release": Row(closed(RELEASE), lambda _: {}),
    "GET /v1/articles/{id}/quotes": Row(ARTICLE),
    "GET /v1/articles/{id}/versions": Row(ARTICLE),
    "GET /v1/articles/{id}/versions/{n}": Row(FIRST),
    "GET /v1/articles/{id}/diff": Row(FIRST, query="from=1&to=2"),
    "GET /v1/quotes": Row(
        LIST,
        query="status=current,changed,withdrawn&count=exact&facets=speaker,relay,provider,form,speaker_kind"
        "&q=-nothing&highlight=true&expand=people,organisations,articles",
    ),
    "GET /v1/quotes/{id}": Row(FIRST),
    "PATCH /v1/quotes/{id}": Row(closed(written(FIRST)), lambda _: {"occasion": "New."}),
    "GET /v1/quotes/{id}/history": Row(FIRST),
    **of_entities("people"),
    **of_entities("organisations"),
    "GET /v1/subjects": Row(LIST),
    "GET /v1/search": Row(LIST, query="q=-nothing&limit=200"),
    "GET /v1/feeds/articles.atom": Row(LIST),
    "GET /v1/feeds/articles.json": Row(LIST),
    "GET /v1/feeds/articles.rss": Row(LIST),
    "GET /sitemap-news.xml": Row(LIST),
    "GET /v1/changes": Row(LIST, query="limit=200"),
    "GET /v1/webhooks": Row(always(WRITER.format(200))),
    "POST /v1/webhooks": Row(always(WRITER.format(422)), lambda _: {"url": "nowhere"}),
    "GET /v1/webhooks/{id}": Row(always(WRITER.format(404))),
    "PATCH /v1/webhooks/{id}": Row(always(WRITER.format(404)), lambda _: {}),
    "DELETE /v1/webhooks/{id}": Row(always(WRITER.format(404))),
    "GET /v1/webhooks/{id}/deliveries": Row(always(WRITER.format(404))),
    "POST /v1/webhooks/{id}/redeliver": Row(always(WRITER.format(404)), lambda _: {"since": "now"}),
    "POST /v1/webhooks/{id}/rotate": Row(always(WRITER.format(404)), lambda _: {}),
    "POST /v1/webhooks/{id}/test": Row(always(WRITER.format(404)), lambda _: {}),
    "GET /v1/keys": Row(always(ADMIN.format(200))),
    "POST /v1/keys": Row(always(ADMIN.format(201)), lambda _: {"name": "New", "scopes": ["read"]}),
    "DELETE /v1/keys/{id}": Row(always(ADMIN.format(404))),
    "GET /": Row(OPEN),
    "GET /docs": Row(OPEN),
    "GET /livez": Row(OPEN),
    "GET /metrics": Row(OPEN),
    "GET /openapi.json": Row(OPEN),
    "GET /problems/{kind}": Row(OPEN),
    "GET /readyz": Row(OPEN),
}
