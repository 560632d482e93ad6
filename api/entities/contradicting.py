"""Roles printed beside a very name that contradict the record's offices on the date (design §3.1)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from api.entities.candidates import Known
from api.entities.grouping import SAME_NAME, Group
from api.entities.look_ups import LookUps
from api.names.context import Candidate, Position, alike, held
from api.names.matching import candidate
from api.names.script import script_of

CONTRADICTED = 0.9  # how sure a link by the very name is all the same
_ALIKE = 0.5  # of two titles


async def lower_contradicted(store: LookUps, groups: Iterable[Group], now: datetime) -> None:
    """Lower the score of people who were linked by their very name beside a role that contradicts the record.

    Only those are looked at beside whom a role is printed: for them what is recorded is read.
    """
    told = [
        (group, group.linked.id)
        for group in groups
        if group.linked and group.reason == SAME_NAME and _roles(group, now) and group.type == "person"
    ]
    known: Mapping[str, Known] = await store.find_known({id for _, id in told}) if told else {}
    for group, id in told:
        meant = candidate(id, known[id].documents) if id in known else None
        against = next(
            (said for role, on in _roles(group, now) if meant and (said := _against(role, on, meant))), None
        )
        if against:
            group.score, group.reason = CONTRADICTED, f"{SAME_NAME}, but {against}"


def _roles(group: Group, now: datetime) -> list[tuple[str, str]]:
    """Give the roles printed beside a name, each with its date; a dispatch that tells no day is of today."""
    return [(each.role, each.on or now.date().isoformat()) for each in group.printed if each.role]


def _against(role: str, on: str, meant: Candidate) -> str | None:
    """Say how a role contradicts the offices of a person on a date; None when it does not, or nobody knows.

    It is one that was held at another time; or another one was held then, in the script of the role, for of
    other scripts too few words are known.
    """
    alike_ones = [office for office in meant.positions if _is(role, office)]
    then = [office for office in meant.positions if held(office, on)]
    if alike_ones and not any(office in then for office in alike_ones):
        return f"did not hold the office on that date: “{role}”, {on}"
    if not alike_ones and _titled_alike(role, then):
        return f"held another office on that date than “{role}”: “{then[0].title}”"
    return None


def _is(role: str, office: Position) -> bool:
    return alike(role, f"{office.title} {office.organisation or ''}") >= _ALIKE


def _titled_alike(role: str, offices: Sequence[Position]) -> bool:
    return bool(offices) and all(script_of(office.title) == script_of(role) for office in offices)
