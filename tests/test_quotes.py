"""Quotes through HTTP: pinned to their words, with an identity of their own, corrected by themselves."""

from typing import Any

import httpx
import pytest

from api.db.pool import Database
from tests.dispatches import (
    counts,
    dispatch,
    errors,
    events,
    ids,
    kind,
    mention,
    patch,
    post,
    put,
    quote,
    read,
)

TWO = [quote("We are ready,"), quote("The crew is on board.")]


async def article_of(client: httpx.AsyncClient, **members: Any) -> dict[str, Any]:
    """Post a dispatch with two quotes, and read it back."""
    posted = await post(client, **({"quotes": TWO} | members))
    return await read(client, posted["href"])


# Words


@pytest.mark.parametrize(
    ("body", "fragments", "expected"),
    [
        (["“a 😀 b”"], [{"block": 0, "start": 1, "end": 6}], [(0, 1, 6, "a 😀 b")]),
        (["“a 😀 b”"], [{"block": 0, "text": "a 😀 b"}], [(0, 1, 6, "a 😀 b")]),
        (
            ["“one, two, three,” he said"],
            [{"text": "one"}, {"text": "three"}],
            [(0, 1, 4, "one"), (0, 11, 16, "three")],
        ),
        (["“one", "two”"], [{"text": "one"}, {"text": "two"}], [(0, 1, 4, "one"), (1, 0, 3, "two")]),
        (["he: «שלום עולם»"], [{"text": "שלום עולם"}], [(0, 5, 14, "שלום עולם")]),
        (["“e\u0301te\u0301”"], [{"text": "e\u0301te\u0301"}], [(0, 1, 6, "e\u0301te\u0301")]),
        (["“no, no”"], [{"block": 0, "start": 5, "end": 7, "text": "no"}], [(0, 5, 7, "no")]),
        (["“no”", "“no”"], [{"block": 1, "text": "no"}], [(1, 1, 3, "no")]),
    ],
)
async def test_a_fragment_is_pinned_to_its_characters(
    writer: httpx.AsyncClient, body: list[str], fragments: list[Any], expected: list[Any]
) -> None:
    article = await post(writer, body=body, quotes=[quote(fragments=fragments)])
    (made,) = article["quotes"]
    assert [(f["block"], f["start"], f["end"], f["text"]) for f in made["fragments"]] == expected
    assert made["text"] == " … ".join(text for _, _, _, text in expected)


@pytest.mark.parametrize(
    ("fragment", "problem", "member", "hint"),
    [
        ({"text": "ready We"}, "verbatim-mismatch", "text", None),
        (
            {"block": 0, "start": 0, "end": 13, "text": "We are ready,"},
            "verbatim-mismatch",
            "text",
            (1, 1, 14),
        ),
        (
            {"block": 1, "start": 0, "end": 13, "text": "We are ready,"},
            "verbatim-mismatch",
            "text",
            (1, 1, 14),
        ),
        ({"text": "the"}, "ambiguous-fragment", "text", None),
        ({"block": 3, "text": "x"}, "validation-error", "block", None),
        ({"block": 0, "start": 60, "end": 66}, "validation-error", "end", None),
        ({"block": 0, "start": 5, "end": 5}, "validation-error", "end", None),
        ({"block": 0, "start": 5}, "validation-error", "end", None),
        ({"start": 0, "end": 5}, "validation-error", "block", None),
        ({}, "validation-error", "text", None),
        ({"block": -1, "start": 0, "end": 1}, "validation-error", "block", None),
        ({"block": 0, "start": 0, "end": 2**63}, "validation-error", "end", None),
        ({"text": " "}, "validation-error", "text", None),
        ({"text": "“We are ready,”"}, "validation-error", "start", (1, 1, 14)),
    ],
)
async def test_a_fragment_that_does_not_stand_there_is_refused(
    writer: httpx.AsyncClient, store: Database, fragment: Any, problem: str, member: str, hint: Any
) -> None:
    before = await counts(store)
    answer = await writer.post("/v1/articles", json=dispatch(quotes=[quote(fragments=[fragment])]))
    assert kind(answer) == (422, problem)
    (error,) = answer.json()["errors"]
    assert error["pointer"] == f"#/quotes/0/fragments/0/{member}"
    suggestion = hint and dict(zip(("block", "start", "end"), hint, strict=True))
    assert error.get("suggestion") == suggestion
    assert await counts(store) == before


# Identity


