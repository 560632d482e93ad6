"""Routes of the lists of articles."""

from functools import partial
from typing import Annotated, Any, Literal

from litestar import get
from litestar.params import FromPath
from msgspec import Meta

from api.articles.examples import SUMMARY
from api.articles.filters import NAMED, ArticleFilters
from api.articles.list_items import items, needs_whole
from api.articles.lists import Conditions, Key, Sort, conditions_of, listing, select_documents
from api.articles.schemas import Article
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
from api.lists.newest import about_all, ranked
from api.lists.params import Counted, Highlighted, Members, check_needs_words, list_operation, listed_as
from api.lists.rounds import NEWEST, find
from api.lists.statements import ScoredKey
from api.lists.terms import any_of, one_of
from api.requests import AnyRequest, Db, page_answer, pager_of, reader_of
from api.visibility import listed
from api.wire import EntityType, check_all

FacetName = Literal["provider", "person", "organisation", "speaker", "subject", "language", "genre", "month"]
Facets = Annotated[
    list[FacetName],
    Meta(min_length=1, max_length=8, description="Count what the filters find by the values of these."),
]
Expandable = Annotated[
    list[Literal["people", "organisations"]],
    Meta(min_length=1, max_length=2, description="Answer these whole where an item refers to them."),
]
ListSort = Annotated[
    Literal[Sort, "-relevance"],
    Meta(description="The order; a minus sign means latest, or best, first. `-relevance` needs `q`."),
]
IDS = frozenset({"provider", "person", "organisation", "speaker"})


class ArticleListParams(ArticleFilters, frozen=True, kw_only=True):
    """The parameters of the lists of articles."""

    sort: ListSort = "-published_at"
    count: Counted = None
    fields: Members | None = None
    expand: Expandable | None = None
    highlight: Highlighted = False
    facets: Facets | None = None
    names: Spelling = None

    def __post_init__(self) -> None:
        """Refuse members that an article has not, and what has no meaning without a query."""
        check_all(
            super().__post_init__,
            lambda: check_spelling(self.names),
            lambda: check_members(self.fields, Article),
            lambda: check_needs_words("highlight", self.q, given=self.highlight),
            lambda: check_needs_words("sort", self.q, given=self.sort == "-relevance"),
        )


ListedArticle = listed_as(Article, [("snippet", str), ("highlights", list[Highlight])])
_facts = partial(list_operation, params=ArticleListParams, item=ListedArticle, example=SUMMARY)


@get("/articles", **_facts("List articles", "Articles"))
async def list_articles(request: AnyRequest, db: Db) -> Answer:
    """List articles as summaries, latest first unless `sort` says otherwise. All filters combine."""
    return await _list(request, db)


@get("/people/{id:str}/articles", **_facts("List the articles that carry a person", "People", problems=[404]))
async def list_articles_of_person(request: AnyRequest, db: Db, id: FromPath[str]) -> Answer:
    """List the articles that carry a person, latest first, with the filters of all articles."""
    return await _list(request, db, ("person", resource_id(id)))


@get(
    "/organisations/{id:str}/articles",
    **_facts("List the articles that carry an organisation", "Organisations", problems=[404]),
)
async def list_articles_of_organisation(request: AnyRequest, db: Db, id: FromPath[str]) -> Answer:
    """List the articles that carry an organisation or are published by it, latest first."""
    return await _list(request, db, ("organisation", resource_id(id)))


async def _list(request: AnyRequest, db: Db, of: tuple[EntityType, str] | None = None) -> Answer:
    """Answer a page of articles; those that carry an entity, when one is given that the reader sees."""
    reader = reader_of(request)
    require(reader, "read")
    params = read_params(request, ArticleListParams)
    page = pager_of(request, db, params)
    # Read before the database is asked: a foreign cursor is refused whatever it asks for.
    start = page.start(ScoredKey if params.sort == "-relevance" else Key)
    async with db.read() as conn:
        also = None
        if of is not None:
            ids = await ids_at(conn, request, *of, walking=params.cursor is not None)
            also = any_of([one_of(of[0], ids), one_of("provider", ids)])
        found = await conditions_of(conn, params, listed(reader), also)
        keys = await _keys(conn, found, params.sort, start, page.limit + 1)
        shown = await _items(conn, found, params, [key[-2:] for key in keys[: page.limit]], reader)
        refs = partial(select_refs, conn, sees_held=reader.sees_held)
        beside = await about_all(listing(conn, found), params.count, params.facets, refs, IDS)
        if params.sort == "-relevance":
            beside = {"ranked_within": NEWEST, **beside}
    answer = page_answer(page, [(shown.get(key[-1]), key) for key in keys], beside)
    return await answered(db, answer, params.names)


async def _keys(conn: Conn, found: Conditions, sort: ListSort, start: Any, limit: int) -> list[Any]:
    """Find the keys of a page: with the score before them when it is sorted by that."""
    if sort != "-relevance":
        return await find(listing(conn, found, sort, start), limit)
    assert found.reading is not None  # noqa: S101 - the parameters say so
    return await ranked(listing(conn, found), found.reading.wanted(*NAMED), start, limit)


async def _items(
    conn: Conn, found: Conditions, params: ArticleListParams, keys: list[Key], reader: Reader
) -> dict[str, bytes]:
    """Fetch the items of a page by id, as they are asked for."""
    documents = await select_documents(
        conn,
        keys,
        listed=found.listed,
        whole=needs_whole(params.fields, highlight=params.highlight),
        with_notes=reader.writes and "ed_note" in (params.fields or ()),
    )
    return await items(
        conn,
        documents,
        fields=params.fields,
        expand=params.expand,
        reading=found.reading if params.highlight else None,
        sees_held=reader.sees_held,
    )


HANDLERS = [list_articles, list_articles_of_person, list_articles_of_organisation]
