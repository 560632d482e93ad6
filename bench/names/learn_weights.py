"""Learns `api/names/common.txt` and `api/names/weights.tsv`, from the learning part of the people.

`common.txt`: how many of a million people bear a common word, in its light spelling. `weights.tsv`: a
conditional logit ("which candidate is meant, or none") over the candidates of names drawn as
`bench.names.queries` draws them, half with context; and the threshold for linking, at most `WRONG` wrong
links of all names on names that the weights did not see. `python -m bench.names.learn_weights` (needs numpy;
about ten minutes).
"""

import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from api.names.compare import compare
from api.names.context import CONTEXT, context
from api.names.features import FEATURES, features
from api.names.fit import in_order
from api.names.reading import read
from api.names.shortlist import promising
from api.names.sound import light
from bench.names.__main__ import KNOWN, UNKNOWN, candidate, with_context
from bench.names.people import Person, load
from bench.names.queries import MIX, Query, sample
from bench.names.store import Store
from bench.names.twins import likely_twins

TABLES = Path(__file__).resolve().parents[2] / "api" / "names"
ENOUGH = 12  # people who bear a word, for it to be common
WRONG = 0.002  # of all names; the promise is 0.005, and a margin is needed (docs/names.md)
NEAR = 0.05
HARSHEST = (
    -3.0
)  # what a contradiction weighs at most: the data knows every office, a newsroom's records do not
STEPS, RATE, L2 = 500, 0.1, 3e-5


class Row(NamedTuple):
    """One name of one candidate of one question."""

    person: Person
    numbers: list[float]


Answered = tuple[Query, list[Row]]


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


def rows(store: Store, query: Query, chance: random.Random) -> tuple[list[Row], list[Row]]:
    """Give the rows of a question without context, and with it."""
    asked, exact = with_context(query, chance), in_order(query.name.value)
    found = {person.id: person for person in store.candidates(query.name.value)}
    without, known = list[Row](), list[Row]()
    for id in promising(query.name.value, [(p.id, [n.value for n in p.names]) for p in found.values()]):
        person, told = found[id], context(asked, candidate(found[id]))
        for name in person.names:
            for one in read(query.name.value):
                for other in read(name.value):
                    comparison = compare(one, other)
                    if comparison.matches:
                        numbers = features(one, other, comparison, exact=in_order(name.value) == exact)
                        without.append(Row(person, numbers + [0.0] * len(CONTEXT)))
                        known.append(Row(person, numbers + told))
    return without, known


def collect(people: Sequence[Person], size: int, seed: int) -> list[Answered]:
    """Answer questions on the learning part; each stands there twice, without and with context."""
    questions = sample([person for person in people if not person.test], size, seed)
    store, chance, found = Store(people, questions), random.Random(seed), list[Answered]()
    for question in questions:
        found.extend((question, part) for part in rows(store, question, chance))
    return found