async def test_an_id_keeps_a_quote_whatever_changes_in_it(writer: httpx.AsyncClient) -> None:
    article = await article_of(writer)
    one, two = article["quotes"]
    sent = [
        quote("repaired the second pier", "Tam Orrel", id=two["id"], form="mixed"),
        quote("We are ready,", cue="told", id=one["id"]),
    ]
    answer = await put(writer, article["href"], article | {"quotes": sent})
    assert answer.status_code == 200, answer.text
    first, second = answer.json()["quotes"]
    assert (first["id"], first["version"], first["text"]) == (two["id"], 2, "repaired the second pier")
    assert (second["id"], second["version"], second["cue"]) == (one["id"], 2, "told")
    assert {each["status"] for each in (first, second)} == {"current"}
    assert {each["created_at"] for each in (first, second)} == {one["created_at"]}


async def test_equal_words_and_speaker_keep_a_quote_without_an_id(writer: httpx.AsyncClient) -> None:
    article = await article_of(writer)
    one, two = article["quotes"]
    sent = [quote("The crew is on board."), quote("We are ready,", speaker="Somebody Else") | {"cue": "x"}]
    sent[1]["speaker"]["as_printed"] = "Else"
    answer = await put(writer, article["href"], article | {"quotes": sent})
    first, second = answer.json()["quotes"]
    assert (first["id"], first["version"]) == (two["id"], 1)
    assert second["id"] not in {one["id"], two["id"]}


async def test_a_quote_left_out_is_withdrawn_but_keeps_its_address(
    writer: httpx.AsyncClient, client: httpx.AsyncClient, store: Database
) -> None:
    article = await article_of(writer)
    one, two = article["quotes"]
    changed = (await patch(writer, article["href"], {"quotes": [two]})).json()
    assert [each["id"] for each in changed["quotes"]] == [two["id"]]
    gone = await read(client, one["href"])
    assert gone == one | {"status": "withdrawn", "version": 2, "updated_at": changed["updated_at"]}
    venn = one["speaker"]["person"]["id"]
    for path in ("/v1/quotes", f"{article['href']}/quotes", f"/v1/people/{venn}/quotes"):
        assert await ids(client, path) == [two["id"]]
    assert (await events(store))[-2:] == ["article.updated", "quote.withdrawn"]


async def test_null_takes_all_quotes_away(writer: httpx.AsyncClient) -> None:
    article = await article_of(writer)
    changed = (await patch(writer, article["href"], {"quotes": None})).json()
    assert (changed["version"], changed["quotes"]) == (2, [])
    assert {(await read(writer, each["href"]))["status"] for each in article["quotes"]} == {"withdrawn"}


async def test_a_body_without_quotes_takes_them_along_and_one_with_quotes_is_checked(
    writer: httpx.AsyncClient,
) -> None:
    article = await article_of(writer)
    body = ["New first.", *(block["text"] for block in article["body"])]
    whole = {name: value for name, value in article.items() if name != "quotes"} | {"body": body}
    answer = await put(writer, article["href"], whole | {"quotes": article["quotes"]})
    assert (answer.status_code, len(errors(answer))) == (422, 2)
    assert {code for _, code in errors(answer)} == {"verbatim_mismatch", "out_of_range"}
    moved = (await put(writer, article["href"], whole)).json()
    assert [(q["id"], q["fragments"][0]["block"]) for q in moved["quotes"]] == [
        (q["id"], q["fragments"][0]["block"] + 1) for q in article["quotes"]
    ]
    answer = await patch(writer, article["href"], {"body": ["Nothing left."]})
    assert answer.json()["quotes"] == []


async def test_one_id_given_to_two_quotes_is_refused(writer: httpx.AsyncClient, store: Database) -> None:
    article = await article_of(writer)
    one, two = article["quotes"]
    before = await counts(store)
    answer = await patch(writer, article["href"], {"quotes": [one, quote(id=one["id"]), two]})
    assert (answer.status_code, errors(answer)) == (422, [("#/quotes/1/id", "unknown_reference")])
    assert await counts(store) == before


async def test_two_equal_quotes_are_two(writer: httpx.AsyncClient) -> None:
    article = await article_of(writer, quotes=[quote(), quote()])
    assert len({each["id"] for each in article["quotes"]}) == 2
    assert (await put(writer, article["href"], article)).json() == article
    anew = (await patch(writer, article["href"], {"quotes": [quote(), quote(), quote()]})).json()
    assert [each["id"] for each in anew["quotes"][:2]] == [each["id"] for each in article["quotes"]]


