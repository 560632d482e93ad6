"""What forbids a link whatever the score: names that differ in a digit or letter, too little that is told."""

import re
from collections.abc import Iterable, Sequence

from api.names.compare import compare
from api.names.context import Candidate, Query, before
from api.names.fold import fold, prepared
from api.names.given import equivalent, one_name
from api.names.han import simplified
from api.names.keys import Kind
from api.names.reading import read
from api.names.script import mixes_alphabets, of_character
from api.names.terms import legal_name, terms

_NUMERAL = re.compile(r"x{0,2}(?:ix|iv|v?i{0,3})")
_GENERATIONS = {
    **dict.fromkeys(("jr", "jnr", "junior", "filho"), "jr"),
    **dict.fromkeys(("sr", "snr", "senior"), "sr"),
    "neto": "neto",
}
# How a man's name ends, and how a woman's that is made of it: Paulo, Louis, Martin, Francis; Daniel, Lucien.
_FEMININE = (("o", "a"), ("s", "se"), ("n", "ne"), ("l", "le"), ("is", "es"))
_SURELY_FEMININE = (("l", "lle"), ("n", "nne"))
_SHORTEST = 2  # letters: of no shorter word is another one made by an "a"
_MOST_SIGNS = 4  # of a name in Han that is no transliteration, whose signs others may choose differently


def may_link(query: Query, candidate: Candidate, kind: Kind) -> bool:
    """Tell whether a name may be linked to a candidate at all.

    "Test Person A" is not "Test Person B", "Channel 5" not "Channel 4" and "King Charles III" not "King
    Charles II", however much else is the same.
    """
    if _deceives(query.name) or all(map(_deceives, candidate.names)):
        return False
    if any(_single_letters_differ(query.name, name) for name in candidate.names):
        return False
    if all(_with_digits(query.name) != _with_digits(name) for name in candidate.names):
        return False
    if kind == "organisation":
        return _is_told(query, candidate)
    if _another_sex(query, candidate) or _other_signs(query, candidate) or _initials_differ(query, candidate):
        return False
    asked = _generation(query.name)
    known = [each for name in candidate.names if (each := _generation(name))]
    return not (asked and known) or asked in known


def _deceives(name: str) -> bool:
    return mixes_alphabets(prepared(name))


def _with_digits(name: str) -> list[str]:
    return sorted(word for word in fold(name).split() if any(letter.isdigit() for letter in word))


def _generation(name: str) -> str:
    """Give what tells bearers of one name apart behind it: a numeral, `jr`, `sr` or `neto`; empty without.

    One letter is a numeral only at the end, else an initial. Reading a name leaves these out, like degrees.
    """
    words = fold(name).split()[1:]
    if told := next((_GENERATIONS[word] for word in words if word in _GENERATIONS), ""):
        return told
    numerals = (
        w for n, w in enumerate(words, 1) if _NUMERAL.fullmatch(w) and (len(w) > 1 or n == len(words))
    )
    return next(numerals, "")


def _single_letters_differ(one: str, other: str) -> bool:
    pairs = zip(fold(one).split(), fold(other).split(), strict=False)
    return any(len(a) == len(b) == 1 and a != b for a, b in pairs)


def _another_sex(query: Query, candidate: Candidate) -> bool:
    """Tell whether a word is one of the candidate's in the other gender: "Daniela" is a sister of "Daniel".

    A word that any name of the candidate has as it is says nothing.
    """
    asked = {*fold(query.name).split()}
    known = {word for name in candidate.names for word in fold(name).split()}
    return any(
        _is_feminine(one, other) or _is_feminine(other, one)
        for one in asked - known
        for other in known - asked
    )


def _is_feminine(woman: str, man: str) -> bool:
    """Tell whether a word is another one in the feminine.

    Anna may be Ann, Danila is Danil and Simone may be an Italian Simon, but Danielle is no Daniel.
    """
    if _ends_otherwise(woman, man, _SURELY_FEMININE):
        return True
    made = _ends_otherwise(woman, man, _FEMININE) or (
        woman == f"{man}a" and len(man) > _SHORTEST and man[-1] not in "aeiouy"
    )
    return made and not (one_name(woman, man) or equivalent(woman, man))


def _ends_otherwise(one: str, other: str, endings: Iterable[tuple[str, str]]) -> bool:
    return any(other.endswith(end) and one == other.removesuffix(end) + own for end, own in endings)


def _other_signs(query: Query, candidate: Candidate) -> bool:
    """Tell whether both have a name in Han, and not the same: 李娜 and 李纳 only sound alike."""
    asked, known = _signs(query.name), {*map(_signs, candidate.names)} - {""}
    return bool(asked and known) and asked not in known


def _signs(name: str) -> str:
    """Give the simplified signs of a short name in Han alone; empty for any other."""
    signs = simplified(fold(name).replace(" ", ""))
    return signs if len(signs) <= _MOST_SIGNS and all(of_character(each) == "Hani" for each in signs) else ""


def _initials_differ(query: Query, candidate: Candidate) -> bool:
    """Tell whether an initial of one side contradicts the words of the other, whichever name is looked at."""
    return all(
        compare(one, other).initials_differ
        for name in candidate.names
        for other in read(name)
        for one in read(query.name)
    )


def _is_told(query: Query, candidate: Candidate) -> bool:
    """Tell whether more than alike words says that an organisation is the one meant.

    That is the country, the very name but for a legal form that one side leaves out, or the same concepts of
    the same country in whatever language; an acronym has many readings.
    """
    asked = terms(query.name)
    if asked.acronym:
        return False
    said = _countries(asked.terms) | {f"@{query.country}"} if query.country else _countries(asked.terms)
    own = {f"@{candidate.country}"} if candidate.country else set[str]()
    for name in candidate.names:
        found = terms(name)
        if found.acronym:
            continue
        if said & (own | _countries(found.terms)) or _same_but_for_legal_form(query.name, name):
            return True
        if set(asked.terms) == set(found.terms) and _is_concept_of_something(asked.terms):
            return True
    return False


def _same_but_for_legal_form(one: str, other: str) -> bool:
    """Tell whether two names are the same, a proper one, but for the legal form: "Zorvex", "Zorvex AG"."""
    (words, forms), (others, other_forms) = legal_name(one), legal_name(other)
    proper = any(term[0] not in "+@" for term in terms(one).terms)
    return proper and words == others and bool(forms) is not bool(other_forms)


def _countries(found: Iterable[str]) -> set[str]:
    return {term for term in found if term[0] == "@"}


def _is_concept_of_something(found: Sequence[str]) -> bool:
    """Tell whether terms are a concept, and a word or country that says of what."""
    return any(term[0] == "+" for term in found) and any(term[0] != "+" for term in found)


def born_apart(one: str | None, other: str | None) -> bool:
    """Tell whether two birth dates, as far as they are known, contradict each other."""
    return one is not None and other is not None and (before(one, other) or before(other, one))
