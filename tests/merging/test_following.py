"""Documents that follow names, merges and offices: in batches, after crashes, under the hands of others."""

import asyncio
from typing import Any

import httpx
import pytest

from api.articles import creating, offices
from api.articles import queries as article_queries
from api.articles.offices import follow_offices
from api.db.pool import Database
from api.entities import renames
from api.entities.following import note_offices, note_rename
from api.quotes import queries as quote_queries
from tests.dispatches import ids, mention, patch, post, quote, read
from tests.merging.test_merges import follow, make, merged
from tests.merging.test_positions import OFFICES, follow_all, said
from tests.webhooks.test_measuring import measured

DAY = "2023-04-12T09:00:00Z"


async def quoted(writer: httpx.AsyncClient, person: dict[str, Any], **members: Any) -> dict[str, Any]:
    """Post an article that quotes a person twice."""
    given = [
        quote("We are ready,", {"id": person["id"]}, said_on=said("2021-05")),
        quote("The crew is on board.", {"id": person["id"]}, said_on=said("2023")),
    ]
    return await post(writer, quotes=given, published_at=DAY, **members)


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (renames, offices):
        monkeypatch.setattr(module, "BATCH", 2)


@pytest.mark.usefixtures("small_batches")
async def test_articles_of_one_moment_follow_in_batches_however_they_carry_the_person(
    writer: httpx.AsyncClient, store: Database
) -> None:
    venn = await make(writer, "Mara Venn")
    articles = [await quoted(writer, venn) for _ in range(3)]
    articles += [
        await post(writer, people=[mention({"id": venn["id"]})], published_at=DAY, quotes=[])
        for _ in range(3)
    ]
    relay = {"as_printed": "Venn", "person": {"id": venn["id"]}}
    articles += [
        await post(writer, quotes=[quote(speaker="Somebody", chain=[relay])], published_at=DAY)
        for _ in range(3)
    ]
    # Its quote is withdrawn: the article itself carries nobody any more.
    gone = await quoted(writer, venn)
    await patch(writer, gone["href"], {"quotes": None})
    await patch(writer, venn["href"], {"name": "Mara Oster"})
    await follow(store)
    for article in articles:
        text = (await writer.get(article["href"])).text
        assert ('"Mara Oster"' in text, '"Mara Venn"' in text) == (True, False)
    assert (await read(writer, gone["quotes"][0]["href"]))["speaker"]["person"]["name"] == "Mara Oster"