async def test_the_id_of_another_articles_quote_is_refused(writer: httpx.AsyncClient) -> None:
    article, other = await article_of(writer), await article_of(writer)
    answer = await patch(writer, article["href"], {"quotes": [quote(id=other["quotes"][0]["id"])]})
    assert (answer.status_code, errors(answer)) == (422, [("#/quotes/0/id", "unknown_reference")])


OWNED: dict[str, Any] = {
    "type": "article",
    "version": 9,
    "href": "/x",
    "created_at": "2020-01-01T00:00:00Z",
    "updated_at": "2020-01-01T00:00:00Z",
    "article": {"id": "x"},
    "article_version": 9,
    "text": "Other words",
    "status": "changed",
}


async def test_what_the_server_owns_in_a_quote_is_refused(writer: httpx.AsyncClient) -> None:
    owned = OWNED | {"id": "01890a5d-ac96-774b-bcce-b302099a8057"}
    given = quote() | owned
    given["speaker"]["position"] = None
    answer = await writer.post("/v1/articles", json=dispatch(quotes=[given]))
    assert answer.status_code == 422
    expected = {f"#/quotes/0/{member}" for member in (*owned, "speaker/position")}
    assert set(errors(answer)) == {(pointer, "read_only") for pointer in expected}
    article = await article_of(writer)
    one, two = article["quotes"]
    for member, value in OWNED.items():
        for wrong in (value, None):
            answer = await patch(writer, article["href"], {"quotes": [one, two | {member: wrong}]})
            assert errors(answer) == [(f"#/quotes/1/{member}", "read_only")]
            answer = await patch(writer, one["href"], {member: wrong})
            assert errors(answer) == [(f"#/{member}", "read_only")]


# The quote by itself


async def test_a_corrected_attribution_raises_the_quotes_version_and_not_the_articles(
    writer: httpx.AsyncClient, client: httpx.AsyncClient, store: Database
) -> None:
    article = await article_of(writer)
    one, two = article["quotes"]
    before = await client.get(article["href"])
    answer = await writer.patch(
        one["href"],
        json={
            "speaker": {"person": {"name": "Tam Orrel"}, "as_printed": "Orrel"},
            "cue": "said",
            "chain": [{"as_printed": "Osta", "organisation": {"name": "Osta News"}}],
        },
        headers={"If-Match": (await writer.get(one["href"])).headers["etag"]},
    )
    assert answer.status_code == 200, answer.text
    changed = answer.json()
    (orrel,) = await ids(client, "/v1/people", name="Tam Orrel")
    assert (changed["version"], changed["cue"]) == (2, "said")
    assert changed["speaker"]["person"]["id"] == orrel
    assert changed["fragments"] == one["fragments"]
    after = await client.get(article["href"])
    assert after.json() == before.json() | {"quotes": [changed, two]}
    assert after.headers["etag"] != before.headers["etag"]
    assert after.headers["etag"].split(".")[0] == before.headers["etag"].split(".")[0]
    assert await read(client, one["href"]) == changed
    assert await ids(client, "/v1/quotes", speaker=orrel) == [one["id"]]
    assert await ids(client, f"/v1/people/{orrel}/articles") == [article["id"]]
    (osta,) = await ids(client, "/v1/organisations")
    assert await ids(client, "/v1/quotes", via=osta, first_hand="false") == [one["id"]]
    assert (await events(store))[-1] == "quote.updated"
    stale = await writer.patch(one["href"], json={"cue": "x"}, headers={"If-Match": '"1.x"'})
    assert (kind(stale), stale.headers["etag"].split(".")[0]) == ((412, "precondition-failed"), '"2')


async def test_a_patch_that_changes_nothing_in_a_quote_makes_no_version(
    writer: httpx.AsyncClient, store: Database
) -> None:
    one = (await article_of(writer))["quotes"][0]
    before = await events(store)
    for change in ({}, {"cue": None}, one, {"fragments": one["fragments"], "form": "direct"}):
        answer = await patch(writer, one["href"], change)
        assert (answer.status_code, answer.json()) == (200, one)
    assert await events(store) == before


@pytest.mark.parametrize("value", ["other", None])
@pytest.mark.parametrize("member", ["fragments", "form", "id"])
async def test_the_words_of_a_quote_are_written_through_its_article(
    writer: httpx.AsyncClient, member: str, value: Any
) -> None:
    one = (await article_of(writer))["quotes"][0]
    answer = await patch(writer, one["href"], {member: value})
    assert (answer.status_code, errors(answer)) == (422, [(f"#/{member}", "read_only")])


