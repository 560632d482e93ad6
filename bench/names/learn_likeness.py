"""Learns `api/names/likeness.tsv`: how a learnt distance becomes a likeness, for each system of writing.

Words of two names of one person against words of different persons that look alike at a glance: a logistic
model on the cost for each letter and the mean length. `python -m bench.names.learn_likeness` (needs numpy).
"""

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from api.names.alike import glance
from api.names.edit import table, within
from api.names.reading import Reading
from bench.names.learn_costs import readings

TABLE = Path(__file__).resolve().parents[2] / "api" / "names" / "likeness.tsv"
Example = tuple[float, float, bool]


def _texts(source: Reading, target: Reading) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    native = target.system in {"Latn", source.system}
    return (
        [(word.native, word.latin) for word in source.words],
        [(word.native if native else word.latin, word.latin) for word in target.words],
    )


def examples(system: str, pairs: list[tuple[Reading, Reading]]) -> Iterator[Example]:
    """Give (cost for each letter, mean length, whether one word)."""
    chance = random.Random(2)
    pool = [word for _, target in pairs for word in _texts(target, target)[1] if len(word[0]) > 1]
    for source, target in pairs[:3000]:
        ones, others = _texts(source, target)
        if len(ones) != 2 or len(others) != 2:
            continue
        costs = [[within(one[0], other[0], system, 60.0) for other in others] for one in ones]
        order = (0, 1) if costs[0][0] + costs[1][1] <= costs[0][1] + costs[1][0] else (1, 0)
        for one, place, row in zip(ones, order, costs, strict=True):
            length = (len(one[0]) + len(others[place][0])) / 2
            if length >= 2:
                yield row[place] / length, length, True
            for native, latin in chance.sample(pool, 25):
                if native != others[place][0] and glance(one[1], latin) >= 0.4:
                    size = (len(one[0]) + len(native)) / 2
                    yield within(one[0], native, system, 60.0) / size, size, False


def fit(found: list[Example]) -> tuple[float, float, float]:
    """Fit intercept, weight of the cost and weight of the length; both classes weigh the same."""
    cost, length, same = (np.array(column, dtype=float) for column in zip(*found, strict=True))
    x = np.stack([np.ones_like(cost), np.minimum(cost, 4.0), np.minimum(length, 10.0)], axis=1)
    weight = np.where(same > 0, 0.5 / same.sum(), 0.5 / (1 - same).sum())
    w = np.zeros(3)
    for _ in range(60):
        p = 1 / (1 + np.exp(-x @ w))
        hessian = (x * (weight * p * (1 - p))[:, None]).T @ x + 1e-6 * np.eye(3)
        w -= np.linalg.solve(hessian, x.T @ (weight * (p - same)) + 1e-6 * w)
    return float(w[0]), float(w[1]), float(w[2])


def main() -> None:
    lines = []
    for system, pairs in sorted(readings().items()):
        if system in table():
            found = list(examples(system, pairs))
            a, b, c = fit(found)
            lines.append(f"{system}\t{a:.2f}\t{b:.2f}\t{c:.2f}")
            print(lines[-1], len(found), sum(e[2] for e in found), flush=True)
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
