"""What the read cache answers, and to whom."""

import asyncio
import json
from datetime import UTC, datetime

import pytest

from api.db.freshness import Freshness
from api.http.cache import ReadCache, marks_of
from api.http.kept import OVERHEAD, Kept
from api.http.logs import Asked, Place
from api.http.records import TOGETHER
from tests.cache.conftest import key
from tests.dispatches import post, quote, read

PLACE = Place(Asked("/v1/x", "/v1/x"))


async def test_an_answer_from_the_cache_is_the_same_as_from_the_database(writer, two, client):
    href = (await post(writer, quotes=[quote()]))["href"]
    first = await client.get(href)
    assert two.kept == 1
    second = await client.get(href)
    different = {"x-request-id"}
    assert second.content == first.content
    assert {name: value for name, value in second.headers.items() if name not in different} == {
        name: value for name, value in first.headers.items() if name not in different
    }
    assert second.headers["x-request-id"] != first.headers["x-request-id"]


async def test_what_is_kept_needs_no_database(writer, two, client, monkeypatch):
    href = (await post(writer))["href"]
    await client.get(href)
    monkeypatch.setattr(two.db, "read", None)
    assert (await client.get(href)).status_code == 200
    assert (await client.get(f"{href}?format=txt")).status_code == 500


async def test_conditional_requests_are_answered_from_the_cache(writer, client):
    href = (await post(writer))["href"]
    tag = (await client.get(href)).headers["etag"]
    answer = await client.get(href, headers={"If-None-Match": f'"1.x", W/{tag}'})
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    assert "content-type" not in answer.headers
    assert (await client.get(href, headers={"If-None-Match": '"1.x"'})).status_code == 200


async def test_a_conditional_request_may_fill_the_cache(writer, two, client):
    href = (await post(writer))["href"]
    tag = (await client.get(href)).headers["etag"]
    await writer.patch(href, json={"slugline": "x"}, headers={"If-Match": "*"})
    assert (await client.get(href, headers={"If-None-Match": tag})).status_code == 200
    assert (await client.get(href)).json()["slugline"] == "x"


async def test_a_head_request_is_answered_without_content(writer, client):
    href = (await post(writer))["href"]
    whole = await client.get(href)
    head = await client.head(href)
    assert (head.content, head.headers["content-length"]) == (b"", str(len(whole.content)))


async def test_each_format_and_each_host_has_an_answer_of_its_own(writer, client):
    href = (await post(writer))["href"]
    for accept in ("text/plain", "application/json", "text/html", "text/plain"):
        answer = await client.get(href, headers={"Accept": accept})
        assert answer.headers["content-type"].startswith(accept)
    for host in ("one.example", "two.example", "one.example"):
        feed = await client.get("/v1/feeds/articles.atom", headers={"Host": host})
        assert f"http://{host}/".encode() in feed.content


async def test_a_refusal_is_not_hidden_by_the_cache(writer, client):
    href = (await post(writer))["href"]
    assert (await client.get(href)).status_code == 200
    assert (await client.get(href, headers={"Accept": "image/png"})).status_code == 406
    assert (await client.get(href, headers={"Host": "a/b"})).status_code == 400
    assert (await client.get(href.replace("/v1/", "/v1/%61")[:8] + href[4:])).status_code == 404
    assert (await client.get(href, headers={"Authorization": "Basic x"})).status_code == 401
    assert (await client.get(href, headers={"Authorization": "Bearer dl_x"})).status_code == 401
    assert (await client.get(f"{href}?unknown=1")).status_code == 400


async def test_what_a_key_unlocked_is_for_no_public_cache(writer, one, two, client):
    href = (await post(writer))["href"]
    keyed = await two.client(await key(one, "read"))
    for _ in range(2):
        assert (await client.get(href)).headers["cache-control"] == "public, max-age=30"
        assert (await keyed.get(href)).headers["cache-control"] == "private, no-cache"
    assert two.kept == 1


async def test_what_one_key_may_see_reaches_no_other_reader(writer, one, two, client):
    public = await post(writer, ed_note="for the desk")
    held = await post(writer, pub_status="withheld", headline="Held")
    desk = await two.client(await key(one, "write", "embargo"))
    plain = await two.client(await key(one, "read"))
    for _ in range(2):
        assert (await read(desk, public["href"]))["ed_note"] == "for the desk"
        assert len((await read(desk, "/v1/articles"))["items"]) == 2
        assert (await desk.get(held["href"])).status_code == 200
        for stranger in (client, plain):
            assert (await read(stranger, public["href"]))["ed_note"] is None
            assert len((await read(stranger, "/v1/articles"))["items"]) == 1
            assert (await stranger.get(held["href"])).status_code == 404


async def test_only_answers_of_published_resources_are_kept(writer, two, client):
    for path in ("/v1/articles/x", "/v1/changes", "/v1/keys", "/openapi.json", "/livez", "/v1/webhooks"):
        await client.get(path)
    assert two.kept == 0


def test_the_cache_keeps_within_its_bytes_what_was_asked_for_last():
    cache = ReadCache(Freshness(), 32 * OVERHEAD)
    keys = [(b"%d" % number, b"", None, b"host", "http") for number in range(100)]
    for each in keys:
        cache.keep(each, Kept([], b"x" * 100, PLACE, (0, ()), 0))
        assert cache._used <= 32 * OVERHEAD
    assert list(cache._kept) == keys[-len(cache._kept) :]
    cache.keep(keys[0], Kept([], b"x" * 3 * OVERHEAD, PLACE, (0, ()), 0))
    assert keys[0] not in cache._kept


def test_what_was_asked_counts_among_the_bytes_that_are_kept():
    cache = ReadCache(Freshness(), 64 * OVERHEAD)
    for number in range(100):
        long = (b"/v1/x", b"", b"%d" % number + b"x" * OVERHEAD, b"host", "http")
        cache.keep(long, Kept([], b"", PLACE, (0, ()), 0))
    assert 30 <= len(cache._kept) <= 32


@pytest.mark.parametrize("path", ["/v1/keys", "/v1/webhooks", "/v1/changes", "/v1/articles/x", "/v1/"])
def test_nothing_else_has_marks(path):
    assert marks_of(path) is None


async def test_answers_from_the_cache_are_logged_and_counted_as_all_others(writer, two, client, capsys):
    href = (await post(writer))["href"]
    keyed = await two.client(await key(two, "read"))
    await client.get(href)
    await keyed.get(href)
    await asyncio.sleep(2 * TOGETHER)
    capsys.readouterr()
    answers = [await client.get(f"{href}", headers={"If-None-Match": "*"}), await keyed.get(href)]
    await asyncio.sleep(2 * TOGETHER)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["request_id"] for line in lines] == [each.headers["x-request-id"] for each in answers]
    assert [line["status"] for line in lines] == [304, 200]
    assert ["key_id" in line for line in lines] == [False, True]
    for line in lines:
        assert (line["route"], line["path"], line["method"]) == ("/v1/articles/{id}", href, "GET")
        assert datetime.fromisoformat(line["timestamp"]).tzinfo is UTC
        assert 0 <= line["ms"] < 1_000


async def test_the_line_of_a_kept_answer_comes_before_that_of_a_later_request(writer, client, capsys):
    href = (await post(writer))["href"]
    await client.get(href)
    await asyncio.sleep(2 * TOGETHER)
    capsys.readouterr()
    await client.get(href)
    await client.get(f"{href}/nothing")
    statuses = [json.loads(line)["status"] for line in capsys.readouterr().err.splitlines()]
    assert statuses == [200, 404]