@pytest.mark.usefixtures("small_batches")
async def test_a_crash_in_a_batch_of_offices_loses_nothing_and_the_next_look_goes_on(
    writer: httpx.AsyncClient, store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    venn = await make(writer, "Mara Venn")
    articles = [await quoted(writer, venn) for _ in range(5)]
    await patch(writer, venn["href"], {"positions": OFFICES})
    whole, calls = article_queries.rewrite_quotes, 0

    async def breaking(*given: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise ConnectionError
        await whole(*given)

    monkeypatch.setattr(article_queries, "rewrite_quotes", breaking)
    with pytest.raises(ConnectionError):
        await follow_all(store)
    await follow_all(store)
    assert calls == 4
    for article in articles:
        seen = await read(writer, article["href"])
        assert [each["speaker"]["position"]["title"] for each in seen["quotes"]] == ["Minister", "Governor"]
        assert seen["version"] == 1
        assert [await read(writer, each["href"]) for each in seen["quotes"]] == seen["quotes"]
        listed = await read(writer, "/v1/articles", id=article["id"])
        assert listed["items"] == [{name: seen[name] for name in listed["items"][0]}]
    [first, *_] = (await read(writer, articles[0]["href"]))["quotes"]
    ministry = first["speaker"]["position"]["organisation"]
    assert len(await ids(writer, "/v1/quotes", organisation=ministry["id"])) == 5
    await patch(writer, ministry["href"], {"name": "Ministry B"})
    await follow_all(store)
    assert "Ministry B" in (await writer.get(articles[0]["href"])).text


async def test_an_office_of_the_same_place_is_told_without_anything_indexed_anew(
    writer: httpx.AsyncClient, store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    venn = await make(writer, "Mara Venn", positions=OFFICES[:1])
    article = await quoted(writer, venn)
    place = article["quotes"][0]["speaker"]["position"]["organisation"]["id"]

    async def move(*_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(quote_queries, "move_offices", move)
    titled = OFFICES[0] | {"title": "First minister", "organisation": {"id": place}}
    await patch(writer, venn["href"], {"positions": [titled]})
    await follow_all(store)
    speaker = (await read(writer, article["quotes"][0]["href"]))["speaker"]
    assert speaker["position"]["title"] == "First minister"
    assert await ids(writer, "/v1/quotes", organisation=place) == [article["quotes"][0]["id"]]


async def test_killed_articles_keep_nothing_that_could_follow(
    writer: httpx.AsyncClient, admin: httpx.AsyncClient, store: Database
) -> None:
    venn = await make(writer, "Mara Venn")
    article = await quoted(writer, venn)
    await patch(writer, venn["href"], {"positions": OFFICES})
    await follow_offices(store)
    assert (await writer.post(f"{article['href']}/kill", json={"note": "Wrong."})).status_code == 200
    before = await admin.get(article["href"])
    await follow_all(store)
    assert (await admin.get(article["href"])).content == before.content


async def test_an_edit_under_way_when_the_offices_follow_is_kept_and_tells_the_office_too(
    writer: httpx.AsyncClient, store: Database
) -> None:
    venn = await make(writer, "Mara Venn")
    article = await quoted(writer, venn)
    await patch(writer, venn["href"], {"positions": OFFICES})
    edits = (patch(writer, article["href"], {"headline": f"Edit {each}"}) for each in range(4))
    answers = await asyncio.gather(follow_all(store), *edits, return_exceptions=True)
    assert [each.status_code for each in answers[1:]].count(200) >= 1  # type: ignore[union-attr]
    seen = await read(writer, article["href"])
    assert seen["headline"].startswith("Edit")
    assert [each["speaker"]["position"]["title"] for each in seen["quotes"]] == ["Minister", "Governor"]


async def test_a_dispatch_under_way_when_its_speaker_wins_a_merge_tells_the_office_of_the_loser_too(
    writer: httpx.AsyncClient, store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = await make(writer, "Mara Venn"), await make(writer, "M. Venn", positions=OFFICES)
    whole, going, asked = creating.insert_articles, asyncio.Event(), asyncio.Event()

    async def late(*given: Any) -> Any:
        asked.set()  # the offices have been looked for
        await going.wait()
        return await whole(*given)

    monkeypatch.setattr(creating, "insert_articles", late)
    posting = asyncio.create_task(quoted(writer, one))
    await asyncio.wait_for(asked.wait(), 5)
    await merged(writer, one, other)
    following = asyncio.create_task(follow_all(store))
    await asyncio.sleep(0.1)
    assert not following.done()
    going.set()
    article = await posting
    assert article["quotes"][0]["speaker"]["position"] is None
    await following
    seen = await read(writer, article["href"])
    assert [each["speaker"]["position"]["title"] for each in seen["quotes"]] == ["Minister", "Governor"]


async def test_the_articles_that_have_yet_to_follow_are_counted(
    writer: httpx.AsyncClient, store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renames, "BATCH", 2)
    venn = await make(writer, "Mara Venn")
    for _ in range(3):
        await quoted(writer, venn)
    assert await measured(writer, "dateline_articles_waiting") == 0
    await patch(writer, venn["href"], {"name": "Mara V.", "positions": OFFICES})
    assert await measured(writer, "dateline_articles_waiting") == 6
    await renames.follow_renames(store)
    assert await measured(writer, "dateline_articles_waiting") == 4
    await follow_all(store)
    assert await measured(writer, "dateline_articles_waiting") == 0


async def test_who_changes_a_person_while_documents_follow_waits_for_nobody_who_waits_for_him(
    writer: httpx.AsyncClient, store: Database
) -> None:
    one, other = await make(writer, "Mara Venn"), await make(writer, "M. Venn")
    article = await quoted(writer, other)
    await merged(writer, one, other)
    # He holds the winner, whom the documents of the loser show, before he notes what is to follow.
    async with store.write() as tx:
        await tx.execute("select from entities where id = $1 for update", one["id"])
        followings = [
            asyncio.create_task(job(store)) for job in (renames.follow_renames, offices.follow_offices)
        ]
        await asyncio.sleep(0.2)
        await tx.execute("update entities set name = 'Mara V.' where id = $1", one["id"])
        await asyncio.wait_for(note_rename(tx, one["id"]), 0.5)
        await asyncio.wait_for(note_offices(tx, one["id"]), 0.5)
    await asyncio.gather(*followings)
    await follow_all(store)
    seen = await read(writer, article["href"])
    assert seen["quotes"][0]["speaker"]["person"]["name"] == "Mara V."


async def test_an_article_that_is_released_while_others_follow_is_not_passed_over(
    writer: httpx.AsyncClient, admin: httpx.AsyncClient, store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (renames, offices):
        monkeypatch.setattr(module, "BATCH", 1)
    venn = await make(writer, "Mara Venn")
    given = [quote("We are ready,", {"id": venn["id"]}, said_on=said("2021"))]
    withdrawn = [quote("The crew is on board.", {"id": venn["id"]}, said_on=said("2021"))]
    held = await post(admin, pub_status="withheld", quotes=[*given, *withdrawn])
    await patch(admin, held["href"], {"quotes": given})
    await post(writer, quotes=given)
    await patch(writer, venn["href"], {"name": "Mara V.", "positions": OFFICES[:1]})
    assert await renames.follow_renames(store)  # the newest one
    assert await follow_offices(store)
    assert await follow_offices(store)
    assert (await admin.post(f"{held['href']}/release")).status_code == 200
    await follow_all(store)
    kept = (await read(writer, held["href"]))["quotes"]
    gone = await read(admin, held["quotes"][1]["href"])
    for each in (*kept, gone, await read(writer, kept[0]["href"])):
        speaker = each["speaker"]
        assert (speaker["person"]["name"], speaker["position"]["title"]) == ("Mara V.", "Minister")
