"""The people of the shared data.

Loaded, twins joined, split into a part to learn from and a part to test on.
"""

import gzip
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from api.names.fold import fold
from api.names.script import script_of

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
TEST_SHARE = 20  # percent of the people, by hash of the cluster's smallest id
_NOT_A_NAME = re.compile(
    r"\d|^[A-Z'\- ]+ of "
)  # "BERRY, 56TH", "RICE of Athens": how a house tells namesakes apart
_COUNTRIES = {"UK": "United Kingdom", "Czechia": "Czech Republic", "People's Republic of China": "China"}


class Name(NamedTuple):
    """One recorded name with its script."""

    value: str
    script: str


class Person(NamedTuple):
    """One person: all records of the data that are judged to be one (`ids`), names without duplicates."""

    id: str
    ids: tuple[str, ...]
    names: tuple[Name, ...]
    country: str | None
    born: str | None
    positions: tuple[tuple[str, str, str | None, str | None], ...]  # title, organisation, from, until
    test: bool


def read(name: str) -> Iterator[dict[str, Any]]:
    """Give the records of one file of the shared data."""
    with gzip.open(DATA / f"{name}.ndjson.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _usable(name: dict[str, Any]) -> bool:
    """Tell whether a name is more than a sort key and more than initials beside one word."""
    words = fold(name["name"]).split()
    if name["kind"] == "sort" or not words or _NOT_A_NAME.search(name["name"]):
        return False
    if script_of(name["name"]) in ("Hani", "Hang", "Jpan", "Kana"):
        return len("".join(words)) > 1
    return sum(len(word) > 1 for word in words) > 1


def _country(record: dict[str, Any]) -> str | None:
    country = record.get("country")
    return _COUNTRIES.get(country, country)


def _cross_corpus(record: dict[str, Any], other: dict[str, Any]) -> bool:
    """Tell whether two records of one full name may be one person recorded by two corpora."""
    births, countries = (
        (record.get("birth_date"), other.get("birth_date")),
        (_country(record), _country(other)),
    )
    if record["id"].split(":")[0] == other["id"].split(":")[0]:
        return False
    return (None in births or births[0] == births[1]) and (None in countries or countries[0] == countries[1])


class _Union:
    """Union-find over record numbers."""

    def __init__(self, size: int) -> None:
        self.parent = list(range(size))

    def find(self, item: int) -> int:
        while self.parent[item] != item:
            self.parent[item] = self.parent[self.parent[item]]
            item = self.parent[item]
        return item

    def join(self, items: Iterable[int]) -> None:
        first, *rest = items
        for item in rest:
            self.parent[self.find(item)] = self.find(first)


def _signs(record: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """Give what two records of one person share: a Wikidata id, or a birth day and a word of the name."""
    for identifier in record["identifiers"]:
        if identifier["scheme"] == "wikidata":
            yield "wikidata", identifier["identifier"]
    if len(record.get("birth_date") or "") == 10:
        words = {word for name in record["names"] if _usable(name) for word in fold(name["name"]).split()}
        for word in words:
            if len(word) > 3 or not word.isascii():
                yield "born", record["birth_date"], word


def _clusters(records: list[dict[str, Any]]) -> list[list[int]]:
    """Group the records of one person.

    One Wikidata id; one birth day and a shared word of the name; or one full name in two corpora with
    nothing that contradicts.
    """
    union, groups = _Union(len(records)), defaultdict[tuple[str, ...], list[int]](list)
    full = defaultdict[str, list[int]](list)
    for number, record in enumerate(records):
        for sign in _signs(record):
            groups[sign].append(number)
        for name in {
            " ".join(sorted(fold(name["name"]).split())) for name in record["names"] if _usable(name)
        }:
            full[name].append(number)
    for numbers in groups.values():
        union.join(numbers)
    for first, *rest in full.values():
        union.join([first, *(number for number in rest if _cross_corpus(records[first], records[number]))])
    clusters = defaultdict[int, list[int]](list)
    for number in range(len(records)):
        clusters[union.find(number)].append(number)
    return list(clusters.values())


def _positions(record: dict[str, Any]) -> Iterator[tuple[str, str, str | None, str | None]]:
    for membership in record.get("memberships", ()):
        organisation = membership.get("org") or membership.get("on_behalf_of") or ""
        yield membership.get("role") or "", organisation, membership.get("start"), membership.get("end")


def _person(records: list[dict[str, Any]]) -> Person:
    ids = tuple(sorted(record["id"] for record in records))
    named = {
        name["name"]: Name(name["name"], name["script"])
        for r in records
        for name in r["names"]
        if _usable(name)
    }
    return Person(
        id=ids[0],
        ids=ids,
        names=tuple(named.values()),
        country=next((country for record in records if (country := _country(record))), None),
        born=next((record["birth_date"] for record in records if record.get("birth_date")), None),
        positions=tuple(position for record in records for position in _positions(record)),
        test=int(hashlib.sha256(ids[0].encode()).hexdigest(), 16) % 100 < TEST_SHARE,
    )


def load() -> list[Person]:
    """Give every person of the shared data with at least one usable name, twins joined."""
    records = list(read("people"))
    people = [_person([records[number] for number in cluster]) for cluster in _clusters(records)]
    return [person for person in people if person.names]
