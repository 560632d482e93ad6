"""The service's own routes: health, metrics, the API description and its page, the kinds of problem.

The application's state gives `ready`, a function that raises when the service cannot answer.
"""

from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
import structlog
from litestar import Request, Router, get
from litestar.params import FromPath

from api.http import metrics
from api.http.answers import Answer, json_answer
from api.http.catalogue import Kind, find_kind
from api.http.docs_page import POLICY, problem_page, reference_page
from api.http.headers import header
from api.http.negotiation import best
from api.http.openapi import document
from api.http.operations import Operation, operation
from api.http.problems import not_found, unavailable

AnyRequest = Request[Any, Any, Any]
_log: Any = structlog.get_logger("dateline.http")

HTML = "text/html"
LINKS = (
    ("Link", '</openapi.json>; rel="service-desc"; type="application/openapi+json"'),
    ("Link", '</docs>; rel="service-doc"; type="text/html"'),
    ("Link", '</readyz>; rel="status"'),
)
NO_STORE = ("Cache-Control", "no-store")
SHARED = ("Cache-Control", "public, max-age=30")
ASSETS = {"docs.css": b"text/css; charset=utf-8", "docs.js": b"text/javascript; charset=utf-8"}


class State(msgspec.Struct, frozen=True):
    """How the service is."""

    status: str


class Index(msgspec.Struct, frozen=True):
    """Where things are."""

    name: str = "Dateline"
    documentation: str = "/docs"
    description: str = "/openapi.json"
    articles: str = "/v1/articles"
    people: str = "/v1/people"
    organisations: str = "/v1/organisations"
    quotes: str = "/v1/quotes"


def _facts(summary: str, answer: Any, **more: Any) -> dict[str, Any]:
    return operation(Operation(summary=summary, tag="Service", answer=answer, open=True, **more))


@get("/", **_facts("Find the rest", Index, headers=("ETag", "Link")))
async def index() -> Answer:
    """Give the addresses of the documentation and of the lists."""
    return json_answer(Index(), version=1, headers=[SHARED, *LINKS])


@get("/livez", **_facts("Whether the process lives", State))
async def livez() -> Answer:
    """Answer as long as the process runs; asks nothing else."""
    return json_answer(State("live"), headers=[NO_STORE])


@get("/readyz", **_facts("Whether requests can be answered", State, problems=(503,)))
async def readyz(request: AnyRequest) -> Answer:
    """Answer when the database does and its schema is this program's, else with a 503."""
    try:
        await request.app.state.ready()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is why requests cannot be answered
        _log.warning("not ready", error=str(error))
        raise unavailable("The service is not ready; the reason is logged.") from None
    return json_answer(State("ready"), headers=[NO_STORE])


@get("/metrics", **_facts("Metrics for Prometheus", str, produces=("text/plain",)))
async def read_metrics(request: AnyRequest) -> Answer:
    """Give the metrics of all worker processes in Prometheus' text format."""
    try:
        await request.app.state.measure()
    except Exception as error:  # noqa: BLE001 - the other figures say that the database is away
        _log.warning("not measured", error=type(error).__name__)
    return json_answer(metrics.exposition(), media_type=metrics.CONTENT_TYPE.encode(), headers=[NO_STORE])


@get(
    "/openapi.json",
    **_facts(
        "This description",
        dict[str, Any],
        produces=("application/json", "application/openapi+json"),
        headers=("ETag", "Link"),
    ),
)
async def openapi(request: AnyRequest) -> Answer:
    """Give the API description in OpenAPI 3.1."""
    body = msgspec.json.encode(_document(request))
    return json_answer(body, version=1, headers=[SHARED, *LINKS])


@get("/docs", **_facts("The API reference to read", str, produces=(HTML,), headers=("ETag", "Link")))
async def docs(request: AnyRequest) -> Answer:
    """Give the API reference as a page that also sends requests."""
    state = request.app.state
    if "reference" not in state:
        state.reference = reference_page(_document(request))
    return _page(state.reference, LINKS)


@get("/docs/{name:str}", opt={"produces": ("text/css", "text/javascript")}, include_in_schema=False)
async def asset(name: FromPath[str]) -> Answer:
    """Give the style sheet or the script of the pages."""
    if name not in ASSETS:
        raise not_found()
    return json_answer(_asset(name), version=1, media_type=ASSETS[name], headers=[SHARED])


@get(
    "/problems/{kind:str}",
    **_facts(
        "A kind of problem", Kind, path={"kind": str}, produces=("application/json", HTML), headers=("ETag",)
    ),
)
async def problem_kind(request: AnyRequest, kind: FromPath[str]) -> Answer:
    """Explain a kind of problem and what to do about it: where the `type` of a problem points to."""
    found = find_kind(kind)
    if found is None:
        raise not_found()
    if best(header(request.scope, b"accept"), ("application/json", HTML)) == HTML:
        return _page(problem_page(found), ())
    return json_answer(found, version=1, headers=[SHARED])


service_router = Router(
    "/", route_handlers=[index, livez, readyz, read_metrics, openapi, docs, asset, problem_kind]
)


def _document(request: AnyRequest) -> dict[str, Any]:
    state = request.app.state
    if "openapi" not in state:
        state.openapi = document(request.app, request.scope["state"]["settings"])
    return state.openapi


def _page(html: str, links: tuple[tuple[str, str], ...]) -> Answer:
    headers = [SHARED, ("Content-Security-Policy", POLICY), *links]
    return json_answer(html.encode(), version=1, media_type=b"text/html; charset=utf-8", headers=headers)


@cache
def _asset(name: str) -> bytes:
    return files("api.http").joinpath("static", name).read_bytes()
