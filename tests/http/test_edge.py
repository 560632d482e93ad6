"""The edge: what every request and answer gets, whatever the route."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from typing import Any

import httpx
import pytest
from litestar import Request, get, patch, post, put
from litestar.params import FromPath

from api.http import cors
from api.http.answers import Answer, json_answer, no_content
from api.http.bodies import read_json
from api.http.deadline import BodyDeadline
from api.http.decoding import Body
from api.http.problems import Problem
from api.http.records import TOGETHER
from api.settings import Settings
from tests.http.asgi import Reply, request
from tests.http.conftest import edge_around

AnyRequest = Request[Any, Any, Any]
BODY = b'{"a": 1}'
ANY: Body[Any] = Body(Any)


@get("/v1/thing")
async def thing() -> Answer:
    return json_answer(BODY, version=3, headers=[("Link", "</a>"), ("Link", "</b>")])


@get("/v1/things/{name:str}")
async def named(name: FromPath[str]) -> Answer:
    return json_answer(json.dumps({"name": name}).encode())


@get("/v1/who")
async def who(request: AnyRequest) -> Answer:
    reader = request.scope["state"]["reader"]
    return json_answer(
        json.dumps({"key": reader.key_id}).encode(), headers=[("Cache-Control", "public, max-age=5")]
    )


@get("/v1/boom")
async def boom() -> Answer:
    raise RuntimeError("select secret from /srv/app.py")


@get("/v1/missing")
async def missing() -> Answer:
    raise Problem(404, "not-found", "There is no such resource.")


@post("/v1/thing", status_code=200)
async def create(request: AnyRequest) -> Answer:
    return json_answer(json.dumps(await read_json(request, ANY)).encode(), status=201, location="/v1/thing")


@put("/v1/thing", status_code=200)
async def replace() -> Answer:
    return no_content()


HANDLERS = [thing, named, who, boom, missing, create, replace]


@pytest.fixture
async def client(client_of: Callable[..., httpx.AsyncClient]) -> AsyncGenerator[httpx.AsyncClient]:
    async with client_of(*HANDLERS) as client:
        yield client


def problem_of(reply: Reply) -> dict[str, Any]:
    assert reply.header("content-type") == "application/problem+json"
    return json.loads(reply.body)


# HEAD and OPTIONS


async def test_head_answers_the_headers_of_get_without_the_body(client: httpx.AsyncClient) -> None:
    full = await client.get("/v1/thing")
    head = await client.head("/v1/thing")
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["content-length"] == str(len(BODY))
    drop = {"x-request-id"}
    assert [each for each in head.headers.multi_items() if each[0] not in drop] == [
        each for each in full.headers.multi_items() if each[0] not in drop
    ]


async def test_head_of_what_is_missing_is_404_without_a_body(client: httpx.AsyncClient) -> None:
    for path in ("/v1/missing", "/v1/nowhere"):
        response = await client.head(path)
        assert response.status_code == 404
        assert response.content == b""


async def test_options_lists_the_methods(client: httpx.AsyncClient) -> None:
    response = await client.options("/v1/thing")
    assert response.status_code == 204
    assert response.headers["allow"] == "GET, HEAD, OPTIONS, POST, PUT"
    assert response.content == b""
    assert "content-length" not in response.headers
    assert (await client.options("/v1/nowhere")).status_code == 404


async def test_options_says_what_a_patch_takes(client_of: Callable[..., httpx.AsyncClient]) -> None:
    @patch("/v1/only", status_code=200)
    async def only() -> Answer:
        return no_content()

    async with client_of(only) as client:
        response = await client.options("/v1/only")
        assert response.headers["allow"] == "OPTIONS, PATCH"
        assert response.headers["accept-patch"] == "application/merge-patch+json, application/json"


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "TRACE", "QUERY", "BREW"])
async def test_another_method_is_405_with_those_that_are_allowed(
    client: httpx.AsyncClient, method: str
) -> None:
    response = await client.request(method, "/v1/thing")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD, OPTIONS, POST, PUT"
    assert response.json()["type"] == "/problems/method-not-allowed"


async def test_head_is_405_where_get_is(client_of: Callable[..., httpx.AsyncClient]) -> None:
    @post("/v1/only", status_code=200)
    async def only() -> Answer:
        return no_content()

    async with client_of(only) as client:
        response = await client.head("/v1/only")
        assert response.status_code == 405
        assert response.headers["allow"] == "OPTIONS, POST"


# Addresses


@pytest.mark.parametrize(
    ("path", "raw_path"),
    [
        ("/v1/thing/", b"/v1/thing/"),
        ("//v1/thing", b"//v1/thing"),
        ("/v1//thing", b"/v1//thing"),
        ("/v1/./thing", b"/v1/./thing"),
        ("/V1/thing", b"/V1/thing"),
        ("/v1/thing", b"/v1/%74hing"),
        ("/v1/thing", b"/v1%2Fthing"),
        ("/v1/things/a/b", b"/v1/things/a%2Fb"),
        ("/v1/things/\0", b"/v1/things/%00"),
        ("/v1/things/\ufffd", b"/v1/things/%FF"),
        ("/v1/things/" + "x" * 500, b"/v1/things/" + b"x" * 500),
    ],
)
async def test_a_second_spelling_of_an_address_and_a_long_one_are_404(path: str, raw_path: bytes) -> None:
    reply = await request(edge_around(HANDLERS), path, raw_path=raw_path)
    assert reply.status == 404
    assert problem_of(reply)["type"] == "/problems/not-found"
    assert reply.header("cache-control") == "no-store"


@pytest.mark.parametrize("host", ["test", "test:8000", "127.0.0.1", "[::1]:8000", "a-b.example"])
async def test_a_well_formed_host_is_accepted(host: str) -> None:
    reply = await request(edge_around(HANDLERS), headers=[(b"host", host.encode())])
    assert reply.status == 200


@pytest.mark.parametrize(
    "hosts",
    [[], [b""], [b"a b"], [b"a/b"], [b"a:b"], [b"a@b"], [b"a,b"], [b"[::1"], [b"a", b"a"], [b"a", b"b"]],
)
async def test_a_missing_malformed_or_repeated_host_is_400(hosts: list[bytes]) -> None:
    reply = await request(edge_around(HANDLERS), headers=[(b"host", host) for host in hosts])
    assert reply.status == 400
    assert problem_of(reply)["errors"][0]["header"] == "Host"


@pytest.mark.parametrize(("headers", "version"), [([], "1.0"), ([(b"host", b"")], "1")])
async def test_http_1_0_needs_no_host(headers: list[tuple[bytes, bytes]], version: str) -> None:
    assert (await request(edge_around(HANDLERS), headers=headers, http_version=version)).status == 200


# Keys


async def test_the_reader_of_a_key_reaches_the_handler(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/who")).json() == {"key": None}
    for scheme in ("Bearer", "bearer", "BEARER "):
        response = await client.get("/v1/who", headers={"Authorization": f"{scheme} dl_read"})
        assert response.json() == {"key": "key-1"}


@pytest.mark.parametrize("value", ["dl_read", "Basic eDp5", "Bearer", "Bearer ", "Bearer dl_unknown", ""])
async def test_any_other_authorization_is_401_with_a_challenge(client: httpx.AsyncClient, value: str) -> None:
    response = await client.get("/v1/who", headers={"Authorization": value})
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == 'Bearer realm="dateline"'
    assert "dl_" not in response.json()["detail"]


async def test_two_authorization_headers_are_401() -> None:
    fields = [
        (b"host", b"test"),
        (b"authorization", b"Bearer dl_read"),
        (b"authorization", b"Bearer dl_write"),
    ]
    assert (await request(edge_around(HANDLERS), headers=fields)).status == 401


async def test_the_service_routes_ask_for_no_key(client_of: Callable[..., httpx.AsyncClient]) -> None:
    async with client_of() as client:
        for path in ("/", "/livez", "/readyz", "/metrics", "/openapi.json", "/docs", "/problems/killed"):
            response = await client.get(path, headers={"Authorization": "Bearer dl_unknown"})
            assert response.status_code == 200, path


# Caching


async def test_what_anyone_may_read_is_shared_for_half_a_minute(client: httpx.AsyncClient) -> None:
    response = await client.get("/v1/thing")
    assert response.headers["cache-control"] == "public, max-age=30"


async def test_what_a_key_unlocked_is_never_shared(client: httpx.AsyncClient) -> None:
    for path in ("/v1/thing", "/v1/who"):
        response = await client.get(path, headers={"Authorization": "Bearer dl_read"})
        assert response.headers.get_list("cache-control") == ["private, no-cache"]


async def test_a_handler_may_ask_for_less(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/who")).headers.get_list("cache-control") == ["public, max-age=5"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/missing"),
        ("GET", "/v1/nowhere"),
        ("GET", "/v1/boom"),
        ("PUT", "/v1/thing"),
        ("OPTIONS", "/v1/thing"),
    ],
)
async def test_errors_and_writes_are_not_stored(client: httpx.AsyncClient, method: str, path: str) -> None:
    assert (await client.request(method, path)).headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/v1/thing", "/v1/missing", "/v1/nowhere", "/v1/boom", "/livez", "/docs"])
async def test_every_answer_names_all_that_it_varies_by(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).headers["vary"] == "Accept, Accept-Encoding, Authorization"


async def test_the_service_pages_are_shared_for_half_a_minute(
    client_of: Callable[..., httpx.AsyncClient],
) -> None:
    async with client_of() as client:
        for path in ("/docs", "/docs/docs.css", "/openapi.json", "/problems/killed"):
            response = await client.get(path)
            assert response.headers.get_list("cache-control") == ["public, max-age=30"]


async def test_repeated_headers_of_a_handler_are_kept(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/thing")).headers.get_list("link") == ["</a>", "</b>"]


# Request ids


@pytest.mark.parametrize("sent", ["abcdefgh", "A.b_c-1234", "x" * 128])
async def test_a_harmless_request_id_is_kept(client: httpx.AsyncClient, sent: str) -> None:
    response = await client.get("/v1/missing", headers={"X-Request-Id": sent})
    assert response.headers.get_list("x-request-id") == [sent]
    assert response.json()["request_id"] == sent


@pytest.mark.parametrize(
    "sent", ["", "short", "x" * 129, "has space", 'quote"quote', "a\tbcdefghi", "äöüäöüäöü"]
)
async def test_any_other_request_id_is_replaced(client: httpx.AsyncClient, sent: str) -> None:
    response = await client.get("/v1/missing", headers=[(b"X-Request-Id", sent.encode())])
    given = response.headers["x-request-id"]
    assert given != sent
    assert len(given) == 24
    assert response.json()["request_id"] == given


async def test_request_ids_differ(client: httpx.AsyncClient) -> None:
    given = {(await client.get("/v1/thing")).headers["x-request-id"] for _ in range(50)}
    assert len(given) == 50


# Cross-origin and security headers


async def test_every_page_may_read_what_is_public(client: httpx.AsyncClient) -> None:
    response = await client.get("/v1/thing", headers={"Origin": "https://reader.example"})
    assert response.headers.get_list("access-control-allow-origin") == ["*"]
    assert "access-control-allow-credentials" not in response.headers
    assert "ETag" in response.headers["access-control-expose-headers"]


async def test_a_preflight_allows_reading_only(client: httpx.AsyncClient) -> None:
    headers = {"Origin": "https://reader.example", "Access-Control-Request-Method": "PUT"}
    response = await client.options("/v1/thing", headers=headers)
    assert response.status_code == 204
    assert response.headers["access-control-allow-methods"] == "GET, HEAD"
    assert "Authorization" in response.headers["access-control-allow-headers"]
    assert response.headers.get_list("access-control-allow-origin") == ["*"]


async def test_options_with_an_origin_alone_is_no_preflight(client: httpx.AsyncClient) -> None:
    response = await client.options("/v1/thing", headers={"Origin": "https://reader.example"})
    assert "allow" in response.headers
    assert "access-control-allow-methods" not in response.headers


async def test_without_public_reading_no_other_page_may_read(
    client_of: Callable[..., httpx.AsyncClient],
) -> None:
    async with client_of(*HANDLERS, settings=Settings(public_read=False)) as client:
        headers = {"Origin": "https://reader.example", "Access-Control-Request-Method": "GET"}
        for response in (await client.get("/v1/thing"), await client.options("/v1/thing", headers=headers)):
            assert not [name for name in response.headers if name.startswith("access-control-")]


def test_what_may_be_read_across_origins_has_no_credentials() -> None:
    names = {name for name, _ in [*cors.ON_ANSWERS, *cors.ON_PREFLIGHT]}
    assert b"access-control-allow-credentials" not in names


@pytest.mark.parametrize("path", ["/v1/thing", "/v1/nowhere", "/v1/boom", "/docs", "/livez"])
async def test_security_headers_are_on_every_answer(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert len(headers.get_list("content-security-policy")) == 1
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


async def test_https_is_required_for_a_year_where_the_public_address_has_it(
    client_of: Callable[..., httpx.AsyncClient],
) -> None:
    async with client_of(*HANDLERS, settings=Settings(public_url="https://news.example/")) as client:
        response = await client.get("/v1/missing")
        assert response.headers["strict-transport-security"] == "max-age=31536000"
        assert response.json()["type"] == "https://news.example/problems/not-found"
    async with client_of(*HANDLERS) as client:
        assert "strict-transport-security" not in (await client.get("/v1/thing")).headers


# Failures


async def test_an_unforeseen_exception_is_a_500_that_says_nothing_of_it(
    client: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    response = await client.get("/v1/boom")
    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    for secret in ("secret", "select", "RuntimeError", ".py", "Traceback"):
        assert secret not in response.text
    logged = "".join(capsys.readouterr())
    assert response.headers["x-request-id"] in logged


async def test_an_exception_outside_the_routes_is_a_500_too() -> None:
    edge = edge_around(HANDLERS)

    async def broken(_token: str | None) -> Any:
        raise ValueError("no detail of this")

    edge._authenticate = broken
    reply = await request(edge)
    assert reply.status == 500
    assert "no detail" not in reply.body.decode()


async def test_a_database_that_is_away_while_the_key_is_read_is_503() -> None:
    edge = edge_around(HANDLERS)

    async def away(_token: str | None) -> Any:
        raise ConnectionRefusedError

    edge._authenticate = away
    reply = await request(edge)
    assert reply.status == 503
    assert reply.header("retry-after") == "1"


async def test_a_client_that_leaves_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    async def leaves() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    headers = [(b"host", b"test"), (b"content-type", b"application/json")]
    reply = await request(edge_around(HANDLERS), method="POST", headers=headers, receive=leaves)
    assert reply.status == 499
    (line,) = [json.loads(each) for each in capsys.readouterr().err.splitlines()]
    assert (line["status"], line["level"]) == (499, "info")


async def test_an_answer_that_fails_half_way_is_cut_off() -> None:
    class Half:
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            raise RuntimeError("half way")

    edge = edge_around([])
    edge._app = Half()
    with pytest.raises(RuntimeError, match="half way"):
        await request(edge)


# The body's deadline


async def test_a_body_that_stalls_is_408() -> None:
    async def stalls() -> Any:
        await asyncio.sleep(10)

    with pytest.raises(Problem) as caught:
        await BodyDeadline(stalls, stall=0.01)()
    assert caught.value.status == 408


async def test_a_body_that_drips_is_408_in_the_end() -> None:
    async def drips() -> Any:
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b" ", "more_body": True}

    receive = BodyDeadline(drips, stall=1, whole=0.05)

    async def read_on() -> None:
        while True:
            await receive()

    with pytest.raises(Problem) as caught:
        await read_on()
    assert caught.value.status == 408


async def test_a_stream_of_lines_may_take_its_time() -> None:
    async def drips() -> Any:
        await asyncio.sleep(0.001)
        return {"type": "http.request", "body": b" ", "more_body": True}

    receive = BodyDeadline(drips, stall=1, whole=None)
    for _ in range(20):
        assert (await receive())["type"] == "http.request"


async def test_after_the_body_a_disconnect_is_waited_for_without_limit() -> None:
    messages: list[Any] = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Any:
        if messages:
            return messages.pop()
        await asyncio.sleep(0.05)
        return {"type": "http.disconnect"}

    limited = BodyDeadline(receive, stall=0.01)
    await limited()
    assert (await limited())["type"] == "http.disconnect"


# Logs and metrics


async def logged(capsys: pytest.CaptureFixture[str]) -> str:
    """Give what is logged: the lines of reads are written a little later."""
    await asyncio.sleep(1.5 * TOGETHER)
    return "".join(capsys.readouterr())


async def test_each_request_is_one_log_line(
    client: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    response = await client.get("/v1/things/x?a=1", headers={"Authorization": "Bearer dl_read"})
    (line,) = [json.loads(each) for each in (await logged(capsys)).splitlines()]
    assert line.pop("ms") >= 0
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "request",
        "level": "info",
        "method": "GET",
        "route": "/v1/things/{name}",
        "path": "/v1/things/x",
        "query": "a=1",
        "status": 200,
        "request_id": response.headers["x-request-id"],
        "key_id": "key-1",
    }


@pytest.mark.parametrize(
    "query", ["api_key=zyx", "token=zyx", "%74oken=zyx", "q=dl_zyxw", "a=1&Access_Token=x", "q=d%6C%5Fzyx"]
)
async def test_a_query_that_may_hold_a_secret_is_not_logged(
    client: httpx.AsyncClient, capsys: pytest.CaptureFixture[str], query: str
) -> None:
    await client.get(f"/v1/thing?{query}", headers={"Authorization": "Bearer dl_write"})
    lines = await logged(capsys)
    assert "may hold a secret" in lines
    assert "zyx" not in lines
    assert "dl_write" not in lines


async def test_a_log_line_stays_one_line_whatever_is_sent(capsys: pytest.CaptureFixture[str]) -> None:
    await request(
        edge_around(HANDLERS), "/v1/\r\n\x1b[31m\ud800", raw_path=b"/v1/\r\nx\x1b", query=b"\xff\r\n"
    )
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert json.loads(lines[0])["status"] == 404


async def test_no_log_line_is_as_long_as_a_client_likes(capsys: pytest.CaptureFixture[str]) -> None:
    long = "x" * 10_000
    sent = [(b"host", b"test"), (b"x-request-id", long.encode())]
    await request(
        edge_around(HANDLERS),
        f"/{long}",
        method=long,
        raw_path=b"/%b" % long.encode(),
        query=long.encode(),
        headers=sent,
    )
    assert len(capsys.readouterr().err) < 2_000


async def test_a_probe_that_finds_all_well_is_not_logged(
    client: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in ("/livez", "/readyz", "/metrics"):
        await client.get(path)
    assert '"event":"request"' not in await logged(capsys)


async def test_a_terminal_gets_lines_to_read(
    client_of: Callable[..., httpx.AsyncClient], capsys: pytest.CaptureFixture[str]
) -> None:
    async with client_of(*HANDLERS, settings=Settings(log_format="console")) as client:
        await client.get("/v1/thing")
    assert "route=" in (await logged(capsys)).replace("\x1b[0m", "").replace("\x1b[36m", "")


async def test_metrics_count_by_the_routes_template(client: httpx.AsyncClient) -> None:
    for name in ("one", "two", "three"):
        await client.get(f"/v1/things/{name}")
    await client.get("/v1/no/such/place")
    await client.request("BREW", "/v1/thing")
    text = (await client.get("/metrics")).text
    assert 'dateline_http_requests_total{method="GET",route="/v1/things/{name}",status="200"}' in text
    assert 'route="unmatched",status="404"' in text
    assert 'method="other"' in text
    assert "BREW" not in text
    for name in ("/v1/things/one", "such"):
        assert name not in text
    assert (
        'dateline_http_request_duration_seconds_bucket{le="0.005",method="GET",route="/v1/things/{name}"}'
        in text
    )
