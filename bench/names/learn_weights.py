"""Learns `api/names/common.txt` and `api/names/weights.tsv`, from the learning part of the people.

`common.txt`: how many of a million people bear a common word, in its light spelling. `weights.tsv`: a
conditional logit ("which candidate is meant, or none") over the candidates of names drawn as
`bench.names.queries` draws them, each asked without and with context; and the thresholds for linking. These are
chosen on names that the weights in question did not see: the names are dealt to three parts, and the weights of
two score the third. `python -m bench.names.learn_weights [SIZE [SEED …]]` (needs numpy; ten minutes).
"""

import math
import random
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from api.names.compare import Comparison, compare
from api.names.context import CONTEXT, context
from api.names.features import FEATURES, features
from api.names.fit import APART, in_order
from api.names.reading import Reading, read
from api.names.shortlist import promising
from api.names.sound import light
from bench.names.__main__ import KNOWN, UNKNOWN, candidate, with_context
from bench.names.people import Person, load
from bench.names.queries import MIX, Query, sample
from bench.names.store import Store
from bench.names.twins import likely_twins

TABLES = Path(__file__).resolve().parents[2] / "api" / "names"
ENOUGH = 5  # people who bear a word, for it to be common
WRONG = 0.003  # of all names, without context; the promise is 0.005, and a margin is needed (docs/names.md)
WRONG_LINKS = 0.0035  # of the links, with context
NEAR = 0.05
PARTS = 3
SEEDS = (31, 32, 33)
# What a contradiction weighs at most: the data knows every office, a newsroom's records do not. What agrees never
# counts against a candidate, and what contradicts never for it.
HARSHEST = -3.0
PIECES = ((0, 2), (2, 4), (4, 8), (8, 9))  # of `CONTEXT`: country, organisation, office, life
AGREES = ("country_same", "organisation_same", "position_alike", "position_held")
STEPS, RATE, L2 = 300, 0.1, 3e-5


class Asked(NamedTuple):
    """A question, its candidates, and for each of their names that fits: whose, and the comparison."""

    query: Query
    people: list[Person]
    told: list[list[float]]
    compared: list[tuple[int, Reading, Reading, Comparison, bool]]


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


def write_common(people: Sequence[Person]) -> None:
    """Write the common words."""
    bearers = Counter[str]()
    for person in people:
        readings = [reading for name in person.names for reading in read(name.value)[:1]]
        bearers.update(
            {light(w.latin) for r in readings for w in r.words if not w.initial and not w.particle}
        )
    common = {word: round(1e6 * n / len(people)) for word, n in sorted(bearers.items()) if n >= ENOUGH}
    (TABLES / "common.txt").write_text(
        "".join(f"{word} {n}\n" for word, n in common.items()), encoding="utf-8"
    )


def ask(store: Store, query: Query, chance: random.Random) -> Asked:
    """Compare a question's name with its candidates, as `api.names.fit` does."""
    informed, exact = with_context(query, chance), in_order(query.name.value)
    found = {person.id: person for person in store.candidates(query.name.value)}
    asked = Asked(query, [], [], [])
    for id in promising(query.name.value, [(p.id, [n.value for n in p.names]) for p in found.values()]):
        person = found[id]
        compared = [
            (len(asked.people), one, other, comparison, in_order(name.value) == exact)
            for name in person.names
            for one in read(query.name.value)
            for other in read(name.value)
            if (comparison := compare(one, other)).matches
        ]
        if compared:
            asked.people.append(person)
            asked.told.append(context(informed, candidate(person)))
            asked.compared.extend(compared)
    return asked


def collect(people: Sequence[Person], size: int, seed: int) -> list[Asked]:
    """Ask questions on the learning part."""
    questions = sample([person for person in people if not person.test], size, seed)
    store, chance = Store(people, questions), random.Random(seed)
    return [ask(store, question, chance) for question in questions]


def _weight(asked: Asked) -> float:
    """Give what a question teaches: nothing when the one meant was not found, or a likely twin was."""
    query = asked.query
    if query.stored and all(person.id != query.person.id for person in asked.people):
        return 0.0
    twins = any(p.id != query.person.id and likely_twins(query.person, p) for p in asked.people)
    return 0.0 if twins else 1.0


def _half(asked: Asked, chance: random.Random) -> list[list[float]]:
    """Leave pieces of the context out, so that each of them is learnt to speak alone as well."""
    kept = [n for start, end in PIECES if chance.random() < 0.5 for n in range(start, end)]
    return [[number if n in kept else 0.0 for n, number in enumerate(told)] for told in asked.told]


