"""Two readings of a name compared word by word.

Which words are the same, what is left over, what contradicts.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import msgspec

from api.names.alike import ONE_NAME, Pairing, Unit, apart, listed, nearly, surely
from api.names.given import plain
from api.names.letters import same_latin
from api.names.reading import Reading, Word, spelled
from api.names.words import PATRONYMIC, SURNAME_ENDING

_FIRST = str.maketrans("jickqgwuyzx", "yykkkhvvyss")  # letters that begin one name in different systems
_LONGEST_JOINED = 20  # letters of two neighbours, from which on they are not taken as one


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


class Place(NamedTuple):
    """A unit and where its words stand: their numbers, and the same as a set of bits."""

    unit: Unit
    numbers: tuple[int, ...]
    bits: int


class Side(NamedTuple):
    """What of a reading does not depend on the other one. Sets of words are sets of bits."""

    single: tuple[Place, ...]
    joined: tuple[Place, ...]  # each two neighbours taken as one
    every: int
    initials: int
    particles: int
    starts: tuple[str, ...]  # of each word, by what begins one name in different systems
    numbered: tuple[str, ...]  # words with digits, sorted


def _set(numbers: Iterator[int]) -> int:
    return sum(1 << number for number in numbers)


@lru_cache(maxsize=65536)
def _side(reading: Reading) -> Side:
    words = reading.words
    return Side(
        single=tuple(
            Place(Unit(word.native, word.latin, word.key), (n,), 1 << n)
            for n, word in enumerate(words)
            if not word.initial
        ),
        joined=tuple(
            Place(Unit(a.native + b.native, a.latin + b.latin), (n, n + 1), 3 << n)
            for n, (a, b) in enumerate(pairwise(words))
            if len(a.latin) + len(b.latin) < _LONGEST_JOINED
        ),
        every=(1 << len(words)) - 1,
        initials=_set(n for n, word in enumerate(words) if word.initial),
        particles=_set(n for n, word in enumerate(words) if word.particle),
        starts=tuple(word.latin[0].translate(_FIRST) for word in words),
        numbered=tuple(sorted(word.latin for word in words if not word.latin.isalpha())),
    )


def _pairing(query: Reading, candidate: Reading) -> Pairing:
    system = spelled(query, candidate)
    if system is None and (system := spelled(candidate, query)) is not None:
        return Pairing(system, flipped=True)
    return Pairing(system, flipped=False)


class _Found(NamedTuple):
    """Two units that may be the same word."""

    one: Place
    other: Place
    likeness: float
    nickname: bool

    @property
    def rank(self) -> float:
        """Say which are taken first: those most alike, of two words rather than of one."""
        return self.likeness + 0.02 * (len(self.one.numbers) + len(self.other.numbers))


def _pairs(one: Side, other: Side, *, joins: bool) -> list[tuple[Place, Place]]:
    """Give what may be the same word: a word and a word, or one word and two that are taken as one."""
    if not joins:
        return [(a, b) for a in one.single for b in other.single]
    pairs = [(a, b) for a in one.single for b in (*other.single, *other.joined)]
    return pairs + [(a, b) for a in one.joined for b in other.single]


def _matches(one: Side, other: Side, pairing: Pairing) -> Iterator[Match]:
    """Pair the words that are most alike first."""
    pairs = _pairs(one, other, joins=one.every != other.every)
    found = list[_Found]()
    here = there = 0
    for a, b in pairs:
        if share := surely(a.unit, b.unit, pairing):
            found.append(_Found(a, b, share, nickname=False))
            here, there = here | a.bits, there | b.bits
    for a, b in pairs:
        if a.bits & here or b.bits & there:
            continue  # a surer match has one of them: this saves most of the time
        share, nickname = nearly(a.unit, b.unit, pairing)
        if share:
            found.append(_Found(a, b, share, nickname))
    found.sort(key=lambda each: each.rank, reverse=True)
    here = there = 0
    for a, b, share, nickname in found:
        if not (a.bits & here or b.bits & there):
            here, there = here | a.bits, there | b.bits
            said = listed(a.unit, b.unit), apart(a.unit, b.unit)
            yield Match(a.numbers, b.numbers, share, nickname, *said)


class _Initials(NamedTuple):
    """What initials leave of the words left on both sides, how many fit a word and how many do not."""

    left: int
    right: int
    fit: int
    differ: int


def _initials(one: Side, left: int, other: Side, right: int) -> _Initials:
    """Take out the initials among the words left of one side, each with a word of the other that it fits."""
    fit = differ = 0
    for number, start in enumerate(one.starts):
        if not left & one.initials & 1 << number:
            continue
        left &= ~(1 << number)
        full = [n for n in range(len(other.starts)) if right & ~other.particles & 1 << n]
        if (found := next((n for n in full if other.starts[n] == start), None)) is not None:
            right &= ~(1 << found)
            fit += 1
        elif full:
            differ += 1
    return _Initials(left, right, fit, differ)


def _patronymics(reading: Reading, left: int) -> int:
    return sum(
        1 << n & left > 0 and PATRONYMIC.fullmatch(word.latin) is not None
        for n, word in enumerate(reading.words)
    )


def _marks_differ(one: Side, other: Side) -> bool:
    """Tell whether words with digits, or the initials of both sides, are not the same.

    "Person x1" and "Person x2" are two, "Person A" and "Person B" as well.
    """
    if one.numbered != other.numbered:
        return True
    if not (one.initials and other.initials):
        return False
    ones, twos = (
        Counter(start for n, start in enumerate(side.starts) if side.initials & 1 << n)
        for side in (one, other)
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


def _never(query: Reading, candidate: Reading, matches: Sequence[Match]) -> bool:
    """Tell whether two names that look alike are known to be two persons'."""
    single = [m for m in matches if len(m.query) == len(m.candidate) == 1 and not m.nickname and not m.listed]
    return _marks_differ(_side(query), _side(candidate)) or any(
        _another_surname(query.words[match.query[0]], candidate.words[match.candidate[0]]) for match in single
    )


