"""Builders of dispatches and entities for tests, and what tests ask of every answer."""

from typing import Any

import httpx

from api.db.pool import Database

BODY = [
    "The ferry will run again on Monday, the minister said on Friday.",
    "“We are ready,” Mara Venn told reporters in Port Elm. “The crew is on board.”",
    "The port authority said it had repaired the second pier.",
]


def dispatch(**members: Any) -> dict[str, Any]:
    """A small dispatch; a member given as None is left out."""
    whole = {"headline": "Ferry to run again", "language": "en", "body": BODY} | members
    return {name: value for name, value in whole.items() if value is not None}


def quote(text: str = "We are ready,", speaker: Any = "Mara Venn", **members: Any) -> dict[str, Any]:
    """A direct quote of one fragment; `speaker` is a name, or the person as it is given."""
    person = {"name": speaker} if isinstance(speaker, str) else speaker
    return {
        "form": "direct",
        "fragments": [{"text": text}],
        "speaker": {"kind": "person", "as_printed": "Venn", "person": person},
    } | members


def mention(person: Any, **members: Any) -> dict[str, Any]:
    """One of `people`; the person is a name, or as it is given."""
    return {"person": {"name": person} if isinstance(person, str) else person} | members


async def post(client: httpx.AsyncClient, path: str = "/v1/articles", **members: Any) -> dict[str, Any]:
    """Post a dispatch, or an entity to another path, and give the answer, which is a 201."""
    given = dispatch(**members) if path.startswith("/v1/articles") else members
    answer = await client.post(path, json=given)
    assert answer.status_code == 201, answer.text
    return answer.json()


def ref(entity: dict[str, Any]) -> dict[str, Any]:
    """The Ref of an entity as it was answered."""
    return {name: entity[name] for name in ("id", "type", "name", "href")}


async def person(client: httpx.AsyncClient, name: str = "Mara Venn", **members: Any) -> dict[str, Any]:
    """Post a person."""
    return await post(client, "/v1/people", name=name, **members)


async def organisation(client: httpx.AsyncClient, name: str = "Osta News", **members: Any) -> dict[str, Any]:
    """Post an organisation."""
    return await post(client, "/v1/organisations", name=name, **members)


def outcomes(article: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Give what became of each inline entity of a posted article: pointer, outcome and name."""
    return [(entry["pointer"], entry["outcome"], entry["name"]) for entry in article["resolution"]]


async def read(client: httpx.AsyncClient, path: str, **params: Any) -> dict[str, Any]:
    """Read a resource or a list, which is a 200."""
    answer = await client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def ids(client: httpx.AsyncClient, path: str, **params: Any) -> list[str]:
    """Read the ids of a list's first page."""
    return [item["id"] for item in (await read(client, path, **params))["items"]]


async def put(client: httpx.AsyncClient, path: str, document: Any, **params: Any) -> httpx.Response:
    """Put a document over whatever version there is."""
    return await client.put(path, json=document, params=params, headers={"If-Match": "*"})


async def patch(client: httpx.AsyncClient, path: str, change: Any, **params: Any) -> httpx.Response:
    """Apply a merge patch to whatever version there is."""
    headers = {"If-Match": "*", "Content-Type": "application/merge-patch+json"}
    return await client.patch(path, json=change, params=params, headers=headers)


def errors(answer: httpx.Response) -> list[tuple[str, str]]:
    """Give the pointer (or parameter, or header) and the code of each error of a problem."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return [
        (item.get("pointer") or item.get("parameter") or item.get("header"), item["code"])
        for item in answer.json().get("errors", [])
    ]


def kind(answer: httpx.Response) -> tuple[int, str]:
    """Give the status and the kind of a problem."""
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert problem["status"] == answer.status_code
    return answer.status_code, problem["type"].rpartition("/")[2]


async def counts(store: Database) -> dict[str, int]:
    """Count the rows of every table: what a refused request must leave as it was.

    Not keys, which tests make, nor touches, which any write of a test leaves for the caches.
    """
    async with store.read() as conn:
        tables = await conn.fetch(
            """
            select tablename from pg_tables
            where schemaname = 'public' and tablename not in ('keys', 'touches')
            """
        )
        names = [row["tablename"] for row in tables]
        union = " union all ".join(f"select '{name}' as name, count(*) from {name}" for name in names)
        return {row["name"]: row["count"] for row in await conn.fetch(union)}


async def events(store: Database) -> list[str]:
    """List the types of the events so far, in order."""
    async with store.read() as conn:
        numbered = await conn.fetch("select type from changes order by pos")
        queued = await conn.fetch("select type from change_queue order by seq")
    return [row["type"] for row in [*numbered, *queued]]
