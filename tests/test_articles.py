# ruff: noqa: RUF001 - other scripts are the subject
"""Articles through HTTP: what is posted is read back, replaced, patched, and known by its uri."""

import datetime as dt
from typing import Any

import httpx
import pytest

from api.db.pool import Database
from tests.dispatches import (
    BODY,
    counts,
    dispatch,
    errors,
    events,
    kind,
    mention,
    patch,
    post,
    put,
    quote,
    read,
)

FULL: dict[str, Any] = {
    "uri": "tag:example.org,2026:ferry",
    "pub_status": "usable",
    "headline": "Ferry to run again",
    "slugline": "FERRY-PORT-ELM",
    "summary": "The ferry runs again on Monday.",
    "language": "en-gb",
    "dateline": {
        "text": "Port Elm, 14 November.",
        "date": {"value": "2025-11-14", "precision": "day", "basis": "printed day, year inferred"},
        "place": "Port Elm",
        "agency": "Osta",
    },
    "located": "Port Elm",
    "byline": "By Tam Orrel",
    "provider": {"name": "Osta News", "kind": "agency"},
    "urgency": 4,
    "genre": "Current",
    "keywords": ["ferry", "ports"],
    "subjects": [{"scheme": "medtop", "code": "20000001", "name": "transport"}],
    "published_at": "2025-11-14T10:30:00+02:00",
    "body": [
        {"kind": "heading", "text": "Back on Monday"},
        *BODY,
        {"kind": "list_item", "text": "Departs 09:00"},
        {"kind": "blockquote", "text": "All aboard."},
    ],
    "media": [
        {
            "kind": "picture",
            "href": "https://example.org/ferry.jpg",
            "caption": "Mara Venn on the pier",
            "credit": "Osta/Tam Orrel",
            "alt": "A woman on a pier",
            "people": [{"name": "Mara Venn"}],
        },
        {"kind": "video"},
    ],
    "people": [
        {
            "person": {"name": "Mara Venn"},
            "as_printed": ["Mara Venn", "Venn"],
            "role": "minister",
            "rel": "about",
        }
    ],
    "organisations": [
        {
            "organisation": {"name": "Port Elm Authority"},
            "as_printed": ["The port authority"],
            "rel": "mentions",
        }
    ],
    "quotes": [
        {
            "form": "direct",
            "fragments": [{"text": "We are ready,"}, {"text": "The crew is on board."}],
            "speaker": {
                "kind": "person",
                "as_printed": "Mara Venn",
                "person": {"name": "Mara Venn"},
                "role": "minister",
                "description": "the minister",
            },
            "cue": "told",
            "chain": [{"as_printed": "Osta", "organisation": {"name": "Osta News"}, "cue": "told"}],
            "attribution": "explicit",
            "addressee": "reporters",
            "occasion": "on the pier",
            "place": "Port Elm",
            "said_on": {"value": "2025-11-14", "precision": "day", "basis": "printed"},
            "language": "en",
            "translated": False,
            "asserted_by": {"kind": "tool", "name": "desk", "confidence": 0.5},
        },
        {
            "form": "indirect",
            "fragments": [{"block": 3, "start": 24, "end": 56, "text": "it had repaired the second pier."}],
            "speaker": {
                "kind": "organisation",
                "as_printed": "The port authority",
                "organisation": {"name": "Port Elm Authority"},
            },
        },
    ],
    "sources": [
        {"organisation": {"name": "Osta News"}, "as_printed": "Osta", "uri": "https://example.org/osta/1"},
        {"as_printed": "A passenger"},
    ],
    "links": [{"rel": "canonical", "href": "https://example.org/ferry", "title": "Ferry"}],
    "ed_note": "Check the pier",
    "copyright_notice": "© Osta",
    "usage_terms": "Free for members",
}


def as_answered(posted: dict[str, Any], ids: dict[str, str]) -> dict[str, Any]:
    """Say what the article must look like, from what was posted, by the rules of design §2."""

    def ref(entity: dict[str, Any] | None, type: str) -> dict[str, Any] | None:
        if entity is None:
            return None
        plural = "people" if type == "person" else "organisations"
        id = ids[entity["name"]]
        return {"id": id, "type": type, "name": entity["name"], "href": f"/v1/{plural}/{id}"}

    def blocks() -> list[dict[str, Any]]:
        return [{"kind": "paragraph", "text": b} if isinstance(b, str) else b for b in posted["body"]]

    return {
        "type": "article",
        "version": 1,
        **{name: posted[name] for name in ("uri", "pub_status", "headline", "slugline", "summary")},
        "language": "en-GB",
        **{name: posted[name] for name in ("dateline", "located", "byline", "urgency", "genre", "keywords")},
        "provider": ref(posted["provider"], "organisation"),
        "subjects": posted["subjects"],
        "published_at": "2025-11-14T08:30:00Z",
        "embargoed_until": None,
        "body": blocks(),
        "media": [
            {"href": None, "caption": None, "credit": None, "alt": None}
            | medium
            | {"people": [ref(person, "person") for person in medium.get("people", [])]}
            for medium in posted["media"]
        ],
        "people": [m | {"person": ref(m["person"], "person")} for m in posted["people"]],
        "organisations": [
            m | {"organisation": ref(m["organisation"], "organisation")} for m in posted["organisations"]
        ],
        "sources": [
            {"uri": None} | s | {"organisation": ref(s.get("organisation"), "organisation")}
            for s in posted["sources"]
        ],
        "links": posted["links"],
        "corrections": [],
        "ed_note": posted["ed_note"],
        "copyright_notice": posted["copyright_notice"],
        "usage_terms": posted["usage_terms"],
    }


