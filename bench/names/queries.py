"""The questions of the evaluation.

A name to look up, and the one other name under which the person is stored.
"""

import hashlib
import random
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from api.names.fold import fold
from bench.names.people import Name, Person

# The mix of the published baselines (914 known names, 330 unknown): share of each stratum in "overall".
MIX = {
    "Cyrl-Latn": 170, "Latn-Cyrl": 170, "Latn spelling": 131, "Latn subset": 62, "Cyrl variant": 131,
    "Hani-Latn": 40, "Arab-Latn": 40, "Hang-Latn": 39, "Grek-Latn": 30, "Jpan-Latn": 27, "Hebr-Latn": 25,
    "Armn-Latn": 19, "Geor-Latn": 15, "Taml-Latn": 15,
}  # fmt: skip
EXTRA = ("Latn-Hani", "Latn-Arab", "Latn-Hang", "Latn-Jpan", "Latn-Grek", "Latn-Hebr", "other pair")
UNKNOWN_PER_KNOWN = 330 / 914


class Query(NamedTuple):
    """Look `name` up; the store holds `person` (None: nobody) under `stored` alone."""

    name: Name
    person: Person
    stored: Name | None
    stratum: str


def _tokens(name: Name) -> frozenset[str]:
    return frozenset(fold(name.value).split())


def _script(name: Name) -> str:
    return "Jpan" if name.script == "Kana" else name.script


def stratum(query: Name, stored: Name) -> str | None:
    """Say which kind of question this is; None for two names that differ only in case."""
    if query.value.casefold() == stored.value.casefold():
        return None
    scripts, one, other = (_script(query), _script(stored)), _tokens(query), _tokens(stored)
    if scripts == ("Latn", "Latn"):
        return None if one == other else "Latn subset" if one < other or other < one else "Latn spelling"
    if scripts == ("Cyrl", "Cyrl"):
        return "Cyrl variant"
    pair = "-".join(scripts)
    return pair if pair in MIX or pair in EXTRA else "other pair" if scripts[0] != scripts[1] else None


def _possible(person: Person) -> list[tuple[Name, Name, str]]:
    return [(a, b, kind) for a in person.names for b in person.names if (kind := stratum(a, b))]


def sample(people: Iterable[Person], size: int, seed: int) -> list[Query]:
    """Draw up to `size` known and about `size/3` unknown names in the published mix, one for each person.

    A stratum with few people gives what it has; `weight` in the report makes up for it.
    """
    chance = random.Random(seed)
    order = sorted(people, key=lambda p: hashlib.sha256(f"{seed}{p.id}".encode()).digest())
    options = defaultdict[str, list[tuple[Name, Name, Person]]](list)
    for person in order:
        seen = set[str]()
        for query, stored, kind in chance.sample(found := _possible(person), len(found)):
            if kind not in seen:
                seen.add(kind)
                options[kind].append((query, stored, person))
    return _draw(options, size)


def _draw(options: dict[str, list[tuple[Name, Name, Person]]], size: int) -> list[Query]:
    used, drawn = set[str](), list[Query]()
    shares = {**MIX, **dict.fromkeys(EXTRA, 20)}
    for kind in sorted(shares, key=lambda kind: len(options[kind])):
        known = min(round(size * shares[kind] / sum(MIX.values())), int(len(options[kind]) * 0.7))
        unknown = round(known * UNKNOWN_PER_KNOWN)
        free = [(query, stored, person) for query, stored, person in options[kind] if person.id not in used]
        for number, (query, stored, person) in enumerate(free[: known + unknown]):
            used.add(person.id)
            drawn.append(Query(query, person, stored if number < known else None, kind))
    return drawn
