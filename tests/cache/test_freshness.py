"""Nothing stale: each write, and each way in which one can go unnoticed, with two workers."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest

from api.articles import routes
from api.articles.writing import release_due
from api.db.marks import Marks
from api.entities.renames import follow_renames
from api.keys.queries import create_key
from tests.cache.conftest import key
from tests.dispatches import dispatch, ids, post, quote, read

MATCH = {"If-Match": "*"}


async def until(holds, seconds=1.0):
    """Wait for something that has to be so within some seconds."""
    began = monotonic()
    while not await holds():
        assert monotonic() - began < seconds
        await asyncio.sleep(0.02)


async def test_a_change_shows_at_once_at_the_other_worker(writer, client):
    href = (await post(writer))["href"]
    for number in range(20):
        answer = await writer.patch(href, json={"headline": f"Number {number}"}, headers=MATCH)
        assert answer.status_code == 200
        assert (await read(client, href))["headline"] == f"Number {number}"
        assert (await read(client, "/v1/articles"))["items"][0]["headline"] == f"Number {number}"


async def test_a_kill_reaches_everything_that_shows_the_article(writer, client):
    article = await post(writer, quotes=[quote()])
    speaker = article["quotes"][0]["speaker"]["person"]["href"]
    said = article["quotes"][0]["href"]
    paths = ("/v1/articles", "/v1/quotes", f"{speaker}/quotes", f"{speaker}/articles")
    for path in paths:
        assert len(await ids(client, path)) == 1
    for path in (article["href"], said, article["href"] + "/quotes", article["href"] + "/versions"):
        assert (await client.get(path)).status_code == 200
    feed = "/v1/feeds/articles.json"
    assert len((await read(client, feed))["items"]) == 1
    await writer.post(article["href"] + "/kill", json={"note": "wrong"})
    for path in paths:
        assert await ids(client, path) == []
    for path in (article["href"], said, article["href"] + "/quotes", article["href"] + "/versions"):
        assert (await client.get(path)).status_code == 410
    assert (await read(client, feed))["items"] == []


async def test_a_quote_that_was_withdrawn_before_is_killed_with_its_article(writer, client):
    article = await post(writer, quotes=[quote()])
    await writer.patch(article["href"], json={"quotes": []}, headers=MATCH)
    said = article["quotes"][0]["href"]
    assert (await read(client, said))["status"] == "withdrawn"
    await writer.post(article["href"] + "/kill", json={"note": "wrong"})
    assert (await client.get(said)).status_code == 410


async def test_a_corrected_quote_shows_in_its_article(writer, client):
    article = await post(writer, quotes=[quote()])
    said = article["quotes"][0]["href"]
    await read(client, article["href"])
    await writer.patch(said, json={"occasion": "at the pier"}, headers=MATCH)
    assert (await read(client, article["href"]))["quotes"][0]["occasion"] == "at the pier"
    assert (await read(client, said))["occasion"] == "at the pier"


async def test_an_embargo_ends_for_all_workers_at_one_instant(writer, one, client):
    instant = datetime.now(UTC) + timedelta(seconds=0.5)
    href = (await post(writer, embargoed_until=instant.isoformat()))["href"]
    while datetime.now(UTC) < instant:
        assert await ids(client, "/v1/articles") == []
        assert (await client.get(href)).status_code == 404
    while not await release_due(one.db):  # noqa: ASYNC110 - the database's clock tells
        await asyncio.sleep(0.01)
    assert (await client.get(href)).status_code == 200
    assert len(await ids(client, "/v1/articles")) == 1


async def test_documents_that_follow_a_rename_are_read_anew(writer, one, client):
    article = await post(writer, quotes=[quote()])
    said, person = article["quotes"][0]["href"], article["quotes"][0]["speaker"]["person"]["href"]

    async def names():
        shown = await read(client, article["href"])
        return {
            (await read(client, said))["speaker"]["person"]["name"],
            shown["quotes"][0]["speaker"]["person"]["name"],
            (await read(client, "/v1/quotes"))["items"][0]["speaker"]["person"]["name"],
        }

    assert await names() == {"Mara Venn"}
    await writer.patch(person, json={"name": "Mara Venning"}, headers=MATCH)
    assert (await read(client, person))["name"] == "Mara Venning"
    await names()
    while await follow_renames(one.db):
        pass
    assert await names() == {"Mara Venning"}


async def test_dispatches_that_are_posted_as_lines_show_at_once(writer, client):
    assert await ids(client, "/v1/articles") == []
    for number in range(3):
        lines = "".join(
            json.dumps(dispatch(uri=f"urn:test:{number}-{line}", quotes=[quote()])) + "\n"
            for line in range(20)
        )
        answer = await writer.post(
            "/v1/articles", content=lines, headers={"Content-Type": "application/x-ndjson"}
        )
        assert answer.text.count('"status":201') == 20
        assert len(await ids(client, "/v1/articles", limit=200)) == 20 * (number + 1)
        assert len(await ids(client, "/v1/quotes", limit=200)) == 20 * (number + 1)


async def test_an_article_that_is_released_or_withheld_shows_at_once(writer, client):
    href = (await post(writer, pub_status="withheld"))["href"]
    for _ in range(3):
        assert await ids(client, "/v1/articles") == []
        assert (await client.get(href)).status_code == 404
        assert (await writer.post(f"{href}/release", json={})).status_code == 200
        assert len(await ids(client, "/v1/articles")) == 1
        assert (await client.get(href)).status_code == 200
        answer = await writer.patch(href, json={"pub_status": "withheld"}, headers=MATCH)
        assert answer.status_code == 200


async def test_a_replayed_post_raises_nothing_and_shows_what_it_wrote(writer, one, two, client):
    headers = {"Idempotency-Key": "one"}
    first = await writer.post("/v1/articles", json=dispatch(), headers=headers)
    await ids(client, "/v1/articles")
    numbers = list(one.db.freshness.marks.numbers)
    again = await writer.post("/v1/articles", json=dispatch(), headers=headers)
    assert (again.json(), again.headers["idempotent-replayed"]) == (first.json(), "true")
    assert list(two.db.freshness.marks.numbers) == numbers
    assert await ids(client, "/v1/articles") == [first.json()["id"]]


async def test_a_merge_and_its_undoing_show_at_once(writer, client):
    one = (await post(writer, "/v1/people", name="Mara Venn"))["id"]
    other = (await post(writer, "/v1/people", name="Mara Vennova"))["id"]
    await post(writer, quotes=[quote(speaker={"id": other})])

    async def shown():
        lists = [len(await ids(client, path)) for path in ("/v1/people", f"/v1/people/{one}/quotes")]
        person = (await client.get(f"/v1/people/{one}")).text
        return lists, "Mara Vennova" in person, (await client.get(f"/v1/people/{other}")).status_code

    before = await shown()
    assert before == ([2, 0], False, 200)
    for _ in range(2):
        answer = await writer.post(f"/v1/people/{one}/merge", json={"id": other}, headers=MATCH)
        assert answer.status_code == 200, answer.text
        lists, knows, status = await shown()
        assert (lists, knows, status) == ([1, 1], True, 308)
        answer = await writer.delete(f"/v1/people/{one}/merge/{other}", headers=MATCH)
        assert answer.status_code == 200, answer.text
        assert await shown() == before


async def test_a_name_that_was_just_given_is_found_at_once(writer, client):
    person = (await post(writer, "/v1/people", name="Mara Venn"))["href"]
    article = (await post(writer, quotes=[quote()]))["id"]
    for name in ("Ilva Terrant", "Tomo Ostrel"):
        assert await ids(client, "/v1/people", name=name) == []
        assert await ids(client, "/v1/search", q=f'"{name}"') == []
        assert (await writer.patch(person, json={"name": name}, headers=MATCH)).status_code == 200
        assert len(await ids(client, "/v1/people", name=name)) == 1
    assert await ids(client, "/v1/articles") == [article]


async def test_a_revoked_key_is_refused_at_once(writer, one, two):
    async with one.db.write() as tx:
        made, secret = await create_key(tx, "test", ["read"], None)
    href = (await post(writer))["href"]
    keyed = await two.client(secret)
    for _ in range(2):
        assert (await keyed.get(href)).status_code == 200
    assert (await writer.delete(f"/v1/keys/{made.id}")).status_code == 204
    assert (await keyed.get(href)).status_code == 401


async def test_a_key_that_is_kept_ends_at_its_instant(writer, one, two):
    ends = datetime.now(UTC) + timedelta(seconds=0.6)
    async with one.db.write() as tx:
        _, secret = await create_key(tx, "test", ["read"], ends)
    href = (await post(writer))["href"]
    keyed = await two.client(secret)
    assert (await keyed.get(href)).status_code == 200
    await asyncio.sleep((ends - datetime.now(UTC)).total_seconds() + 0.02)
    assert (await keyed.get(href)).status_code == 401


async def test_an_answer_that_was_read_before_a_change_is_not_kept_after_it(writer, two, client, monkeypatch):
    href = (await post(writer))["href"]
    select, was_read, go_on = routes.queries.select_article, asyncio.Event(), asyncio.Event()

    async def slow(conn, id):
        row = await select(conn, id)
        was_read.set()
        await go_on.wait()
        return row

    monkeypatch.setattr(routes.queries, "select_article", slow)
    reading = asyncio.create_task(client.get(href))
    await was_read.wait()
    monkeypatch.setattr(routes.queries, "select_article", select)
    await writer.patch(href, json={"headline": "New"}, headers=MATCH)
    go_on.set()
    assert (await reading).json()["headline"] != "New"
    assert (await read(client, href))["headline"] == "New"


async def test_a_writer_that_dies_between_commit_and_marks_is_noticed_within_a_second(
    writer, client, monkeypatch
):
    href = (await post(writer))["href"]
    await read(client, href)
    with monkeypatch.context() as patched:
        patched.setattr(Marks, "raise_marks", lambda *_: None)
        await writer.patch(href, json={"headline": "New"}, headers=MATCH)
        assert (await read(client, href))["headline"] != "New"

    async def is_new():
        return (await read(client, href))["headline"] == "New"

    await until(is_new)


async def test_another_host_follows_within_a_second(writer, two, client):
    two.db.freshness.marks.close()
    two.db.freshness.marks = Marks(b"of another host")
    href = (await post(writer))["href"]
    assert (await read(client, href))["headline"] != "New"
    await writer.patch(href, json={"headline": "New"}, headers=MATCH)

    async def is_new():
        return (await read(client, href))["headline"] == "New"

    await until(is_new)


async def test_while_changes_cannot_be_followed_nothing_is_answered_from_the_cache(
    writer, two, client, monkeypatch
):
    async def hangs(*_):
        await asyncio.sleep(60)

    href = (await post(writer))["href"]
    await read(client, href)
    monkeypatch.setattr(two.db.freshness, "_raise_new", hangs)

    async def is_off():
        return not two.db.freshness.is_confirmed

    await until(is_off, 5)
    async with two.db.read() as conn:  # by hand, so that no mark is raised
        await conn.execute("update articles set version = 7")
    assert (await client.get(href)).headers["etag"].startswith('"7.')


async def test_a_lost_connection_drops_what_was_read_before(writer, two, client):
    href = (await post(writer))["href"]
    await read(client, href)
    async with two.db.read() as conn:
        await conn.execute("update articles set version = 7")
        await conn.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where query like '%pg_visible_in_snapshot%' and pid <> pg_backend_pid() "
            "and datname = current_database()"
        )

    async def is_new():
        return (await client.get(href)).headers["etag"].startswith('"7.')

    await until(is_new, 5)


async def test_a_write_that_does_not_say_what_it_touches_raises_everything(writer, one, client):
    href = (await post(writer))["href"]
    await read(client, href)
    async with one.db.write() as tx:
        await tx.execute("update articles set version = 7")
    assert (await client.get(href)).headers["etag"].startswith('"7.')


async def test_a_write_that_fails_raises_nothing(writer, one, two, client):
    href = (await post(writer))["href"]
    await read(client, href)
    numbers = list(one.db.freshness.marks.numbers)
    with pytest.raises(RuntimeError):
        async with one.db.write():
            raise RuntimeError
    assert (await writer.post("/v1/articles", json={})).status_code == 422
    assert list(two.db.freshness.marks.numbers) == numbers


async def test_the_marks_of_a_host_go_with_the_last_process_that_uses_them():
    first, second = Marks(b"some secret"), Marks(b"some secret")
    first.raise_marks([5], 1, 0)
    assert second.numbers[5] == first.numbers[5] != 0
    first.close()
    assert second._path.exists()
    second.close()
    assert not second._path.exists()


async def test_the_use_of_a_key_is_noted_although_it_is_kept(writer, one, two):
    keyed = await two.client(await key(one, "read"))
    href = (await post(writer))["href"]
    for _ in range(3):
        await keyed.get(href)
    used = (await read(writer, "/v1/keys"))["items"][0]["last_used_at"]
    assert used is not None
