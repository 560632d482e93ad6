"""Fits the trees of `api/names/trees.tsv` (needs lightgbm): how likely each of the first candidates is meant.

Each question is put without context, with all of it and with about half; and again as to smaller stores, in
which most people are missing, the one meant among them: where few are known, few of those printed are.
"""

import random
from collections.abc import Iterator
from typing import Any, NamedTuple

import lightgbm
import numpy as np

from api.names.context import CONTEXT, Query
from api.names.features import FEATURES
from api.names.fit import Fit
from api.names.standing import NUMBERS, numbers
from bench.names.asking import Asked, Data
from bench.names.fit_logit import AGREES, levels

SMALLER = (0.3, 0.1)  # shares of the people that smaller stores have
TREES = 150
SHAPE: dict[str, Any] = {
    "objective": "binary", "num_leaves": 15, "learning_rate": 0.06, "min_data_in_leaf": 100,
    "feature_fraction": 0.6, "bagging_fraction": 0.7, "bagging_freq": 1, "lambda_l2": 5, "verbose": -1,
    "seed": 5, "deterministic": True,
}  # fmt: skip
_RISES = {*AGREES, "level", "share", "lead"}


class Standing(NamedTuple):
    """The first candidates of all questions: rows, whose question and which candidate, whether meant."""

    rows: np.ndarray
    question: np.ndarray
    candidate: np.ndarray
    meant: np.ndarray

    def where(self, wanted: np.ndarray) -> "Standing":
        """Give some rows."""
        return Standing(*(column[wanted] for column in self))


class Put(NamedTuple):
    """A question as the trees learn from it: its candidates best first, with what is told of them."""

    fits: list[Fit]
    order: list[int]
    told: np.ndarray


def standing(data: Data, w: np.ndarray, told: np.ndarray | None, *, smaller: bool = False) -> Standing:
    """Give what the trees look at, in stores of full size or also in smaller ones."""
    level, chosen = levels(data, w)
    if told is None:
        told = np.zeros((len(level), len(CONTEXT)))
    level = level + told @ w[len(FEATURES) :]
    begin = np.searchsorted(data.question, np.arange(len(data.asked) + 1))
    first = [data.start[start] for start in begin[:-1]]
    chance, table = random.Random(6), list[tuple[list[float], int, int, bool]]()
    for number, one in enumerate(data.asked):
        span = slice(begin[number], begin[number + 1])
        rows = [int(row - first[number]) for row in chosen[span]]
        for kept in _stores(one, chance) if smaller else [range(len(rows))]:
            put = _put(one, rows, level[span], told[span], kept)
            table += [
                (row, number, order, one.is_meant(order))
                for row, order in zip(_numbers(one, put), put.order, strict=False)
            ]
    columns = zip(*table, strict=True)
    return Standing(*(np.array(column) for column in columns))


def _stores(asked: Asked, chance: random.Random) -> Iterator[list[int]]:
    """Give the candidates of a question in the whole store and in smaller ones."""
    everyone = range(len(asked.candidates))
    yield list(everyone)
    for share in SMALLER:
        yield [number for number in everyone if chance.random() < share]


def _put(asked: Asked, rows: list[int], level: np.ndarray, told: np.ndarray, kept: Any) -> Put:
    order = sorted(kept, key=lambda number: -level[number])
    fits = list[Fit]()
    for number in order:
        best = asked.compared[rows[number]]
        compared = (best.query, best.candidate, best.comparison)
        fits.append(Fit(asked.candidates[number], float(level[number]), best.name, compared))
    return Put(fits, order, told[order])


def _numbers(asked: Asked, put: Put) -> list[list[float]]:
    """Give the numbers as the service does, with the context that is told here."""
    found = numbers(Query(name=asked.query.name.value), put.fits)
    start, end = len(FEATURES), len(FEATURES) + len(CONTEXT)
    return [[*row[:start], *told, *row[end:]] for row, told in zip(found, put.told.tolist(), strict=False)]


def train(parts: list[Standing]) -> lightgbm.Booster:
    """Train the trees. A level, a share, a lead and what agrees never count against a candidate."""
    rises = [1 if name in _RISES else -1 if name in CONTEXT else 0 for name in NUMBERS]
    shape = SHAPE | {"monotone_constraints": rises}
    rows = np.concatenate([part.rows for part in parts])
    return lightgbm.train(shape, lightgbm.Dataset(rows, np.concatenate([p.meant for p in parts])), TREES)


def written(trees: lightgbm.Booster) -> str:
    """Give trees as `api.names.trees` reads them."""
    structures = [tree["tree_structure"] for tree in trees.dump_model()["tree_info"]]
    return "".join("\t".join(_nodes(structure)) + "\n" for structure in structures)


def _nodes(node: dict[str, Any]) -> Iterator[str]:
    if "leaf_value" in node:
        yield f"{node['leaf_value']:.4g}"
        return
    yield f"{NUMBERS[node['split_feature']]}<={node['threshold']:.5g}"
    yield from _nodes(node["left_child"])
    yield from _nodes(node["right_child"])
