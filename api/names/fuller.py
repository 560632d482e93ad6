"""A surname alone: which fuller name of the same dispatch it stands for."""

from collections.abc import Sequence

from api.names.compare import compare
from api.names.reading import Reading, read

_ALIKE = 0.7


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
        and found.worst >= _ALIKE
    )


def fuller(name: str, others: Sequence[str]) -> int | None:
    """Give the index of the one fuller name among `others` that a short name stands for.

    `"Lavrov"` → the place of `"Sergey Lavrov"`.

    None when no other name contains all words of this one, or when two different persons' names do ("Lavrov"
    with "Sergey Lavrov" and "Ivan Lavrov"); spellings of one name are no two persons, the first then counts.
    """
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