def compare(query: Reading, candidate: Reading) -> Comparison:
    """Compare two readings."""
    one, other, pairing = _side(query), _side(candidate), _pairing(query, candidate)
    matches = tuple(_matches(one, other, pairing))
    left = one.every & ~_set(n for match in matches for n in match.query)
    right = other.every & ~_set(n for match in matches for n in match.candidate)
    left, right, fit, differ = _initials(one, left, other, right)
    right, left, fit_too, differ_too = _initials(other, right, one, left)
    left_full, right_full = left & ~one.particles, right & ~other.particles
    fathers = _patronymics(query, left_full), _patronymics(candidate, right_full)
    lengths = [sum(len(query.words[n].latin) for n in match.query) for match in matches]
    order = [match.candidate[0] for match in sorted(matches, key=lambda match: match.query)]
    rises = sum(a < b for a, b in pairwise(order))
    falls = len(order) - 1 - rises
    return Comparison(
        system=pairing.system or "Latn",
        matches=matches,
        letters=sum(lengths),
        lost=sum(n * (1 - match.likeness) for n, match in zip(lengths, matches, strict=True)),
        worst=min((match.likeness for match in matches), default=0.0),
        query_left=left_full.bit_count() - fathers[0],
        candidate_left=right_full.bit_count() - fathers[1],
        patronymics_left=sum(fathers),
        patronymics_differ=all(fathers),
        initials_fit=fit + fit_too,
        initials_differ=differ + differ_too,
        particles_left=(left & one.particles).bit_count() + (right & other.particles).bit_count(),
        disordered=falls > 1 and rises > 0,
        never=_never(query, candidate, matches),
    )


def is_same(query: Reading, candidate: Reading, found: Comparison) -> bool:
    """Tell whether two names are the same but for how an orthography or a transliteration writes them.

    No word is left over, and each is surely the other's: "Siarhiej Alejnik" is Сергей Алейник, not "Sergei
    Oleinik", though some would write him so.
    """
    left = found.query_left + found.candidate_left + found.patronymics_left
    if left or found.never or found.initials_fit or found.initials_differ or len(found.matches) < 2:
        return False
    return all(
        match.likeness >= ONE_NAME
        or same_latin(_joined(query, match.query), _joined(candidate, match.candidate))
        for match in found.matches
    )


def _joined(reading: Reading, numbers: Sequence[int]) -> str:
    return "".join(reading.words[n].latin for n in numbers)
