"""Learns `api/names/common.txt`, `weights.tsv` and `trees.tsv`, from the learning part of the people.

`common.txt`: how many of a million people bear a common word, in its light spelling. `weights.tsv`: a
conditional logit over the candidates of names drawn as `bench.names.queries` draws them, each asked without and
with context. `trees.tsv`: gradient-boosted trees over the first candidates.
What each threshold does is printed for names that neither saw: people are dealt to three parts, and what was
learnt from two scores the third. `python -m bench.names.learn_weights [SIZE [SEED …]]` (needs numpy and lightgbm; half an
hour).
"""

import hashlib
import math
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import lightgbm
import numpy as np

from api.names.context import CONTEXT
from api.names.features import FEATURES
from api.names.fit import APART
from api.names.reading import read
from api.names.sound import light
from api.names.standing import NUMBERS
from bench.names.__main__ import KNOWN, UNKNOWN
from bench.names.asking import Asked, Data, arrays, collect, some
from bench.names.fit_logit import fit
from bench.names.fit_trees import Standing, standing, train, written
from bench.names.people import Person, load
from bench.names.queries import MIX

Counts = Counter[tuple[str, bool]]
TABLES = Path(__file__).resolve().parents[2] / "api" / "names"
ENOUGH = 5  # people who bear a word, for it to be common
PARTS = 3
NEVER = NUMBERS.index("never")
SEEDS = (31, 32, 33, 34)
# Stricter than what is printed here asks for: words of people whom no table was learnt from are compared less
# surely, and of these twice as many are linked wrongly (docs/names.md). Organisations have weights set by hand.
THRESHOLDS = {
    "link": 0.972,
    "link_with_context": 0.98,
    "organisation_link": 0.951,
    "organisation_link_with_context": 0.966,
    "near": 0.05,
}


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


class Answered(NamedTuple):
    """A question with its first candidate: the chance of that, whether it is meant, or perhaps the same."""

    chance: float
    asked: Asked
    right: bool
    twin: bool


def answered(data: Data, found: Standing, chances: np.ndarray) -> Iterator[Answered]:
    """Answer questions, as `api.names.score` does."""
    begin = np.searchsorted(found.question, np.arange(len(data.asked) + 1))
    for asked, start, end in zip(data.asked, begin, begin[1:], strict=False):
        first = start + int(np.argmax(chances[start:end]))
        total = max(1.0, chances[start:end].sum())
        order = int(found.candidate[first])
        yield Answered(float(chances[first] / total), asked, bool(found.meant[first]), asked.twins[order])


class Point(NamedTuple):
    """A threshold: what is linked rightly (of the known names), wrongly (of all, and of the links)."""

    chance: float
    linked: float
    wrong: float
    wrong_links: float


def points(found: Sequence[Answered], counts: Counts) -> list[Point]:
    """Give every threshold with what it does, in the published mix, from the strictest on."""
    good = bad = 0.0
    given = list[Point]()
    for each in sorted(found, key=lambda item: -item.chance):
        query, known = each.asked.query, each.asked.query.stored is not None
        if query.stratum not in MIX:
            continue
        share = MIX[query.stratum] / sum(MIX.values()) * (KNOWN if known else UNKNOWN)
        share /= counts[query.stratum, known]
        good += share * each.right
        bad += share * (not each.right and not each.twin)
        given.append(Point(each.chance, good / KNOWN, bad / (KNOWN + UNKNOWN), bad / max(good + bad, 1.0)))
    return given


def first_right(found: Sequence[Answered], counts: Counts) -> float:
    """Give the share of known names whose first candidate is the one meant, in the published mix."""
    right = Counter(each.asked.query.stratum for each in found if each.right)
    return sum(MIX[k] * right[k] / counts[k, True] for k in MIX if counts[k, True]) / sum(MIX.values())


def lowest(given: Sequence[Point], *, wrong: float = 1.0, wrong_links: float = 1.0) -> Point:
    """Give the lowest threshold that keeps the limits."""
    kept = [point for point in given if point.wrong <= wrong and point.wrong_links <= wrong_links]
    return kept[-1] if kept else Point(1.0, 0.0, 0.0, 0.0)


def _learn(data: Data) -> tuple[np.ndarray, lightgbm.Booster]:
    """Learn the weights, and the trees on top of them."""
    w = fit(data)
    kinds = [standing(data, w, told, smaller=True) for told in (None, data.told, data.half_told)]
    trees = train([kind.where(data.weight[kind.question] > 0) for kind in kinds])
    return w, trees


def _parts(data: Data) -> np.ndarray:
    """Deal the people to parts."""
    ids = [one.query.person.id.encode() for one in data.asked]
    return np.array([int(hashlib.sha256(id).hexdigest()[-8:], 16) % PARTS for id in ids])


def calibrate(data: Data, counts: Counts) -> tuple[list[Point], list[Point]]:
    """Give the thresholds without and with context on names that nothing was learnt from."""
    without, informed = list[Answered](), list[Answered]()
    parts = _parts(data)
    for number in range(PARTS):
        w, trees = _learn(some(data, parts != number))
        held = some(data, parts == number)
        for answers, told in ((without, None), (informed, held.told)):
            found = standing(held, w, told)
            chances = np.asarray(trees.predict(found.rows))
            forbidden = found.rows[:, NEVER] > 0
            answers.extend(
                answered(held, found, np.where(forbidden, np.minimum(chances, _share(APART)), chances))
            )
    print(f"R@1 {first_right(without, counts):.4f} without, {first_right(informed, counts):.4f} with context")
    return points(without, counts), points(informed, counts)


def write_tables(asked: Sequence[Asked]) -> None:
    """Say what the thresholds do, learn from everything, and write it."""
    data = arrays(asked)
    counts = Counter((one.query.stratum, one.query.stored is not None) for one in asked)
    without, informed = calibrate(data, counts)
    for limit in (0.002, 0.003, 0.0035, 0.004, 0.005):
        print(f"{limit}: without {lowest(without, wrong=limit)}, with {lowest(informed, wrong_links=limit)}")
    w, trees = _learn(data)
    lines = [f"{name}\t{weight:.3f}" for name, weight in zip((*FEATURES, *CONTEXT), w, strict=True)]
    lines += [f"{name}\t{threshold}" for name, threshold in THRESHOLDS.items()]
    (TABLES / "weights.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (TABLES / "trees.tsv").write_text(written(trees), encoding="utf-8")


def main(size: int = 2500, *seeds: int) -> None:
    """Learn from `size` names of each seed; each seed has a store of its own."""
    people = load()
    write_common([person for person in people if not person.test])
    with ProcessPoolExecutor(2) as both:
        draws = list(both.map(partial(collect, people, size), seeds or SEEDS))
    write_tables([one for drawn in draws for one in drawn])


def _share(level: float) -> float:
    return 1 / (1 + math.exp(-level))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
