"""Linking names that no entity has exactly: to the one of whom the matcher is sure (design §3.1)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from time import monotonic

import msgspec
from msgspec import UNSET

from api.entities.candidates import Asked, Known
from api.entities.compose import inline_errors
from api.entities.grouping import UNKNOWN, Group, Wanted, grouped, join_fuller, with_nested
from api.entities.look_ups import MOST_NEAR, Batch, LookUps
from api.entities.schemas import OrganisationInput
from api.http.reader import Reader
from api.names.context import Query
from api.names.fold import fold
from api.names.score import Scored

MOST_NAMES = 4  # of one entity that are compared
MOST_COMPARED = 100  # names of a dispatch
NOT_COMPARED = f"{UNKNOWN}; other spellings could not be compared"
TOGETHER = 25  # names that are scored at once
# Seconds that all names of a dispatch may take: others may wait for the names that it holds.
PATIENCE = 5.0


async def score_ahead(
    batch: Batch, dispatches: Iterable[Sequence[Wanted]], reader: Reader, now: datetime
) -> None:
    """Score at once what the dispatches of a batch will ask one after the other, as far as can be told.

    A name that two of them have is asked for once: the second will find what the first has created.
    """
    seen: dict[tuple[str, str], Asked] = {}
    for wanted in dispatches:
        asked = [each for group in _new(batch, wanted) for each in asked_of(group, now)]
        for each in asked[:MOST_COMPARED]:
            seen.setdefault((each.type, each.query.name), each)
    await batch.score_ahead(list(seen.values()), sees_held=reader.sees_held, patience=PATIENCE)


def _new(batch: Batch, wanted: Sequence[Wanted]) -> list[Group]:
    """Give the groups of a dispatch of whose names and identifiers none is known so far."""
    inline = [each for each in with_nested(wanted) if each.given.id is UNSET]
    known = all(not batch.is_new(each.type, [fold(str(each.given.name))], []) for each in inline)
    if known or any(error for each in inline for error in inline_errors(each.given, each.pointer, each.type)):
        return []
    roots = list(dict.fromkeys(group.root for group in grouped(inline)))
    join_fuller(roots, [])
    return [
        each
        for each in roots
        if each.is_new
        and not each.rivals
        and batch.is_new(each.type, (name for _, name in each.folds), each.identifiers)
    ]


async def link_alike(store: LookUps, groups: Sequence[Group], reader: Reader, now: datetime) -> None:
    """Link each group to whom the matcher is sure of, or note whom it may mean and an editor should look at.

    The names are held by the caller. What is scored for several names of one group counts when it is
    one entity for all of them.
    """
    until = monotonic() + PATIENCE
    asked = [(group, each) for group in groups for each in asked_of(group, now)]
    for group, _ in asked[MOST_COMPARED:]:
        group.reason = NOT_COMPARED
    asked = asked[:MOST_COMPARED]
    found: dict[Group, list[Scored]] = {}
    for start in range(0, len(asked), TOGETHER):
        part = asked[start : start + TOGETHER]
        names = [each for _, each in part]
        left = max(until - monotonic(), 0.0)
        alike = await store.score_alike(names, sees_held=reader.sees_held, patience=left)
        scores, known = alike.scores, alike.known
        for (group, _), scored in zip(part, scores.of, strict=True):
            if scores.degraded and scored:
                group.reason = NOT_COMPARED
            else:
                found.setdefault(group, []).extend(scored)
                group.alike += [(known[each.id], each.score) for each in scored if each.near]
    await _link(store, found)


async def _link(store: LookUps, found: dict[Group, list[Scored]]) -> None:
    """Hold those who are linked against deletion and renaming; one that has gone meanwhile is not linked."""
    sure = {group: one for group, scored in found.items() if (one := sure_of(scored))}
    held = await store.hold_entities(sorted({one.id for one in sure.values()})) if sure else {}
    for group, scored in found.items():
        one = sure.get(group)
        if one is not None and one.id in held:
            group.linked, group.score, group.alike = held[one.id], one.score, []
            group.reason = f"another spelling: {said_of(one)}"
        elif group.alike:
            group.alike = _distinct(group)
            nearest = next(each for each in scored if each.id == group.alike[0][0].id)
            group.reason = f"{UNKNOWN}; the nearest: {said_of(nearest)}"


def _distinct(group: Group) -> list[tuple[Known, float]]:
    best = {known.id: (known, level) for known, level in sorted(group.alike, key=lambda each: each[1])}
    return sorted(best.values(), key=lambda each: -each[1])[:MOST_NEAR]


def sure_of(scored: Sequence[Scored]) -> Scored | None:
    """Give the one candidate that would be linked, by whatever name."""
    sure = [each for each in scored if each.would_link]
    return max(sure, key=lambda each: each.score) if len({each.id for each in sure}) == 1 else None


def said_of(scored: Scored) -> str:
    """Give all the reasons for a score, in a row."""
    return "; ".join(reason.detail for reason in scored.reasons)


def asked_of(group: Group, now: datetime) -> list[Asked]:
    """Give a group's names with what is said and printed of it; a dispatch that tells no day is of today."""
    given, printed = group.given, group.printed
    offices = [] if isinstance(given, OrganisationInput) else given.positions
    within = [each.organisation for each in offices] + (
        [given.parent] if isinstance(given, OrganisationInput) else []
    )
    organisations = [each.organisation for each in printed if each.organisation]
    organisations += [str(each.id or each.name) for each in within if each]
    roles = [each.role for each in printed if each.role] + [office.title for office in offices]
    query = Query(
        name="",
        organisations=tuple(dict.fromkeys(organisations)),
        country=given.country,
        position=next(iter(roles), None),
        on=next((each.on for each in printed if each.on), now.date().isoformat()),
        identifiers=tuple((each.scheme, each.value) for each in given.identifiers),
    )
    born = None if isinstance(given, OrganisationInput) else given.born
    return [
        Asked(type=group.type, query=msgspec.structs.replace(query, name=name), born=born)
        for name in group.names[:MOST_NAMES]
    ]
