"""What a list says beside and inside its items: counts, facets, members, expanded Refs, highlights, ranks."""

from collections import Counter
from typing import Any

import httpx
import pytest

from tests.dispatches import mention, post, quote, read
from tests.reading.corpus import fill
from tests.reading.test_filters import walk

REFUSED = [
    ("fields", "headlines", "unknown_member"),
    ("fields", "headline,", "empty"),
    ("expand", "quotes", "not_in_enum"),
    ("facets", "color", "not_in_enum"),
    ("count", "all", "not_in_enum"),
    ("sort", "headline", "not_in_enum"),
    ("sort", "-relevance", "needs_q"),
    ("highlight", "true", "needs_q"),
    ("highlight", "yes", "wrong_type"),
]


@pytest.mark.parametrize(("name", "value", "code"), REFUSED)
async def test_what_a_list_cannot_do_is_refused(
    name: str, value: str, code: str, client: httpx.AsyncClient
) -> None:
    answer = await client.get("/v1/articles", params={name: value})
    assert answer.status_code == 400, answer.text
    (error,) = answer.json()["errors"]
    assert (error["parameter"], error["code"]) == (name, code)


async def test_fields_choose_the_members_of_items(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    posted = await post(writer, quotes=[quote()], ed_note="not for print")
    whole = await read(client, posted["href"])

    async def members(as_whom: httpx.AsyncClient, fields: str) -> Any:
        return (await read(as_whom, "/v1/articles", fields=fields))["items"][0]

    assert await members(client, "headline") == {"id": whole["id"], "headline": whole["headline"]}
    chosen = await members(client, "body,quotes,version")
    assert chosen == {name: whole[name] for name in ("id", "version", "body", "quotes")}
    assert list(chosen) == ["id", "version", "body", "quotes"]
    assert await members(client, "ed_note") == {"id": whole["id"], "ed_note": None}
    assert await members(writer, "ed_note") == {"id": whole["id"], "ed_note": "not for print"}
    (summary,) = (await read(client, "/v1/articles"))["items"]
    assert not {"body", "quotes", "media", "ed_note"} & set(summary)


async def test_expanding_puts_resources_in_place_of_refs(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    posted = await post(
        writer,
        provider={"name": "Osta News"},
        people=[mention({"name": 'Mara "M." Venn', "positions": [{"title": "Captain"}]})],
        quotes=[quote(speaker='Mara "M." Venn')],
    )
    person = await read(client, posted["people"][0]["person"]["href"])
    provider = await read(client, posted["provider"]["href"])
    (item,) = (await read(client, "/v1/articles", expand="people"))["items"]
    assert item["people"][0]["person"] == person
    assert item["provider"] == posted["provider"]
    page = await read(client, "/v1/articles", expand="people,organisations", fields="provider,quotes")
    (item,) = page["items"]
    assert item["provider"] == provider
    assert item["quotes"][0]["speaker"]["person"] == person
    (said,) = (await read(client, "/v1/quotes", expand="people,articles"))["items"]
    assert said["speaker"]["person"] == person
    (summary,) = (await read(client, "/v1/articles"))["items"]
    assert said["article"] == summary


async def test_counts_are_of_all_that_the_filters_find(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    corpus = await fill(writer)
    urgent = sum(article["urgency"] == 1 for article in corpus.articles)
    for how in ("exact", "estimated"):
        page = await read(client, "/v1/articles", count=how, limit=1, urgency=1)
        assert page["count"] == {"value": urgent, "exact": True}
        following = await read(client, "/v1/articles", count=how, limit=1, urgency=1, cursor=page["next"])
        assert following["count"] == page["count"]
        page = await read(client, "/v1/quotes", count=how, form="mixed")
        assert page["count"]["value"] == sum(quote["form"] == "mixed" for quote in corpus.quotes)
        page = await read(client, "/v1/people", count=how, name="Mara Venn")
        assert page["count"] == {"value": 1, "exact": True}


async def test_facets_count_what_the_filters_find(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    corpus = await fill(writer)
    english = [article for article in corpus.articles if article["language"].startswith("en")]
    names = "provider,person,organisation,speaker,subject,language,genre,month"
    page = await read(client, "/v1/articles", language="en", facets=names, limit=1)
    shown = {
        name: {bucket["value"]: bucket["count"] for bucket in facet["buckets"]}
        for name, facet in page["facets"].items()
    }
    assert shown["language"] == Counter(article["language"] for article in english)
    assert shown["provider"] == Counter(a["provider"]["id"] for a in english if a["provider"])
    assert shown["genre"] == Counter(a["genre"] for a in english if a["genre"])
    assert shown["month"] == {"2024-02": len(english)}
    codes = Counter(f"{s['scheme']}:{s['code']}" for a in english for s in a["subjects"])
    assert shown["subject"] == codes
    for name, parameter in (
        ("person", "person"),
        ("organisation", "organisation"),
        ("speaker", "has_quotes_by"),
    ):
        for value, count in shown[name].items():
            found = await read(client, "/v1/articles", language="en", count="exact", **{parameter: value})
            assert found["count"]["value"] == count, (name, value)
    assert all(facet["exact"] and not facet["more"] for facet in page["facets"].values())
    bucket = page["facets"]["provider"]["buckets"][0]
    assert bucket["ref"]["id"] == bucket["value"]
    assert "ref" not in page["facets"]["language"]["buckets"][0]


async def test_genres_that_differ_in_case_alone_are_one_value_of_the_facet_as_of_the_filter(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    for genre in ("Analysis", "Analysis", "INTERVIEW", "Interview", "Interview", "Élégie", "ÉLÉGIE"):
        await post(writer, genre=genre)
    page = await read(client, "/v1/articles", facets="genre", limit=1)
    buckets = [(bucket["value"], bucket["count"]) for bucket in page["facets"]["genre"]["buckets"]]
    assert buckets[0] == ("Interview", 3)
    assert {value.casefold(): count for value, count in buckets[1:]} == {"analysis": 2, "élégie": 2}
    for value, count in buckets:
        found = await read(client, "/v1/articles", genre=value, count="exact", limit=1)
        assert found["count"]["value"] == count


async def test_a_facet_tells_that_it_has_further_values(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    for most, more in ((50, False), (51, True)):
        subjects = [{"scheme": "x", "code": f"c{number:02}", "name": "n"} for number in range(most)]
        written = await post(writer, subjects=subjects)
        page = await read(client, "/v1/articles", id=written["id"], facets="subject")
        found = page["facets"]["subject"]
        assert [each["value"] for each in found["buckets"]] == [f"x:c{number:02}" for number in range(50)]
        assert (found["more"], found["exact"]) == (more, True)


async def test_quotes_are_counted_by_who_said_them_how_and_when(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    corpus = await fill(writer)
    names = "speaker,relay,provider,form,speaker_kind,language,month,month.speaker_kind"
    page = await read(client, "/v1/quotes", facets=names)
    found = page["facets"]
    kinds = Counter(quote["speaker"]["kind"] for quote in corpus.quotes)
    assert {each["value"]: each["count"] for each in found["speaker_kind"]["buckets"]} == kinds
    (month,) = found["month.speaker_kind"]["buckets"]
    assert (month["value"], month["count"]) == ("2024-02", len(corpus.quotes))
    assert {each["value"]: each["count"] for each in month["buckets"]} == kinds
    for name, parameter in (("speaker", "speaker"), ("relay", "via"), ("form", "form")):
        for each in found[name]["buckets"]:
            counted = await read(client, "/v1/quotes", count="exact", **{parameter: each["value"]})
            assert counted["count"]["value"] == each["count"], name
    providers = Counter(
        article["provider"]["id"]
        for article in corpus.articles
        if article["provider"]
        for _ in article["quotes"]
    )
    assert {each["value"]: each["count"] for each in found["provider"]["buckets"]} == providers


def cut(item: dict[str, Any]) -> list[tuple[str, str]]:
    """Cut the highlighted words out of an item."""
    return [(h["field"], item[h["field"]][h["start"] : h["end"]]) for h in item["highlights"]]


async def test_highlights_are_offsets_in_code_points(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    long = "Nothing to see here, move along. " * 20
    await post(
        writer,
        headline="🌬 Ferries & <b>ministers</b>",
        body=[long, long + "🌬 The minister said the ferry sailed; all ferries do. " + long],
    )
    (item,) = (await read(client, "/v1/articles", q="ferry minister", highlight="true"))["items"]
    assert cut(item) == [
        ("headline", "Ferries"),
        ("headline", "ministers"),
        ("snippet", "minister"),
        ("snippet", "ferry"),
        ("snippet", "ferries"),
    ]
    assert len(item["snippet"]) <= 242
    assert item["snippet"].startswith("…")
    assert item["headline"] == "🌬 Ferries & <b>ministers</b>"
    assert "body" not in item
    page = await read(client, "/v1/articles", q="ferry -tram", highlight="true", fields="id")
    assert set(page["items"][0]) == {"id", "snippet", "highlights"}


async def test_highlights_show_names_in_other_scripts_and_words_without_spaces(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    names = [{"value": "王小明", "language": "zh"}]
    people = [mention({"name": "Wang Xiaoming", "names": names}, as_printed=["王小明"])]
    await post(
        writer,
        language="zh",
        headline="外交部长会见代表团",
        body=["王小明说双方讨论了水资源。"],
        people=people,
    )
    for q, expected in [
        ("部长", [("headline", "部长")]),
        ("水", [("snippet", "水")]),
        ("Wang Xiaoming", [("snippet", "王小明")]),
    ]:
        (item,) = (await read(client, "/v1/articles", q=q, highlight="true"))["items"]
        assert cut(item) == expected, q


async def test_the_headline_weighs_more_than_the_lead_and_the_lead_more_than_the_body(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    texts = {
        "body": ("Plain", ["Lead.", "Then a comet came."]),
        "headline": ("Comet", ["Lead.", "More."]),
        "none": ("Plain", ["Lead.", "More."]),
        "lead": ("Plain", ["A comet came.", "More."]),
    }
    posted = {name: (await post(writer, headline=h, body=b))["id"] for name, (h, b) in texts.items()}
    page = await read(client, "/v1/articles", q="comets", sort="-relevance")
    expected = [posted[name] for name in ("headline", "lead", "body")]
    assert [item["id"] for item in page["items"]] == expected
    assert page["ranked_within"] == 10_000
    assert await walk(client, "/v1/articles", 1, q="comets", sort="-relevance") == expected


async def test_a_cursor_belongs_to_its_filters_and_order(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    await fill(writer, articles=6)
    params = {"q": "words", "sort": "-relevance", "limit": 2}
    cursor = (await read(client, "/v1/articles", **params))["next"]
    for changed in ({"q": "word"}, {"sort": "published_at"}, {"urgency": 1}):
        answer = await client.get("/v1/articles", params={**params, **changed, "cursor": cursor})
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["parameter"] == "cursor"
