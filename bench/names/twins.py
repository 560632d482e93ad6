"""Which two records are probably one person although the data does not say so.

Such a link is neither right nor wrong.
"""

from api.names.reading import read
from api.names.sound import light
from bench.names.people import Person


def _spoken(person: Person) -> set[frozenset[str]]:
    """Give the names of a person as sets of light spellings, initials left out."""
    return {
        frozenset(light(word.latin) for word in reading.words if not word.initial)
        for name in person.names
        for reading in read(name.value)[:1]
    }


def _corpora(person: Person) -> set[str]:
    return {id.split(":")[0] for id in person.ids}


def likely_twins(one: Person, other: Person) -> bool:
    """Tell whether two people are probably one: they share a name, but for a word, in the light spelling.

    Of different corpora, of one country or none, without birth dates in different years.
    """
    if one.id == other.id:
        return True
    if one.country and other.country and one.country != other.country:
        return False
    if one.born and other.born and one.born[:4] != other.born[:4]:
        return False
    if _corpora(one) == _corpora(other) and one.born != other.born:
        return False
    return any(a <= b or b <= a for a in _spoken(one) for b in _spoken(other) if min(len(a), len(b)) > 1)
