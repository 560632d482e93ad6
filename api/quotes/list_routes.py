"""Routes of the lists of quotes."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, Literal

from litestar import get
from litestar.params import FromPath
from msgspec import Meta

from api.db.pool import Conn
from api.entities.lists import select_refs
from api.entities.moved import ids_at
from api.entities.spelled_answers import answered
from api.entities.spelling import Spelling, check_spelling
from api.http.answers import Answer
from api.http.params import read_params, resource_id
from api.http.reader import Reader
from api.keys.guard import require
from api.lists.highlights import Highlight
from api.lists.members import check_members
from api.lists.newest import about_all
from api.lists.params import Counted, Highlighted, Members, check_needs_words, list_operation, listed_as
from api.lists.rounds import find
from api.lists.terms import one_of
from api.quotes.examples import QUOTE
from api.quotes.filters import QuoteFilters
from api.quotes.list_items import items
from api.quotes.lists import (
    Appearance,
    Conditions,
    Key,
    SaidKey,
    conditions_of,
    conditions_within,
    listing,
    select_documents,
    select_within,
)
from api.quotes.queries import select_standing
from api.quotes.schemas import Quote
from api.requests import AnyRequest, Db, page_answer, pager_of, reader_of
from api.visibility import listed, require_visible
from api.wire import EntityType, check_all

FacetName = Literal[
    "speaker", "relay", "provider", "form", "speaker_kind", "language", "month", "month.speaker_kind"
]
Facets = Annotated[
    list[FacetName],
    Meta(
        min_length=1,
        max_length=8,
        description="Count what the filters find by the values of these; `month` is the article's.",
    ),
]
Expandable = Annotated[
    list[Literal["people", "organisations", "articles"]],
    Meta(min_length=1, max_length=3, description="Answer these whole where an item refers to them."),
]
IDS = frozenset({"speaker", "relay", "provider"})


class QuoteListParams(QuoteFilters, frozen=True, kw_only=True):
    """The parameters of the lists of quotes."""

    count: Counted = None
    fields: Members | None = None
    expand: Expandable | None = None
    highlight: Highlighted = False
    facets: Facets | None = None
    names: Spelling = None

    def __post_init__(self) -> None:
        """Refuse members that a quote has not, and what has no meaning without a query."""
        check_all(
            super().__post_init__,
            lambda: check_spelling(self.names),
            lambda: check_members(self.fields, Quote),
            lambda: check_needs_words("highlight", self.q, given=self.highlight),
        )


ListedQuote = listed_as(Quote, [("highlights", list[Highlight])])
_facts = partial(list_operation, params=QuoteListParams, item=ListedQuote, example=QUOTE)


@get("/quotes", **_facts("List quotes", "Quotes"))
async def list_quotes(request: AnyRequest, db: Db) -> Answer:
    """List quotes, those of the latest articles first. All filters combine.

    With `said_after` or `said_before` what was said last comes first.
    """
    return await _list(request, db)


@get("/people/{id:str}/quotes", **_facts("List what a person said", "People", problems=[404]))
async def list_quotes_of_person(request: AnyRequest, db: Db, id: FromPath[str]) -> Answer:
    """List what a person said, latest articles first, with the filters of all quotes."""
    return await _list(request, db, ("person", resource_id(id)))


@get(
    "/organisations/{id:str}/quotes",
    **_facts("List what an organisation said", "Organisations", problems=[404]),
)
async def list_quotes_of_organisation(request: AnyRequest, db: Db, id: FromPath[str]) -> Answer:
    """List what an organisation said, latest articles first, with the filters of all quotes."""
    return await _list(request, db, ("organisation", resource_id(id)))


@get(
    "/articles/{id:str}/quotes",
    **_facts("List the quotes of an article", "Articles", problems=[404, "killed"]),
)
async def list_quotes_of_article(request: AnyRequest, db: Db, id: FromPath[str]) -> Answer:
    """List the quotes of an article, in order of appearance, with the filters of all quotes."""
    reader, article_id = reader_of(request), resource_id(id)
    require(reader, "read")
    params = read_params(request, QuoteListParams)
    page = pager_of(request, db, params)
    start = page.start(Appearance)
    async with db.read() as conn:
        standing = require_visible(await select_standing(conn, article_id), reader)
        # A kill between the statements takes the quotes out of what the reader sees.
        found = await conditions_within(conn, params, max(standing.visibility, listed(reader)), article_id)
        rows = await select_within(conn, found, start, page.limit + 1)
        documents = {id: document for (_, id), document in rows[: page.limit]}
        shown = await _items(conn, found, params, documents, reader)
        beside = await _beside(conn, found, params, reader)
    answer = page_answer(page, [(shown.get(key[1]), key) for key, _ in rows], beside)
    return await answered(db, answer, params.names)


async def _list(request: AnyRequest, db: Db, of: tuple[EntityType, str] | None = None) -> Answer:
    """Answer a page of quotes; those said by an entity, when one is given that the reader sees."""
    reader = reader_of(request)
    require(reader, "read")
    params = read_params(request, QuoteListParams)
    page = pager_of(request, db, params)
    start: Any = page.start(SaidKey if params.said_after or params.said_before else Key)
    async with db.read() as conn:
        also = None
        if of is not None:
            ids = await ids_at(conn, request, *of, walking=params.cursor is not None)
            also = one_of("speaker", ids)
        found = await conditions_of(conn, params, listed(reader), also)
        keys = await find(listing(conn, found, start), page.limit + 1)
        documents = await select_documents(conn, keys[: page.limit], listed=found.listed)
        shown = await _items(conn, found, params, documents, reader)
        beside = await _beside(conn, found, params, reader)
    answer = page_answer(page, [(shown.get(key[1]), key) for key in keys], beside)
    return await answered(db, answer, params.names)


async def _items(
    conn: Conn, found: Conditions, params: QuoteListParams, documents: Mapping[str, bytes], reader: Reader
) -> dict[str, bytes]:
    """Give the items of a page by id, as they are asked for."""
    return await items(
        conn,
        documents,
        fields=params.fields,
        expand=params.expand,
        reading=found.reading if params.highlight else None,
        listed=found.listed,
        sees_held=reader.sees_held,
    )


async def _beside(conn: Conn, found: Conditions, params: QuoteListParams, reader: Reader) -> dict[str, Any]:
    """Give what is asked about all that a list finds."""
    refs = partial(select_refs, conn, sees_held=reader.sees_held)
    return await about_all(listing(conn, found), params.count, params.facets, refs, IDS)


HANDLERS = [list_quotes, list_quotes_of_person, list_quotes_of_organisation, list_quotes_of_article]
