"""Learns `api/names/costs.tsv`: what it costs to write letters of one system of writing as Latin letters.

Pairs of names of the people in the learning part of the data, and `name_pairs`, are aligned word by word and
letter by letter; alignment and costs improve each other (hard EM). A cost is the mean of -log P(target |
source) and -log P(source | target). `python -m bench.names.learn_costs` (about ten minutes, one process).
"""

import math
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise, product
from pathlib import Path

from rapidfuzz.distance import Levenshtein

from api.names.edit import FAR, LONGEST_SEGMENT, Table
from api.names.reading import Reading, Word, read, spelled
from bench.names.people import load
from bench.names.people import read as records

TABLE = Path(__file__).resolve().parents[2] / "api" / "names" / "costs.tsv"
ROUNDS = 6
SEEN = 2.5  # an edit must be seen this often
PAIRS = 9_000  # of a system, at most
_ALLOWED = [(i, j) for i in range(4) for j in range(4) if 0 < i + j <= 4 and not (i == j == 2)] + [(2, 2)]
_NULL = (0, 1), (1, 0), (0, 2), (2, 0)
Pair = tuple[str, str]


def name_pairs() -> Iterator[tuple[str, str]]:
    """Give two names of one person, of the learning part."""
    for person in load():
        if not person.test:
            for one, other in product(person.names, person.names):
                if one.value != other.value:
                    yield one.value, other.value
    for pair in records("name_pairs"):
        if pair["match"] and pair["schema"] in ("Person", "Token"):
            yield pair["name1"], pair["name2"]
            yield pair["name2"], pair["name1"]


def readings() -> dict[str, list[tuple[Reading, Reading]]]:
    """Give pairs of readings by system; the second is Latin (or Cyrillic, for the system `Cyrl-Cyrl`)."""
    found = defaultdict[str, list[tuple[Reading, Reading]]](list)
    for one, other in name_pairs():
        for source, target in product(read(one), read(other)):
            system = spelled(source, target)
            if system:
                found[system].append((source, target))
    chance = random.Random(1)
    return {system: chance.sample(pairs, min(PAIRS, len(pairs))) for system, pairs in found.items()}


def first_costs(source: str, target: str, latin: str) -> float:
    """Give the cost of an edit before anything is learnt: how far its transliteration is from the target."""
    if source == target:
        return 0.05
    if not source or not target:
        letters = latin or target
        return 0.4 + sum(0.8 if c in "aeiouyhw" else 2.0 for c in letters)
    if not latin:
        return 2.5
    return 0.2 + 2.2 * Levenshtein.distance(latin, target) + 0.15 * (len(source) + len(target) - 2)


class Model:
    """The costs of one system while they are learnt."""

    def __init__(self, latin: dict[str, str]) -> None:
        self.latin, self.table = latin, None
        self.first = cache(self.first)

    def cost(self, source: str, target: str) -> float:
        """Give the cost of an edit, learnt or guessed."""
        if self.table is not None:
            known = self.table.get(source, {}).get(target)
            if known is not None:
                return known
            return 1.5 + self.first(source, target)
        return self.first(source, target)

    def first(self, source: str, target: str) -> float:
        """Give the cost of an edit as it was before anything was learnt."""
        return first_costs(source, target, "".join(self.latin.get(c, c) for c in source))

    def align(self, source: str, target: str) -> tuple[float, list[Pair]]:
        """Give the cheapest alignment of two words with its edits."""
        x, y = f"^{source}$", f"^{target}$"
        if x == y:
            return 0.0, [(letter, letter) for letter in x]
        best: list[list[tuple[float, int, int]]] = [[(FAR, 0, 0)] * (len(y) + 1) for _ in range(len(x) + 1)]
        best[0][0] = (0.0, 0, 0)
        for i, j in product(range(len(x) + 1), range(len(y) + 1)):
            here = best[i][j][0]
            if here >= FAR:
                continue
            for di, dj in _ALLOWED:
                if i + di <= len(x) and j + dj <= len(y):
                    step = here + self.cost(x[i : i + di], y[j : j + dj])
                    if step < best[i + di][j + dj][0]:
                        best[i + di][j + dj] = (step, di, dj)
        i, j, edits = len(x), len(y), list[Pair]()
        while i or j:
            _, di, dj = best[i][j]
            if not di and not dj:
                return FAR, []
            edits.append((x[i - di : i], y[j - dj : j]))
            i, j = i - di, j - dj
        return best[-1][-1][0], edits

    def learn(self, counts: Counter[Pair], positions: float) -> None:
        """Make costs of counted edits."""
        source, target = Counter[str](), Counter[str]()
        for (one, other), count in counts.items():
            source[one] += count
            target[other] += count
        source[""] = target[""] = int(positions)
        self.table = defaultdict(dict)
        for (one, other), count in counts.items():
            long = max(len(one), len(other)) > 1
            if count >= (SEEN if long else 1.5):
                cost = -0.5 * (
                    math.log((count - 0.5) / source[one]) + math.log((count - 0.5) / target[other])
                )
                self.table[one][other] = max(cost, 0.0)