def arrays(asked: Sequence[Asked]) -> Data:
    """Make arrays of the questions that have candidates."""
    asked = [one for one in asked if one.people]
    rows, apart, start, question = list[list[float]](), list[bool](), list[int](), list[int]()
    for number, one in enumerate(asked):
        for place, (candidate_number, *_) in enumerate(one.compared):
            if not place or one.compared[place - 1][0] != candidate_number:
                start.append(len(rows) + place)
                question.append(number)
        rows += [features(a, b, comparison, exact=exact) for _, a, b, comparison, exact in one.compared]
        apart += [comparison.never for *_, comparison, _ in one.compared]
    chance = random.Random(4)
    half = np.array([told for one in asked for told in _half(one, chance)])
    meant = [
        one.query.stored is not None and p.id == one.query.person.id for one in asked for p in one.people
    ]
    return Data(
        asked, np.array(rows, dtype=np.float32), np.array(apart), np.array(start), np.array(question),
        np.array([told for one in asked for told in one.told]), half, np.array(meant),
        np.array([_weight(one) for one in asked]),
    )  # fmt: skip


def part(data: Data, number: int, *, held_out: bool) -> Data:
    """Give the questions of one part, or all others."""
    asked = np.arange(len(data.asked)) % PARTS == number
    asked = asked if held_out else ~asked
    candidates = asked[data.question]
    sizes = np.diff([*data.start, len(data.numbers)])
    rows = np.repeat(candidates, sizes)
    kept = sizes[candidates]
    return Data(
        [one for one, wanted in zip(data.asked, asked, strict=True) if wanted],
        data.numbers[rows],
        data.apart[rows],
        np.concatenate([[0], np.cumsum(kept)[:-1]]),
        (np.cumsum(asked) - 1)[data.question[candidates]],
        data.told[candidates],
        data.half_told[candidates],
        data.meant[candidates],
        data.weight[asked],
    )


