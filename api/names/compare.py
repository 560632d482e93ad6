"""Two readings of a name compared word by word.

Which words are the same, what is left over, what contradicts.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise, product
from typing import NamedTuple

import msgspec
from rapidfuzz.distance import Levenshtein

from api.names.edit import likeness
from api.names.given import equivalent, one_name, stands_for
from api.names.reading import Reading, Word, spelled
from api.names.sound import light, skeletons
from api.names.words import PATRONYMIC

_UNLIKE = 0.4  # at a glance: no distance is computed
ONE_NAME = 0.995  # likeness of one given name as neighbouring languages write it
KNOWN = 0.97  # likeness of words that are known to stand for each other
FORM = 0.85  # likeness of forms of one given name
SAME = 0.3  # words less alike than this are different words
_FIRST = str.maketrans("jickqgwuyzx", "yykkkhvvyss")  # letters that begin one name in different systems


class Match(NamedTuple):
    """Words of the query and of the candidate that are the same word, and how alike they are (0..1)."""

    query: tuple[int, ...]
    candidate: tuple[int, ...]
    likeness: float
    nickname: bool


class Comparison(msgspec.Struct, frozen=True, gc=False):
    """What two names have in common: matched words; full words left over on each side, patronymics apart.

    Initials that fit or contradict; particles left over; and whether the words stand in another order.
    """

    system: str
    matches: tuple[Match, ...]
    letters: int  # matched letters
    lost: float  # letters that differ within matched words
    worst: float  # likeness of the least alike matched word
    query_left: int
    candidate_left: int
    patronymics_left: int
    patronymics_differ: bool
    initials_fit: int
    initials_differ: int
    particles_left: int
    disordered: bool


class Unit(NamedTuple):
    """One word, or two neighbours taken as one."""

    native: str
    latin: str
    numbers: tuple[int, ...]


def units(words: Sequence[Word], *, joins: bool) -> list[Unit]:
    """Give the full words of a name and, if asked, each two neighbours taken as one."""
    single = [Unit(word.native, word.latin, (n,)) for n, word in enumerate(words) if not word.initial]
    if not joins:
        return single
    neighbours = zip(enumerate(words), enumerate(words[1:], 1), strict=False)
    return single + [
        Unit(a.native + b.native, a.latin + b.latin, (m, n))
        for (m, a), (n, b) in neighbours
        if len(a.latin) + len(b.latin) < 20
    ]


@lru_cache(maxsize=400_000)
def glance(latin: str, other: str) -> float:
    """Guess quickly how alike two words in Latin letters are, 0..1, without the learnt costs."""
    if latin == other:
        return 1.0
    bones, others = skeletons(latin)[0], skeletons(other)[0]
    bare = Levenshtein.normalized_similarity(bones, others) * (
        0.9 if len(bones) > 2 or len(others) > 2 else 0.6
    )
    soft = Levenshtein.normalized_similarity(light(latin), light(other))
    exact = Levenshtein.normalized_similarity(latin, other)
    return max(exact, 0.9 * soft, (bare + soft + exact) / 3, bare - 0.1)


def alike(one: Unit, other: Unit, system: str | None, *, flipped: bool) -> float:
    """Give how alike two words are, 0..1."""
    if one.latin == other.latin and (system is None or len(one.latin) > 3):
        return 1.0
    source, target = (other, one) if flipped else (one, other)
    if system is not None and stands_for(source.native, target.native, system):
        return KNOWN
    if one_name(one.latin, other.latin):
        return ONE_NAME
    if glance(one.latin, other.latin) < _UNLIKE:
        return 0.0
    if system is None:
        return likeness(one.latin, other.latin, "Latn")
    return likeness(source.native, target.native, system)


def direction(query: Reading, candidate: Reading) -> tuple[str | None, bool]:
    """Give the system by which two readings are compared, and whether the candidate is its source."""
    system = spelled(query, candidate)
    if system is None and (system := spelled(candidate, query)) is not None:
        return system, True
    return system, False


def _matches(query: Reading, candidate: Reading) -> tuple[str, list[Match]]:
    """Pair the words that are most alike first."""
    system, flipped = direction(query, candidate)
    joins = len(query.words) != len(candidate.words)
    found = list[Match]()
    for one, other in product(units(query.words, joins=joins), units(candidate.words, joins=joins)):
        if len(one.numbers) > 1 and len(other.numbers) > 1:
            continue
        share, nickname = alike(one, other, system, flipped=flipped), False
        if share < FORM and equivalent(one.latin, other.latin):
            share, nickname = FORM, True
        if share > SAME and not (share < FORM and _fathers(one, other)):
            found.append(Match(one.numbers, other.numbers, share, nickname))
    found.sort(key=lambda match: match.likeness + 0.02 * len(match.query + match.candidate), reverse=True)
    taken = list[Match]()
    for match in found:
        if not any(
            {*match.query} & {*other.query} or {*match.candidate} & {*other.candidate} for other in taken
        ):
            taken.append(match)
    return system or "Latn", taken


def _fathers(one: Unit, other: Unit) -> bool:
    """Tell whether both words are patronymics: these are the same or not, never nearly the same."""
    return bool(PATRONYMIC.fullmatch(one.latin) and PATRONYMIC.fullmatch(other.latin))


def _left(words: Sequence[Word], taken: set[int]) -> list[Word]:
    return [word for number, word in enumerate(words) if number not in taken]


def _initials(these: list[Word], those: list[Word]) -> tuple[int, int]:
    """Count the initials among the words left that fit a word left on the other side, and those that do not.

    Both the initial and its word are taken out of the lists.
    """
    fit = differ = 0
    for initial in [word for word in these if word.initial]:
        these.remove(initial)
        start = initial.latin[0].translate(_FIRST)
        full = [word for word in those if not word.particle]
        if found := next((word for word in full if word.latin[0].translate(_FIRST) == start), None):
            those.remove(found)
            fit += 1
        elif full:
            differ += 1
    return fit, differ


def compare(query: Reading, candidate: Reading) -> Comparison:
    """Compare two readings."""
    system, matches = _matches(query, candidate)
    words, others = query.words, candidate.words
    left = _left(words, {n for match in matches for n in match.query})
    right = _left(others, {n for match in matches for n in match.candidate})
    fit, differ = _initials(left, right)
    fit_too, differ_too = _initials(right, left)
    left_full = [word for word in left if not word.particle]
    right_full = [word for word in right if not word.particle]
    fathers = [len([w for w in side if PATRONYMIC.fullmatch(w.latin)]) for side in (left_full, right_full)]
    lengths = [sum(len(words[n].latin) for n in match.query) for match in matches]
    order = [match.candidate[0] for match in sorted(matches, key=lambda match: match.query)]
    rises = sum(a < b for a, b in pairwise(order))
    falls = len(order) - 1 - rises
    return Comparison(
        system=system,
        matches=tuple(matches),
        letters=sum(lengths),
        lost=sum(n * (1 - match.likeness) for n, match in zip(lengths, matches, strict=True)),
        worst=min((match.likeness for match in matches), default=0.0),
        query_left=len(left_full) - fathers[0],
        candidate_left=len(right_full) - fathers[1],
        patronymics_left=sum(fathers),
        patronymics_differ=all(fathers),
        initials_fit=fit + fit_too,
        initials_differ=differ + differ_too,
        particles_left=len(left) + len(right) - len(left_full) - len(right_full),
        disordered=falls > 1 and rises > 0,
    )
