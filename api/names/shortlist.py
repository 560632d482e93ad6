"""Which candidates of a name are worth comparing in full: a quick look at their words."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from heapq import nlargest
from itertools import pairwise
from typing import NamedTuple

from api.names.alike import FORM, Spoken, glances, spoken
from api.names.forms import latin_forms
from api.names.given import chained, forms, plain, spellings
from api.names.reading import Word, read

# Candidates whose words are looked at, and those of them that are compared in full: the sound of Latin and
# Cyrillic words tells enough to look at few. For a name in these scripts, of the candidates from `LOOKED_AT`
# to `LOOKED_AT_ACROSS` those are looked at that have a name in another script, for there keys say less.
LOOKED_AT, LOOKED_AT_ACROSS, SCORED = 48, 120, 24
LOOKED_AT_OTHERS, SCORED_OTHERS = 240, 48
_FIRST = 14  # of these, the ones with most keys in common, however they look
_FORMS = 64  # forms of a name in another script that are looked through


class _Words(NamedTuple):
    """The full words of one reading in Latin letters, each two neighbours as one too, how many letters."""

    words: tuple[str, ...]
    joined: tuple[str, ...]
    letters: int


@lru_cache(maxsize=65536)
def _readings(name: str) -> tuple[_Words, ...]:
    """Give the words of each reading of a name."""
    lists = [tuple(word.latin for word in reading.words if not word.initial) for reading in read(name)]
    return tuple(
        _Words(words, (*words, *(a + b for a, b in pairwise(words))), sum(map(len, words)))
        for words in lists
        if words
    )


def _asked(name: str) -> list[tuple[str, ...]]:
    """Give the words of each reading of the query, three also as two ("Han Sun Kyo", "Han Sunkyo")."""
    lists = [found.words for found in _readings(name)]
    return lists + [(words[0], words[1] + words[2]) for words in lists if len(words) == 3]


@lru_cache(maxsize=65536)
def _forms_of(word: Word, system: str | None) -> frozenset[str]:
    """Give the Latin words, in their plain spelling, that a word of another script is known to stand for."""
    listed = (plain(form) for form in latin_forms(word.key))
    learnt = (plain(form) for form in spellings().get((system or "", word.native), ()))
    return frozenset((*listed, *learnt, *chained(word.key, _FORMS)))


@lru_cache(maxsize=65536)
def _known(name: str) -> dict[str, frozenset[str]]:
    """Give what the full words of a name in another script, in Latin letters, are known to stand for."""
    return {
        word.latin: found
        for reading in read(name)
        if reading.system not in ("Latn", "Cyrl")
        for word in reading.words
        if not word.initial and (found := _forms_of(word, reading.system))
    }


def _shares(word: str, others: Sequence[Spoken], meant: Mapping[str, frozenset[str]]) -> dict[str, float]:
    """Guess how alike a word of the query and each of other words are; those words are without doubles.

    `meant`: what words of another script, of either side, are known to stand for.
    """
    shares, simple = glances(word, others), plain(word)
    known = forms().get(simple, frozenset()) | meant.get(word, frozenset())
    behind = {other for other, found in meant.items() if simple in found}
    if known or behind:
        shares.update(
            {
                other: FORM
                for other, share in shares.items()
                if share < FORM and (other in behind or plain(other) in known)
            }
        )
    return shares


def _promises(
    words: Sequence[str], candidates: Sequence[Sequence[_Words]], meant: Mapping[str, frozenset[str]]
) -> list[float]:
    """Guess quickly, for each candidate, how much of the query's words and of its best name are alike."""
    looked_at = [
        [(name.words if len(name.words) == len(words) else name.joined, name.letters) for name in names]
        for names in candidates
    ]
    others = [
        spoken(each) for each in {piece for names in looked_at for pieces, _ in names for piece in pieces}
    ]
    known = [(min(len(word), 8), _shares(word, others, meant)) for word in words]
    total = sum(size for size, _ in known) + 1
    return [max((_promise(known, total, *name) for name in names), default=0.0) for names in looked_at]


def _promise(
    known: Sequence[tuple[int, dict[str, float]]], total: int, pieces: Sequence[str], letters: int
) -> float:
    alike, covered = 0.0, set[str]()
    for size, shares in known:
        found = [shares[piece] for piece in pieces]
        best = max(found)
        alike += size * best * best
        if best > 0.5:
            covered.add(pieces[found.index(best)])
    return alike / total + min(sum(map(len, covered)) / letters, 1.0) / 2


def _elsewhere(name: str) -> bool:
    """Tell whether a name seems to be in another script than Latin and Cyrillic, by its first character."""
    return not (name < "\u0370" or "\u0400" <= name < "\u0530")


def _behind(names: Iterable[str]) -> dict[str, frozenset[str]]:
    """Give what the words of names in another script, in Latin letters, are known to stand for."""
    return {latin: found for name in names if _elsewhere(name) for latin, found in _known(name).items()}


def promising(query: str, candidates: Sequence[tuple[str, Sequence[str]]]) -> list[str]:
    """Give the ids of the candidates (id, names; those with most keys in common first) to compare in full."""
    if len(candidates) <= _FIRST:
        return [id for id, _ in candidates]
    near = {reading.system for reading in read(query)} <= {"Latn", "Cyrl"}
    first, most = [id for id, _ in candidates[:_FIRST]], SCORED if near else SCORED_OTHERS
    others = candidates[_FIRST : LOOKED_AT if near else LOOKED_AT_OTHERS]
    if near:
        others = [
            *others,
            *(each for each in candidates[LOOKED_AT:LOOKED_AT_ACROSS] if any(map(_elsewhere, each[1]))),
        ]
    readings = [[found for name in names for found in _readings(name)] for _, names in others]
    meant = _known(query) if not near else _behind(name for _, names in others for name in names)
    guesses = [_promises(words, readings, meant) for words in _asked(query)] or [[0.0] * len(others)]
    guessed = [(max(each), id) for *each, (id, _) in zip(*guesses, others, strict=True)]
    return [*first, *(id for _, id in nlargest(most - _FIRST, guessed))]