OWNED = ("id", "href", "created_at", "updated_at")


async def test_every_member_of_an_article_comes_back_as_it_was_posted(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    posted = await writer.post("/v1/articles", json=FULL)
    assert posted.status_code == 201, posted.text
    document = posted.json()
    ids = {entry["name"]: entry["id"] for entry in document.pop("resolution")}
    read_back = await read(writer, posted.headers["location"])
    assert read_back == document
    quotes = document.pop("quotes")
    assert {name: value for name, value in document.items() if name not in OWNED} == as_answered(FULL, ids)
    assert document["href"] == f"/v1/articles/{document['id']}" == posted.headers["location"]
    assert document["created_at"] == document["updated_at"]
    assert document["created_at"].endswith("Z")
    assert [each["text"] for each in quotes] == [
        "We are ready, … The crew is on board.",
        "it had repaired the second pier.",
    ]
    public = await read(client, posted.headers["location"])
    assert public == read_back | {"ed_note": None}


async def test_a_quote_comes_back_with_every_member_and_is_a_resource_of_its_own(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    article = await post(writer, **FULL)
    ids = {entry["name"]: entry["id"] for entry in article["resolution"]}
    first = article["quotes"][0]
    assert {name: value for name, value in first.items() if name not in OWNED} == {
        "type": "quote",
        "version": 1,
        "article": {
            "id": article["id"],
            "type": "article",
            "headline": article["headline"],
            "href": article["href"],
        },
        "article_version": 1,
        "form": "direct",
        "fragments": [
            {"block": 2, "start": 1, "end": 14, "text": "We are ready,"},
            {"block": 2, "start": 55, "end": 76, "text": "The crew is on board."},
        ],
        "text": "We are ready, … The crew is on board.",
        "speaker": {
            "kind": "person",
            "as_printed": "Mara Venn",
            "person": {
                "id": ids["Mara Venn"],
                "type": "person",
                "name": "Mara Venn",
                "href": f"/v1/people/{ids['Mara Venn']}",
            },
            "organisation": None,
            "role": "minister",
            "description": "the minister",
            "position": None,
        },
        "cue": "told",
        "chain": [
            {
                "as_printed": "Osta",
                "organisation": {
                    "id": ids["Osta News"],
                    "type": "organisation",
                    "name": "Osta News",
                    "href": f"/v1/organisations/{ids['Osta News']}",
                },
                "person": None,
                "cue": "told",
            }
        ],
        "attribution": "explicit",
        "addressee": "reporters",
        "occasion": "on the pier",
        "place": "Port Elm",
        "said_on": {"value": "2025-11-14", "precision": "day", "basis": "printed"},
        "language": "en",
        "translated": False,
        "status": "current",
        "asserted_by": {"kind": "tool", "name": "desk", "confidence": 0.5},
    }
    assert article["quotes"][1]["language"] == "en-GB"
    for each in article["quotes"]:
        assert await read(client, each["href"]) == each
    assert (await read(client, f"{article['href']}/quotes"))["items"] == article["quotes"]


async def test_the_least_dispatch_gets_every_default(writer: httpx.AsyncClient) -> None:
    article = await post(writer, headline="H", language="be", body=["Т"])
    assert article["uri"] == f"urn:uuid:{article['id']}"
    assert article["published_at"] == article["created_at"]
    empty = (
        "keywords",
        "subjects",
        "media",
        "people",
        "organisations",
        "quotes",
        "sources",
        "links",
        "corrections",
    )
    assert {name: article[name] for name in empty} == {name: [] for name in empty}
    assert article["pub_status"] == "usable"
    assert article["resolution"] == []


async def test_what_was_read_is_put_back_and_makes_no_new_version(
    writer: httpx.AsyncClient, store: Database
) -> None:
    posted = await post(writer, **FULL)
    before = await writer.get(posted["href"])
    rows, happened = await counts(store), await events(store)
    answer = await writer.put(
        posted["href"], json=before.json(), headers={"If-Match": before.headers["etag"]}
    )
    assert answer.status_code == 200, answer.text
    assert answer.json() == before.json()
    assert answer.headers["etag"] == before.headers["etag"]
    assert await counts(store) == rows
    assert await events(store) == happened


async def test_a_patch_of_nothing_makes_no_new_version(writer: httpx.AsyncClient) -> None:
    article = await post(writer, **FULL)
    answer = await patch(writer, article["href"], {})
    assert answer.json() == {name: value for name, value in article.items() if name != "resolution"}


async def test_a_replaced_article_keeps_its_identity_and_raises_its_version(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    first = await post(writer, **FULL)
    answer = await put(writer, first["href"], dispatch(headline="Ferry sails", quotes=[]))
    assert answer.status_code == 200, answer.text
    second = answer.json()
    kept = ("id", "href", "uri", "created_at", "published_at")
    assert {name: second[name] for name in kept} == {name: first[name] for name in kept}
    assert (second["version"], second["headline"], second["slugline"]) == (2, "Ferry sails", None)
    assert second["updated_at"] > first["updated_at"]
    assert await read(client, first["href"]) == second


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"headline": "New"}, {"headline": "New"}),
        ({"summary": None}, {"summary": None}),
        ({"urgency": None, "keywords": ["one"]}, {"urgency": None, "keywords": ["one"]}),
        ({"provider": None}, {"provider": None}),
        ({"people": None, "sources": None}, {"people": [], "sources": []}),
        ({"dateline": {"place": "Elm", "date": None}}, None),
        ({"ed_note": None}, {"ed_note": None}),
    ],
)
async def test_a_merge_patch_changes_what_it_names_and_null_takes_away(
    writer: httpx.AsyncClient, change: dict[str, Any], expected: dict[str, Any] | None
) -> None:
    article = await post(writer, **FULL)
    answer = await patch(writer, article["href"], change)
    assert answer.status_code == 200, answer.text
    changed = answer.json()
    if expected is None:
        expected = {"dateline": article["dateline"] | {"place": "Elm", "date": None}}
    own = ("version", "updated_at", "quotes", "resolution")
    unchanged = {name: value for name, value in article.items() if name not in own and name not in expected}
    assert {name: changed[name] for name in unchanged} == unchanged
    assert {name: changed[name] for name in expected} == expected
    assert changed["version"] == 2
    assert [each["article_version"] for each in changed["quotes"]] == [2, 2]
    assert [each["version"] for each in changed["quotes"]] == [1, 1]