def fit(data: Sequence[Answered]) -> np.ndarray:
    """Fit the conditional logit; "none" has level 0. Of a candidate the best name counts."""
    numbers = np.array([row.numbers for _, part in data for row in part])
    candidates: dict[tuple[int, str], int] = {}
    of = np.array(
        [candidates.setdefault((n, r.person.id), len(candidates)) for n, (_, p) in enumerate(data) for r in p]
    )
    question = np.array([n for n, _ in candidates])
    meant = np.array([data[n][0].stored is not None and data[n][0].person.id == id for n, id in candidates])
    found = np.zeros(len(data), dtype=bool)
    found[question[meant]] = True
    known = np.array([query.stored is not None for query, _ in data])
    weight = np.where(known & ~found, 0.0, 1.0)  # what the index did not find teaches nothing
    for (n, id), k in candidates.items():
        query = data[n][0]
        if not meant[k] and any(
            r.person.id == id and likely_twins(query.person, r.person) for r in data[n][1]
        ):
            weight[n] = 0.0
    scale = np.where(numbers.std(0) > 1e-6, numbers.std(0), 1.0)
    x, w = numbers / scale, np.zeros(numbers.shape[1])
    first, second = np.zeros_like(w), np.zeros_like(w)
    for step in range(1, STEPS + 1):
        level = x @ w
        best = np.full(len(candidates), -np.inf)
        np.maximum.at(best, of, level)
        chosen = np.zeros(len(candidates), dtype=int)
        top = np.nonzero(level >= best[of])[0]
        chosen[of[top]] = top
        highest = np.zeros(len(data))
        np.maximum.at(highest, question, best)
        share, total = np.exp(best - highest[question]), np.exp(-highest)
        np.add.at(total, question, share)
        error = (share / total[question] - meant) * weight[question]
        gradient = x[chosen].T @ error / len(data) + L2 * w
        first, second = 0.9 * first + 0.1 * gradient, 0.99 * second + 0.01 * gradient**2
        rate = RATE if step < STEPS * 0.7 else RATE / 5
        w -= rate * first / (1 - 0.9**step) / (np.sqrt(second / (1 - 0.99**step)) + 1e-8)
    return w / scale


def chances(data: Sequence[Answered], w: np.ndarray) -> list[tuple[float, Query, Person | None]]:
    """Give, for each question, the chance of the first candidate, the question and the candidate."""
    found = list[tuple[float, Query, Person | None]]()
    for query, part in data:
        best: dict[str, tuple[float, Person]] = {}
        for row in part:
            level = float(np.dot(w, row.numbers))
            if level > best.get(row.person.id, (-99.0,))[0]:
                best[row.person.id] = (level, row.person)
        top = max(best.values(), key=lambda pair: pair[0], default=(-99.0, None))
        total = 1 + sum(np.exp(min(level, 30.0)) for level, _ in best.values())
        found.append((float(np.exp(min(top[0], 30.0)) / total), query, top[1]))
    return found


def threshold(data: Sequence[Answered], w: np.ndarray, wrong: float = WRONG) -> tuple[float, float, float]:
    """Give the lowest chance at which at most `wrong` of all names are linked wrongly, in the published mix.

    With the share of known names linked and the share linked wrongly there.
    """
    counts = Counter((query.stratum, query.stored is not None) for query, _ in data)
    good = bad = 0.0
    best = (1.0, 0.0, 0.0)
    for chance, query, person in sorted(chances(data, w), key=lambda item: -item[0]):
        known = query.stored is not None
        if person is None or query.stratum not in MIX:
            continue
        share = (
            MIX[query.stratum]
            / sum(MIX.values())
            * (KNOWN if known else UNKNOWN)
            / counts[query.stratum, known]
        )
        if known and person.id == query.person.id:
            good += share
        elif not likely_twins(query.person, person):
            bad += share
        if bad / (KNOWN + UNKNOWN) <= wrong:
            best = (chance, good / KNOWN, bad / (KNOWN + UNKNOWN))
    return best


def main() -> None:
    people = load()
    write_common([person for person in people if not person.test])
    data, fresh = collect(people, 1600, 11), collect(people, 1600, 12)
    seen = fit(data)
    for name, part in (("without", fresh[::2]), ("with", fresh[1::2])):
        print(
            name, "context, on fresh names:", threshold(part, seen), threshold(part, seen, 0.005), flush=True
        )
    final = fit([*data, *fresh])
    lines = [
        f"{name}\t{max(weight, HARSHEST if name in CONTEXT else weight):.3f}"
        for name, weight in zip((*FEATURES, *CONTEXT), final, strict=True)
    ]
    lines += [f"link\t{threshold(fresh[::2], seen)[0]:.3f}"]
    lines += [f"link_with_context\t{threshold(fresh[1::2], seen)[0]:.3f}", f"near\t{NEAR}"]
    (TABLES / "weights.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
