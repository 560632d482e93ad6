"""Which candidates of a name are worth comparing in full: a quick look at their words."""

from collections.abc import Sequence
from functools import lru_cache
from heapq import nlargest
from itertools import pairwise
from typing import NamedTuple

from api.names.compare import FORM, Spoken, seen, spoken
from api.names.given import equivalent
from api.names.reading import read

# Candidates whose words are looked at, and those of them that are compared in full: the sound of Latin and
# Cyrillic words tells enough to look at few.
LOOKED_AT, SCORED = 120, 18
LOOKED_AT_OTHERS, SCORED_OTHERS = 240, 32
_FIRST = 14  # of these, the ones with most keys in common, however they look


class _Words(NamedTuple):
    """The full words of one reading, with each two neighbours as one too, and how many letters they have."""

    words: tuple[Spoken, ...]
    joined: tuple[Spoken, ...]
    letters: int


@lru_cache(maxsize=65536)
def _readings(name: str) -> tuple[_Words, ...]:
    """Give the words of each reading of a name."""
    found = list[_Words]()
    for reading in read(name):
        latin = [word.latin for word in reading.words if not word.initial]
        words = tuple(map(spoken, latin))
        joined = tuple(spoken(a + b) for a, b in pairwise(latin))
        if words:
            found.append(_Words(words, words + joined, sum(map(len, latin))))
    return tuple(found)


def _asked(name: str) -> list[tuple[Spoken, ...]]:
    """Give the words of each reading of the query, three also as two ("Han Sun Kyo", "Han Sunkyo")."""
    lists = [found.words for found in _readings(name)]
    return lists + [(words[0], spoken(words[1].latin + words[2].latin)) for words in lists if len(words) == 3]


def _share(word: Spoken, other: Spoken) -> float:
    share = seen(word, other)
    return FORM if share < FORM and equivalent(word.latin, other.latin) else share


def _promise(words: Sequence[Spoken], total: int, name: _Words, known: Sequence[dict[str, float]]) -> float:
    """Guess quickly how much of the query's words and a name's are alike; `known` remembers shares."""
    pieces = name.words if len(name.words) == len(words) else name.joined
    letters, covered = 0.0, set[str]()
    for word, shares in zip(words, known, strict=True):
        best, piece = 0.0, ""
        for other in pieces:
            share = shares.get(other.latin)
            if share is None:
                share = shares[other.latin] = _share(word, other)
            if share > best:
                best, piece = share, other.latin
        letters += min(len(word.latin), 8) * best * best
        if best > 0.5:
            covered.add(piece)
    return letters / total + min(sum(map(len, covered)) / name.letters, 1.0) / 2


def promising(query: str, candidates: Sequence[tuple[str, Sequence[str]]]) -> list[str]:
    """Give the ids of the candidates (id, names; those with most keys in common first) to compare in full."""
    if len(candidates) <= _FIRST:
        return [id for id, _ in candidates]
    near = {reading.system for reading in read(query)} <= {"Latn", "Cyrl"}
    look, most = (LOOKED_AT, SCORED) if near else (LOOKED_AT_OTHERS, SCORED_OTHERS)
    asked = [
        (words, sum(min(len(word.latin), 8) for word in words) + 1, [dict[str, float]() for _ in words])
        for words in _asked(query)
    ]
    guessed = [
        (
            max(
                (
                    _promise(words, total, reading, known)
                    for name in names
                    for reading in _readings(name)
                    for words, total, known in asked
                ),
                default=0.0,
            ),
            id,
        )
        for id, names in candidates[:look]
    ]
    first = [id for id, _ in candidates[:_FIRST]]
    return list(dict.fromkeys([*first, *(id for _, id in nlargest(most, guessed))]))[:most]
