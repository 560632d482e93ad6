"""Routes of matching: which people or organisations names may mean."""

from asyncio import gather
from collections.abc import Sequence
from time import monotonic
from typing import Any

import msgspec
from litestar import post
from msgspec import UNSET

from api.db.pool import Conn
from api.entities.candidates import Asked, Known, Near, find_near, select_known, select_names
from api.entities.examples import ORGANISATION, PERSON
from api.entities.match import Scores, score
from api.entities.match_schemas import (
    Context,
    Matches,
    MatchInput,
    MatchQuery,
    OrganisationCandidate,
    PersonCandidate,
)
from api.entities.spelled_answers import answered
from api.entities.spelling import SpellingParams
from api.http.answers import Answer, json_answer
from api.http.bodies import read_json
from api.http.decoding import Body
from api.http.operations import Operation, operation
from api.http.params import read_params
from api.http.problems import MAX_ERRORS, ErrorItem, invalid
from api.http.reader import Reader
from api.keys.guard import require
from api.names.context import Query
from api.names.score import Reason, Scored
from api.requests import AnyRequest, Db, reader_of
from api.wire import EntityType, entity_ref

TOGETHER = 8  # names that are looked up and scored at once: others have their turn in between
PATIENCE, MORE = 5.0, 0.4  # seconds that the names of a request may take to be scored, and more for each

_MATCH: Body[MatchInput] = Body(MatchInput)


async def _match(request: AnyRequest, db: Db, type: EntityType) -> Answer:
    """Answer a match. It reads: an `Idempotency-Key` says nothing here, and the answer is not kept."""
    reader = reader_of(request)
    require(reader, "read")
    params = read_params(request, SpellingParams)
    given = await read_json(request, _MATCH)
    async with db.read() as conn:
        asked = await _asked(conn, given.queries, type, reader)
    results = await matched(db, asked, type, limit=given.limit, sees_held=reader.sees_held)
    return await answered(db, json_answer(msgspec.json.encode({"results": results})), params.names)


async def matched(
    db: Db, asked: Sequence[Asked], type: EntityType, *, limit: int, sees_held: bool
) -> list[dict[str, Any]]:
    """Give the result of each name; while some are scored, by another process, the next are looked up."""
    until, results = monotonic() + PATIENCE + MORE * len(asked), list[dict[str, Any]]()
    parts = [asked[start : start + TOGETHER] for start in range(0, len(asked), TOGETHER)]
    found = await _look_up(db, parts[0], sees_held=sees_held)
    for part, following in zip(parts, [*parts[1:], []], strict=True):
        near, known = found
        scores, found = await gather(
            score(part, near, known, limit=limit, patience=max(until - monotonic(), 0.1)),
            _look_up(db, following, sees_held=sees_held),
        )
        results += _results(len(results), scores, known, type)
    return results


async def _look_up(
    db: Db, asked: Sequence[Asked], *, sees_held: bool
) -> tuple[list[list[Near]], dict[str, Known]]:
    """Find whom names may mean, and what is recorded of these."""
    if not asked:
        return [], {}
    async with db.read() as conn:
        near = await find_near(conn, asked, sees_held=sees_held)
        return near, await select_known(conn, (one.id for those in near for one in those))


def _results(start: int, scores: Scores, known: dict[str, Known], type: EntityType) -> list[dict[str, Any]]:
    return [
        {
            "query": number,
            "candidates": [_shown(each, known[each.id], type) for each in candidates],
            "degraded": scores.degraded,
        }
        for number, candidates in enumerate(scores.of, start)
    ]


def _shown(scored: Scored, known: Known, type: EntityType) -> dict[str, Any]:
    return {
        type: entity_ref(type, known.id, known.name),
        "score": scored.score,
        "would_link": scored.would_link,
        "reasons": scored.reasons,
    }


async def _asked(conn: Conn, queries: Sequence[MatchQuery], type: EntityType, reader: Reader) -> list[Asked]:
    """Give the names with their context; 422 `unknown_reference` for an organisation that is not there."""
    given = {place: query.context.organisation for place, query in enumerate(queries)}
    ids = {place: str(each.id) for place, each in given.items() if each and each.id is not UNSET}
    names = await select_names(conn, "organisation", list(ids.values()), sees_held=reader.sees_held)
    errors = [
        ErrorItem(
            code="unknown_reference",
            detail="There is no organisation with this id.",
            pointer=f"#/queries/{place}/context/organisation/id",
        )
        for place, id in ids.items()
        if id not in names
    ]
    if errors:
        raise invalid(errors[:MAX_ERRORS])
    return [Asked(type=type, query=_query(each, names)) for each in queries]


def _query(asked: MatchQuery, names: dict[str, list[str]]) -> Query:
    context = asked.context
    return Query(
        name=asked.name,
        organisations=_organisations(context, names),
        country=context.country,
        position=context.position,
        on=context.on,
        identifiers=tuple((each.scheme, each.value) for each in context.identifiers),
    )


def _organisations(context: Context, names: dict[str, list[str]]) -> tuple[str, ...]:
    given = context.organisation
    if given is None:
        return ()
    return (str(given.name),) if given.id is UNSET else (str(given.id), *names[str(given.id)])


EXAMPLE: dict[str, Any] = {
    "queries": [
        {
            "name": "Mara Wenn",
            "context": {"position": "Secretary of Transport", "country": "GB", "on": "2026-03-03"},
        }
    ],
    "limit": 5,
}
_SCORED = Scored(
    id=PERSON.id,
    score=0.9612,
    would_link=True,
    near=True,
    reasons=(
        Reason("same_word", "“mara” in both"),
        Reason("similar_word", "“wenn” reads like “venn” (93%)"),
        Reason("position_held", "held the office on that date"),
    ),
)


def _example(type: EntityType, id: str, name: str) -> dict[str, Any]:
    known = Known(id=id, type=type, name=name, public=True, documents=[])
    return {"results": [{"query": 0, "candidates": [_shown(_SCORED, known, type)], "degraded": False}]}


@post(
    "/people/match",
    **operation(
        Operation(
            summary="Match names with people",
            examples={"spelling": EXAMPLE},
            answers={"candidates": _example("person", PERSON.id, PERSON.name)},
            tag="People",
            body=MatchInput,
            params=SpellingParams,
            answer=Matches[PersonCandidate],
        )
    ),
)
async def match_people(request: AnyRequest, db: Db) -> Answer:
    """Tell whom each of up to 100 names may mean, in whatever spelling and script, best first.

    Nothing is written. `would_link` says whether a dispatch that prints the name would be linked to the
    candidate. `degraded` results were found by search keys alone, because scoring was not available.
    """
    return await _match(request, db, "person")


@post(
    "/organisations/match",
    **operation(
        Operation(
            summary="Match names with organisations",
            examples={"in another language": {"queries": [{"name": "МИД России"}]}},
            answers={"candidates": _example("organisation", ORGANISATION.id, ORGANISATION.name)},
            tag="Organisations",
            body=MatchInput,
            params=SpellingParams,
            answer=Matches[OrganisationCandidate],
        )
    ),
)
async def match_organisations(request: AnyRequest, db: Db) -> Answer:
    """Tell which organisation each of up to 100 names may mean, in whatever language, best first."""
    return await _match(request, db, "organisation")


HANDLERS = [match_people, match_organisations]
