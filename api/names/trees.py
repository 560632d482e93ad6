"""Gradient-boosted trees over the numbers of a candidate: how likely it is the one meant.

`trees.tsv` holds one tree on each line, its nodes in prefix order: an inner node as `number<=bound`, before
what holds when it is so and when not; a leaf as its share of the logit. bench/names/fit_trees.py made it.
"""

import math
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files

from api.names.standing import NUMBERS

Tree = float | tuple[int, float, "Tree", "Tree"]


@cache
def _trees() -> tuple[Tree, ...]:
    return tuple(map(tree, (files("api.names") / "trees.tsv").read_text(encoding="utf-8").splitlines()))


def tree(line: str) -> Tree:
    """Read one tree; ValueError when the line is none."""
    nodes = iter(line.split("\t"))
    found = _node(nodes)
    if next(nodes, None) is not None:
        raise ValueError(f"more than a tree: {line}")
    return found


def _node(nodes: Iterator[str]) -> Tree:
    number, inner, bound = next(nodes, "").partition("<=")
    return (NUMBERS.index(number), float(bound), _node(nodes), _node(nodes)) if inner else float(number)


def chance(numbers: Sequence[float]) -> float:
    """Give how likely a candidate is the one meant, 0..1, from what `standing.numbers` gives."""
    total = 0.0
    for node in _trees():
        while isinstance(node, tuple):
            number, bound, yes, no = node
            node = yes if numbers[number] <= bound else no  # noqa: PLW2901 - down the tree
        total += node
    return 1 / (1 + math.exp(-total))
