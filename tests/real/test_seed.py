"""The seed dispatch, posted and asked: who said what, through whom, and in whose words."""

from collections import Counter
from typing import Any

import httpx
import pytest

from tests.real import seed

pytestmark = pytest.mark.skipif(
    not seed.FILE.exists(), reason="the seed dispatch is not here: ../shared/data/seed/dispatch.txt"
)

TASS_SPANS = [[(632, 674)], [(743, 810)]]
RELAYED = [*TASS_SPANS, [(1184, 1224), (1235, 1257), (1279, 1290)]]
LAVROV_SPANS = [
    [(349, 375), (381, 432)],
    *TASS_SPANS,
    [(845, 917)],
    [(920, 1118)],
    [(1731, 1819)],
    [(1842, 1968)],
    [(2010, 2119)],
]
DIPLOMATS_SPANS = [[(2174, 2285)], [(2297, 2333)]]


@pytest.fixture
async def article(writer: httpx.AsyncClient) -> dict[str, Any]:
    answer = await writer.post("/v1/articles", json=seed.dispatch())
    assert answer.status_code == 201, answer.text
    return answer.json()


def words(spans: list[list[tuple[int, int]]]) -> Counter[str]:
    return Counter(seed.said(*one) for one in spans)


async def answered(client: httpx.AsyncClient, path: str, **params: str) -> list[dict[str, Any]]:
    answer = await client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def texts(items: list[dict[str, Any]]) -> Counter[str]:
    return Counter(item["text"] for item in items)


def id_of(article: dict[str, Any], name: str) -> str:
    return next(entry["id"] for entry in article["resolution"] if entry["name"] == name)


async def test_the_dispatch_is_read_back_as_it_was_posted(
    client: httpx.AsyncClient, article: dict[str, Any]
) -> None:
    read = (await client.get(article["href"])).json()
    posted = seed.dispatch()
    assert [block["text"] for block in read["body"]] == posted["body"]
    assert read["headline"] == posted["headline"]
    assert read["dateline"] == {**posted["dateline"], "place": None}
    assert read["located"] is None
    picture = read["media"][0]
    assert picture["caption"] == " and ".join(person["name"] for person in picture["people"])
    assert picture["credit"] == seed.text()[slice(*seed.CREDIT)]
    assert picture["href"] is None


async def test_its_twelve_attributions_are_two_direct_seven_mixed_three_indirect(
    article: dict[str, Any],
) -> None:
    assert Counter(quote["form"] for quote in article["quotes"]) == {"direct": 2, "mixed": 7, "indirect": 3}
    assert Counter(quote["attribution"] for quote in article["quotes"]) == {"explicit": 10, "inherited": 2}


async def test_every_fragment_is_the_file_s_own_characters(
    client: httpx.AsyncClient, article: dict[str, Any]
) -> None:
    file = seed.text()
    for quote in await answered(client, f"{article['href']}/quotes"):
        for fragment in quote["fragments"]:
            origin = seed.BLOCKS[fragment["block"]][0]
            assert fragment["text"] == file[origin + fragment["start"] : origin + fragment["end"]]


async def test_the_title_in_quotation_marks_is_no_quote(
    client: httpx.AsyncClient, article: dict[str, Any]
) -> None:
    title = seed.said(seed.TITLE)
    assert all(title not in quote["text"] for quote in await answered(client, f"{article['href']}/quotes"))


async def test_everything_that_lavrov_said(client: httpx.AsyncClient, article: dict[str, Any]) -> None:
    lavrov = id_of(article, "Sergey Lavrov")
    his = await answered(client, f"/v1/people/{lavrov}/quotes")
    assert texts(his) == words(LAVROV_SPANS)
    assert texts(await answered(client, "/v1/quotes", speaker=lavrov)) == words(LAVROV_SPANS)
    assert {quote["speaker"]["person"]["id"] for quote in his} == {lavrov}


async def test_everything_that_tass_relayed(client: httpx.AsyncClient, article: dict[str, Any]) -> None:
    items = await answered(client, "/v1/quotes", via=id_of(article, "TASS"))
    assert texts(items) == words(TASS_SPANS)
    assert {link["organisation"]["name"] for quote in items for link in quote["chain"]} == {"TASS"}


async def test_the_ministry_relayed_its_minister(client: httpx.AsyncClient, article: dict[str, Any]) -> None:
    items = await answered(client, "/v1/quotes", via=id_of(article, "Belarusian foreign ministry"))
    assert texts(items) == words(RELAYED[2:])
    assert items[0]["speaker"]["person"]["name"] == "Siarhiej Alejnik"
    assert [link["cue"] for link in items[0]["chain"]] == ["reported"]


async def test_everything_first_hand(client: httpx.AsyncClient, article: dict[str, Any]) -> None:
    everything = words([spans for _, spans, _, _ in seed.ATTRIBUTIONS])
    first_hand = await answered(client, "/v1/quotes", first_hand="true")
    assert texts(first_hand) == everything - words(RELAYED)
    assert texts(await answered(client, "/v1/quotes", first_hand="false")) == words(RELAYED)


async def test_everything_from_unnamed_sources(client: httpx.AsyncClient, article: dict[str, Any]) -> None:
    items = await answered(client, "/v1/quotes", speaker_kind="unnamed,collective")
    assert texts(items) == words(DIPLOMATS_SPANS)
    assert {quote["speaker"]["description"] for quote in items} == {"Russian diplomats"}


async def test_a_minister_is_found_in_every_spelling_of_the_dispatch(
    client: httpx.AsyncClient, article: dict[str, Any]
) -> None:
    alejnik = id_of(article, "Siarhiej Alejnik")
    for name in ("Siarhiej Alejnik", "Sergei Aleinik", "Сергей Алейник", "Сяргей Алейнік"):
        assert [person["id"] for person in await answered(client, "/v1/people", name=name)] == [alejnik]


async def test_a_speaker_shows_the_office_held_on_the_day(article: dict[str, Any]) -> None:
    first = article["quotes"][0]["speaker"]
    assert first["role"] == "Russian Foreign Minister"
    assert first["position"]["title"] == "Minister of Foreign Affairs of Russia"
