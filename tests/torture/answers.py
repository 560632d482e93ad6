"""Compares what the API answers with what the database holds, as the administrator and as anyone sees it."""

import asyncio
from collections.abc import Collection, Sequence
from typing import Any

import httpx
import msgspec

from api.articles.compose import with_ed_note
from api.changes.schemas import TOMBSTONES
from api.db.pool import Conn
from api.visibility import HELD, KILLED, PUBLIC
from tests.torture.checker import CARRIED, plain, without_names
from tests.torture.load import Ledger, Target

STATUSES = "current,changed,withdrawn"


async def check_answers(target: Target, conn: Conn, only: Collection[str] | None = None) -> list[str]:
    """List what the API answers otherwise than the database holds it.

    Given `only`, of single articles these, and no lists of single people.
    """
    faults: list[str] = []
    async with (
        target.client() as admin,
        httpx.AsyncClient(base_url=target.url, timeout=10, verify=False) as anyone,
    ):
        rows = await conn.fetch("select * from articles where $1::uuid[] is null or id = any($1)", only)
        for row in rows:
            faults += await _article(admin, anyone, row)
        faults += await _quotes(admin, anyone, conn, [row["id"] for row in rows])
        for client, visibility in ((admin, HELD), (anyone, PUBLIC)):
            faults += await _lists(client, conn, visibility)
            faults += await _people(client, conn, visibility) if only is None else []
        faults += await _feeds(admin, anyone, conn)
    return faults


async def _article(admin: httpx.AsyncClient, anyone: httpx.AsyncClient, row: Any) -> list[str]:
    path = f"/v1/articles/{row['id']}"
    own, public, versions = await asyncio.gather(
        admin.get(path), anyone.get(path), admin.get(f"{path}/versions", params={"limit": 200})
    )
    faults = []
    if own.status_code != 200 or own.content != with_ed_note(row["document"], row["ed_note"]):
        faults.append(f"{path} is another document for the administrator")
    if not own.headers["etag"].startswith(f'"{row["version"]}.'):
        faults.append(f"{path} has the ETag {own.headers['etag']}")
    due = {PUBLIC: 200, HELD: 404, KILLED: 410 if row["was_public"] else 404}[row["visibility"]]
    if public.status_code != due or (due == 200 and public.content != row["document"]):
        faults.append(f"{path} is {public.status_code} for anyone, {due} is due, or another document")
    numbers = [item["version"] for item in versions.json()["items"]]
    if numbers != list(range(row["version"], 0, -1)):
        faults.append(f"{path}/versions are {numbers} of {row['version']}")
    return faults


async def _quotes(
    admin: httpx.AsyncClient, anyone: httpx.AsyncClient, conn: Conn, articles: Sequence[str]
) -> list[str]:
    faults = []
    for row in await conn.fetch("select * from quotes where article_id = any($1::uuid[])", articles):
        path = f"/v1/quotes/{row['id']}"
        own, public = await asyncio.gather(admin.get(path), anyone.get(path))
        if own.status_code != 200 or own.content != row["document"]:
            faults.append(f"{path} is another document for the administrator")
        shown = public.status_code == 200
        if shown != (row["visibility"] == PUBLIC) or (shown and public.content != row["document"]):
            faults.append(f"{path} is {public.status_code} for anyone, or another document")
    return faults


async def _lists(client: httpx.AsyncClient, conn: Conn, visibility: int) -> list[str]:
    """Lists have what is visible, in their order."""
    faults = []
    for table, path, params in (
        ("articles", "/v1/articles", {}),
        ("quotes", "/v1/quotes", {"status": STATUSES}),
    ):
        rows = await conn.fetch(
            f"select id from {table} where visibility <= $1 order by sort_at desc, id desc", visibility
        )
        if await _walk(client, path, **params) != [row["id"] for row in rows]:
            faults.append(f"{path} lists other {table} than there are, as far as {visibility}")
    return faults


async def _people(client: httpx.AsyncClient, conn: Conn, visibility: int) -> list[str]:
    """The lists of a person have what the tables say of that person."""
    faults = []
    for person in await conn.fetch(
        "select id from entities where type = 'person' and (public or $1)", visibility > 0
    ):
        carried = await conn.fetch(
            "select article_id as id from article_entities where entity_id = $1 and visibility <= $2",
            person["id"],
            visibility,
        )
        said = await conn.fetch(
            """
            select distinct q.id from quote_entities e
            join quotes q on q.article_id = e.article_id and q.id = e.quote_id
            where e.entity_id = $1 and e.rel = 'speaker' and q.visibility <= $2
            """,
            person["id"],
            visibility,
        )
        for path, rows, params in (("articles", carried, {}), ("quotes", said, {"status": STATUSES})):
            found = await _walk(client, f"/v1/people/{person['id']}/{path}", **params)
            if sorted(found) != sorted(row["id"] for row in rows):
                faults.append(f"person {person['id']} has {len(found)} {path}, {len(rows)} are due")
    return faults