async def test_a_patch_that_names_another_entity_replaces_the_reference(writer: httpx.AsyncClient) -> None:
    article = await article_of(writer, provider={"name": "Osta News"})
    changed = (await patch(writer, article["href"], {"provider": {"name": "Elm Wire"}})).json()
    assert changed["provider"]["name"] == "Elm Wire"
    one = article["quotes"][0]
    changed = (await patch(writer, one["href"], {"speaker": {"person": {"name": "Tam Orrel"}}})).json()
    assert changed["speaker"]["person"]["name"] == "Tam Orrel"
    child = await post(writer, "/v1/organisations", name="Child", parent={"name": "Osta News"})
    changed = (await patch(writer, child["href"], {"parent": {"name": "Elm Wire"}})).json()
    assert changed["parent"]["name"] == "Elm Wire"


async def test_a_withdrawn_quote_can_still_be_corrected(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    article = await article_of(writer)
    one = article["quotes"][0]
    await patch(writer, article["href"], {"quotes": []})
    changed = (await patch(writer, one["href"], {"cue": "said"})).json()
    assert (changed["status"], changed["version"], changed["cue"]) == ("withdrawn", 3, "said")
    assert (await read(client, article["href"]))["quotes"] == []


async def test_a_quote_follows_the_headline_of_its_article(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    article = await article_of(writer)
    one, two = article["quotes"]
    await patch(writer, article["href"], {"quotes": [two], "headline": "Second"})
    await patch(writer, article["href"], {"headline": "Third"})
    for each in (one, two):
        assert (await read(client, each["href"]))["article"]["headline"] == "Third"


@pytest.mark.parametrize(
    ("speaker", "pointer"),
    [
        ({"kind": "collective", "person": {"name": "X"}}, "#/quotes/0/speaker"),
        ({"kind": "person"}, "#/quotes/0/speaker"),
        ({"kind": "king", "as_printed": "x"}, "#/quotes/0/speaker/kind"),
        ({"kind": "person", "as_printed": "x", "person": {}}, "#/quotes/0/speaker/person"),
        ({"as_printed": "x"}, "#/quotes/0/speaker/kind"),
    ],
)
async def test_a_speaker_that_cannot_be_is_refused(
    writer: httpx.AsyncClient, speaker: dict[str, Any], pointer: str
) -> None:
    answer = await writer.post("/v1/articles", json=dispatch(quotes=[quote() | {"speaker": speaker}]))
    assert answer.status_code == 422
    assert [each for each, _ in errors(answer)] == [pointer]


# Lists


async def test_quotes_are_found_by_speaker_relay_and_kind(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    relayed = quote("The crew is on board.", chain=[{"as_printed": "Osta", "organisation": {"name": "Osta"}}])
    unnamed = quote("second pier", form="mixed") | {"speaker": {"kind": "unnamed", "description": "a sailor"}}
    port = quote("it had repaired", form="indirect") | {
        "speaker": {"kind": "organisation", "organisation": {"name": "Port"}}
    }
    article = await post(writer, quotes=[quote(), relayed, unnamed, port], people=[mention("Silent")])
    first, second, third, fourth = [each["id"] for each in article["quotes"]]
    of = {entry["name"]: entry["id"] for entry in article["resolution"]}
    for filters, expected in (
        ({"speaker": of["Mara Venn"]}, {first, second}),
        ({"speaker": f"{of['Mara Venn']},{of['Port']}"}, {first, second, fourth}),
        ({"via": of["Osta"]}, {second}),
        ({"via": of["Port"]}, set()),
        ({"first_hand": "true"}, {first, third, fourth}),
        ({"first_hand": "false"}, {second}),
        ({"speaker_kind": "unnamed,organisation"}, {third, fourth}),
        ({"speaker": of["Mara Venn"], "first_hand": "true"}, {first}),
    ):
        assert set(await ids(client, "/v1/quotes", **filters)) == expected, filters
    assert await ids(client, f"{article['href']}/quotes") == [first, second, third, fourth]
    assert await ids(client, f"/v1/people/{of['Silent']}/quotes") == []
    assert set(await ids(client, f"/v1/organisations/{of['Port']}/quotes")) == {fourth}
    assert (await client.get(f"/v1/people/{of['Port']}/quotes")).status_code == 404
