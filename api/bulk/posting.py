"""Posting lines: each line a dispatch, in transactions of many, with a result for each line in order."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import asyncpg
import msgspec
from msgspec import UNSET, UnsetType

from api.articles.creating import Taken, create_articles
from api.articles.queries import select_article
from api.articles.representations import Outcome
from api.articles.resent import is_resent
from api.articles.schemas import ArticleInput
from api.articles.writing import Written, uri_exists
from api.bulk.lines import Line
from api.db.pool import Conn, Database
from api.db.trials import write_or_try
from api.entities.resolve import Options
from api.http.decoding import Body
from api.http.problems import Problem
from api.http.reader import Reader
from api.http.rendering import failure_answer
from api.settings import LIMITS

_DISPATCH: Body[ArticleInput] = Body(ArticleInput)

PASSING = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, asyncpg.LockNotAvailableError)
TRIES = 5  # of a transaction that met another one


class Result(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one line (design §3.8)."""

    line: int
    status: int
    outcome: Outcome | UnsetType = UNSET
    id: str | UnsetType = UNSET
    problem: msgspec.Raw | UnsetType = UNSET


Note = Callable[[Conn, int], Awaitable[None]]


class How(msgspec.Struct, frozen=True, kw_only=True):
    """For whom and how lines are posted; `scope` is the request's, for the problems that name it.

    `note` is called in each transaction with the number of the last line that is done with it.
    """

    reader: Reader
    options: Options
    scope: Mapping[str, Any]
    note: Note | None = None


async def post_lines(db: Database, lines: Sequence[Line], how: How) -> list[Result]:
    """Post lines, each as a document of its own; a line's failure does not touch the others.

    A dry run sees what the lines before it would write only as far as they stand in one call.
    """
    return await post_decoded(db, [(line.number, decoded_line(line)) for line in lines], how)


async def post_decoded(
    db: Database, lines: Sequence[tuple[int, ArticleInput | Problem]], how: How
) -> list[Result]:
    """Post decoded lines, as `post_lines` does."""
    results: dict[int, Result] = {}
    waiting: list[tuple[int, ArticleInput]] = []
    for number, given in lines:
        if isinstance(given, Problem):
            results[number] = _refused(number, given, how)
        else:
            waiting.append((number, given))
    while waiting:
        done = await _post(db, waiting, how)
        results |= {result.line: result for result in done}
        waiting = waiting[len(done) :]
    return [results[number] for number, _ in lines]


def decoded_line(line: Line, limit: int = LIMITS.ndjson_line) -> ArticleInput | Problem:
    """Decode a line to a dispatch, or to what is wrong with it; `limit` is the length at which it was cut."""
    if line.raw is None:
        return unread(line, limit)
    try:
        return _DISPATCH(line.raw)
    except Problem as problem:
        return problem


def unread(line: Line, limit: int) -> Problem:
    """Say why a line could not be read."""
    if line.damage is not None:
        return Problem(400, "malformed-json", line.damage)
    detail = f"A line must have at most {limit} bytes."
    return Problem(413, "content-too-large", detail, extra={"limit": limit})


def _refused(number: int, error: Exception, how: How) -> Result:
    answer = failure_answer(error, how.scope)
    return Result(line=number, status=answer.status, problem=msgspec.Raw(answer.body))


async def _post(db: Database, waiting: Sequence[tuple[int, ArticleInput]], how: How) -> list[Result]:
    """Post as many as one transaction takes; what the database refuses is narrowed down by halves."""
    for attempt in range(1, TRIES + 1):
        try:
            return await _transaction(db, waiting, how)
        except PASSING as error:
            if attempt == TRIES:
                return _or_half(await _halved(db, waiting, how), waiting, error, how)
            await asyncio.sleep(0.05 * attempt)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the result of one line
            return _or_half(await _halved(db, waiting, how), waiting, error, how)
    raise AssertionError


async def _halved(db: Database, waiting: Sequence[tuple[int, ArticleInput]], how: How) -> list[Result] | None:
    if len(waiting) == 1:
        return None
    return await _post(db, waiting[: len(waiting) // 2], how)


def _or_half(
    half: list[Result] | None, waiting: Sequence[tuple[int, ArticleInput]], error: Exception, how: How
) -> list[Result]:
    return half if half is not None else [_refused(waiting[0][0], error, how)]


async def _transaction(db: Database, waiting: Sequence[tuple[int, ArticleInput]], how: How) -> list[Result]:
    dispatches = [given for _, given in waiting]
    async with write_or_try(db, dry_run=how.options.dry_run) as tx:
        outcomes = await create_articles(tx, dispatches, how.reader, how.options)
        results = [
            await _result(tx, number, outcome, how)
            for (number, _), outcome in zip(waiting, outcomes, strict=False)
        ]
        if how.note is not None:
            await how.note(tx, results[-1].line)
    return results


async def _result(tx: Conn, number: int, outcome: Written | Taken | Problem, how: How) -> Result:
    if isinstance(outcome, Problem):
        return _refused(number, outcome, how)
    if isinstance(outcome, Written):
        if how.options.dry_run:
            return Result(line=number, status=200, outcome="created")
        return Result(line=number, status=201, outcome="created", id=outcome.article.id)
    row = await select_article(tx, outcome.owner)
    if row is not None and await is_resent(tx, row, outcome.given, how.reader):
        return Result(line=number, status=200, outcome="unchanged", id=outcome.owner)
    return _refused(number, uri_exists(outcome.owner, row, how.reader), how)
