"""Routes of articles, and of the attribution of their quotes, which is written through them."""

from typing import Annotated

import msgspec
from litestar import get, patch, post, put
from litestar.params import FromPath
from msgspec import Meta

from api.articles import arriving, attributing, compose, creating, queries, writing
from api.articles.examples import ARTICLE, CORRECTION, DISPATCH, POSTED
from api.articles.replays import visible_at
from api.articles.representations import (
    PRODUCED,
    TAKEN,
    FormatParam,
    Formats,
    FormatsGiven,
    InputParam,
    LossesParam,
    answer_as,
    chosen,
    site_of,
    taken,
)
from api.articles.schemas import Article, ArticleInput, PostedArticle, Timestamp
from api.articles.versions import as_seen, select_version_at
from api.db.trials import write_or_try
from api.entities.params import WriteParams
from api.entities.resolve import Options
from api.entities.spelling import SpellingParams, spelled
from api.http.answers import Answer, json_answer
from api.http.bodies import MERGE_PATCH, read_json, read_merge_patch
from api.http.conditional import etag, if_match
from api.http.decoding import Body
from api.http.merge_patch import merge_patch
from api.http.operations import IDEMPOTENT, Operation, operation
from api.http.params import read_params, resource_id
from api.http.read_only import with_nulls
from api.http.reader import Reader
from api.idempotency import KeptAnswer
from api.keys.guard import require
from api.quotes.examples import CORRECTED, QUOTE
from api.quotes.schemas import Quote, QuotePut
from api.requests import AnyRequest, Db, answer_once, read_once, reader_of
from api.visibility import require_visible

_ARTICLE: Body[ArticleInput] = Body(ArticleInput)

# Kinds of problem that several operations share.
RESOLVING = ("ambiguous-entity", "unknown-entity")
QUOTING = ("verbatim-mismatch", "ambiguous-fragment")


class PostParams(WriteParams, frozen=True, kw_only=True):
    """The parameters of posting a dispatch."""

    dry_run: Annotated[bool, Meta(description="Answer what would happen, and write nothing.")] = False
    format: InputParam = None

    @property
    def options(self) -> Options:
        """These parameters as the resolver takes them."""
        return msgspec.structs.replace(super().options, dry_run=self.dry_run)


class ArticleParams(SpellingParams, frozen=True, kw_only=True):
    """The parameters of one article."""

    as_of: Annotated[
        Timestamp | None, Meta(description="Answer the version that was current at this time.")
    ] = None
    format: FormatParam = None
    losses: LossesParam = False


def article_answer(article: Article, reader: Reader) -> Answer:
    """Answer an article as this reader sees it."""
    document = compose.document_of(article)
    if reader.writes:
        document = compose.with_ed_note(document, article.ed_note)
    return json_answer(document, version=article.version)


@post(
    "/articles",
    **operation(
        Operation(
            summary="Post a dispatch",
            examples={"dispatch": DISPATCH},
            answers={"created": POSTED},
            tag="Articles",
            params=PostParams,
            body=ArticleInput,
            body_types=(*TAKEN, "application/x-ndjson"),
            answer=PostedArticle,
            status=201,
            scopes=("write",),
            problems=(
                "uri-exists",
                "killed",
                "malformed-xml",
                "unsupported-content",
                *RESOLVING,
                *QUOTING,
                *IDEMPOTENT,
            ),
            headers=("ETag", "Location", "Idempotent-Replayed"),
            request_headers=("Idempotency-Key",),
        )
    ),
)
async def create_article(request: AnyRequest, db: Db, formats: FormatsGiven) -> Answer:
    """Post a dispatch: an article with its quotes and the entities that it names, in one transaction.

    An inline entity is linked to the one that the store knows, else created; `resolution` says which. With
    `dry_run=true` the answer is the same with status 200, and nothing is written.

    An item of ninjs or NewsML-G2 is taken by its media type or by `format`. The answer says beside the
    article what became of the item (`outcome`), what has no place here (`ignored`) and what was `assumed`;
    for such an item `ambiguous` is `create` unless it is given.

    `application/x-ndjson` is one dispatch a line, answered with a line for each, in order.
    """
    reader = reader_of(request)
    require(reader, "write")
    params = read_params(request, PostParams)
    name = taken(request, params.format)
    if name != "json":
        return await arriving.receive(request, db, formats, name)
    given, tried = await read_once(request, _ARTICLE)

    async def work() -> KeptAnswer:
        written = await creating.create_article(tx, given, reader, params.options)
        return _posted(written)

    async with write_or_try(db, dry_run=params.dry_run) as tx:
        if params.dry_run:
            return json_answer((await work()).body)
        return await answer_once(tx, tried, work, visible_at(tx, reader))


def _posted(written: writing.Written) -> KeptAnswer:
    """Give the answer to a posted dispatch; its ETag is that of the article itself."""
    article = written.article
    document = compose.with_ed_note(compose.document_of(article), article.ed_note)
    resolution = msgspec.json.encode(written.resolution)
    return KeptAnswer(
        status=201,
        headers={"Location": article.href, "ETag": etag(article.version, document)},
        body=document[:-1] + b',"resolution":' + resolution + b"}",
    )


