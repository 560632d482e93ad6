"""Fits the weights of `api/names/weights.tsv`: a conditional logit, "which candidate is meant, or none".

What agrees never counts against a candidate, and what contradicts never for it.
"""

import numpy as np

from api.names.context import CONTEXT
from api.names.features import FEATURES
from api.names.fit import APART
from bench.names.asking import Data

# What a contradiction weighs at most: the data knows every office, a newsroom's records do not.
HARSHEST = -3.0
AGREES = ("country_same", "organisation_same", "position_alike", "position_held")
STEPS, RATE, L2 = 300, 0.1, 3e-5


def levels(data: Data, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the level of each candidate by its best name, context left out, and the row of that name."""
    level = data.numbers @ w[: len(FEATURES)]
    level = np.where(data.apart, np.minimum(level, APART), level)
    return (best := np.maximum.reduceat(level, data.start)), _rows(level, best, data)


def _rows(level: np.ndarray, best: np.ndarray, data: Data) -> np.ndarray:
    """Give the first row of each candidate that has its best level."""
    of = np.repeat(np.arange(len(data.start)), np.diff([*data.start, len(level)]))
    chosen = np.zeros(len(best), dtype=int)
    top = np.nonzero(level >= best[of])[0][::-1]
    chosen[of[top]] = top
    return chosen


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
    first, second = np.zeros_like(w), np.zeros_like(w)
    for step in range(1, STEPS + 1):
        level = x @ w[:names]
        best = np.maximum.reduceat(level, data.start)
        errors = [
            (_shares(best + more, data.question, size) - data.meant) * weight
            for more in (0.0, *(told @ w[names:] for told in contexts))
        ]
        of_context = sum(told.T @ error for told, error in zip(contexts, errors[1:], strict=True))
        of_names = x[_rows(level, best, data)].T @ sum(errors)
        gradient = np.concatenate([of_names, of_context]) / (3 * size) + L2 * w
        first, second = 0.9 * first + 0.1 * gradient, 0.99 * second + 0.01 * gradient**2
        rate = RATE if step < STEPS * 0.7 else RATE / 5
        w -= rate * first / (1 - 0.9**step) / (np.sqrt(second / (1 - 0.99**step)) + 1e-8)
        w = np.clip(w, low, high)
    return w / scale