def levels(data: Data, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the level of each candidate without and with context."""
    level = data.numbers @ w[: len(FEATURES)]
    level = np.where(data.apart, np.minimum(level, APART), level)
    best = np.maximum.reduceat(level, data.start)
    return best, best + data.told @ w[len(FEATURES) :]


def _shares(level: np.ndarray, question: np.ndarray, size: int) -> np.ndarray:
    """Give the chance of each candidate against the others of its question and nobody."""
    top = np.zeros(size)
    np.maximum.at(top, question, level)
    total = np.exp(-top)
    share = np.exp(level - top[question])
    np.add.at(total, question, share)
    return share / total[question]


def fit(data: Data) -> np.ndarray:
    """Fit the conditional logit; "none" has level 0. Of a candidate the best name counts."""
    size, names = len(data.asked), len(FEATURES)
    scale = np.concatenate([data.numbers.std(0), data.told.std(0)])
    scale = np.where(scale > 1e-6, scale, 1.0)
    x, contexts = data.numbers / scale[:names], (data.told / scale[names:], data.half_told / scale[names:])
    low = (
        np.concatenate([np.full(names, -np.inf), [0.0 if n in AGREES else HARSHEST for n in CONTEXT]]) * scale
    )
    high = np.concatenate([np.full(names, np.inf), [np.inf if n in AGREES else 0.0 for n in CONTEXT]])
    weight = data.weight[data.question]
    w = np.zeros(len(scale))
    of = np.repeat(np.arange(len(data.start)), np.diff([*data.start, len(x)]))
    first, second = np.zeros_like(w), np.zeros_like(w)
    for step in range(1, STEPS + 1):
        level = x @ w[:names]
        best = np.maximum.reduceat(level, data.start)
        chosen = np.zeros(len(best), dtype=int)
        top = np.nonzero(level >= best[of])[0]
        chosen[of[top]] = top
        errors = [
            (_shares(best + more, data.question, size) - data.meant) * weight
            for more in (0.0, *(told @ w[names:] for told in contexts))
        ]
        of_context = sum(told.T @ error for told, error in zip(contexts, errors[1:], strict=True))
        gradient = np.concatenate([x[chosen].T @ sum(errors), of_context]) / (3 * size) + L2 * w
        first, second = 0.9 * first + 0.1 * gradient, 0.99 * second + 0.01 * gradient**2
        rate = RATE if step < STEPS * 0.7 else RATE / 5
        w -= rate * first / (1 - 0.9**step) / (np.sqrt(second / (1 - 0.99**step)) + 1e-8)
        w = np.clip(w, low, high)
    return w / scale


Chance = tuple[float, Query, Person]


def chances(data: Data, w: np.ndarray) -> tuple[list[Chance], list[Chance]]:
    """Give, for each question, the chance of the first candidate, the question and the candidate: without, with."""
    found = list[list[Chance]]()
    for level in levels(data, w):
        share = _shares(level, data.question, len(data.asked))
        begin = np.searchsorted(data.question, np.arange(len(data.asked)))
        end = [*begin[1:], len(level)]
        firsts = [int(a + np.argmax(level[a:b])) for a, b in zip(begin, end, strict=True)]
        found.append([
            (float(share[k]), one.query, one.people[k - a])
            for k, a, one in zip(firsts, begin, data.asked, strict=True)
        ])  # fmt: skip
    return found[0], found[1]


class Point(NamedTuple):
    """A threshold: what is linked rightly (of the known names), wrongly (of all, and of the links)."""

    chance: float
    linked: float
    wrong: float
    wrong_links: float


def points(found: Sequence[Chance], counts: Counter[tuple[str, bool]]) -> list[Point]:
    """Give every threshold with what it does, in the published mix, from the strictest on."""
    good = bad = 0.0
    given = list[Point]()
    for chance, query, person in sorted(found, key=lambda item: -item[0]):
        known = query.stored is not None
        if query.stratum not in MIX:
            continue
        share = MIX[query.stratum] / sum(MIX.values()) * (KNOWN if known else UNKNOWN)
        share /= counts[query.stratum, known]
        if known and person.id == query.person.id:
            good += share
        elif not likely_twins(query.person, person):
            bad += share
        given.append(Point(chance, good / KNOWN, bad / (KNOWN + UNKNOWN), bad / max(good + bad, 1.0)))
    return given


def first_right(found: Sequence[Chance], counts: Counter[tuple[str, bool]]) -> float:
    """Give the share of known names whose first candidate is the one meant, in the published mix."""
    right = Counter(q.stratum for _, q, person in found if q.stored and q.person.id == person.id)
    return sum(MIX[k] * right[k] / counts[k, True] for k in MIX if counts[k, True]) / sum(MIX.values())


def lowest(given: Sequence[Point], *, wrong: float = 1.0, wrong_links: float = 1.0) -> Point:
    """Give the lowest threshold that keeps the limits."""
    kept = [point for point in given if point.wrong <= wrong and point.wrong_links <= wrong_links]
    return kept[-1] if kept else Point(1.0, 0.0, 0.0, 0.0)


def calibrate(asked: Sequence[Asked], data: Data) -> tuple[list[Point], list[Point]]:
    """Give the thresholds without and with context on names that the weights did not see."""
    counts = Counter((one.query.stratum, one.query.stored is not None) for one in asked)
    without, known = list[Chance](), list[Chance]()
    for number in range(PARTS):
        seen = fit(part(data, number, held_out=False))
        for total, found in zip(
            (without, known), chances(part(data, number, held_out=True), seen), strict=True
        ):
            total.extend(found)
    print(f"R@1 {first_right(without, counts):.4f} without, {first_right(known, counts):.4f} with context")
    return points(without, counts), points(known, counts)


def write_weights(asked: Sequence[Asked], data: Data) -> None:
    """Calibrate the thresholds, fit the weights to everything, and write both."""
    without, known = calibrate(asked, data)
    for limit in (0.002, 0.003, 0.0035, 0.004, 0.005):
        print(f"{limit}: without {lowest(without, wrong=limit)}, with {lowest(known, wrong_links=limit)}")
    link, link_known = lowest(without, wrong=WRONG), lowest(known, wrong_links=WRONG_LINKS)
    found = zip((*FEATURES, *CONTEXT), fit(data), strict=True)
    lines = [f"{name}\t{weight:.3f}" for name, weight in found]
    lines += [f"link\t{_up(link.chance)}", f"link_with_context\t{_up(link_known.chance)}", f"near\t{NEAR}"]
    (TABLES / "weights.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def main(size: int = 1500, *seeds: int) -> None:
    """Learn from `size` names of each seed; each seed has a store of its own."""
    people = load()
    write_common([person for person in people if not person.test])
    asked = [one for seed in seeds or SEEDS for one in collect(people, size, seed)]
    write_weights(asked, arrays(asked))


def _up(chance: float) -> float:
    return math.ceil(chance * 1000) / 1000


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
