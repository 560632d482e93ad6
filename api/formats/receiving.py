"""What becomes of an item that arrives: a new article, the next version of one, a kill, or nothing."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from api.articles import compose, creating, queries, writing
from api.articles.representations import Outcome, Received
from api.articles.schemas import Article, ArticleInput
from api.db.pool import Conn
from api.entities.resolve import Options
from api.entities.schemas import Resolution
from api.formats.arrival import Arrival
from api.formats.arrivals import Last, hold_uris, keep_arrival, select_article_id, select_last
from api.formats.signals import revision_of
from api.http.conditional import etag
from api.http.decoding import Body
from api.http.problems import ErrorItem, Problem, not_found, title_of
from api.http.reader import Reader
from api.idempotency import KeptAnswer
from api.visibility import KILLED

_ARTICLE: Body[ArticleInput] = Body(ArticleInput)

NO_NOTE = "Canceled by its provider."
Order = Literal["newer", "same", "older", "unknown"]


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A killed article, for who may not see what it said."""

    id: str
    type: str
    href: str


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an item."""

    outcome: Outcome
    article: Article | Known | None = None
    reason: str | None = None
    resolution: list[Resolution] = []


async def receive(
    tx: Conn, items: Sequence[Arrival | Problem], reader: Reader, options: Options
) -> KeptAnswer:
    """Write what arrived. One item is answered as a posted article is, several with one result each."""
    await hold_uris(tx, [item.uri for item in items if isinstance(item, Arrival) and item.uri])
    if len(items) == 1:
        return _answer(items[0], await _receive_one(tx, items[0], reader, options))
    results = [await _apart(tx, item, reader, options) for item in items]
    numbered = [{"item": index, **result} for index, result in enumerate(results, 1)]
    return KeptAnswer(status=200, headers={}, body=msgspec.json.encode({"items": numbered}))


async def _apart(tx: Conn, item: Arrival | Problem, reader: Reader, options: Options) -> dict[str, Any]:
    """Receive one of several items; what is wrong with it does not touch the others."""
    try:
        async with tx.transaction():
            result = await _receive_one(tx, item, reader, options)
    except Problem as problem:
        return {"status": problem.status, "problem": _problem(problem)}
    known = {} if result.article is None else {"id": result.article.id, "href": result.article.href}
    told = msgspec.to_builtins(_received(item, result))
    del told["resolution"]
    return {"status": _status(result), **known, **told}


def _problem(problem: Problem) -> dict[str, Any]:
    errors = {"errors": msgspec.to_builtins(problem.errors)} if problem.errors else {}
    return {
        "type": f"/problems/{problem.kind}",
        "title": title_of(problem.kind, problem.status),
        "status": problem.status,
        "detail": problem.detail,
        **errors,
        **msgspec.to_builtins(problem.extra),
    }


def _received(item: Arrival | Problem, result: Result) -> Received:
    arrival = item if isinstance(item, Arrival) else Arrival(dispatch={})
    return Received(
        outcome=result.outcome,
        reason=result.reason,
        ignored=[*arrival.ignored, *(arrival.of_revision if result.outcome == "created" else ())],
        assumed=arrival.assumed,
        resolution=result.resolution,
    )


def _status(result: Result) -> int:
    return 201 if result.outcome == "created" else 200


def _answer(item: Arrival | Problem, result: Result) -> KeptAnswer:
    """Answer one item: the article, and what became of the item."""
    told = msgspec.json.encode(_received(item, result))
    article = result.article
    if article is None:
        return KeptAnswer(status=_status(result), headers={}, body=told)
    if isinstance(article, Known):
        body = msgspec.json.encode(article)[:-1] + b"," + told[1:]
        return KeptAnswer(status=_status(result), headers={"Content-Location": article.href}, body=body)
    document = compose.with_ed_note(compose.document_of(article), article.ed_note)
    place = "Location" if result.outcome == "created" else "Content-Location"
    headers = {place: article.href, "ETag": etag(article.version, document)}
    return KeptAnswer(status=_status(result), headers=headers, body=document[:-1] + b"," + told[1:])


async def _receive_one(tx: Conn, item: Arrival | Problem, reader: Reader, options: Options) -> Result:
    """Write one item, or tell why nothing is written: it is older than what is stored, or the same."""
    if isinstance(item, Problem):
        raise item
    uri = item.uri or ""
    arrived = Last(version=item.version, version_created=item.version_created, digest=_digest(item))
    last, article_id = await select_last(tx, uri), await select_article_id(tx, uri)
    article = await _current(tx, article_id, reader) if article_id else None
    order = _order(arrived, last or _native(article))
    if order == "same" and last is not None and last.digest == arrived.digest:
        return Result(outcome="unchanged", article=_shown(article, reader))
    if order in ("same", "older"):
        words = "is older than" if order == "older" else "differs from, but is no newer than,"
        reason = f"The item {words} what is stored."
        return Result(outcome="skipped", article=_shown(article, reader), reason=reason)
    if order == "unknown" and article is not None:
        raise _conflict()
    result = await _write(tx, item, article, reader, options)
    await keep_arrival(tx, uri, arrived)
    return result


def _shown(article: Article | None, reader: Reader) -> Article | Known | None:
    """Give what a reader may see of an article: nothing of what a killed one said."""
    if article is None or article.pub_status != "canceled" or reader.sees_killed:
        return article
    return Known(id=article.id, type=article.type, href=article.href)


def _digest(item: Arrival) -> bytes:
    content = msgspec.json.encode([item.dispatch, item.canceled], order="deterministic")
    return hashlib.sha256(content).digest()


def _native(article: Article | None) -> Last | None:
    """Give an article that did not arrive in another format as what one compares with: by its version."""
    return None if article is None else Last(version=article.version, version_created=None, digest=b"")


def _order(arrived: Last, last: Last | None) -> Order:
    """Tell how an arriving version stands to the last: by version, of equals by when it was made."""
    if last is None:
        return "newer"
    for one, other in (
        (arrived.version, last.version),
        (_stamp(arrived.version_created), _stamp(last.version_created)),
    ):
        if one is not None and other is not None and one != other:
            return "newer" if one > other else "older"
    if arrived.version is None and arrived.version_created is None:
        return "same" if arrived.digest == last.digest else "unknown"
    return "same"


def _stamp(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


def _conflict() -> Problem:
    detail = "An article with this uri exists, and the item does not say whether it is newer."
    item = ErrorItem(code="uri_exists", detail=detail, pointer="#/uri")
    return Problem(409, "uri-exists", detail, errors=[item])


async def _current(tx: Conn, id: str, reader: Reader) -> Article | None:
    """Give the article that has the uri; one that the reader may not see is a 409 that tells nothing."""
    row = await queries.select_article(tx, id)
    if row is None:
        return None
    if row.visibility == KILLED:
        return msgspec.json.decode(row.document, type=Article)
    try:
        _, article = await writing.hold_article(tx, id, reader, None)
    except Problem as problem:
        if problem.status == not_found().status:
            raise _conflict() from None
        raise
    return article


async def _write(
    tx: Conn, item: Arrival, article: Article | None, reader: Reader, options: Options
) -> Result:
    """Write a version that is newer than what is stored."""
    if item.canceled:
        if article is None:
            reason = "There is no article with this uri to kill; what is older will be skipped."
            return Result(outcome="skipped", reason=reason)
        killed = await writing.kill_article(tx, article.id, (item.note or NO_NOTE)[:20_000], reader)
        return Result(outcome="killed", article=killed)
    given = await _given(tx, item, article)
    if article is None:
        written = await creating.create_article(tx, given, reader, options)
        return Result(outcome="created", article=written.article, resolution=written.resolution)
    held = await writing.hold_article(tx, article.id, reader, None)
    updated = await writing.update_article(tx, held, given, reader, options)
    outcome: Outcome = "unchanged" if updated.version == article.version else "updated"
    return Result(outcome=outcome, article=updated)


async def _given(tx: Conn, item: Arrival, article: Article | None) -> ArticleInput:
    """Give the dispatch to write. A version says nothing of when its article was first published."""
    dispatch = dict(item.dispatch)
    if article is not None:
        dispatch.pop("published_at", None)
        if item.signals:
            dispatch["revision"] = revision_of(item.signals, item.note)
    try:
        given = _ARTICLE.convert(msgspec.to_builtins(dispatch))
    except Problem as problem:
        raise _relocated(problem, item) from None
    now = await queries.clock(tx)
    published_at = given.published_at
    if isinstance(published_at, datetime) and (compose.is_held(given, now) or published_at > now):
        return msgspec.structs.replace(given, published_at=None)
    return given


def _relocated(problem: Problem, item: Arrival) -> Problem:
    """Point to the item itself, where it is known which part of it a member comes from."""
    errors = [
        msgspec.structs.replace(error, pointer=origin)
        if (origin := _origin(str(error.pointer), item)) is not None
        else error
        for error in problem.errors
    ]
    return Problem(problem.status, problem.kind, problem.detail, errors=errors)


def _origin(pointer: str, item: Arrival) -> str | None:
    return next((origin for own, origin in item.origins.items() if pointer.startswith(own)), None)
