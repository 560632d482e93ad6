"""Who is meant by a name, of those whom it may mean: scored by the matcher process, else by keys alone."""

from collections.abc import Mapping, Sequence

import msgspec

from api.entities.candidates import Asked, Known, Near
from api.names.guard import born_apart, may_link
from api.names.matcher import ask
from api.names.matching import Message, Question, candidate
from api.names.score import Reason, Scored

UNSCORED = Reason("shared_keys", "the names share search keys; they were not compared further")
SAME_NAME = Reason("same_name", "the same name")


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """For each name its candidates, best first; `degraded` when the matcher did not answer."""

    of: list[list[Scored]]
    degraded: bool


async def score(
    asked: Sequence[Asked],
    near: Sequence[Sequence[Near]],
    known: Mapping[str, Known],
    *,
    limit: int,
    patience: float,
) -> Scores:
    """Score the candidates of each name, at most `limit`, within `patience` seconds.

    One of them would be linked: who has the identifier, else who alone has the very name, else whom the
    matcher is sure of.
    """
    records = {id: each.documents for id, each in known.items()}
    questions = [
        Question(
            kind=each.type,
            query=each.query,
            candidates=[one.id for one in those if one.id in known],
            limit=max(limit, sum(one.exact or one.identified for one in those[:limit])),
        )
        for each, those in zip(asked, near, strict=True)
    ]
    answers = None
    if any(question.candidates for question in questions):
        answers = await ask(Message(records=records, questions=questions), patience)
    degraded = answers is None and bool(records)
    if answers is None:
        answers = [[_unscored(one) for one in those if one.id in known] for those in near]
    return Scores(
        of=[
            _judged(each, those, found, known)[:limit]
            for each, those, found in zip(asked, near, answers, strict=True)
        ],
        degraded=degraded,
    )


def _unscored(near: Near) -> Scored:
    return Scored(
        id=near.id, score=round(near.share, 4), would_link=False, near=near.share > 0.5, reasons=(UNSCORED,)
    )


def _judged(
    asked: Asked, near: Sequence[Near], found: Sequence[Scored], known: Mapping[str, Known]
) -> list[Scored]:
    """Say which candidate would be linked, in the order of design §3.1."""
    identified = [one.id for one in near if one.identified]
    exact = [one.id for one in near if one.exact]
    if identified or exact:
        chosen = identified or exact
        alone = chosen[0] if len(chosen) == 1 else None
        return [_exact(each, linked=each.id == alone, same=each.id in exact) for each in found]
    return [_allowed(asked, each, known) for each in found]


def _exact(scored: Scored, *, linked: bool, same: bool) -> Scored:
    reasons = (SAME_NAME, *(each for each in scored.reasons if each != UNSCORED)) if same else scored.reasons
    return msgspec.structs.replace(scored, would_link=linked, reasons=reasons)


def _allowed(asked: Asked, scored: Scored, known: Mapping[str, Known]) -> Scored:
    if not scored.would_link:
        return scored
    meant = candidate(scored.id, known[scored.id].documents)
    allowed = may_link(asked.query, meant, asked.type) and not born_apart(asked.born, meant.born)
    return msgspec.structs.replace(scored, would_link=allowed)
