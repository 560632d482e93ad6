"""A surname alone: which fuller name of the same dispatch it stands for."""

from collections.abc import Sequence

from api.names.compare import Match, compare
from api.names.fold import prepared
from api.names.reading import Reading, read
from api.names.script import mixes_alphabets

_ALIKE = 0.7  # words of two full names that are spellings of one
_SAME = 0.95  # a surname alone and that of a full name: "Lavrin" is not "Lavrov"


def _full(reading: Reading) -> int:
    return sum(not word.initial and not word.particle for word in reading.words)


def _within(short: Reading, full: Reading) -> bool:
    """Tell whether every word of one name is a word of the other, which has more words."""
    found = compare(short, full)
    fewer = _full(short) < _full(full)
    return (
        fewer
        and bool(found.matches)
        and not found.query_left
        and not found.initials_differ
        and not found.never
        and found.worst >= _SAME
        and not any(_of_another_sex(short, full, match) for match in found.matches)
    )


def _of_another_sex(short: Reading, full: Reading, match: Match) -> bool:
    """Tell whether one word is the other's in the other gender: "Ivanova" is not the "Ivanov" beside her."""
    one, other = (short.words[match.query[-1]].latin, full.words[match.candidate[-1]].latin)
    return one.endswith("a") is not other.endswith("a")


def fuller(name: str, others: Sequence[str]) -> int | None:
    """Give the index of the one fuller name among `others` that a short name stands for.

    `"Lavrov"` → the place of `"Sergey Lavrov"`.

    None when no other name contains all words of this one, or when two different persons' names do ("Lavrov"
    with "Sergey Lavrov" and "Ivan Lavrov"); spellings of one name are no two persons, the first then counts.
    A word of mixed alphabets stands for nobody.
    """
    if mixes_alphabets(prepared(name)):
        return None
    found = [
        number
        for number, other in enumerate(others)
        if any(_within(one, two) for one in read(name) for two in read(other))
    ]
    if not found:
        return None
    first, *rest = found
    return first if all(_one_person(others[first], others[number]) for number in rest) else None


def _one_person(name: str, other: str) -> bool:
    """Tell whether two full names in one dispatch are spellings of one."""
    for one in read(name):
        for two in read(other):
            found = compare(one, two)
            if found.matches and not (found.query_left and found.candidate_left) and found.worst >= _ALIKE:
                return not found.initials_differ and not found.patronymics_differ
    return False
