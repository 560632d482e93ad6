"""Two readings of a name compared word by word.

Which words are the same, what is left over, what contradicts.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise, product
from typing import NamedTuple

import msgspec
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from api.names.edit import likeness
from api.names.forms import different_names, same_name
from api.names.given import equivalent, one_name, plain, stands_for
from api.names.letters import same_cyrillic, same_latin
from api.names.reading import Reading, Word, spelled
from api.names.sound import light, skeleton
from api.names.words import PATRONYMIC, SURNAME_ENDING

_similarity = Levenshtein.normalized_similarity
_UNLIKE = 0.4  # at a glance: no distance is computed
ONE_NAME = 0.995  # likeness of one given name, or one word, as neighbouring languages write it
LISTED = 0.97  # likeness of words that the table of known names has as one
KNOWN = 0.97  # likeness of words that are known to stand for each other
FORM = 0.85  # likeness of forms of one given name
SAME = 0.3  # words less alike than this are different words
_FIRST = str.maketrans("jickqgwuyzx", "yykkkhvvyss")  # letters that begin one name in different systems


class Match(NamedTuple):
    """Words of the query and of the candidate that are the same word, and how alike they are (0..1).

    `listed`: they are known as one name; `apart`: both are known, as different names.
    """

    query: tuple[int, ...]
    candidate: tuple[int, ...]
    likeness: float
    nickname: bool
    listed: bool = False
    apart: bool = False


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
    never: (
        bool  # words with digits, initials or surnames that look alike and are not the same: never one person
    )


class Unit(NamedTuple):
    """One word, or two neighbours taken as one."""

    native: str
    latin: str
    numbers: tuple[int, ...]
    key: str = ""


def units(words: Sequence[Word], *, joins: bool) -> list[Unit]:
    """Give the full words of a name and, if asked, each two neighbours taken as one."""
    single = [
        Unit(word.native, word.latin, (n,), word.key) for n, word in enumerate(words) if not word.initial
    ]
    if not joins:
        return single
    neighbours = zip(enumerate(words), enumerate(words[1:], 1), strict=False)
    return single + [
        Unit(a.native + b.native, a.latin + b.latin, (m, n))
        for (m, a), (n, b) in neighbours
        if len(a.latin) + len(b.latin) < 20
    ]


class Spoken(NamedTuple):
    """A word in Latin letters with its light spelling and its likeliest consonant skeleton."""

    latin: str
    light: str
    bones: str


@lru_cache(maxsize=65536)
def spoken(latin: str) -> Spoken:
    """Give a word with what a glance looks at."""
    return Spoken(latin, light(latin), skeleton(latin))


def _seen(exact: float, soft: float, bare: float, bones: int) -> float:
    """Weigh how alike two words are as written, in the light spelling and by their consonants.

    `bones`: consonants of the longer skeleton.
    """
    bare *= 0.9 if bones > 2 else 0.6
    return max(exact, 0.9 * soft, (bare + soft + exact) / 3, bare - 0.1)


def glance(latin: str, other: str) -> float:
    """Guess quickly how alike two words in Latin letters are, 0..1, without the learnt costs."""
    if latin == other:
        return 1.0
    a, b = spoken(latin), spoken(other)
    return _seen(
        _similarity(latin, other),
        _similarity(a.light, b.light),
        _similarity(a.bones, b.bones),
        max(len(a.bones), len(b.bones)),
    )


def glances(latin: str, others: Sequence[Spoken]) -> dict[str, float]:
    """Guess the same for many other words at once, in a third of the time."""
    one = spoken(latin)
    exact = [share for _, share in _similar(latin, [word.latin for word in others])]
    soft = dict(_similar(one.light, {word.light for word in others}))
    bare = dict(_similar(one.bones, {word.bones for word in others}))
    bones = len(one.bones)
    return {
        other: _seen(share, soft[light], bare[consonants], max(bones, len(consonants)))
        for share, (other, light, consonants) in zip(exact, others, strict=True)
    }


def _similar(one: str, others: Iterable[str]) -> Iterator[tuple[str, float]]:
    return ((other, share) for other, share, _ in process.extract_iter(one, others, scorer=_similarity))


def _known(one: Unit, other: Unit, system: str | None, *, flipped: bool) -> float:
    """Give how alike two words are that are the same or known to be one, else 0."""
    if one.latin == other.latin and (system is None or len(one.latin) > 3):
        return 1.0
    source, target = (other, one) if flipped else (one, other)
    if one_name(one.latin, other.latin) or _same_letters(one, other, system):
        return ONE_NAME
    if system is not None and stands_for(source.native, target.native, system):
        return KNOWN
    return LISTED if same_name(one.key, other.key) else 0.0


def _same_letters(one: Unit, other: Unit, system: str | None) -> bool:
    """Tell whether two words of one script differ in their orthography alone."""
    if system == "Cyrl-Cyrl":
        return same_cyrillic(one.native, other.native)
    return system == "Latn" and same_latin(one.latin, other.latin)


def _alike(one: Unit, other: Unit, system: str | None, *, flipped: bool) -> float:
    """Give how alike two words are by their letters, 0..1."""
    if glance(one.latin, other.latin) < _UNLIKE:
        return 0.0
    if system is None:
        return likeness(one.latin, other.latin, "Latn")
    source, target = (other, one) if flipped else (one, other)
    return likeness(source.native, target.native, system)


def _met(one: Sequence[int], other: Sequence[int], taken: Sequence[Match]) -> bool:
    """Tell whether a word of either side is in a match already."""
    return any({*one} & {*match.query} or {*other} & {*match.candidate} for match in taken)


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
    pairs = [
        (one, other)
        for one, other in product(units(query.words, joins=joins), units(candidate.words, joins=joins))
        if len(one.numbers) == 1 or len(other.numbers) == 1
    ]
    found = [
        _match(one, other, share, nickname=False)
        for one, other in pairs
        if (share := _known(one, other, system, flipped=flipped))
    ]
    settled = list(found)
    for one, other in pairs:
        if _met(one.numbers, other.numbers, settled):
            continue  # a surer match has one of them: this saves most of the time
        share, nickname = _alike(one, other, system, flipped=flipped), False
        if share < FORM and equivalent(one.latin, other.latin):
            share, nickname = FORM, True
        if share > SAME and not (share < FORM and _fathers(one, other)):
            found.append(_match(one, other, share, nickname=nickname))
    found.sort(key=lambda match: match.likeness + 0.02 * len(match.query + match.candidate), reverse=True)
    taken = list[Match]()
    for match in found:
        if not _met(match.query, match.candidate, taken):
            taken.append(match)
    return system or "Latn", taken


def _match(one: Unit, other: Unit, share: float, *, nickname: bool) -> Match:
    listed = one.native != other.native and same_name(one.key, other.key)
    apart = (
        one.key != other.key
        and different_names(one.key, other.key)
        # The table of names has some Belarusian and Russian forms of one name as two names.
        and not one_name(one.latin, other.latin)
    )
    return Match(one.numbers, other.numbers, share, nickname, listed, apart)


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


def _marks_differ(words: Sequence[Word], others: Sequence[Word]) -> bool:
    """Tell whether words with digits, or the initials of both sides, are not the same.

    "Person x1" and "Person x2" are two, "Person A" and "Person B" as well.
    """
    numbered = [Counter(w.latin for w in side if not w.latin.isalpha()) for side in (words, others)]
    if numbered[0] != numbered[1]:
        return True
    ones, twos = (
        Counter(w.latin[0].translate(_FIRST) for w in side if w.initial) for side in (words, others)
    )
    return bool(ones - twos and twos - ones)


def _another_surname(one: Word, other: Word) -> bool:
    """Tell whether one word is a surname made of the other: "Aleinik", "Aleinikov" are two families."""
    shorter, longer = sorted((plain(one.latin), plain(other.latin)), key=len)
    return (
        len(shorter) > 3
        and longer.startswith(shorter)
        and SURNAME_ENDING.fullmatch(longer[len(shorter) :]) is not None
    )


def _never(words: Sequence[Word], others: Sequence[Word], matches: Sequence[Match]) -> bool:
    """Tell whether two names that look alike are known to be two persons'."""
    single = [m for m in matches if len(m.query) == len(m.candidate) == 1 and not m.nickname and not m.listed]
    return _marks_differ(words, others) or any(
        _another_surname(words[match.query[0]], others[match.candidate[0]]) for match in single
    )


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
        never=_never(words, others, matches),
    )
