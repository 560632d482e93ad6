"""Questions put to the matcher on the learning part, with all that it compares, as objects and as arrays."""

import random
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from api.names.compare import Comparison, compare
from api.names.context import Candidate, context
from api.names.features import features
from api.names.fit import in_order
from api.names.reading import Reading, read
from api.names.shortlist import promising
from bench.names.__main__ import candidate, with_context
from bench.names.people import Person
from bench.names.queries import Query, sample
from bench.names.store import Store
from bench.names.twins import likely_twins

PIECES = ((0, 2), (2, 4), (4, 8), (8, 9))  # of `CONTEXT`: country, organisation, office, life


class Compared(NamedTuple):
    """One name of a candidate, compared with the name asked for; `number` is the candidate's."""

    number: int
    name: str
    query: Reading
    candidate: Reading
    comparison: Comparison
    exact: bool


class Asked(NamedTuple):
    """A question, its candidates, what is told of each, which are perhaps the one meant, and their names."""

    query: Query
    candidates: list[Candidate]
    told: list[list[float]]
    twins: list[bool]
    compared: list[Compared]

    def is_meant(self, number: int) -> bool:
        """Tell whether a candidate is the one meant."""
        return self.query.stored is not None and self.candidates[number].id == self.query.person.id


class Data(NamedTuple):
    """Questions as arrays: numbers of rows; row → candidate; candidate → question, context, whether meant."""

    asked: Sequence[Asked]
    numbers: np.ndarray
    apart: np.ndarray
    start: np.ndarray
    question: np.ndarray
    told: np.ndarray
    half_told: np.ndarray  # about half of the context of each question
    meant: np.ndarray
    weight: np.ndarray


def ask(store: Store, query: Query, chance: random.Random) -> Asked:
    """Compare a question's name with its candidates, as `api.names.fit` does."""
    informed, exact = with_context(query, chance), in_order(query.name.value)
    found = {person.id: person for person in store.candidates(query.name.value)}
    asked = Asked(query, [], [], [], [])
    for id in promising(query.name.value, [(p.id, [n.value for n in p.names]) for p in found.values()]):
        person = found[id]
        compared = [
            Compared(len(asked.candidates), name.value, one, other, comparison, in_order(name.value) == exact)
            for name in person.names
            for one in read(query.name.value)
            for other in read(name.value)
            if (comparison := compare(one, other)).matches
        ]
        if compared:
            asked.candidates.append(candidate(person))
            asked.told.append(context(informed, asked.candidates[-1]))
            asked.twins.append(person.id != query.person.id and likely_twins(query.person, person))
            asked.compared.extend(compared)
    return asked


def collect(people: Sequence[Person], size: int, seed: int) -> list[Asked]:
    """Ask questions on the learning part."""
    questions = sample([person for person in people if not person.test], size, seed)
    store, chance = Store(people, questions), random.Random(seed)
    return [ask(store, question, chance) for question in questions]


def weight(asked: Asked) -> float:
    """Give what a question teaches: nothing when the one meant was not found, or a likely twin was."""
    lost = asked.query.stored and not any(map(asked.is_meant, range(len(asked.candidates))))
    return 0.0 if lost or any(asked.twins) else 1.0


def _half(asked: Asked, chance: random.Random) -> list[list[float]]:
    """Leave pieces of the context out, so that each of them is learnt to speak alone as well."""
    kept = [n for start, end in PIECES if chance.random() < 0.5 for n in range(start, end)]
    return [[number if n in kept else 0.0 for n, number in enumerate(told)] for told in asked.told]


def arrays(asked: Sequence[Asked]) -> Data:
    """Make arrays of the questions that have candidates."""
    asked = [one for one in asked if one.candidates]
    rows, apart, start, question = list[list[float]](), list[bool](), list[int](), list[int]()
    for number, one in enumerate(asked):
        for place, each in enumerate(one.compared):
            if not place or one.compared[place - 1].number != each.number:
                start.append(len(rows) + place)
                question.append(number)
        rows += [
            features(each.query, each.candidate, each.comparison, exact=each.exact) for each in one.compared
        ]
        apart += [each.comparison.never for each in one.compared]
    chance = random.Random(4)
    half = np.array([told for one in asked for told in _half(one, chance)])
    meant = [one.is_meant(number) for one in asked for number in range(len(one.candidates))]
    return Data(
        asked, np.array(rows, dtype=np.float32), np.array(apart), np.array(start), np.array(question),
        np.array([told for one in asked for told in one.told]), half, np.array(meant),
        np.array([weight(one) for one in asked]),
    )  # fmt: skip


def some(data: Data, wanted: np.ndarray) -> Data:
    """Give some of the questions."""
    candidates = wanted[data.question]
    sizes = np.diff([*data.start, len(data.numbers)])
    rows = np.repeat(candidates, sizes)
    kept = sizes[candidates]
    return Data(
        [one for one, is_wanted in zip(data.asked, wanted, strict=True) if is_wanted],
        data.numbers[rows],
        data.apart[rows],
        np.concatenate([[0], np.cumsum(kept)[:-1]]),
        (np.cumsum(wanted) - 1)[data.question[candidates]],
        data.told[candidates],
        data.half_told[candidates],
        data.meant[candidates],
        data.weight[wanted],
    )
