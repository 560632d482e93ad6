"""Which candidates of a name are worth comparing in full: a quick look at their words."""

from collections.abc import Sequence
from heapq import nlargest
from itertools import pairwise

from api.names.compare import glance
from api.names.reading import read

SCORED = 48  # candidates that are compared in full


def _promise(words: Sequence[str], total: int, name: str) -> float:
    """Guess quickly how much of the query's words and of a name's are alike."""
    best = 0.0
    for reading in read(name):
        others = [word.latin for word in reading.words if not word.initial]
        pieces = others if len(others) == len(words) else [*others, *map("".join, pairwise(others))]
        if pieces:
            shares = [max((glance(word, other), other) for other in pieces) for word in words]
            letters = sum(
                min(len(word), 8) * share**2 for word, (share, _) in zip(words, shares, strict=True)
            )
            covered = sum(len(other) for other in {other for share, other in shares if share > 0.5})
            best = max(best, letters / total + min(covered / sum(map(len, others)), 1.0) / 2)
    return best


def promising(query: str, candidates: Sequence[tuple[str, Sequence[str]]], most: int = SCORED) -> list[str]:
    """Give the ids of the candidates (id, names.

    Those with most keys in common first) worth comparing in full.
    """
    lists = [[w.latin for w in reading.words if not w.initial] for reading in read(query)]
    lists += [[words[0], "".join(words[1:])] for words in lists if len(words) == 3]
    guessed = [
        (
            max(
                (
                    _promise(words, sum(min(len(w), 8) for w in words) + 1, name)
                    for name in names
                    for words in lists
                ),
                default=0.0,
            ),
            id,
        )
        for id, names in candidates
    ]
    first = [id for id, _ in candidates[: most // 2]]
    return list(dict.fromkeys([*first, *(id for _, id in nlargest(most, guessed))]))[:most]