@pytest.mark.parametrize("member", ["headline", "language", "body"])
async def test_a_patch_cannot_take_away_what_is_required(writer: httpx.AsyncClient, member: str) -> None:
    article = await post(writer)
    answer = await patch(writer, article["href"], {member: None})
    assert (kind(answer)[0], errors(answer)) == (422, [(f"#/{member}", "missing")])


READ_ONLY = {
    "id": "01890a5d-ac96-774b-bcce-b302099a8057",
    "type": "quote",
    "version": 7,
    "href": "/v1/articles/x",
    "created_at": "2020-01-01T00:00:00Z",
    "updated_at": "2020-01-01T00:00:00Z",
    "corrections": [],
}


async def test_what_the_server_owns_is_refused_on_a_post(writer: httpx.AsyncClient, store: Database) -> None:
    before = await counts(store)
    answer = await writer.post("/v1/articles", json=dispatch(**READ_ONLY))
    assert errors(answer) == [(f"#/{member}", "read_only") for member in READ_ONLY]
    assert await counts(store) == before


@pytest.mark.parametrize("value", ["changed", None])
@pytest.mark.parametrize("member", [*READ_ONLY, "uri"])
async def test_what_the_server_owns_is_refused_on_a_change_when_it_differs(
    writer: httpx.AsyncClient, member: str, value: Any
) -> None:
    article = await post(writer)
    document = await read(writer, article["href"])
    if (member, value) != ("uri", None):
        answer = await put(writer, article["href"], document | {member: value})
        assert errors(answer) == [(f"#/{member}", "read_only")]
        answer = await patch(writer, article["href"], {member: value})
        assert errors(answer) == [(f"#/{member}", "read_only")]
    assert await read(writer, article["href"]) == document


async def test_all_that_is_wrong_is_told_at_once(writer: httpx.AsyncClient) -> None:
    answer = await writer.post(
        "/v1/articles",
        json=dispatch(
            language="xx-bogus-tag-that-is-none",
            pub_status="canceled",
            version=3,
            published_at="2999-01-01T00:00:00Z",
            quotes=[quote("never said"), quote(language="no-tag-at-all-x")],
        ),
    )
    assert kind(answer) == (422, "validation-error")
    assert errors(answer) == [
        ("#/version", "read_only"),
        ("#/language", "unknown_language"),
        ("#/pub_status", "use_kill"),
        ("#/published_at", "in_the_future"),
        ("#/quotes/0/fragments/0/text", "verbatim_mismatch"),
        ("#/quotes/1/language", "unknown_language"),
    ]


