# ruff: noqa: RUF001 - other scripts are part of the subject
"""Posting in bulk leaves the very state that posting one dispatch after the other leaves."""

import json
import re
from typing import Any

import httpx

from api.db.pool import Database
from tests.bulk.lines import post_lines
from tests.dispatches import dispatch, mention, post, quote

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00|\+00)?")
# What is decided by chance or by the number of transactions, or fills up after the commit.
SKIPPED = ("keys", "deployment", "dateline_migrations", "change_epochs", "change_log", "changes", "touches")

OFFICE = {"title": "Harbour Minister", "organisation": {"name": "Harbour Ministry"}, "from": "2020"}
MINISTER = {"name": "Mara Venn", "names": [{"value": "Мара Венн"}], "positions": [OFFICE]}
DISPATCHES: list[dict[str, Any]] = [
    dispatch(uri="tag:example.org,2026:1", people=[mention(MINISTER)], quotes=[quote()]),
    dispatch(
        headline="Two",
        provider={"name": "Port Wire", "parent": {"name": "Wire Group", "identifiers": []}},
        quotes=[
            quote(said_on={"value": "2024-05", "precision": "month"}, place="Port Elm"),
            quote("The crew is on board.", chain=[{"as_printed": "W", "organisation": {"name": "P"}}]),
        ],
        published_at="2024-05-03T10:00:00+02:00",
        subjects=[{"scheme": "medtop", "code": "20000587"}],
        keywords=["Ferry", "port"],
        urgency=3,
        ed_note="Check the spelling.",
    ),
    dispatch(headline="Held", pub_status="withheld", people=[mention("Ivo Brandt"), mention("Мара Венн")]),
    dispatch(headline="Embargoed", embargoed_until="2100-01-01T00:00:00Z", people=[mention("Ivo Brandt")]),
    dispatch(headline="Refused", people=[mention({"id": "01890a5d-ac96-774b-bcce-b302099a8057"})]),
    dispatch(headline="To light", people=[mention("Ivo Brandt"), mention("Una Tarn")]),
    dispatch(headline="German", language="de", media=[{"people": [{"name": "Una Tarn"}]}]),
    dispatch(
        headline="By identifier",
        people=[mention({"name": "Una Tarn", "identifiers": [{"scheme": "desk", "value": "7"}]})],
        sources=[{"as_printed": "Port Wire", "organisation": {"name": "Port Wire"}}],
    ),
    dispatch(
        headline="Another of this name",
        people=[mention({"name": "Una Tarn", "identifiers": [{"scheme": "desk", "value": "8"}]})],
    ),
    dispatch(headline="Ambiguous", people=[mention("Odo Fennimark")]),
    dispatch(headline="Fuller", people=[mention("Ilva Terrant"), mention("Terrant")]),
    dispatch(headline="Russian", people=[mention("Сергей Алейник"), mention("Sergei Lavrov")]),
    dispatch(headline="Other script", people=[mention("Siarhiej Alejnik"), mention("Sergei Aleinikov")]),
    dispatch(headline="Held spelling", pub_status="withheld", people=[mention("Syarhey Aleynik")]),
    dispatch(headline="Spelled again", people=[mention("Sjarhej Alejnik"), mention("Ilva Terant")]),
    dispatch(headline="Again", uri="tag:example.org,2026:1", people=[mention("Nobody Else")]),
]  # fmt: skip


async def state(store: Database) -> dict[str, list[str]]:
    """Every row of every table as text, ids by the order in which they appear, times as a word."""
    async with store.read() as conn:
        tables = await conn.fetch("select tablename from pg_tables where schemaname = 'public' order by 1")
        names = [row["tablename"] for row in tables if row["tablename"] not in SKIPPED]
        return {name: await _rows(conn, name) for name in names}


async def _rows(conn: Any, name: str) -> list[str]:
    columns = await conn.fetch(
        "select attname, atttypid::regtype::text as type from pg_attribute"
        " where attrelid = $1::text::regclass and attnum > 0 and not attisdropped order by attnum",
        name,
    )
    shown = ", ".join(
        f"convert_from({c['attname']}, 'UTF8')" if c["type"] == "bytea" else f"{c['attname']}::text"
        for c in columns
        if (name, c["attname"]) != ("change_queue", "seq")
    )
    order = "seq" if name == "change_queue" else "1"
    return [json.dumps(list(row), ensure_ascii=False) for row in await conn.fetch(f"select {shown} from {name} order by {order}")]  # fmt: skip  # noqa: E501


def normal(rows: dict[str, list[str]], names: dict[str, str]) -> dict[str, list[str]]:
    """Put what an id names in its place; ids of events and times are only that."""

    def of(text: str) -> str:
        return TIME.sub("TIME", ID.sub(lambda found: names.get(found[0], "ID"), text))

    return {name: sorted(map(of, table)) if name != "change_queue" else list(map(of, table)) for name, table in rows.items()}  # fmt: skip  # noqa: E501


def named(rows: dict[str, list[str]]) -> dict[str, str]:
    """What the ids of a state name: an article by headline, an entity by name, a quote by text."""
    names: dict[str, str] = {}
    for row in rows["entities"]:
        document = json.loads(next(cell for cell in json.loads(row) if cell and cell.startswith('{"id"')))
        names[document["id"]] = f"{document['type']} {document['name']} {document['identifiers']}"
    for row in rows["articles"]:
        document = json.loads(
            next(cell for cell in json.loads(row) if cell and cell.startswith("{") and "body" in cell)
        )
        names[document["id"]] = f"article {document['headline']}"
        names |= {each["id"]: f"quote {document['headline']} {each['text']}" for each in document["quotes"]}
    return names


async def test_bulk_leaves_the_state_that_posting_leaves(
    admin: httpx.AsyncClient, store: Database, emptying: str
) -> None:
    async def prepare() -> None:
        for _ in range(2):
            await post(admin, "/v1/people", name="Odo Fennimark")

    await prepare()
    one_by_one = [(await admin.post("/v1/articles", json=each)).status_code for each in DISPATCHES]
    expected = await state(store)
    async with store.write() as tx:
        await tx.execute(";".join(each for each in emptying.split(";") if each != "delete from keys"))
    await prepare()
    answers = await post_lines(admin, DISPATCHES)
    found = await state(store)
    assert [a["status"] for a in answers] == one_by_one
    assert sorted(set(one_by_one)) == [201, 409, 422]
    assert len(found["change_queue"]) > 20
    left, right = normal(found, named(found)), normal(expected, named(expected))
    assert left.keys() == right.keys()
    for name in left:
        assert left[name] == right[name], name
