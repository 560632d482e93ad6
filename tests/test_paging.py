"""Lists: keyset pages that neither repeat nor miss an item, and cursors that are nobody's to change."""

import base64
from typing import Any

import httpx
import pytest

from api.db.pool import Database
from tests.dispatches import errors, kind, mention, post, put, quote, read

LISTS = ["/v1/articles", "/v1/people", "/v1/organisations", "/v1/quotes"]


async def fill(writer: httpx.AsyncClient, number: int) -> dict[str, Any]:
    """Post articles that share a person and an organisation; gives the last."""
    article: dict[str, Any] = {}
    for index in range(number):
        article = await post(
            writer,
            headline=f"H{index}",
            people=[mention(f"Person {index}"), mention("Mara Venn")],
            organisations=[{"organisation": {"name": f"O{index}"}}, {"organisation": {"name": "Osta"}}],
            quotes=[quote(), quote("The crew is on board.")],
        )
    return article


async def walk(client: httpx.AsyncClient, path: str, limit: int, between: Any = None) -> list[list[str]]:
    """Follow a list by its `Link` headers to the end; gives the ids of each page."""
    pages: list[list[str]] = []
    address: str | None = f"{path}?limit={limit}"
    while address:
        answer = await client.get(address)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page["items"]) <= limit
        pages.append([item["id"] for item in page["items"]])
        link = answer.headers.get("link")
        assert (link is None) == (page["next"] is None)
        address = link and link.removeprefix("<").partition(">")[0]
        if address:
            assert link is not None
            assert link.endswith('>; rel="next"')
            assert httpx.URL(address).params["cursor"] == page["next"]
        if between:
            await between()
    return pages


async def paths(client: httpx.AsyncClient, article: dict[str, Any]) -> list[str]:
    venn = next(m["person"]["href"] for m in article["people"] if m["person"]["name"] == "Mara Venn")
    osta = next(
        m["organisation"]["href"] for m in article["organisations"] if m["organisation"]["name"] == "Osta"
    )
    return [*LISTS, f"{venn}/articles", f"{venn}/quotes", f"{osta}/articles", f"{article['href']}/quotes"]


async def test_every_list_is_walked_to_its_end_whatever_the_size_of_a_page(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    article = await fill(writer, 5)
    for path in await paths(client, article):
        (whole,) = await walk(client, path, 200)
        assert len(whole) >= 2
        assert len(set(whole)) == len(whole)
        for limit in (1, 2, len(whole), len(whole) - 1):
            pages = await walk(client, path, limit)
            assert [id for page in pages for id in page] == whole, path
            assert all(len(page) == limit for page in pages[:-1]), path
            assert pages[-1], path


async def test_what_is_written_between_two_pages_moves_nothing(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    article = await fill(writer, 4)
    for path in await paths(client, article):
        (before,) = await walk(client, path, 200)

        async def between() -> None:
            await fill(writer, 1)

        pages = await walk(client, path, 3 if "quotes" in path else 2, between)
        assert [id for page in pages for id in page] == before, path


async def test_articles_of_one_instant_have_an_order_too(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    at = "2024-05-05T05:05:05.000001Z"
    made = [(await post(writer, published_at=at, quotes=[quote()]))["id"] for _ in range(5)]
    assert [id for page in await walk(client, "/v1/articles", 2) for id in page] == made[::-1]
    assert len({id for page in await walk(client, "/v1/quotes", 2) for id in page}) == 5


async def test_times_before_the_epoch_and_at_its_ends_are_paged(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    times = [
        "0001-01-01T00:00:00Z",
        "1969-12-31T23:59:59.999999Z",
        "1970-01-01T00:00:00Z",
        "2023-06-01T00:00:00Z",
    ]
    made = [(await post(writer, published_at=at))["id"] for at in times]
    assert [id for page in await walk(client, "/v1/articles", 1) for id in page] == made[::-1]


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"limit": 0}, [("limit", "out_of_range")]),
        ({"limit": 201}, [("limit", "out_of_range")]),
        ({"limit": -1}, [("limit", "out_of_range")]),
        ({"limit": "x"}, [("limit", "wrong_type")]),
        ({"limit": "1.0"}, [("limit", "wrong_type")]),
        ({"limit": "0x5"}, [("limit", "wrong_type")]),
        ({"limit": ""}, [("limit", "empty")]),
        ({"limit": 10**30}, None),
        ({"limit": [1, 2]}, [("limit", "repeated")]),
        ({"unknown": 1}, [("unknown", "unknown_parameter")]),
        ({"Limit": 1}, [("Limit", "unknown_parameter")]),
        ({"offset": 1, "page": 2}, [("offset", "unknown_parameter"), ("page", "unknown_parameter")]),
        ({"cursor": ""}, [("cursor", "empty")]),
    ],
)
async def test_a_parameter_that_is_not_understood_is_refused(
    client: httpx.AsyncClient, path: str, params: dict[str, Any], expected: list[tuple[str, str]] | None
) -> None:
    answer = await client.get(path, params=params)
    assert kind(answer) == (400, "invalid-parameter")
    if expected is not None:
        assert errors(answer) == expected


