"""Rate limits by key and by address, told in RateLimit fields."""

from time import perf_counter
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.db.pool import Database
from api.http import rate_limits
from api.http.rate_limits import RateLimits, counted_as
from api.http.reader import Reader
from api.keys.queries import create_key
from api.settings import Settings
from tests.conftest import client_of
from tests.http.asgi import request

ANYONE = Reader(scopes=frozenset({"read"}))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time by which requests are counted, in a list to be changed."""
    now = [1000.0]
    monkeypatch.setattr(rate_limits, "monotonic", lambda: now[0])
    return now


@pytest.mark.parametrize("cache_size", [0, 1 << 20])
async def test_one_request_too_many_is_429_until_the_minute_is_over(
    cache_size: int, store: Database, clock: list[float]
) -> None:
    app = create_app(Settings(rate_limit_anonymous=3, cache_size=cache_size), store)
    async with client_of(app) as client:
        for left in (2, 1, 0):
            answer = await client.get("/v1/articles")
            assert answer.status_code == 200
            assert answer.headers["ratelimit-policy"] == '"minute";q=3;w=60'
            assert answer.headers["ratelimit"] == f'"minute";r={left};t=60'
        clock[0] += 20.5
        for _ in range(5):
            answer = await client.get("/v1/articles")
            assert (answer.status_code, answer.json()["type"]) == (429, "/problems/too-many-requests")
            assert answer.headers["retry-after"] == "40"
            assert answer.headers["ratelimit"] == '"minute";r=0;t=40'
            assert answer.headers["cache-control"] == "no-store"
        assert (await client.get("/livez")).status_code == 200
        assert "ratelimit" not in (await client.get("/docs")).headers
        clock[0] += 40
        assert (await client.get("/v1/articles")).status_code == 200


async def test_a_key_has_its_own_limit_and_is_counted_apart(
    store: Database, admin: httpx.AsyncClient, clock: list[float]
) -> None:
    made = await admin.post("/v1/keys", json={"name": "few", "scopes": ["read"], "rate_limit": 2})
    assert made.json()["rate_limit"] == 2
    assert [each["rate_limit"] for each in (await admin.get("/v1/keys")).json()["items"]] == [2, None]
    app = create_app(Settings(rate_limit_anonymous=1), store)
    async with client_of(app, made.json()["key"]) as few, client_of(app) as anyone:
        assert [(await few.get("/v1/articles")).status_code for _ in range(3)] == [200, 200, 429]
        assert [(await anyone.get("/v1/articles")).status_code for _ in range(2)] == [200, 429]
    async with store.write() as tx:
        _, unlimited = await create_key(tx, "many", ["read"], None)
    async with client_of(app, unlimited) as many:
        answers = [await many.get("/v1/articles") for _ in range(5)]
        assert all(answer.status_code == 200 and "ratelimit" not in answer.headers for answer in answers)


@pytest.mark.parametrize("limit", [0, -1, 1.5, "5", 10_000_000])
async def test_a_limit_that_cannot_be_is_refused(limit: Any, admin: httpx.AsyncClient) -> None:
    given = {"name": "odd", "scopes": ["read"], "rate_limit": limit}
    answer = await admin.post("/v1/keys", json=given)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "#/rate_limit"


async def test_guesses_at_keys_are_counted(store: Database, clock: list[float]) -> None:
    app = create_app(Settings(rate_limit_anonymous=2), store)
    async with client_of(app, "dl_0000_guess") as guesser:
        found = [(await guesser.get("/v1/articles")).status_code for _ in range(4)]
    assert found == [401, 401, 429, 429]


async def test_nothing_is_counted_where_no_limit_is_set(app: Any, client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/articles")
    assert "ratelimit" not in answer.headers


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_an_address_is_counted_as_its_network(address: str, counted: str) -> None:
    assert counted_as(address) == counted


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "counted"),
    [
        ("192.0.2.1", b"198.51.100.9", None, "192.0.2.1"),
        ("192.0.2.1", b"198.51.100.9", "10.0.0.0/8", "192.0.2.1"),
        ("10.0.0.1", b"198.51.100.9", "10.0.0.0/8", "198.51.100.9"),
        ("10.0.0.1", b"203.0.113.5, 198.51.100.9, 10.0.0.2", "10.0.0.0/8", "198.51.100.9"),
        ("10.0.0.1", b"", "10.0.0.0/8", "10.0.0.1"),
        ("10.0.0.1", b"nonsense", "10.0.0.0/8, ::1", "nonsense"),
        # Each hop in a field of its own.
        ("10.0.0.1", b"203.0.113.5; 198.51.100.9; 10.0.0.2", "10.0.0.0/8", "198.51.100.9"),
    ],
)
def test_the_address_is_the_nearest_that_is_no_proxy_of_ours(
    peer: str, forwarded: bytes, trusted: str | None, counted: str
) -> None:
    limits = RateLimits(1, trusted)
    fields = [(b"x-forwarded-for", each) for each in forwarded.split(b"; ")]
    assert limits._address({"client": (peer, 1), "headers": fields}, dict(fields)) == counted


def test_a_million_addresses_take_bounded_room_and_time(clock: list[float]) -> None:
    limits = RateLimits(1)
    started = perf_counter()
    for number in range(1_000_000):
        limits._count(str(number), 1)
    assert perf_counter() - started < 30
    assert len(limits._counts) == rate_limits.MOST_COUNTED
    assert limits._count("999999", 1).is_over, "those who were counted last are remembered"
    assert not limits._count("0", 1).is_over
    clock[0] += 60
    limits._count("0", 1)
    assert len(limits._counts) == 1, "nobody is kept whose minute is over"


async def test_a_forged_header_of_anyone_changes_nothing(store: Database, clock: list[float]) -> None:
    app = create_app(Settings(rate_limit_anonymous=1), store)
    statuses = []
    for number in range(3):
        headers = [(b"host", b"test"), (b"x-forwarded-for", b"198.51.100.%d" % number)]
        statuses.append((await request(app, "/v1/articles", headers=headers)).status)
    assert statuses == [200, 429, 429]
