"""The service's own routes: health, the API description, the pages."""

import re
from collections.abc import AsyncGenerator, Callable, Iterator
from html.parser import HTMLParser
from typing import Annotated, Any

import httpx
import jsonschema
import msgspec
import pytest
from litestar import Litestar, Router, get, patch, post, put
from litestar.params import FromPath
from msgspec import Meta
from openapi_spec_validator import validate

from api.app import create_routes
from api.db.pool import Database
from api.http.answers import Answer, json_answer
from api.http.catalogue import ADVICE
from api.http.openapi import document
from api.http.operations import Operation, Page, operation
from api.http.routes import service_router
from api.settings import LIMITS, Settings
from tests.http.conftest import edge_around


class Round(msgspec.Struct, tag_field="shape", tag="round", forbid_unknown_fields=True):
    """Without corners."""

    radius: Annotated[int, Meta(ge=0, description="In metres.")] = 0


class Square(msgspec.Struct, tag_field="shape", tag="square", forbid_unknown_fields=True):
    """With corners."""

    side: int


class Drawing(msgspec.Struct, forbid_unknown_fields=True):
    """A drawing <script>alert(1)</script>."""

    name: Annotated[str, Meta(min_length=1, pattern=r"\S")]
    shapes: list[Round | Square] = []


class DrawingParams(msgspec.Struct, frozen=True, kw_only=True):
    limit: Annotated[int, Meta(ge=1, le=200, description="Items a page.")] = 50
    name: list[str] | None = None
    after: Annotated[str, Meta(max_length=10)] | None = None
    needed: bool


EXAMPLE = {"name": "One", "shapes": [{"shape": "round", "radius": 2}]}


@get(
    "/v1/drawings",
    **operation(
        Operation(
            summary="List drawings",
            tag="Articles",
            params=DrawingParams,
            answer=Page[Drawing],
            headers=("Link",),
            answers={"one": {"items": [EXAMPLE], "next": None}},
        )
    ),
)
async def list_drawings() -> Answer:
    """List drawings, the **newest** first."""
    return json_answer(b'{"items":[],"next":null}')


@post(
    "/v1/drawings",
    **operation(
        Operation(
            summary="Add a drawing",
            tag="Articles",
            body=Drawing,
            answer=Drawing,
            status=201,
            scopes=("write",),
            problems=("uri-exists", 410),
            headers=("ETag", "Location"),
            request_headers=("Idempotency-Key",),
            examples={"one": EXAMPLE},
        )
    ),
)
async def add_drawing() -> Answer:
    """Add a drawing."""
    return json_answer(b"{}", status=201)


@get(
    "/v1/drawings/{id:str}",
    **operation(Operation(summary="Read a drawing", tag="Articles", answer=Drawing, headers=("ETag",))),
)
async def get_drawing(id: FromPath[str]) -> Answer:
    """Read a drawing."""
    return json_answer(b"{}", version=1)


@put(
    "/v1/drawings/{id:str}",
    **operation(
        Operation(
            summary="Replace a drawing",
            tag="Articles",
            body=Drawing,
            answer=Drawing,
            scopes=("write",),
            headers=("ETag",),
            request_headers=("If-Match",),
        )
    ),
)
async def put_drawing(id: FromPath[str]) -> Answer:
    """Replace a drawing."""
    return json_answer(b"{}", version=1)


HANDLERS = [list_drawings, add_drawing, get_drawing, put_drawing]


@pytest.fixture
async def client(client_of: Callable[..., httpx.AsyncClient]) -> AsyncGenerator[httpx.AsyncClient]:
    async with client_of(*HANDLERS) as client:
        yield client


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    app = Litestar([*HANDLERS, service_router], openapi_config=None, logging_config=None)
    # Through JSON, as it is served.
    return msgspec.json.decode(msgspec.json.encode(document(app, Settings())))


def responses_of(described: dict[str, Any], path: str, method: str) -> dict[str, Any]:
    found = described["paths"][path][method]["responses"]
    components = described["components"]["responses"]
    return {
        status: components[each["$ref"].rpartition("/")[2]] if "$ref" in each else each
        for status, each in found.items()
    }


# The API description


