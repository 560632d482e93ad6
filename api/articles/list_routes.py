"""Routes of the lists of articles."""

from typing import Annotated

from litestar import get
from litestar.params import FromPath
from msgspec import Meta

from api.articles.examples import SUMMARY
from api.articles.filters import ArticleFilters
from api.articles.lists import Key, Sort, find_articles, select_documents
from api.articles.schemas import ArticleSummary
from api.entities.queries import require_entity
from api.entities.same import same_entities
from api.http.answers import Answer
from api.http.operations import Operation, Page, operation
from api.http.params import read_params, resource_id
from api.keys.guard import require
from api.lists.terms import any_of, one_of
from api.requests import AnyRequest, Db, page_answer, pager_of, reader_of
from api.visibility import listed
from api.wire import EntityType


class ArticleListParams(ArticleFilters, frozen=True, kw_only=True):
    """The parameters of the lists of articles."""

    sort: Annotated[Sort, Meta(description="The order; a minus sign means latest first.")] = "-published_at"


@get(
    "/articles",
    **operation(
        Operation(
            summary="List articles",
            answers={"page": {"items": [SUMMARY], "next": None}},
            tag="Articles",
            params=ArticleListParams,
            answer=Page[ArticleSummary],
            headers=("Link",),
            problems=("invalid-cursor",),
        )
    ),
)
async def list_articles(request: AnyRequest, db: Db) -> Answer:
    """List articles as summaries, latest first unless `sort` says otherwise. All filters combine."""
    return await _list(request, db)


@get(
    "/people/{id:str}/articles",
    **operation(
        Operation(
            summary="List the articles that carry a person",
            answers={"page": {"items": [SUMMARY], "next": None}},
            tag="People",
            params=ArticleListParams,
            answer=Page[ArticleSummary],
            headers=("Link",),
            problems=(404, "invalid-cursor"),
        )
    ),
)
async def list_articles_of_person(request: AnyRequest, db: Db, id: FromPath[str]) -> Answer:
    """List the articles that carry a person, latest first, with the filters of all articles."""
    return await _list(request, db, "person", resource_id(id))


@get(
    "/organisations/{id:str}/articles",
    **operation(
        Operation(
            summary="List the articles that carry an organisation",
            answers={"page": {"items": [SUMMARY], "next": None}},
            tag="Organisations",
            params=ArticleListParams,
            answer=Page[ArticleSummary],
            headers=("Link",),
            problems=(404, "invalid-cursor"),
        )
    ),
)
async def list_articles_of_organisation(request: AnyRequest, db: Db, id: FromPath[str]) -> Answer:
    """List the articles that carry an organisation or are published by it, latest first."""
    return await _list(request, db, "organisation", resource_id(id))


async def _list(
    request: AnyRequest, db: Db, type: EntityType | None = None, entity_id: str | None = None
) -> Answer:
    """Answer a page of articles; those that carry an entity, when one is given that the reader sees."""
    reader = reader_of(request)
    require(reader, "read")
    params = read_params(request, ArticleListParams)
    page = pager_of(request, db, params)
    start = page.start(Key)
    async with db.read() as conn:
        also = None
        if type is not None and entity_id is not None:
            await require_entity(conn, type, entity_id, reader)
            ids = await same_entities(conn, [entity_id])
            also = any_of([one_of(type, ids), one_of("provider", ids)])
        keys = await find_articles(
            conn,
            params,
            listed=listed(reader),
            limit=page.limit + 1,
            sort=params.sort,
            start=start,
            also=also,
        )
        documents = await select_documents(conn, keys, listed=listed(reader))
    return page_answer(page, [(documents.get(key[1]), key) for key in keys])


HANDLERS = [list_articles, list_articles_of_person, list_articles_of_organisation]