@get(
    "/articles/{id:str}",
    **operation(
        Operation(
            summary="Fetch an article",
            answers={"article": ARTICLE},
            tag="Articles",
            params=ArticleParams,
            answer=Article,
            produces=PRODUCED,
            headers=("ETag",),
            request_headers=("If-None-Match",),
            problems=(404, "killed"),
        )
    ),
)
async def get_article(request: AnyRequest, db: Db, formats: FormatsGiven, id: FromPath[str]) -> Answer:
    """Fetch one article with its quotes; 410 with the public note when it was killed.

    With `as_of`, as it stood then: 404 for a time at which it did not exist, or not for this reader. In
    another format by `Accept` or `format`; with `losses=true`, an object with the `format` and its `losses`,
    the JSON Pointers of what it cannot carry of this article.
    """
    reader = reader_of(request)
    require(reader, "read")
    params, article_id = read_params(request, ArticleParams), resource_id(id)
    if params.as_of is not None:
        async with db.read() as conn:
            found = as_seen(await select_version_at(conn, article_id, params.as_of), reader)
            document = await spelled(conn, found.document, params.names)
        return _written(request, formats, params, document, found.version)
    async with db.read() as conn:
        row = require_visible(await queries.select_article(conn, article_id), reader)
        document = await spelled(conn, row.document, params.names)
    document = compose.with_ed_note(document, row.ed_note) if reader.writes else document
    return _written(request, formats, params, document, row.version)


def _written(
    request: AnyRequest, formats: Formats, params: ArticleParams, document: bytes, version: int
) -> Answer:
    """Answer an article in the format that is asked for."""
    name = chosen(request, params.format)
    return answer_as(name, document, version, formats, lambda: site_of(request), losses=params.losses)


@put(
    "/articles/{id:str}",
    **operation(
        Operation(
            summary="Replace an article",
            examples={"dispatch": DISPATCH},
            answers={"article": ARTICLE},
            tag="Articles",
            params=WriteParams,
            body=ArticleInput,
            answer=Article,
            scopes=("write",),
            headers=("ETag",),
            request_headers=("If-Match",),
            problems=(404, "killed", *RESOLVING, *QUOTING),
        )
    ),
)
async def replace_article(request: AnyRequest, db: Db, id: FromPath[str]) -> Answer:
    """Replace an article: a new version. A body sent without `quotes` takes its quotes along."""
    reader = reader_of(request)
    require(reader, "write")
    params = read_params(request, WriteParams)
    article_id, versions = resource_id(id), if_match(request)
    given = await read_json(request, _ARTICLE)
    async with db.write() as tx:
        held = await writing.hold_article(tx, article_id, reader, versions)
        article = await writing.update_article(tx, held, given, reader, params.options)
    return article_answer(article, reader)


@patch(
    "/articles/{id:str}",
    **operation(
        Operation(
            summary="Change an article",
            examples={"correction": CORRECTION},
            answers={"article": ARTICLE},
            tag="Articles",
            params=WriteParams,
            body=ArticleInput,
            body_types=MERGE_PATCH,
            answer=Article,
            scopes=("write",),
            headers=("ETag",),
            request_headers=("If-Match",),
            problems=(404, "killed", *RESOLVING, *QUOTING),
        )
    ),
)
async def patch_article(request: AnyRequest, db: Db, id: FromPath[str]) -> Answer:
    """Change an article by a merge patch: a new version, unless nothing changes.

    A body sent without `quotes` takes its quotes along.
    """
    reader = reader_of(request)
    require(reader, "write")
    params = read_params(request, WriteParams)
    article_id, versions = resource_id(id), if_match(request)
    change = await read_merge_patch(request)
    async with db.write() as tx:
        held = await writing.hold_article(tx, article_id, reader, versions)
        document = msgspec.to_builtins(held[1])
        if change.get("quotes", ()) is None:  # they are taken away, not left to follow the body
            change["quotes"] = []
        if "quotes" not in change:
            del document["quotes"]
        document = with_nulls(merge_patch(document, change), change, compose.SERVER_OWNED)
        given = _ARTICLE.patched(document, change)
        article = await writing.update_article(tx, held, given, reader, params.options)
    return article_answer(article, reader)


@patch(
    "/quotes/{id:str}",
    **operation(
        Operation(
            summary="Correct the attribution of a quote",
            examples={"correction": CORRECTED},
            answers={"quote": QUOTE},
            tag="Quotes",
            params=WriteParams,
            body=QuotePut,
            body_types=MERGE_PATCH,
            answer=Quote,
            scopes=("write",),
            headers=("ETag",),
            request_headers=("If-Match",),
            problems=(404, "killed", *RESOLVING),
        )
    ),
)
async def patch_quote(request: AnyRequest, db: Db, id: FromPath[str]) -> Answer:
    """Correct the attribution of a quote by a merge patch; its words are written through its article.

    The quote's version rises, the article's does not.
    """
    reader = reader_of(request)
    require(reader, "write")
    params = read_params(request, WriteParams)
    quote_id, versions = resource_id(id), if_match(request)
    change = await read_merge_patch(request)
    async with db.write() as tx:
        quote = await attributing.patch_quote(tx, quote_id, change, reader, versions, params.options)
    return json_answer(quote, version=quote.version)


HANDLERS = [
    create_article,
    get_article,
    replace_article,
    patch_article,
    patch_quote,
]
