"""Every filter of the lists, alone and in pairs, against the documents themselves."""

from collections.abc import Callable
from itertools import combinations
from typing import Any

import httpx
import pytest

from api.db.pool import Database
from tests.dispatches import ids, patch, post, quote, read
from tests.reading.corpus import Corpus, fill

Document = dict[str, Any]
Filter = tuple[str, str, Callable[[Document], bool]]


def refs(*found: Any) -> set[str]:
    return {ref["id"] for ref in found if ref}


def quoted(article: Document, member: str) -> set[str]:
    return {id for quote in article["quotes"] for id in (speakers if member == "speaker" else relays)(quote)}


def speakers(quote: Document) -> set[str]:
    return refs(quote["speaker"]["person"], quote["speaker"]["organisation"])


def relays(quote: Document) -> set[str]:
    return refs(*(relay[kind] for relay in quote["chain"] for kind in ("organisation", "person")))


def sources(article: Document) -> set[str]:
    return refs(*(source["organisation"] for source in article["sources"]))


def codes(article: Document) -> set[str]:
    return {subject["code"] for subject in article["subjects"]}


def organisations(article: Document) -> set[str]:
    named = [each["organisation"] for each in article["organisations"]]
    return refs(*named) | sources(article) | quoted(article, "speaker") | quoted(article, "relay")


def first(value: str) -> str:
    return (value + "-01-01")[:10]


def last(value: str) -> str:
    return {4: value + "-12-31", 7: value + "-31", 10: value}[len(value)]


def article_filters(corpus: Corpus) -> list[Filter]:
    who = corpus.ids
    venn, karst, osta, halcin = who["Mara Venn"], who["Odo Karst"], who["Osta News"], who["Halcin Press"]
    some = [article["id"] for article in corpus.articles[3:20]]
    noon, changed = "2024-02-01T12:00:00Z", corpus.articles[9]["updated_at"]
    return [
        ("id", ",".join(some), lambda a: a["id"] in some),
        ("uri", "tag:example.org,2024:5", lambda a: a["uri"].endswith(":5")),
        ("language", "en", lambda a: a["language"] in ("en", "en-GB")),
        ("language", "EN-gb,uk", lambda a: a["language"] in ("en-GB", "uk")),
        ("provider", osta, lambda a: osta in refs(a["provider"])),
        ("source", f"{osta},{halcin}", lambda a: {osta, halcin} & sources(a)),
        ("person", venn, lambda a: venn in refs(*(p["person"] for p in a["people"])) | quoted(a, "speaker")),
        ("organisation", halcin, lambda a: halcin in organisations(a)),
        ("subject", "medtop:20000587,desk:ferries", lambda a: {"20000587", "ferries"} & codes(a)),
        ("keyword", "CRÈME brûlée", lambda a: "crème brûlée" in a["keywords"]),
        ("keyword", "ferry,harbour works", lambda a: {"Ferry", "Harbour Works"} & set(a["keywords"])),
        ("genre", "interview", lambda a: a["genre"] == "Interview"),
        ("urgency", "1", lambda a: a["urgency"] == 1),
        ("pub_status", "usable", lambda a: a["pub_status"] == "usable"),
        ("pub_status", "withheld", lambda a: a["pub_status"] == "withheld"),
        ("published_after", noon, lambda a: a["published_at"] >= noon),
        ("published_before", noon, lambda a: a["published_at"] < noon),
        ("updated_after", changed, lambda a: a["updated_at"] >= changed),
        ("has_quotes_by", f"{venn},{karst}", lambda a: {venn, karst} & quoted(a, "speaker")),
        ("via", osta, lambda a: osta in quoted(a, "relay")),
    ]  # fmt: skip


