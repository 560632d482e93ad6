"""The route of the search over all four types."""

import msgspec
from litestar import get

from api.entities.spelled_answers import answered
from api.http.answers import Answer
from api.http.operations import PAGE, Operation, operation
from api.http.params import read_params
from api.keys.guard import require
from api.requests import AnyRequest, Db, page_answer, pager_of, reader_of
from api.search.hits import RANKED, Place, Search
from api.search.schemas import SearchPage, SearchParams
from api.search.shown import hits


@get(
    "/search",
    **operation(
        Operation(
            summary="Search everything",
            tag="Search",
            params=SearchParams,
            answer=SearchPage,
            headers=PAGE,
            problems=("invalid-cursor",),
        )
    ),
)
async def search(request: AnyRequest, db: Db) -> Answer:
    """Search articles, quotes, people and organisations by words and names, best first."""
    reader = reader_of(request)
    require(reader, "read")
    params = read_params(request, SearchParams)
    page = pager_of(request, db, params)
    start = page.start(Place)
    async with db.read() as conn:
        asked = Search(conn, params, reader)
        places = await asked.find(start, page.limit + 1)
        found = await hits(conn, places[: page.limit], asked.readings, reader)
    rows = [
        (msgspec.json.encode(found[place[-1]]) if place[-1] in found else None, place) for place in places
    ]
    return await answered(db, page_answer(page, rows, {"ranked_within": RANKED}), params.names)


HANDLERS = [search]
