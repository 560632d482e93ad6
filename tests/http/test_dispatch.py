"""That calling a handler by itself answers what Litestar answers, byte for byte."""

from typing import Any

import pytest

from api.app import create_routes
from api.bulk.edge import Bulk
from api.db.pool import Database
from api.http.dispatch import Dispatch
from api.http.edge import Edge
from api.http.logs import Place
from api.keys.guard import Authenticator
from api.keys.queries import create_key
from api.settings import Settings
from tests.conftest import client_of
from tests.http.asgi import Reply, request
from tests.lifecycle.expected import ROWS, STATES
from tests.lifecycle.scenes import NOTHING, Scene, scene

POSITION = b"0/1"
TAG = b'"1.0000000000000000"'
VARIANTS: list[tuple[str, bytes, dict[bytes, bytes]]] = [
    ("GET", b"", {}),
    ("HEAD", b"", {}),
    ("OPTIONS", b"", {}),
    ("DELETE", b"", {}),
    ("TRACE", b"", {}),
    ("GET", b"format=txt", {}),
    ("GET", b"losses=true&format=ninjs", {}),
    ("GET", b"names=ru", {}),
    ("GET", b"as_of=2020-01-01T00:00:00Z", {}),
    ("GET", b"limit=1", {}),
    ("GET", b"unheard=of&format=%zz", {}),
    ("GET", b"", {b"if-none-match": b"*"}),
    ("GET", b"", {b"if-none-match": TAG}),
    ("GET", b"", {b"accept": b"text/html, application/json;q=0.5"}),
    ("GET", b"", {b"accept": b"image/png"}),
    ("GET", b"", {b"accept": b"application/x-ndjson"}),
    ("GET", b"", {b"accept-encoding": b"gzip"}),
    ("GET", b"", {b"accept-encoding": b"zstd;q=0.1, br"}),
    ("GET", b"", {b"dateline-position": POSITION}),
    ("GET", b"", {b"dateline-position": b"nowhere"}),
    ("GET", b"", {b"origin": b"https://elsewhere.example"}),
    ("GET", b"", {b"host": b"a/b"}),
]


class Both:
    """The application as it is served, and with Litestar in place of the dispatch."""

    def __init__(self, db: Database, settings: Settings) -> None:
        routes = create_routes(db, settings)
        self.noted: list[tuple[Any, ...]] = []
        self.called, self.routed = (self._edge(app, db, settings) for app in (Dispatch(routes), routes))

    def _edge(self, app: Any, db: Database, settings: Settings) -> Edge:
        edge = Edge(Bulk(app, db), settings, Authenticator(db, public_read=settings.public_read))
        edge._records = self
        return edge

    def note(self, place: Place, method: str, status: int, _seconds: float, *who: Any) -> None:
        """Stand in for the records."""
        self.noted.append((place.asked, method, status, *who))

    def flush(self) -> None:
        """Stand in for the records."""

    async def ask(self, path: str, method: str, query: bytes, headers: dict[bytes, bytes]) -> Reply:
        """Ask both, and give their one answer."""
        sent = [*({b"host": b"test", b"x-request-id": b"the-same-for-both"} | headers).items()]
        called, routed = [
            await request(app, path, method=method, query=query, headers=sent)
            for app in (self.called, self.routed)
        ]
        assert called == routed, f"{method} {path}?{query} {headers}"
        assert self.noted[-1] == self.noted[-2]
        return called


@pytest.fixture
async def keys(store: Database) -> dict[str, dict[bytes, bytes]]:
    """What each kind of reader sends."""
    headers: dict[str, dict[bytes, bytes]] = {"anonymous": {}, "nobody": {b"authorization": b"Bearer dl_x"}}
    for scope in ("read", "write", "embargo", "admin"):
        async with store.write() as tx:
            _, secret = await create_key(tx, scope, [scope], None)
        headers[scope] = {b"authorization": f"Bearer {secret}".encode()}
    return headers


@pytest.fixture
def both(store: Database) -> Both:
    return Both(store, Settings())


def addresses(about: Scene) -> list[str]:
    """Give the address of everything that can be read of a scene."""
    paths = [each.removeprefix("GET ") for each in ROWS if each.startswith("GET /v1/")]
    return [
        each.replace("{id}", about.ids.get(each.split("/")[2], NOTHING)).replace("{n}", "1") for each in paths
    ]


@pytest.mark.parametrize("state", STATES)
async def test_everything_is_answered_to_everyone_as_litestar_answers_it(app, both, keys, state):
    async with client_of(app, keys["admin"][b"authorization"].decode().split()[1]) as desk:
        about = await scene(desk, state)
    for path in addresses(about):
        for headers in keys.values():
            await both.ask(path, "GET", b"", headers)


async def test_an_article_is_answered_as_litestar_answers_it_however_it_is_asked_for(app, both, keys):
    async with client_of(app, keys["admin"][b"authorization"].decode().split()[1]) as desk:
        found = [(await scene(desk, state)).ids["articles"] for state in STATES]
    statuses = set[int]()
    for id in (*found, NOTHING, found[0].upper(), "x", "ä", ""):
        for method, query, headers in VARIANTS:
            for key in (keys["anonymous"], keys["write"]):
                path = f"/v1/articles/{id}"
                answer = await both.ask(path, method, query, headers | key)
                statuses.add(answer.status)
                tag = dict(answer.headers).get(b"etag")
                if tag is not None and method == "GET":
                    answer = await both.ask(path, "HEAD", query, headers | key | {b"if-none-match": tag})
                    assert answer.status == 304
    assert statuses >= {200, 204, 304, 400, 401, 404, 405, 406, 410}


@pytest.mark.parametrize(
    "path",
    ["/", "/livez", "/v1", "/v1/", "//v1/articles", "/v1/articles/", "v1/articles", "*", "/docs/docs.css",
     "/docs/x", "/problems/killed", "/problems/nothing", "/v1/articles/a/b/c/d", "/V1/articles"],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "QUERY"])
async def test_every_other_address_is_answered_as_litestar_answers_it(both, path, method):
    await both.ask(path, method, b"", {})


def test_every_handler_is_called_by_itself(both):
    dispatch = both.called._app._app
    handlers = {each for route in dispatch._litestar.routes for each in route.route_handlers}
    routed = {each.handler_name for each in handlers - dispatch._calls.keys()}
    assert routed == {"options_handler"}, "this one takes or gives what api/http/dispatch.py does not know"