def quote_filters(corpus: Corpus) -> list[Filter]:
    venn, osta, halcin = (corpus.ids[name] for name in ("Mara Venn", "Osta News", "Halcin Press"))
    some = [quote["id"] for quote in corpus.quotes[2:15]]
    carrying = [quote["article"]["id"] for quote in corpus.quotes[::4]]

    def said(quote: Document) -> str | None:
        return quote["said_on"] and quote["said_on"]["value"]

    return [
        ("id", ",".join(some), lambda q: q["id"] in some),
        ("speaker", f"{venn},{osta}", lambda q: {venn, osta} & speakers(q)),
        ("speaker_kind", "unnamed,collective", lambda q: q["speaker"]["kind"] in ("unnamed", "collective")),
        ("organisation", osta, lambda q: osta in refs(q["speaker"]["organisation"])),
        ("via", halcin, lambda q: halcin in relays(q)),
        ("form", "mixed", lambda q: q["form"] == "mixed"),
        ("attribution", "inherited", lambda q: q["attribution"] == "inherited"),
        ("article", ",".join(carrying), lambda q: q["article"]["id"] in carrying),
        ("said_after", "2023-12-20", lambda q: said(q) and last(said(q)) >= "2023-12-20"),
        ("said_after", "2024", lambda q: said(q) and last(said(q)) >= "2024-01-01"),
        ("said_before", "2024-01-10", lambda q: said(q) and first(said(q)) < "2024-01-10"),
        ("language", "en", lambda q: q["language"] in ("en", "en-GB")),
        ("status", "current", lambda q: q["status"] == "current"),
        ("status", "withdrawn", lambda q: q["status"] == "withdrawn"),
        ("first_hand", "true", lambda q: q["chain"] == []),
        ("first_hand", "false", lambda q: q["chain"] != []),
    ]


async def walk(client: httpx.AsyncClient, path: str, limit: int, **params: Any) -> list[str]:
    """Read all pages of a list."""
    found: list[str] = []
    page = await read(client, path, limit=limit, **params)
    while True:
        found += [item["id"] for item in page["items"]]
        if page["next"] is None:
            return found
        page = await read(client, path, limit=limit, cursor=page["next"], **params)