async def _walk(client: httpx.AsyncClient, path: str, **params: str) -> list[str]:
    """The ids of all pages of a list."""
    ids: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        answer = await client.get(path, params={"limit": "200", **params, **cursor})
        page = answer.raise_for_status().json()
        ids += [item["id"] for item in page["items"]]
        if page["next"] is None:
            return ids
        cursor = {"cursor": page["next"]}


async def due(conn: Conn, *, public: bool) -> list[Any]:
    """The events of the log that a reader of everything sees, or one of what is public."""
    rows = await conn.fetch(
        """
        select c.*, coalesce(q.visibility, a.visibility) as visibility, e.public as entity_public
        from changes c
        left join articles a on a.id = c.article_id
        left join quotes q on q.article_id = c.article_id and q.id = c.resource_id
        left join entities e on e.id = c.resource_id
        order by c.pos
        """
    )
    if not public:
        return [row for row in rows if not row["public_only"]]
    return [
        row
        for row in rows
        if (row["public"] and row["type"] in TOMBSTONES)
        or (
            row["public"]
            and (row["entity_public"] if row["article_id"] is None else row["visibility"] == PUBLIC)
        )
    ]


async def _feeds(admin: httpx.AsyncClient, anyone: httpx.AsyncClient, conn: Conn) -> list[str]:
    """The feed from its start is the log, without a gap, nothing twice."""
    faults = []
    for client, public in ((admin, False), (anyone, True)):
        wanted = [
            (row["id"], row["type"], row["resource_id"], row["version"])
            for row in await due(conn, public=public)
        ]
        found: list[tuple[Any, ...]] = []
        cursor: dict[str, str] = {}
        while True:
            page = (
                (await client.get("/v1/changes", params={"limit": "200", **cursor})).raise_for_status().json()
            )
            found += [
                (each["id"], each["type"], each["resource"]["id"], each["resource"]["version"])
                for each in page["items"]
            ]
            cursor = {"since": page["cursor"]}
            if page["caught_up"]:
                break
        if found != wanted:
            faults.append(f"the feed has {len(found)} events, {len(wanted)} are due (public: {public})")
    return faults


async def check_promises(conn: Conn, ledger: Ledger) -> list[str]:
    """List every acknowledged write that the database does not hold as it was acknowledged."""
    faults = []
    rows = await conn.fetch("select article_id, version, document from article_versions")
    versions = {(row["article_id"], row["version"]): plain(row["document"]) for row in rows}
    for key, document in ledger.articles.items():
        if key not in versions or _told(without_names(document)) != _told(versions[key]):
            faults.append(f"version {key[1]} of article {key[0]} is not what was acknowledged")
    rows = await conn.fetch("select quote_id, version, document from quote_versions")
    states = {(row["quote_id"], row["version"]): plain(row["document"]) for row in rows}
    for key, document in ledger.quotes.items():
        given = {**without_names(document), **dict.fromkeys(CARRIED)}
        if key not in states or given != {**states[key], **dict.fromkeys(CARRIED)}:
            faults.append(f"version {key[1]} of quote {key[0]} is not what was acknowledged")
    rows = await conn.fetch("select id, version, document from entities")
    entities = {row["id"]: msgspec.json.decode(row["document"]) for row in rows}
    for (id, version), document in ledger.entities.items():
        now = entities.get(id)
        if now is None or now["version"] < version or (now["version"] == version and now != document):
            faults.append(f"version {version} of person {id} is not what was acknowledged")
    return faults + await _posts(conn, ledger)


def _told(article: dict[str, Any]) -> dict[str, Any]:
    """What a version fixes: of quotes the words, of which an attribution may be corrected later."""
    words = [(quote["id"], quote["fragments"], quote["status"]) for quote in article["quotes"]]
    return {**article, "ed_note": None, "quotes": words}


async def _posts(conn: Conn, ledger: Ledger) -> list[str]:
    """Each acknowledged post is one article, and one without an answer at most one."""
    rows = await conn.fetch("select id, document from articles")
    marks: dict[str, list[str]] = {}
    for row in rows:
        marks.setdefault(msgspec.json.decode(row["document"])["slugline"], []).append(row["id"])
    marks.pop(None, None)  # pyright: ignore[reportArgumentType] - the examples
    twice = [f"post {mark} made {len(ids)} articles" for mark, ids in marks.items() if len(ids) > 1]
    lost = [f"post {mark} is lost" for mark, id in ledger.posts.items() if marks.get(mark) != [id]]
    return twice + lost
