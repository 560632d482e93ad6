"""Routes of the history of articles: their versions, and how two of them differ."""

import re
from typing import Annotated

import msgspec
from litestar import get
from litestar.params import FromPath
from msgspec import Meta

from api.articles.comparing import ArticleDiff, compare
from api.articles.examples import ARTICLE, CORRECTED, DIFFERENCE, VERSIONS
from api.articles.offload import compute
from api.articles.schemas import Article
from api.articles.versions import ArticleVersion, as_seen, select_version, select_versions
from api.entities.spelled_answers import answered
from api.entities.spelling import SpellingParams
from api.http.answers import Answer, json_answer
from api.http.operations import PAGE, Operation, Page, operation
from api.http.paging import PageParams
from api.http.params import read_params, resource_id
from api.http.problems import not_found
from api.keys.guard import require
from api.quotes.queries import select_standing
from api.requests import AnyRequest, Db, page_answer, pager_of, reader_of
from api.visibility import require_visible
from api.wire import In

VersionNumber = Annotated[int, Meta(ge=1, le=2**31 - 1, description="The number of a version.")]
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


class DiffParams(In, frozen=True, kw_only=True):
    """Which versions to compare."""

    from_: VersionNumber = msgspec.field(name="from")
    to: VersionNumber


@get(
    "/articles/{id:str}/versions",
    **operation(
        Operation(
            summary="List the versions of an article",
            tag="Articles",
            params=PageParams,
            answer=Page[ArticleVersion],
            answers={"page": {"items": VERSIONS, "next": None}},
            headers=PAGE,
            problems=(404, "killed", "invalid-cursor"),
        )
    ),
)
async def list_article_versions(request: AnyRequest, db: Db, id: FromPath[str]) -> Answer:
    """List the versions of an article, newest first.

    Versions that were current only while the article was held are listed for keys with scope `embargo` alone.
    """
    reader = reader_of(request)
    require(reader, "read")
    page = pager_of(request, db, read_params(request, PageParams))
    article_id, before = resource_id(id), page.start(tuple[int])
    async with db.read() as conn:
        require_visible(await select_standing(conn, article_id), reader)
        rows = await select_versions(
            conn, article_id, reader, before=before[0] if before else None, limit=page.limit + 1
        )
    return page_answer(page, rows)


@get(
    "/articles/{id:str}/versions/{n:str}",
    **operation(
        Operation(
            summary="Fetch a version of an article",
            tag="Articles",
            path={"n": int},
            params=SpellingParams,
            answer=Article,
            answers={"first": ARTICLE, "second": CORRECTED},
            headers=("ETag",),
            request_headers=("If-None-Match",),
            problems=(404, "killed"),
        )
    ),
)
async def get_article_version(request: AnyRequest, db: Db, id: FromPath[str], n: FromPath[str]) -> Answer:
    """Fetch an article as it stood when this version was written."""
    reader = reader_of(request)
    require(reader, "read")
    params = read_params(request, SpellingParams)
    article_id = resource_id(id)
    if _NUMBER.fullmatch(n) is None:
        raise not_found()
    async with db.read() as conn:
        stored = await select_version(conn, article_id, int(n))
    found = as_seen(stored, reader)
    return await answered(db, json_answer(found.document, version=found.version), params.names)


@get(
    "/articles/{id:str}/diff",
    **operation(
        Operation(
            summary="Compare two versions of an article",
            tag="Articles",
            params=DiffParams,
            answer=ArticleDiff,
            answers={"difference": DIFFERENCE},
            problems=(404, "killed"),
        )
    ),
)
async def compare_article_versions(request: AnyRequest, db: Db, id: FromPath[str]) -> Answer:
    """Tell how a version of an article differs from another: members, blocks with their words, quotes.

    Applied to the old body in order, the changes of the blocks give the new one.
    """
    reader = reader_of(request)
    require(reader, "read")
    params = read_params(request, DiffParams)
    article_id = resource_id(id)
    async with db.read() as conn:
        old = await select_version(conn, article_id, params.from_)
        new = await select_version(conn, article_id, params.to)
    documents = as_seen(old, reader).document, as_seen(new, reader).document

    def work() -> bytes:
        was, now = (msgspec.json.decode(document, type=Article) for document in documents)
        return msgspec.json.encode(compare(was, now))

    return json_answer(await compute(work, sum(map(len, documents))))


HANDLERS = [list_article_versions, get_article_version, compare_article_versions]