def units(words: Iterable[Word], joins: bool) -> list[tuple[str, str]]:
    """Give the words of a name, if asked each two neighbours as one too: native and Latin."""
    listed = [(word.native, word.latin) for word in words]
    joined = [(a[0] + b[0], a[1] + b[1]) for a, b in pairwise(listed)] if joins else []
    return [unit for unit in listed + joined if 1 < len(unit[0]) < 20]


def matched(
    model: Model, source: Reading, target: Reading, cyrillic: bool
) -> Iterator[tuple[str, str, list[Pair], float]]:
    """Give the words of two names that are the same word, with the edits between them."""
    scored = []
    joins = len(source.words) != len(target.words)
    for (native, latin), (other, other_latin) in product(
        units(source.words, joins), units(target.words, joins)
    ):
        if (
            abs(len(latin) - len(other_latin)) > 6
            or Levenshtein.normalized_similarity(latin, other_latin) < 0.3
        ):
            continue
        text = other if cyrillic or target.system == "Latn" else other_latin
        cost, edits = model.align(native, text)
        scored.append((cost / (len(native) + len(text)), native, text, edits))
    if scored:
        taken: list[str] = []
        for cost, native, text, edits in sorted(scored, key=lambda s: s[0]):
            if cost > (0.8 if model.system in ("zh", "yue") else 0.55) or any(
                native in t or t in native for t in taken
            ):
                continue
            taken.append(native)
            yield native, text, edits, cost * (len(native) + len(text))


def train(system: str, pairs: list[tuple[Reading, Reading]]) -> Table:
    """Learn the costs of one system."""
    latin: dict[str, str] = {}
    for source, _ in pairs:
        for word in source.words:
            if len(word.native) == len(word.latin):
                latin.update(zip(word.native, word.latin, strict=True))
    from api.names.reading import _latin_letter

    letters = {c for source, _ in pairs for word in source.words for c in word.native}
    model = Model({c: _latin_letter(c) for c in letters})
    model.system = system
    if system in ("Latn", "Cyrl-Cyrl"):
        model.latin = {c: c if system == "Cyrl-Cyrl" else _latin_letter(c) for c in letters}
    for turn in range(ROUNDS):
        words = Counter[Pair]()
        edits_of: dict[Pair, list[Pair]] = {}
        cost_of: dict[Pair, float] = {}
        for source, target in pairs if turn else pairs[:5000]:
            for native, text, edits, cost in matched(model, source, target, system == "Cyrl-Cyrl"):
                words[native, text] += 1
                edits_of[native, text], cost_of[native, text] = edits, cost
        counts, positions = Counter[Pair](), 0.0
        for pair, number in words.items():
            weight = math.sqrt(number)
            positions += weight * len(pair[0])
            for edit in edits_of[pair]:
                counts[edit] += weight
        model.learn(counts, positions)
        spent = sum(cost_of[pair] * math.sqrt(n) for pair, n in words.items() if pair[0] != pair[1])
        length = sum(
            (len(pair[0]) + len(pair[1])) / 2 * math.sqrt(n)
            for pair, n in words.items()
            if pair[0] != pair[1]
        )
        ordinary = spent / length
        print(
            f"{ordinary:.3f}",
            system,
            turn,
            len(pairs),
            len(words),
            sum(map(len, model.table.values())),
            flush=True,
        )
    model.table["*"]["*"] = ordinary
    return model.table


def main(systems: list[str]) -> None:
    pairs = readings()
    lines = (
        []
        if not systems
        else [row for row in TABLE.read_text().splitlines() if row.split("\t")[0] not in systems]
    )
    for system in systems or sorted(pairs):
        if len(pairs[system]) < 60:
            print(system, "too few", len(pairs[system]))
            continue
        table = train(system, pairs[system])
        for source, row in sorted(table.items()):
            for target, cost in sorted(row.items(), key=lambda item: item[1]):
                if cost < 5 and max(len(source), len(target)) <= LONGEST_SEGMENT:
                    lines.append(f"{system}\t{source or '_'}\t{target or '_'}\t{cost:.2f}")
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
