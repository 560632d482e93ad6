"""Two rounds of torture, and that the checker behind them finds what is wrong."""

import httpx
import pytest

from api.changes.queries import number_changes
from api.db.pool import Database
from tests.dispatches import mention, patch, post, quote
from tests.torture.checker import check
from tests.torture.rounds import torture


async def test_a_killed_service_and_a_killed_postgresql_lose_nothing_and_repeat_nothing() -> None:
    lines: list[str] = []
    faults = await torture(20261124, ["postgresql", "service"], 60, lines.append)
    assert faults == [], lines


async def content(admin: httpx.AsyncClient) -> None:
    """An article of three versions with a quote that was withdrawn, a held one, and a killed one."""
    first = await post(admin, quotes=[quote(), quote("The crew is on board.")], people=[mention("Ada Quill")])
    await patch(admin, first["quotes"][0]["href"], {"occasion": "on the quay"})
    blocks = [block["text"] for block in first["body"]]
    assert (await patch(admin, first["href"], {"body": ["Rain fell.", *blocks]})).status_code == 200
    assert (await patch(admin, first["href"], {"quotes": []})).status_code == 200
    await post(admin, quotes=[quote()], pub_status="withheld")
    killed = await post(admin, quotes=[quote()])
    assert (await admin.post(f"{killed['href']}/kill", json={"note": "It was not so."})).status_code == 200
    await post(admin, quotes=[quote()], provider={"name": "Osk Wire"}, ed_note="Hold it.")


async def faults(store: Database) -> list[str]:
    await number_changes(store)
    async with store.read() as conn:
        return await check(conn)


async def test_the_checker_has_nothing_against_what_the_service_writes(
    admin: httpx.AsyncClient, store: Database
) -> None:
    await content(admin)
    assert await faults(store) == []


DOCUMENT = "document = convert_to(replace(convert_from(document, 'UTF8'), '{}', '{}'), 'UTF8')"


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        (
            f"update articles set {DOCUMENT.format('Ferry to', 'Boat to')} where visibility = 0",
            "latest version",
        ),
        (
            f"update quotes set {DOCUMENT.format('We are', 'We were')} where visibility = 0",
            "where the body has",
        ),
        (f"update quotes set {DOCUMENT.format('on the quay', 'on the pier')}", "latest state"),
        ("update articles set visibility = 0 where visibility = 1", "published at None"),
        ("update articles set sort_at = sort_at - interval '1 s' where visibility = 0", "sort_at"),
        ("update article_entities set visibility = 0 where visibility = 1", "another visibility"),
        ("update quotes set visibility = 0 where visibility = 1", "another visibility"),
        ("update quote_search set visibility = 0 where visibility = 1", "quote_search"),
        ("delete from article_search", "article_search"),
        ("update article_search set words = ''", "article_search"),
        ("delete from article_entities", "article_entities are not"),
        ("delete from quote_entities", "quote_entities are not"),
        ("delete from article_uris", "its uris"),
        ("delete from article_versions where version = 2", "versions [1, 3]"),
        ("delete from quote_versions where version = 2", "states [1, 3]"),
        ("delete from changes where pos = (select max(pos) - 3 from changes)", "gap"),
        ("update changes set type = 'article.published' where type = 'article.updated'", "where 1 is due"),
        ("delete from changes where type = 'article.published'", "where 1 is due"),
        ("delete from changes where type = 'quote.created'", "events []"),
        ("update entities set name = 'Nobody' where name = 'Mara Venn'", "is called 'Mara Venn'"),
        ("update entities set version = 2", "entity"),
    ],
)
async def test_the_checker_finds_what_is_damaged(
    admin: httpx.AsyncClient, store: Database, damage: str, found: str
) -> None:
    await content(admin)
    await number_changes(store)
    async with store.write() as tx:
        await tx.execute(damage)
    assert any(found in fault for fault in await faults(store)), await faults(store)
