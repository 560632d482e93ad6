# ruff: noqa: RUF001 - other scripts are the subject here
"""Names as they are stored: what is known of each, and search keys that follow every write."""

import asyncpg
import httpx

from api.db.migrate import own_migrations
from api.db.pool import Database
from api.entities.name_keys import count_outdated, outdate_keys, reindex_batch, reindex_names
from api.names.keys import KEYS_VERSION, keys, prefixes
from tests.dispatches import mention, post


async def stored_keys(store: Database, id: str) -> dict[str, bool]:
    async with store.read() as conn:
        rows = await conn.fetch("select key, public from name_keys where entity_id = $1", id)
    return {row["key"]: row["public"] for row in rows}


async def stored_prefixes(store: Database, id: str) -> set[str]:
    async with store.read() as conn:
        rows = await conn.fetch("select prefix from name_prefixes where entity_id = $1", id)
    return {row["prefix"] for row in rows}


def keys_of(*names: str) -> set[str]:
    return {key for name in names for key in keys(name, "person")}


async def test_each_name_is_stored_with_what_is_known_of_it(writer: httpx.AsyncClient, store: Database):
    former = {"value": "Мара Венн", "language": "ru", "kind": "former", "from": "1999", "until": "2004-05"}
    person = await post(writer, "/v1/people", name="Mara Venn", names=[former])
    async with store.read() as conn:
        rows = await conn.fetch(
            "select value, language, script, kind, valid_from, valid_until from entity_names"
            " where entity_id = $1 order by ordinal",
            person["id"],
        )
    assert [tuple(row) for row in rows] == [
        ("Mara Venn", None, "Latn", "primary", None, None),
        ("Мара Венн", "ru", "Cyrl", "former", "1999", "2004-05"),
    ]


async def test_keys_are_written_with_a_person_and_follow_a_rename(writer: httpx.AsyncClient, store: Database):
    person = await post(writer, "/v1/people", name="Mara Venn")
    assert set(await stored_keys(store, person["id"])) == keys_of("Mara Venn")
    answer = await writer.patch(
        person["href"], json={"name": "Mara Oster", "names": []}, headers={"If-Match": "*"}
    )
    assert answer.status_code == 200, answer.text
    names = [name["value"] for name in answer.json()["names"]]
    assert set(await stored_keys(store, person["id"])) == keys_of(*names)
    assert await stored_prefixes(store, person["id"]) == {p for name in names for p in prefixes(name)}


async def test_keys_go_with_their_entity(writer: httpx.AsyncClient, store: Database):
    person = await post(writer, "/v1/people", name="Mara Venn")
    assert (await writer.delete(person["href"], headers={"If-Match": "*"})).status_code == 204
    assert await stored_keys(store, person["id"]) == {}
    assert await stored_prefixes(store, person["id"]) == set()


async def test_keys_of_what_is_hidden_say_so_until_it_comes_to_light(
    embargo: httpx.AsyncClient, store: Database
):
    held = await post(embargo, pub_status="withheld", people=[mention("Ivo Brandt")])
    id = held["people"][0]["person"]["id"]
    assert set((await stored_keys(store, id)).values()) == {False}
    await post(embargo, people=[mention("Ivo Brandt")])
    assert set((await stored_keys(store, id)).values()) == {True}


async def test_keys_of_old_rules_are_made_anew_batch_by_batch(writer: httpx.AsyncClient, store: Database):
    people = [await post(writer, "/v1/people", name=f"Mara {surname}") for surname in ("Venn", "Oster")]
    async with store.write() as tx:
        await outdate_keys(tx)
        await tx.execute("update name_keys set key = 'l' || key")
    async with store.read() as conn:
        assert await count_outdated(conn) == 2
    assert await reindex_names(store)
    assert not await reindex_names(store)
    for person in people:
        assert set(await stored_keys(store, person["id"])) == keys_of(person["name"])
    async with store.read() as conn:
        assert await count_outdated(conn) == 0


async def test_a_store_of_an_earlier_version_gets_what_its_documents_say(
    empty_database: str, writer: httpx.AsyncClient, store: Database
):
    name = {"value": "Мара Венн", "language": "ru", "kind": "former", "from": "1999"}
    person = await post(writer, "/v1/people", name="Mara Venn", names=[name])
    migration = next(each for each in own_migrations() if each.name.endswith("_names.sql"))
    conn = await asyncpg.connect(empty_database)
    try:
        for each in own_migrations():
            if each is migration:
                break
            await conn.execute(each.sql)
        async with store.read() as old:
            row = await old.fetchrow("select * from entities where id = $1", person["id"])
        assert row is not None
        await conn.execute(
            "insert into entities (id, type, version, name, public, created_at, updated_at, document)"
            " values ($1, 'person', 1, $2, true, now(), now(), $3)",
            row["id"],
            row["name"],
            row["document"],
        )
        for ordinal, value in enumerate(("Mara Venn", "Мара Венн")):
            await conn.execute(
                "insert into entity_names (entity_id, ordinal, type, value, fold)"
                " values ($1, $2, 'person', $3, '')",
                row["id"],
                ordinal,
                value,
            )
        await conn.execute(migration.sql)
        names = await conn.fetch(
            "select language, script, kind, valid_from from entity_names order by ordinal"
        )
        versions = await conn.fetch("select keys_version from entities")
    finally:
        await conn.close()
    assert [tuple(each) for each in names] == [
        (None, "Latn", "primary", None),
        ("ru", "Cyrl", "former", "1999"),
    ]
    assert [each["keys_version"] for each in versions] == [0]
    db = Database(empty_database, 2)
    await db.open()
    try:
        assert await reindex_batch(db) == 1
        assert set(await stored_keys(db, person["id"])) == keys_of("Mara Venn", "Мара Венн")
        async with db.read() as conn:
            assert await conn.fetchval("select keys_version from entities") == KEYS_VERSION
    finally:
        await db.close()
