"""Two spellings of one new entity in one dispatch: the second is linked to the first."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from time import monotonic

import msgspec

from api.entities.candidates import MOST_LINKED, Asked, Known, Near, sounds
from api.entities.grouping import Group
from api.entities.linking import MOST_COMPARED, PATIENCE, asked_of, said_of, sure_of
from api.entities.look_ups import MOST_NEAR
from api.entities.match import score
from api.names.guard import born_apart, may_link
from api.names.matching import candidate

MOST_ASKED = (
    20  # names of a dispatch that are compared with those before them: one message to the matcher each
)


async def link_spelled_twice(groups: Sequence[Group], now: datetime) -> None:
    """Link each new group to that before it whose spelling it surely is, by the scores that link to records.

    Nothing is asked unless two names sound alike. They are asked one after the other, for a third spelling
    must not find two.
    """
    until, left = monotonic() + PATIENCE, MOST_ASKED
    before: dict[str, list[Group]] = {}
    for group in groups[:MOST_COMPARED]:
        heard = sorted(sounds(group.names, group.type))
        near = Counter(each for sound in heard for each in before.get(sound, ())).most_common(MOST_LINKED)
        if near and left and not group.alike:
            asked = asked_of(group, now)
            may_be = {each: record for each, _ in near if (record := _known(group, asked, each))}
            left -= bool(may_be)
            await _link(group, asked, may_be, max(until - monotonic(), 0.0))
        for sound in heard if group.is_new else ():
            before.setdefault(sound, []).append(group)


async def _link(group: Group, asked: Sequence[Asked], before: Mapping[Group, Known], patience: float) -> None:
    near = [Near(id=each.id, share=1.0, exact=False, identified=False) for each in before]
    known = {each.id: each for each in before.values()}
    scores = await score(asked, [near] * len(asked), known, limit=MOST_NEAR, patience=patience)
    sure = sure_of([each for scored in scores.of for each in scored])
    if sure is not None:
        group.fuller = next(each for each in before if each.id == sure.id)
        group.score = sure.score
        group.reason = f"another spelling in the same dispatch: {said_of(sure)}"


def _known(group: Group, asked: Sequence[Asked], other: Group) -> Known | None:
    """Give what a dispatch tells of another entity as what is recorded; None when it cannot be the same."""
    document = msgspec.json.encode(
        {
            "names": [{"value": name} for name in other.names],
            "country": other.given.country,
            "identifiers": other.given.identifiers,
            "born": getattr(other.given, "born", None),
            "positions": getattr(other.given, "positions", []),
            "parent": getattr(other.given, "parent", None),
        }
    )
    meant = candidate(other.id, [document])
    apart = group.type != other.type or group.differs(other) or born_apart(asked[0].born, meant.born)
    if apart or not any(may_link(each.query, meant, each.type) for each in asked):
        return None
    return Known(id=other.id, type=other.type, name=other.name, public=True, documents=[document])
