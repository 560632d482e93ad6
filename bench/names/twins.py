"""Which two records are probably one person although the data does not say so.

Such a link is neither right nor wrong, and nothing is learnt from it.
"""

from itertools import product

from api.names.compare import Comparison, compare
from api.names.reading import read
from bench.names.people import Person

# Legislatures of their own within a country.
_WITHIN = {
    "Scotland": "United Kingdom", "Wales": "United Kingdom", "Northern Ireland": "United Kingdom",
    "Puerto Rico": "United States of America", "Guam": "United States of America",
    "American Samoa": "United States of America",
}  # fmt: skip
_ONE_WORD = 0.8  # likeness of words that are surely one


def likely_twins(one: Person, other: Person) -> bool:
    """Tell whether two people are probably one: born on one day, or nothing but their names is known.

    Born on one day they share a word of their names; else all words of one name fit those of the other, no
    patronymic differs, and neither do countries and years of birth, as far as they are known.
    """
    if one.id == other.id:
        return True
    countries = {_WITHIN.get(p.country, p.country) for p in (one, other) if p.country}
    days = [p.born for p in (one, other) if p.born]
    if len(countries) > 1 or len({day[:4] for day in days}) > 1:
        return False
    found = _compared(one, other)
    if len(days) == 2 and all(len(day) == 10 for day in days):
        return days[0] == days[1] and any(m.likeness > _ONE_WORD for c in found for m in c.matches)
    return not any(c.patronymics_differ for c in found) and any(map(_fits, found))


def _compared(one: Person, other: Person) -> list[Comparison]:
    """Compare all names of two people, each by its first reading."""
    names = product(one.names, other.names)
    return [compare(a, b) for m, n in names for a in read(m.value)[:1] for b in read(n.value)[:1]]


def _fits(found: Comparison) -> bool:
    """Tell whether two names may well be one, but for words that one of them leaves out."""
    return (
        len(found.matches) > 1
        and found.worst > 0.5
        and not (found.query_left and found.candidate_left)
        and not found.initials_differ
    )