async def test_articles_are_found_by_each_filter_alone_and_by_any_two(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    corpus = await fill(writer)
    filters = article_filters(corpus)
    for name, value, holds in filters:
        expected = [article["id"] for article in corpus.articles if holds(article)]
        assert await walk(client, "/v1/articles", 7, **{name: value}) == expected, (name, value)
        assert expected or value == "withheld", f"{name}={value} finds nothing, which tests nothing"
        assert len(expected) < 36 or value == "usable", f"{name}={value} finds everything"
    for one, other in combinations(filters, 2):
        if one[0] == other[0]:
            continue
        expected = [each["id"] for each in corpus.articles if one[2](each) and other[2](each)]
        found = await ids(client, "/v1/articles", **{one[0]: one[1], other[0]: other[1]})
        assert found == expected, (one[:2], other[:2])


def in_order(quotes: list[Document], *names: str) -> list[str]:
    """Give the ids of quotes as lists have them: between days, what was said last comes first."""
    if any(name.startswith("said_") for name in names):
        quotes = sorted(quotes, key=lambda q: (first(q["said_on"]["value"]), q["id"]), reverse=True)
    return [quote["id"] for quote in quotes]


async def test_quotes_are_found_by_each_filter_alone_and_by_any_two(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    corpus = await fill(writer, articles=48)
    filters = quote_filters(corpus)
    for name, value, holds in filters:
        expected = in_order([quote for quote in corpus.quotes if holds(quote)], name)
        assert await walk(client, "/v1/quotes", 7, **{name: value}) == expected, (name, value)
        assert expected or value == "withdrawn", f"{name}={value} finds nothing, which tests nothing"
    for one, other in combinations(filters, 2):
        if one[0] == other[0]:
            continue
        both = [each for each in corpus.quotes if one[2](each) and other[2](each)]
        expected = in_order(both, one[0], other[0])
        found = await ids(client, "/v1/quotes", **{one[0]: one[1], other[0]: other[1]})
        assert found == expected, (one[:2], other[:2])


async def test_the_lists_of_one_person_take_the_filters_too(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    corpus = await fill(writer)
    venn, osta = corpus.ids["Mara Venn"], corpus.ids["Osta News"]
    for article in corpus.articles:
        article["_refs"] = refs(*(each["person"] for each in article["people"])) | quoted(article, "speaker")
    named = [article["id"] for article in corpus.articles if venn in article["_refs"]]
    usable = [a["id"] for a in corpus.articles if a["id"] in named and a["urgency"] == 1]
    assert usable
    assert await ids(client, f"/v1/people/{venn}/articles") == named
    assert await ids(client, f"/v1/people/{venn}/articles", urgency=1) == usable
    carried = [a["id"] for a in corpus.articles if osta in organisations(a) | refs(a["provider"])]
    assert await ids(client, f"/v1/organisations/{osta}/articles") == carried
    said = [quote["id"] for quote in corpus.quotes if venn in speakers(quote)]
    mixed = [q["id"] for q in corpus.quotes if q["id"] in said and q["form"] == "mixed"]
    assert await ids(client, f"/v1/people/{venn}/quotes") == said
    assert await ids(client, f"/v1/people/{venn}/quotes", form="mixed") == mixed


async def test_the_quotes_of_an_article_take_every_filter_and_stay_in_order_of_appearance(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    corpus = await fill(writer)
    article = max(corpus.articles, key=lambda each: len(each["quotes"]))
    path, carried = f"{article['href']}/quotes", article["quotes"]
    assert await walk(client, path, 1) == [quote["id"] for quote in carried]
    for name, value, holds in quote_filters(corpus):
        expected = [quote["id"] for quote in carried if holds(quote)]
        assert await walk(client, path, 1, **{name: value}) == expected, (name, value)
    assert await ids(client, path, article=article["id"]) == [quote["id"] for quote in carried]
    assert await ids(client, path, article=corpus.ids["Mara Venn"]) == []
    page = await read(client, path, q="said", count="exact", facets="form", highlight="true", fields="text")
    assert page["count"] == {"value": len(page["items"]), "exact": True}


async def test_a_withdrawn_quote_is_listed_where_it_stood_when_it_is_asked_for(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    article = await post(writer, quotes=[quote(), quote("second pier", form="mixed")])
    first, second = [each["id"] for each in article["quotes"]]
    await patch(writer, article["href"], {"quotes": article["quotes"][1:]})
    path = f"{article['href']}/quotes"
    assert await ids(client, path) == [second]
    assert await ids(client, path, status="withdrawn") == [first]
    assert set(await walk(client, path, 1, status="withdrawn,current")) == {first, second}


@pytest.mark.parametrize("sort", ["-published_at", "published_at", "-updated_at"])
async def test_articles_are_sorted_and_paged_in_each_order(
    sort: str, writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    corpus = await fill(writer)
    key = sort.lstrip("-")
    ordered = sorted(corpus.articles, key=lambda a: (a[key], a["id"]), reverse=sort.startswith("-"))
    assert await walk(client, "/v1/articles", 5, sort=sort) == [a["id"] for a in ordered]
    english = [a["id"] for a in ordered if a["language"].startswith("en")]
    assert await walk(client, "/v1/articles", 3, sort=sort, language="en") == english


OFFICES = [
    ("Ana Ferro", "PT", "Foreign Minister", "ministry", "2020-01-01", "2023-06-30"),
    ("Bela Kiss", "HU", "Minister of Health", "hospital", "2021", None),
    ("Carl Moss", "PT", "Mayor", None, None, "2022-03"),
]


async def test_people_are_found_by_each_filter_alone_and_by_any_two(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    places = {
        name: (await post(writer, "/v1/organisations", name=name, kind="government"))["id"]
        for name in ("ministry", "hospital")
    }
    people = {}
    for name, country, title, place, start, end in OFFICES:
        office = {
            "title": title,
            "organisation": place and {"id": places[place]},
            "from": start,
            "until": end,
        }
        identifiers = [{"scheme": "desk", "value": name[0]}]
        members = {"country": country, "positions": [office], "identifiers": identifiers}
        people[name] = (await post(writer, "/v1/people", name=name, **members))["id"]
    ana, bela, carl = people.values()
    filters = [
        ("id", f"{ana},{bela}", {ana, bela}),
        ("name", "bela KISS", {bela}),
        ("identifier", "desk:A,desk:C", {ana, carl}),
        ("country", "PT", {ana, carl}),
        ("position", "minister", {ana, bela}),
        ("position", "minister health", {bela}),
        ("organisation", places["ministry"], {ana}),
        ("at", "2022-01-01", {ana, bela, carl}),
        ("at", "2023-06-30", {ana, bela}),
    ]
    for name, value, expected in filters:
        found = await walk(client, "/v1/people", 1, **{name: value})
        assert found == sorted(expected, reverse=True), (name, value)
    for one, other in combinations(filters, 2):
        if one[0] != other[0]:
            found = await ids(client, "/v1/people", **{one[0]: one[1], other[0]: other[1]})
            assert found == sorted(one[2] & other[2], reverse=True), (one, other)


async def test_an_office_is_one_office(writer: httpx.AsyncClient, client: httpx.AsyncClient) -> None:
    offices = [
        {"title": "Mayor", "from": "2001-01-01", "until": "2005-12-31"},
        {"title": "Minister", "from": "2010-01-01", "until": "2014-12-31"},
    ]
    person = await post(writer, "/v1/people", name="Dora Lind", positions=offices)
    assert await ids(client, "/v1/people", position="mayor", at="2003-05-05") == [person["id"]]
    assert await ids(client, "/v1/people", position="mayor", at="2012-05-05") == []
    assert await ids(client, "/v1/people", position="mayor minister") == []


async def test_organisations_are_found_by_each_filter_alone_and_by_any_two(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    group = (await post(writer, "/v1/organisations", name="Group", kind="company", country="DE"))["id"]
    paper = (
        await post(
            writer,
            "/v1/organisations",
            name="Paper",
            kind="media",
            country="DE",
            parent={"id": group},
            identifiers=[{"scheme": "url:host", "value": "paper.example"}],
        )
    )["id"]
    radio = (await post(writer, "/v1/organisations", name="Radio", kind="media", country="AT"))["id"]
    filters = [
        ("id", f"{group},{paper}", {group, paper}),
        ("name", "PAPER", {paper}),
        ("identifier", "url:host:paper.example", {paper}),
        ("country", "DE", {group, paper}),
        ("kind", "media", {paper, radio}),
        ("organisation", group, {paper}),
    ]
    for name, value, expected in filters:
        assert await ids(client, "/v1/organisations", **{name: value}) == sorted(expected, reverse=True), name
    for one, other in combinations(filters, 2):
        found = await ids(client, "/v1/organisations", **{one[0]: one[1], other[0]: other[1]})
        assert found == sorted(one[2] & other[2], reverse=True), (one, other)


async def test_quotes_move_with_their_article_in_the_order_of_time(
    writer: httpx.AsyncClient, client: httpx.AsyncClient, store: Database
) -> None:
    posted = await post(writer, published_at="2001-02-03T00:00:00Z", quotes=[quote()])
    changed = await writer.patch(
        posted["href"],
        json={"published_at": "2019-11-30T23:59:59Z"},
        headers={"If-Match": "*", "Content-Type": "application/merge-patch+json"},
    )
    assert changed.status_code == 200, changed.text
    async with store.read() as conn:
        for table in ("article_search", "quote_search"):
            words = await conn.fetchval(f"select tsvector_to_array(words) from {table}")
            places = [word for word in words if word.startswith(("=day:", "=month:", "=year:"))]
            assert sorted(places) == ["=day:2019-11-30", "=month:2019-11", "=year:2019"]
