"""An inverted index in memory that does what the indexed statement does.

Candidates by summed rarity of keys.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable

from api.names.keys import Kind, keys, lookup
from bench.names.people import Person
from bench.names.queries import Query

CAP = 1000  # of one key, so many entities are looked at
CANDIDATES = 240


class Store:
    """People under the names that the evaluation lets them have."""

    def __init__(
        self, people: Iterable[Person], queries: Iterable[Query] = (), kind: Kind = "person"
    ) -> None:
        self.kind: Kind = kind
        asked = {query.person.id: query for query in queries}
        self.people: list[Person] = []
        self.postings: dict[str, list[int]] = defaultdict(list)
        for person in people:
            query = asked.get(person.id)
            names = person.names if query is None else (query.stored,) if query.stored else ()
            if names:
                self._add(person._replace(names=tuple(name for name in names if name)))

    def _add(self, person: Person) -> None:
        number = len(self.people)
        self.people.append(person)
        for key in {key for name in person.names for key in keys(name.value, self.kind)}:
            self.postings[key].append(number)

    def candidates(self, name: str, most: int = CANDIDATES) -> list[Person]:
        """Give the people whose keys have most in common with those of a name."""
        parts = defaultdict[str, dict[int, float]](dict)
        for key, part, weight in lookup(name, self.kind):
            found = self.postings.get(key, [])
            rarity = weight * math.log(1 + len(self.people) / len(found)) if found else 0.0
            part_scores = parts[part]
            for number in found[:CAP]:
                if rarity > part_scores.get(number, 0.0):
                    part_scores[number] = rarity
        total = Counter[int]()
        for scores in parts.values():
            total.update(scores)
        return [self.people[number] for number, _ in total.most_common(most)]