async def test_canceled_is_refused_wherever_it_is_written(writer: httpx.AsyncClient) -> None:
    article = await post(writer)
    for answer in (
        await writer.post("/v1/articles", json=dispatch(pub_status="canceled")),
        await put(writer, article["href"], dispatch(pub_status="canceled")),
        await patch(writer, article["href"], {"pub_status": "canceled"}),
    ):
        assert (answer.status_code, errors(answer)) == (422, [("#/pub_status", "use_kill")])


async def test_a_uri_is_taken_once(writer: httpx.AsyncClient, store: Database) -> None:
    article = await post(writer, uri="tag:example.org,2026:1")
    before = await counts(store)
    answer = await writer.post("/v1/articles", json=dispatch(uri="tag:example.org,2026:1", headline="Other"))
    assert kind(answer) == (409, "uri-exists")
    assert answer.json()["existing"] == {
        "id": article["id"],
        "type": "article",
        "headline": article["headline"],
        "href": article["href"],
    }
    assert await counts(store) == before


async def test_a_public_revision_is_told_to_readers_and_another_is_not(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    article = await post(writer)
    revision = {"kind": "correction", "note": "The day was wrong.", "public": True}
    await patch(writer, article["href"], {"headline": "Two", "revision": revision})
    await patch(
        writer, article["href"], {"headline": "Three", "revision": {"kind": "update", "note": "typo"}}
    )
    corrected = await read(client, article["href"])
    assert corrected["version"] == 3
    assert [{**c, "at": None} for c in corrected["corrections"]] == [
        {"version": 2, "kind": "correction", "note": "The day was wrong.", "at": None}
    ]
    # Sent back with what it was given, a correction changes nothing.
    assert (await put(writer, article["href"], corrected)).json()["version"] == 3


async def test_times_are_answered_in_utc_whatever_the_offset(writer: httpx.AsyncClient) -> None:
    article = await post(writer, published_at="2024-02-29T23:30:00.25-01:00")
    assert article["published_at"] == "2024-03-01T00:30:00.250000Z"
    soon = (dt.datetime.now(dt.UTC) - dt.timedelta(days=1)).astimezone(dt.timezone(dt.timedelta(hours=5)))
    article = await post(writer, embargoed_until=soon.isoformat())
    assert article["embargoed_until"].endswith("Z")


async def test_the_note_for_editors_is_shown_to_writers_only(
    writer: httpx.AsyncClient, client: httpx.AsyncClient, reader: httpx.AsyncClient
) -> None:
    article = await post(writer, ed_note='Check "ed_note":null')
    assert article["ed_note"] == 'Check "ed_note":null'
    assert (await read(writer, article["href"]))["ed_note"] == 'Check "ed_note":null'
    for one in (client, reader):
        assert (await read(one, article["href"]))["ed_note"] is None
    assert (await read(client, "/v1/articles"))["items"][0].get("ed_note") is None


async def test_a_list_answers_summaries(writer: httpx.AsyncClient, client: httpx.AsyncClient) -> None:
    article = await post(writer, **FULL)
    (summary,) = (await read(client, "/v1/articles"))["items"]
    left_out = {"body", "media", "quotes", "resolution", "ed_note"}
    assert summary == {name: value for name, value in article.items() if name not in left_out}


async def test_the_text_is_kept_exactly_as_it_was_sent(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    texts = [
        "e\u0301 \u00e9 \ufb01",
        " \u200fשלום \u202bעולם\u202c ",
        "a\tb\nc\u00a0\u2028d",
        "\U0001f600👩‍👩‍👧 \U00020000",
        "\ufeffx\ufffe\uffff",
    ]
    article = await post(writer, headline=texts[0], body=texts, byline=texts[3])
    read_back = await read(client, article["href"])
    assert [block["text"] for block in read_back["body"]] == texts
    assert (read_back["headline"], read_back["byline"]) == (texts[0], texts[3])


async def test_an_article_is_known_by_its_people_and_organisations(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    article = await post(writer, **FULL)
    other = await post(writer, people=[mention("Somebody Else")])
    for entry in article["resolution"]:
        plural = "people" if entry["type"] == "person" else "organisations"
        listed = await read(client, f"/v1/{plural}/{entry['id']}/articles")
        assert [item["id"] for item in listed["items"]] == [article["id"]]
    assert [i["id"] for i in (await read(client, "/v1/articles"))["items"]] == [other["id"], article["id"]]
