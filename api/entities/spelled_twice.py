"""Two spellings of one new entity in one dispatch: the second is linked to the first."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from time import monotonic
from typing import Any

import msgspec

from api.entities.candidates import MOST_LINKED, Asked, Known, Near, telling
from api.entities.grouping import UNKNOWN, Group
from api.entities.linking import MOST_COMPARED, PATIENCE, asked_of, said_of, sure_of
from api.entities.look_ups import MOST_NEAR
from api.entities.match import score
from api.names.context import Query
from api.names.guard import born_apart, may_link
from api.names.keys import keys
from api.names.matching import candidate
from api.names.score import Scored
from api.names.terms import terms

MOST_ASKED = (
    20  # names of a dispatch that are compared with those before them: one message to the matcher each
)


async def link_spelled_twice(groups: Sequence[Group], now: datetime) -> None:
    """Link each new group to that before it whose spelling it surely is, by the scores that link to records.

    Those that may be one, but not surely, tell of each other. Nothing is asked unless two names share keys
    by which records are found. They are asked one after the other, for a third spelling must not find two.
    """
    until, left = monotonic() + PATIENCE, MOST_ASKED
    before: dict[str, list[Group]] = {}
    for group in groups[:MOST_COMPARED]:
        asked_for = {key.key for name in group.names for key in telling(name, group.type)}
        near = Counter(each for key in sorted(asked_for) for each in before.get(key, ()))
        if near and left and not group.alike:
            asked = asked_of(group, now)
            may_be = {
                each: record
                for each, _ in near.most_common(MOST_LINKED)
                if (record := _known(group, asked, each))
            }
            left -= bool(may_be)
            await _link(group, asked, may_be, max(until - monotonic(), 0.0))
        for key in {key for name in group.names for key in keys(name, group.type)} if group.is_new else ():
            before.setdefault(key, []).append(group)


async def _link(group: Group, asked: Sequence[Asked], before: Mapping[Group, Known], patience: float) -> None:
    near = [Near(id=each.id, share=1.0, exact=False, identified=False) for each in before]
    known = {each.id: each for each in before.values()}
    scores = await score(asked, [near] * len(asked), known, limit=MOST_NEAR, patience=patience)
    scored = [each for found in scores.of for each in found]
    groups = {each.id: each for each in before}
    sure = sure_of(scored)
    if sure is not None:
        groups[sure.id].take_spelling(group)
        group.score = sure.score
        group.reason = f"another spelling in the same dispatch: {said_of(sure)}"
    elif not scores.degraded:
        for each in sorted(scored, key=lambda each: each.score):
            if each.near:
                _tell_each_other(group, groups[each.id], each)


def _tell_each_other(group: Group, other: Group, scored: Scored) -> None:
    for one, two in ((group, other), (other, group)):
        one.beside = [(two, scored.score), *((each, level) for each, level in one.beside if each is not two)]
        one.beside = one.beside[:MOST_NEAR]
        one.reason = f"{UNKNOWN}; the nearest in the same dispatch: {said_of(scored)}"


def _known(group: Group, asked: Sequence[Asked], other: Group) -> Known | None:
    """Give what a dispatch tells of another entity as what is recorded; None when it cannot be the same."""
    offices: list[Any] = list(getattr(other.given, "positions", []))
    document = msgspec.json.encode(
        {
            "names": [{"value": name} for name in other.names],
            "country": other.given.country,
            "identifiers": other.given.identifiers,
            "born": getattr(other.given, "born", None),
            "positions": offices + _role_of_both(asked[0].query, other),
            "parent": getattr(other.given, "parent", None),
        }
    )
    meant = candidate(other.id, [document])
    apart = group.type != other.type or group.differs(other) or born_apart(asked[0].born, meant.born)
    if apart or not other.fits(group) or not any(may_link(each.query, meant, each.type) for each in asked):
        return None
    return Known(id=other.id, type=other.type, name=other.name, public=True, documents=[document])


def _role_of_both(query: Query, other: Group) -> list[dict[str, str]]:
    """Give the role of a name as an office of another when it is printed beside that too, in the same terms.

    Other roles say nothing: a dispatch prints one man's office in several ways.
    """
    role = query.position and {*terms(query.position).terms}
    same = role and any(role == {*terms(each.role).terms} for each in other.printed if each.role)
    return [{"title": query.position or ""}] if same else []