def test_the_description_is_valid_openapi(described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.1")
    validate(described)


def test_an_operation_is_named_after_its_handler(described: dict[str, Any]) -> None:
    found = described["paths"]["/v1/drawings"]["get"]
    assert found["operationId"] == "list_drawings"
    assert found["description"] == "List drawings, the **newest** first."
    ids = [each["operationId"] for item in described["paths"].values() for each in item.values()]
    assert len(ids) == len(set(ids))


def test_schemas_keep_bounds_discriminators_and_strictness(described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]
    drawing = schemas["Drawing"]
    assert drawing["additionalProperties"] is False
    assert drawing["properties"]["name"]["minLength"] == 1
    assert drawing["properties"]["shapes"]["items"]["discriminator"]["propertyName"] == "shape"
    assert schemas["Round"]["properties"]["radius"]["minimum"] == 0
    assert schemas["DrawingPage"]["title"] == "DrawingPage"
    assert not [name for name in schemas if "_" in name or "." in name]


def test_parameters_are_described_as_they_are_read(described: dict[str, Any]) -> None:
    parameters = described["paths"]["/v1/drawings"]["get"]["parameters"]
    found = {each["name"]: each for each in parameters if "name" in each}
    assert found["limit"]["description"] == "Items a page."
    assert found["limit"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}
    assert (found["name"]["style"], found["name"]["explode"]) == ("form", False)
    assert found["after"]["schema"] == {"type": "string", "maxLength": 10}
    assert found["needed"]["required"] is True
    assert "DrawingParams" not in described["components"]["schemas"]
    (id_parameter, *_) = described["paths"]["/v1/drawings/{id}"]["get"]["parameters"]
    assert id_parameter["schema"]["pattern"].startswith("^[0-9a-f]{8}-")


def test_a_merge_patch_may_leave_anything_out_and_null_it() -> None:
    @patch(
        "/v1/drawings/{id:str}",
        **operation(Operation(summary="X", tag="Articles", body=Drawing, examples={"one": {"name": None}})),
    )
    async def handler(id: FromPath[str]) -> Answer:
        return json_answer(b"{}")

    found = document(Litestar([handler], openapi_config=None, logging_config=None), Settings())
    validate(msgspec.json.decode(msgspec.json.encode(found)))
    schema = found["paths"]["/v1/drawings/{id}"]["patch"]["requestBody"]["content"]["application/json"][
        "schema"
    ]
    assert schema == {"$ref": "#/components/schemas/DrawingPatch"}
    whole = {**schema, "components": found["components"]}
    for value in ({}, {"name": None}, {"shapes": [{"shape": "round"}]}):
        jsonschema.validate(value, whole)
    for value in ([], {"name": ""}, {"more": 1}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(value, whole)


def test_problems_follow_from_what_an_operation_takes(described: dict[str, Any]) -> None:
    posted = responses_of(described, "/v1/drawings", "post")
    assert set(posted) == {
        *("201", "400", "401", "403", "406", "408", "409", "410", "413", "415", "422", "429", "500", "503"),
    }
    assert "uri-exists" in posted["409"]["description"]
    assert "idempotency-in-flight" in posted["409"]["description"]
    assert "Retry-After" in posted["503"]["headers"]
    assert "WWW-Authenticate" in posted["401"]["headers"]
    read = responses_of(described, "/v1/drawings/{id}", "get")
    assert set(read) == {"200", "304", "400", "401", "404", "406", "429", "500", "503"}
    replaced = responses_of(described, "/v1/drawings/{id}", "put")
    assert {"412", "428"} <= set(replaced)
    assert "ETag" in replaced["412"]["headers"]


def test_security_says_which_scopes_are_needed(described: dict[str, Any]) -> None:
    assert described["paths"]["/v1/drawings"]["get"]["security"] == [{}, {"key": ["read"]}]
    assert described["paths"]["/v1/drawings"]["post"]["security"] == [{"key": ["write"]}]
    assert described["paths"]["/livez"]["get"]["security"] == []


def test_without_public_reading_a_key_is_needed() -> None:
    app = Litestar([*HANDLERS, service_router], openapi_config=None, logging_config=None)
    found = document(app, Settings(public_read=False))
    assert found["paths"]["/v1/drawings"]["get"]["security"] == [{"key": ["read"]}]


def test_the_limits_are_told(described: dict[str, Any]) -> None:
    assert f"{LIMITS.json_body:,} bytes" in described["info"]["description"]


def examples(described: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    for item in described["paths"].values():
        for each in item.values():
            contents = [each.get("requestBody", {}), *each["responses"].values()]
            for content in contents:
                for media in content.get("content", {}).values():
                    for example in media.get("examples", {}).values():
                        yield media["schema"], example["value"]


def test_every_example_is_valid(described: dict[str, Any]) -> None:
    found = list(examples(described))
    assert len(found) == 2
    for schema, value in found:
        jsonschema.validate(value, {**schema, "components": described["components"]})


def test_a_route_without_facts_is_refused() -> None:
    @get("/v1/undescribed")
    async def undescribed() -> Answer:
        return json_answer(b"{}")

    app = Litestar([undescribed], openapi_config=None, logging_config=None)
    with pytest.raises(LookupError, match="GET /v1/undescribed"):
        document(app, Settings())


def test_facts_may_hold_annotated_types_under_a_router() -> None:
    facts = Operation(summary="X", tag="Articles", path={"n": Annotated[int, Meta(ge=1)]})

    @get("/x/{n:int}", **operation(facts))
    async def handler(n: FromPath[int]) -> Answer:
        return json_answer(b"{}")

    app = Litestar([Router("/v1", route_handlers=[handler])], openapi_config=None, logging_config=None)
    (parameter, *_) = document(app, Settings())["paths"]["/v1/x/{n}"]["get"]["parameters"]
    assert parameter["schema"] == {"type": "integer", "minimum": 1}


def test_the_whole_application_is_described_with_valid_examples() -> None:
    app = create_routes(Database("postgresql://nowhere", 1))
    found = msgspec.json.decode(msgspec.json.encode(document(app, Settings())))
    validate(found)
    for schema, value in examples(found):
        jsonschema.validate(value, {**schema, "components": found["components"]})


def test_an_unknown_kind_of_problem_is_refused() -> None:
    @patch("/v1/x", **operation(Operation(summary="X", tag="Articles", problems=("nonsense",))))
    async def handler() -> Answer:
        return json_answer(b"{}")

    app = Litestar([handler], openapi_config=None, logging_config=None)
    with pytest.raises(LookupError, match="nonsense"):
        document(app, Settings())


def test_two_structs_of_one_name_are_refused() -> None:
    other = msgspec.defstruct("Drawing", [("other", int)])

    @patch("/v1/x", **operation(Operation(summary="X", tag="Articles", body=other)))
    async def handler() -> Answer:
        return json_answer(b"{}")

    app = Litestar([handler, add_drawing], openapi_config=None, logging_config=None)
    with pytest.raises(ValueError, match="Drawing"):
        document(app, Settings())


async def test_the_description_is_served_with_a_tag(client: httpx.AsyncClient) -> None:
    response = await client.get("/openapi.json")
    assert response.status_code == 200
    assert response.json()["paths"]["/v1/drawings"]
    assert 'rel="service-desc"' in response.headers.get_list("link")[0]
    again = await client.get("/openapi.json", headers={"If-None-Match": response.headers["etag"]})
    assert again.status_code == 304


# Health


async def test_the_process_lives_whatever_the_database_does() -> None:
    edge = edge_around([])

    async def away() -> None:
        raise RuntimeError("schema 3 is older than 5")

    app: Any = edge._app
    app.state.ready = away
    transport = httpx.ASGITransport(edge)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        assert (await client.get("/livez")).json() == {"status": "live"}
        response = await client.get("/readyz")
        assert response.status_code == 503
        assert response.headers["retry-after"] == "1"
        assert "schema" not in response.text


async def test_a_service_that_can_answer_is_ready(client: httpx.AsyncClient) -> None:
    response = await client.get("/readyz")
    assert response.json() == {"status": "ready"}
    assert response.headers["cache-control"] == "no-store"


async def test_the_root_says_where_things_are(client: httpx.AsyncClient) -> None:
    response = await client.get("/")
    for name, address in response.json().items():
        if name in ("documentation", "description"):
            assert (await client.get(address)).status_code == 200


# Pages


class Tags(HTMLParser):
    """Collects what a page refers to, and what it defines."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.inline: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.links += [given[name] or "" for name in ("href", "src") if name in given]
        self.ids += [given["id"] or ""] if "id" in given else []
        self.inline += [name for name in given if name == "style" or name.startswith("on")]
        if tag in ("style", "script") and "src" not in given:
            self.inline.append(tag)


@pytest.mark.parametrize("path", ["/docs", "/problems/killed"])
async def test_pages_need_no_third_party_and_nothing_inline(client: httpx.AsyncClient, path: str) -> None:
    response = await client.get(path, headers={"Accept": "text/html"})
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    policy = response.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "http" not in policy
    page = Tags(response.text)
    assert page.inline == []
    for link in page.links:
        assert re.match(r"/(?!/)|#|data:,$", link), link
        if link.startswith("/"):
            assert (await client.get(link)).status_code == 200, link
        if link.startswith("#"):
            assert link[1:] in page.ids, link
    assert len(page.ids) == len(set(page.ids))


async def test_the_reference_shows_each_operation_and_schema(client: httpx.AsyncClient) -> None:
    text = (await client.get("/docs")).text
    page = Tags(text)
    for operation_id in ("list_drawings", "add_drawing", "get_drawing", "put_drawing", "livez"):
        assert operation_id in page.ids
    for schema in ("Drawing", "Round", "Square", "DrawingPage", "Problem", "ErrorItem"):
        assert f"schema-{schema}" in page.ids
    assert "<strong>newest</strong>" in text
    assert "<script>alert" not in text


async def test_style_and_script_are_ours(client: httpx.AsyncClient) -> None:
    for name, kind in (("docs.css", "text/css"), ("docs.js", "text/javascript")):
        response = await client.get(f"/docs/{name}")
        assert response.headers["content-type"].startswith(kind)
        assert not re.search(r"https?://|@import|url\(", response.text)
    assert (await client.get("/docs/nothing.js")).status_code == 404


@pytest.mark.parametrize("kind", sorted(ADVICE))
async def test_every_kind_of_problem_has_a_page_where_its_type_points(
    client: httpx.AsyncClient, kind: str
) -> None:
    response = await client.get(f"/problems/{kind}")
    assert response.json()["status"] == ADVICE[kind][0]
    page = await client.get(f"/problems/{kind}", headers={"Accept": "text/html,*/*;q=0.8"})
    assert kind in page.text


async def test_an_unknown_kind_of_problem_is_404(client: httpx.AsyncClient) -> None:
    assert (await client.get("/problems/nonsense")).status_code == 404