@pytest.mark.parametrize("limit", [1, 200])
async def test_the_bounds_of_a_page_are_taken(client: httpx.AsyncClient, limit: int) -> None:
    assert await read(client, "/v1/articles", limit=limit) == {"items": [], "next": None}


async def test_a_page_has_fifty_items_when_nothing_else_is_asked(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    await post(writer, people=[mention(f"Person {index}") for index in range(51)])
    page = await read(client, "/v1/people")
    assert len(page["items"]) == 50
    rest = await read(client, "/v1/people", cursor=page["next"])
    assert (len(rest["items"]), rest["next"]) == (1, None)


async def test_a_cursor_changed_in_any_place_is_refused(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    await fill(writer, 2)
    cursor = (await read(client, "/v1/articles", limit=1))["next"]
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    changed = [raw[:i] + bytes([raw[i] ^ bit]) + raw[i + 1 :] for i in range(len(raw)) for bit in (1, 128)]
    spelled = [
        base64.urlsafe_b64encode(each).rstrip(b"=").decode()
        for each in [*changed, raw[:-1], raw + b"\0", b""]
    ]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = [cursor[:-1] + c for c in alphabet if c != cursor[-1]]
    for wrong in [
        *spelled,
        *last,
        cursor + "=",
        cursor + "A",
        " " + cursor,
        "x",
        "🐙",
        cursor.swapcase(),
        "\u00e9" * 40,
    ]:
        answer = await client.get("/v1/articles", params={"limit": 1, "cursor": wrong})
        assert answer.status_code == 400, wrong
        assert errors(answer)[0][0] == "cursor"


async def test_a_cursor_belongs_to_its_list_and_its_filters(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    article = await fill(writer, 3)
    everywhere = await paths(client, article)
    cursors = {path: (await read(client, path, limit=1))["next"] for path in everywhere}
    assert all(cursors.values())
    for path, cursor in cursors.items():
        for other in everywhere:
            answer = await client.get(other, params={"cursor": cursor})
            if other == path:
                assert answer.status_code == 200
            else:
                assert kind(answer) == (400, "invalid-cursor"), (path, other)
                assert errors(answer) == [("cursor", "invalid_cursor")]
    venn = article["quotes"][0]["speaker"]["person"]["id"]
    filtered = (await read(client, "/v1/quotes", limit=1, speaker=venn))["next"]
    for params in ({}, {"speaker": venn, "first_hand": "true"}, {"speaker_kind": "person"}):
        answer = await client.get("/v1/quotes", params={"cursor": filtered, **params})
        assert kind(answer) == (400, "invalid-cursor")
    assert await read(client, "/v1/quotes", cursor=filtered, speaker=venn, limit=3)
    assert (
        kind(await client.get("/v1/quotes", params={"cursor": cursors["/v1/quotes"], "speaker": venn}))[0]
        == 400
    )


async def test_an_article_that_moves_is_met_again_where_it_stands_now(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    old = await post(writer, published_at="2020-01-01T00:00:00Z", quotes=[quote()])
    await fill(writer, 2)
    page = await read(client, "/v1/articles", limit=1)
    back = await read(client, old["href"])
    moved = await put(writer, old["href"], back | {"published_at": "2010-01-01T00:00:00Z"})
    assert moved.status_code == 200
    rest = await read(client, "/v1/articles", cursor=page["next"])
    assert rest["items"][-1]["id"] == old["id"]
    assert (await read(client, "/v1/quotes"))["items"][-1]["article"]["id"] == old["id"]


async def test_a_cursor_of_another_deployment_is_refused(
    writer: httpx.AsyncClient, client: httpx.AsyncClient, store: Database
) -> None:
    await fill(writer, 2)
    cursor = (await read(client, "/v1/articles", limit=1))["next"]
    own, store.secret = store.secret, b"another"
    try:
        answer = await client.get("/v1/articles", params={"cursor": cursor})
    finally:
        store.secret = own
    assert kind(answer) == (400, "invalid-cursor")
