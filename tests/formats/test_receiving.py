"""Items that arrive: versions in any order, corrections, kills, embargoes, and what is said of the rest."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from tests.formats.test_http import TYPES
from tests.test_examples import EXAMPLES, load

URI = "urn:newsml:wire.example:20250304:1"
NAR = "http://iptc.org/std/nar/2006-10-01/"


def ninjs(version: int | None = 1, **members: Any) -> dict[str, Any]:
    """Give a small ninjs item, version 3.x."""
    versioned = (
        {}
        if version is None
        else {"version": str(version), "versionCreated": f"2025-03-04T05:{version:02d}:00Z"}
    )
    return {
        "uri": URI,
        "language": "en",
        "headlines": [{"role": "main", "value": "Ferry sails"}],
        "bodies": [{"contentType": "text/plain", "value": "The ferry sailed.\n\n“At last,” she said."}],
        **versioned,
        **members,
    }


def g2(
    version: int = 1, *, status: str = "usable", meta: str = "", uri: str = URI, text: str = "It sailed."
) -> str:
    """Give a small NewsML-G2 item; `meta` stands after its status."""
    return (
        f'<newsItem xmlns="{NAR}" guid="{uri}" version="{version}" standard="NewsML-G2"'
        ' standardversion="2.35" conformance="power" xml:lang="en"><catalogRef href="http://cv.example/1"/>'
        '<itemMeta><itemClass qcode="ninat:text"/><provider literal="wire"><name>Wire</name></provider>'
        f"<versionCreated>2025-03-04T05:{version:02d}:00Z</versionCreated>"
        f'<pubStatus qcode="stat:{status}"/>{meta}</itemMeta>'
        "<contentMeta><headline>Ferry sails</headline></contentMeta>"
        '<contentSet><inlineXML contenttype="application/xhtml+xml"><html xmlns="http://www.w3.org/1999/xhtml">'
        f"<body><p>{text}</p></body></html></inlineXML></contentSet></newsItem>"
    )


async def send(client: httpx.AsyncClient, item: dict[str, Any] | str, **params: str) -> httpx.Response:
    kind = (
        "application/vnd.iptc.g2.newsitem+xml" if isinstance(item, str) else "application/vnd.iptc.ninjs+json"
    )
    content = item if isinstance(item, str) else json.dumps(item)
    return await client.post(
        "/v1/articles", content=content.encode(), headers={"Content-Type": kind}, params=params
    )


async def sent(client: httpx.AsyncClient, item: dict[str, Any] | str) -> dict[str, Any]:
    answer = await send(client, item)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


async def test_an_item_becomes_an_article_and_says_what_became_of_it(
    client: httpx.AsyncClient, writer: httpx.AsyncClient
) -> None:
    answer = await send(writer, ninjs(people=[{"name": "Mara Venn", "rel": "about"}], profile="text"))
    assert answer.status_code == 201
    told = answer.json()
    assert (told["outcome"], told["reason"], told["ignored"], told["assumed"]) == (
        "created",
        None,
        ["#/profile"],
        [],
    )
    assert [each["outcome"] for each in told["resolution"]] == ["created"]
    article = (await client.get(answer.headers["location"])).json()
    assert [block["text"] for block in article["body"]] == ["The ferry sailed.", "“At last,” she said."]
    assert article["people"][0]["person"]["name"] == "Mara Venn"
    assert article["published_at"] == "2025-03-04T05:01:00Z"
    assert answer.headers["etag"].startswith('"1.')


@pytest.mark.parametrize("make", [ninjs, g2])
async def test_deliveries_are_applied_in_the_order_of_their_versions(
    client: httpx.AsyncClient, writer: httpx.AsyncClient, make: Any
) -> None:
    outcomes = [(await sent(writer, make(version)))["outcome"] for version in (2, 1, 2, 3, 2)]
    assert outcomes == ["created", "skipped", "unchanged", "unchanged", "skipped"]
    changed = ninjs(4, bodies=[{"value": "Changed."}]) if make is ninjs else g2(4, text="Changed.")
    told = await sent(writer, changed)
    assert (told["outcome"], told["version"]) == ("updated", 2)
    assert (await client.get(told["href"])).json()["body"][0]["text"] == "Changed."
    assert (await sent(writer, make(3)))["reason"] == "The item is older than what is stored."


async def test_a_signal_of_a_correction_makes_one_that_readers_see(
    client: httpx.AsyncClient, writer: httpx.AsyncClient
) -> None:
    await sent(writer, g2(1, text="It sailed at nine."))
    meta = '<edNote role="x:correction">The time.</edNote><signal qcode="sig:correction"/>'
    told = await sent(writer, g2(2, meta=meta, text="It sailed at ten."))
    assert told["outcome"] == "updated"
    (correction,) = (await client.get(told["href"])).json()["corrections"]
    assert (correction["kind"], correction["note"], correction["version"]) == ("correction", "The time.", 2)
    exported = await client.get(told["href"], params={"format": "newsml-g2"})
    assert 'qcode="sig:correction"' in exported.text
    assert "The time." in exported.text


@pytest.mark.parametrize("make", [ninjs, g2])
async def test_a_canceled_item_kills_the_article(
    client: httpx.AsyncClient, writer: httpx.AsyncClient, make: Any
) -> None:
    first = await sent(writer, make(1))
    cancel = (
        ninjs(2, pubStatus="canceled", edNote="Wrong ferry.")
        if make is ninjs
        else g2(2, status="canceled", meta="<edNote>Wrong ferry.</edNote>")
    )
    assert (await sent(writer, cancel))["outcome"] == "killed"
    gone = await client.get(first["href"])
    assert gone.status_code == 410
    assert gone.json()["note"] == "Wrong ferry."
    assert (await sent(writer, make(1)))["outcome"] == "skipped"
    again = await send(writer, make(3))
    assert again.status_code == 410


@pytest.mark.parametrize("make", [ninjs, g2])
async def test_of_a_killed_article_an_item_learns_only_that_it_is_known(
    writer: httpx.AsyncClient, admin: httpx.AsyncClient, make: Any
) -> None:
    first = make(1)
    await sent(writer, first)
    kill = ninjs(2, pubStatus="canceled") if make is ninjs else g2(2, status="canceled")
    id = (await sent(writer, kill))["id"]
    for item, outcome in ((first, "skipped"), (kill, "unchanged")):
        told = await sent(writer, item)
        assert (told["id"], told["outcome"]) == (id, outcome)
        assert told.keys().isdisjoint({"headline", "body", "quotes", "media"})
        assert "headline" in await sent(admin, item)


@pytest.mark.parametrize("make", [ninjs, g2])
async def test_what_only_a_new_version_can_say_is_ignored_in_the_first(
    writer: httpx.AsyncClient, make: Any
) -> None:
    if make is ninjs:
        item = ninjs(3, standard={"name": "ninjs-dateline", "version": "1.0"}, signals=["sig:correction"])
        told = ["#/signals"]
    else:
        item = g2(3, meta='<edNote role="x:correction">The time.</edNote><signal qcode="sig:correction"/>')
        told = ["/newsItem/itemMeta[1]/signal[1]", "/newsItem/itemMeta[1]/edNote[1]"]
    assert (await sent(writer, item))["ignored"] == told


async def test_a_note_on_a_correction_without_its_signal_is_for_editors(writer: httpx.AsyncClient) -> None:
    item = await sent(writer, g2(meta='<edNote role="x:correction">The time.</edNote>'))
    assert item["ed_note"] == "The time."


async def test_a_kill_that_comes_before_its_item_keeps_it_out(
    client: httpx.AsyncClient, writer: httpx.AsyncClient
) -> None:
    kill = {"uri": URI, "version": "2", "pubStatus": "canceled"}
    told = await sent(writer, kill)
    assert told["outcome"] == "skipped"
    assert "id" not in told
    assert (await sent(writer, ninjs(1)))["outcome"] == "skipped"
    assert (await client.get("/v1/articles")).json()["items"] == []
    assert (await sent(writer, ninjs(3)))["outcome"] == "created"


async def test_an_item_without_a_version_cannot_replace_another(writer: httpx.AsyncClient) -> None:
    await sent(writer, ninjs(None))
    assert (await sent(writer, ninjs(None)))["outcome"] == "unchanged"
    other = await send(writer, ninjs(None, bodies=[{"value": "Other."}]))
    assert other.status_code == 409
    assert other.json()["type"].endswith("/uri-exists")


async def test_quotes_that_a_desk_added_follow_the_next_version(
    client: httpx.AsyncClient, writer: httpx.AsyncClient
) -> None:
    first = await send(writer, ninjs(1))
    said = {
        "form": "direct",
        "fragments": [{"text": "At last,"}],
        "speaker": {"kind": "unnamed", "as_printed": "she"},
    }
    patched = await writer.patch(
        first.headers["location"],
        json={"quotes": [said]},
        headers={"If-Match": first.headers["etag"], "Content-Type": "application/merge-patch+json"},
    )
    assert patched.status_code == 200, patched.text
    body = [{"contentType": "text/plain", "value": "New first.\n\nThe ferry sailed.\n\n“At last,” she said."}]
    told = await sent(writer, ninjs(2, bodies=body))
    (moved,) = (await client.get(told["href"])).json()["quotes"]
    assert moved["fragments"] == [{"block": 2, "start": 1, "end": 9, "text": "At last,"}]
    assert moved["status"] == "current"


async def test_an_embargoed_item_is_held_and_needs_the_scope(
    client: httpx.AsyncClient, writer: httpx.AsyncClient, embargo: httpx.AsyncClient
) -> None:
    item = ninjs(1, embargoedUntil="2999-01-01T00:00:00Z", firstCreated="2025-01-01T00:00:00Z")
    assert (await send(writer, item)).status_code == 403
    told = await sent(embargo, item)
    assert told["published_at"] is None
    for name in TYPES:
        assert (await client.get(told["href"], params={"format": name})).status_code == 404
        assert (await embargo.get(told["href"], params={"format": name})).status_code == 200
    hidden = await send(writer, ninjs(2))
    assert hidden.status_code == 409
    assert "existing" not in hidden.json()


@pytest.mark.parametrize("text", ["Next Monday", "soon", "2025-13-45"])
async def test_an_embargo_that_cannot_be_read_is_refused(embargo: httpx.AsyncClient, text: str) -> None:
    answer = await send(embargo, ninjs(1, embargoedUntil=text))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "#/embargoedUntil"
    meta = g2(1).replace("<pubStatus", f"<embargoed>{text}</embargoed><pubStatus")
    assert (await send(embargo, meta)).status_code == 422


async def test_an_embargo_without_an_offset_is_taken_as_utc_and_said_so(embargo: httpx.AsyncClient) -> None:
    told = await sent(embargo, ninjs(1, embargoedUntil="2999-01-01"))
    assert told["embargoed_until"] == "2999-01-01T00:00:00Z"
    assert told["assumed"] == ["#/embargoed_until"]


async def test_headline_and_language_are_assumed_and_said_so(writer: httpx.AsyncClient) -> None:
    bare = {"uri": URI, "bodies": [{"value": "The ferry sailed on Monday. It was late."}]}
    told = await sent(writer, bare)
    assert (told["headline"], told["language"]) == ("The ferry sailed on Monday.", "und")
    assert told["assumed"] == ["#/headline", "#/language"]
    other = await sent(writer, {**bare, "uri": URI + "b", "slugline": "ferry-late"})
    assert other["headline"] == "ferry-late"
    long = await sent(writer, {"uri": URI + "c", "bodies": [{"value": "word " * 60}]})
    assert len(long["headline"]) <= 120
    assert long["headline"].endswith("word…")


async def test_an_item_without_text_is_told_what_an_article_needs(writer: httpx.AsyncClient) -> None:
    answer = await send(writer, {"uri": URI, "type": "picture", "headlines": [{"value": "H"}]})
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("/unsupported-content")
    assert answer.json()["errors"][0]["pointer"] == "#/bodies"
    assert "body" in answer.json()["detail"]
    empty = await send(writer, ninjs(1, bodies=[{"contentType": "text/html", "value": "<p> </p>"}]))
    assert empty.json()["type"].endswith("/unsupported-content")


async def test_html_becomes_blocks_links_and_media_and_scripts_are_gone(writer: httpx.AsyncClient) -> None:
    html = (
        "<h2>Head</h2><p onclick='x()'>One <b>bold</b> <a href='https://a.example/x'>link</a>"
        "<script>alert(1)</script> <a href='javascript:alert(2)'>bad</a></p><ul><li>item</li></ul>"
        "<blockquote>quoted</blockquote><figure><img src='https://a.example/i.jpg' alt='A'>"
        "<figcaption>Cap</figcaption></figure><iframe src='https://a.example'></iframe>"
    )
    told = await sent(writer, ninjs(1, bodies=[{"contentType": "text/html", "value": html}]))
    assert told["body"] == [
        {"kind": "heading", "text": "Head"},
        {"kind": "paragraph", "text": "One bold link bad"},
        {"kind": "list_item", "text": "item"},
        {"kind": "blockquote", "text": "quoted"},
    ]
    assert told["links"] == [{"rel": "related", "href": "https://a.example/x", "title": "link"}]
    assert [(m["href"], m["alt"], m["caption"]) for m in told["media"]] == [
        ("https://a.example/i.jpg", "A", "Cap")
    ]
    assert told["ignored"] == ["#/bodies/0/value"]


async def test_of_two_headlines_the_main_one_is_taken(writer: httpx.AsyncClient) -> None:
    both = [{"role": "seo", "value": "Other"}, {"role": "main", "value": "Main"}]
    told = await sent(writer, ninjs(1, headlines=both))
    assert told["headline"] == "Main"
    assert told["ignored"] == ["#/headlines/0/value"]


async def test_a_message_of_several_items_has_a_result_for_each(
    client: httpx.AsyncClient, writer: httpx.AsyncClient
) -> None:
    bad = g2(1, uri="urn:bad").replace('<itemClass qcode="ninat:text"/>', "")
    items = [g2(1, uri="urn:one"), bad, g2(1, uri="urn:two"), g2(1, uri="urn:one")]
    message = f'<newsMessage xmlns="{NAR}"><header/><itemSet>{"".join(items)}</itemSet></newsMessage>'
    answer = await send(writer, message)
    assert answer.status_code == 200
    results = answer.json()["items"]
    assert [each["item"] for each in results] == [1, 2, 3, 4]
    assert [each["status"] for each in results] == [201, 422, 201, 200]
    assert [each.get("outcome") for each in results] == ["created", None, "created", "unchanged"]
    assert results[1]["problem"]["errors"][0]["pointer"].endswith("newsItem[2]/itemMeta/itemClass")
    listed = (await client.get("/v1/articles")).json()["items"]
    assert {each["uri"] for each in listed} == {"urn:one", "urn:two"}


async def test_a_dry_run_and_a_replay_behave_as_for_a_dispatch(
    client: httpx.AsyncClient, writer: httpx.AsyncClient
) -> None:
    dry = await send(writer, ninjs(1), dry_run="true")
    assert (dry.status_code, dry.json()["outcome"]) == (200, "created")
    assert "location" not in dry.headers
    assert (await client.get("/v1/articles")).json()["items"] == []
    headers = {"Content-Type": "application/vnd.iptc.ninjs+json", "Idempotency-Key": "k-1"}
    content = json.dumps(ninjs(1)).encode()
    first = await writer.post("/v1/articles", content=content, headers=headers)
    second = await writer.post("/v1/articles", content=content, headers=headers)
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.headers["idempotent-replayed"] == "true"
    assert first.content == second.content


async def test_many_deliveries_of_one_uri_at_once_make_one_article(
    client: httpx.AsyncClient, writer: httpx.AsyncClient
) -> None:
    bodies = [[{"value": f"Version {version}."}] for version in range(8)]
    answers = await asyncio.gather(*(send(writer, ninjs(v, bodies=b)) for v, b in enumerate(bodies)))
    outcomes = [answer.json()["outcome"] for answer in answers]
    assert outcomes.count("created") == 1
    assert set(outcomes) <= {"created", "updated", "skipped"}
    (article,) = (await client.get("/v1/articles")).json()["items"]
    assert (await client.get(article["href"])).json()["body"][0]["text"] == "Version 7."


async def test_names_of_several_entities_make_a_new_one_unless_that_is_refused(
    writer: httpx.AsyncClient,
) -> None:
    for number in (1, 2):
        await writer.post(
            "/v1/people",
            json={"name": "Odo Fenn", "identifiers": [{"scheme": "desk", "value": str(number)}]},
        )
    item = ninjs(1, people=[{"name": "Odo Fenn"}])
    assert (await send(writer, item, ambiguous="reject")).status_code == 422
    told = await sent(writer, item)
    (outcome,) = told["resolution"]
    assert outcome["outcome"] == "created"
    assert len(outcome["near"]) == 2


async def test_an_identifier_finds_the_person_again(writer: httpx.AsyncClient) -> None:
    known = await writer.post(
        "/v1/people",
        json={"name": "Mara Venn", "identifiers": [{"scheme": "wikidata", "value": "Q4242"}]},
    )
    person = {"name": "M. Venn", "uri": "http://www.wikidata.org/entity/Q4242"}
    told = await sent(writer, ninjs(1, people=[person]))
    assert told["people"][0]["person"]["id"] == known.json()["id"]


async def test_a_posted_article_is_not_overwritten_by_an_item_that_is_no_newer(
    writer: httpx.AsyncClient,
) -> None:
    posted = await writer.post("/v1/articles", json=load(EXAMPLES / "01-river-accord.json") | {"uri": URI})
    assert posted.status_code == 201
    assert (await sent(writer, ninjs(1)))["outcome"] == "skipped"
    assert (await sent(writer, ninjs(2)))["outcome"] == "updated"
