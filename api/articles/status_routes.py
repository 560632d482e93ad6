"""Routes that change whether an article is public: delete, kill, release."""

from typing import Annotated

from litestar import delete, post
from litestar.params import FromPath
from msgspec import Meta

from api.articles import compose, writing
from api.articles.examples import ARTICLE
from api.articles.replays import visible_at
from api.articles.routes import article_answer
from api.articles.schemas import Article
from api.http.answers import Answer, no_content
from api.http.bodies import read_json
from api.http.conditional import etag, if_match
from api.http.decoding import Body
from api.http.operations import IDEMPOTENT, Operation, operation
from api.http.params import NoParams, read_params, resource_id
from api.idempotency import KeptAnswer
from api.keys.guard import require
from api.requests import AnyRequest, Db, answer_once, read_once, reader_of
from api.wire import In, Prose


class Kill(In, frozen=True, kw_only=True):
    """Why an article is killed: a note that everyone sees."""

    note: Annotated[Prose, Meta(pattern=r"\S")]


class Release(In, frozen=True, kw_only=True):
    """A release takes no members."""


_KILL: Body[Kill] = Body(Kill)
_RELEASE: Body[Release] = Body(Release)


@delete(
    "/articles/{id:str}",
    **operation(
        Operation(
            summary="Delete an article",
            tag="Articles",
            status=204,
            scopes=("write",),
            request_headers=("If-Match",),
            problems=(404, "killed"),
        )
    ),
)
async def delete_article(request: AnyRequest, db: Db, id: FromPath[str]) -> Answer:
    """Delete an article: a kill with the note `deleted`."""
    reader = reader_of(request)
    require(reader, "write")
    read_params(request, NoParams)
    article_id, versions = resource_id(id), if_match(request)
    async with db.write() as tx:
        await writing.kill_article(tx, article_id, "deleted", reader, versions)
    return no_content()


@post(
    "/articles/{id:str}/kill",
    **operation(
        Operation(
            summary="Kill an article",
            examples={"kill": {"note": "The quotation was invented."}},
            tag="Articles",
            body=Kill,
            answer=Article,
            scopes=("write",),
            headers=("ETag",),
            problems=(404, "killed"),
        )
    ),
)
async def kill_article(request: AnyRequest, db: Db, id: FromPath[str]) -> Answer:
    """Kill an article: its content is gone for all but `admin`, and its public note stays."""
    reader = reader_of(request)
    require(reader, "write")
    read_params(request, NoParams)
    article_id = resource_id(id)
    given = await read_json(request, _KILL)
    async with db.write() as tx:
        article = await writing.kill_article(tx, article_id, given.note, reader)
    return article_answer(article, reader)


@post(
    "/articles/{id:str}/release",
    **operation(
        Operation(
            summary="Release a held article",
            examples={"release": {}},
            answers={"article": ARTICLE},
            tag="Articles",
            body=Release,
            answer=Article,
            scopes=("write", "embargo"),
            headers=("ETag", "Idempotent-Replayed"),
            request_headers=("Idempotency-Key",),
            problems=(404, "not-held", "killed", *IDEMPOTENT),
        )
    ),
)
async def release_article(request: AnyRequest, db: Db, id: FromPath[str]) -> Answer:
    """Publish a withheld or embargoed article now; 409 when nothing holds it back."""
    reader = reader_of(request)
    # Without scope `embargo` a held article does not exist: 404 instead of 403, which would tell of it.
    require(reader, "write")
    read_params(request, NoParams)
    article_id = resource_id(id)
    _, tried = await read_once(request, _RELEASE)

    async def work() -> KeptAnswer:
        return _released(await writing.release_article(tx, article_id, reader))

    async with db.write() as tx:
        return await answer_once(tx, tried, work, visible_at(tx, reader))


def _released(article: Article) -> KeptAnswer:
    """Give the answer to a release, as writers see the article."""
    document = compose.with_ed_note(compose.document_of(article), article.ed_note)
    headers = {"Content-Location": article.href, "ETag": etag(article.version, document)}
    return KeptAnswer(status=200, headers=headers, body=document)


HANDLERS = [delete_article, kill_article, release_article]
