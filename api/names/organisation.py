"""Scores candidates for an organisation's name.

By terms whatever the language, by acronym, by words alike.
"""

from collections.abc import Iterator

import msgspec

from api.names.alike import glance
from api.names.context import Candidate, Query
from api.names.edit import likeness
from api.names.fold import fold
from api.names.terms import Terms, legal_name, terms

# Logits, set by hand: there are too few organisations with known pairs to learn from (see docs/names.md).
_START, _COVERED, _EXACT, _ACRONYM, _COUNTRY, _OTHER_COUNTRY, _CONTEXT = -7.0, 11.0, 3.0, 6.5, 1.5, -5.0, 2.0
_GENERIC = -5.0  # "Conservative Party", "Ministry of Health": of which country?
_WEIGHTS = {"+": 0.7, "@": 0.8}  # of concepts and countries; other words weigh 1
_ALIKE = 0.85
_PARTLY = 2.4  # at most, when either name says more than the other: near, never linked
_APART = -1.0  # at most, with other numbers or single letters


class Found(msgspec.Struct, frozen=True):
    """How well one name fits another: logit, and what was the same, as (code, detail)."""

    level: float
    reasons: tuple[tuple[str, str], ...]
    whole: bool = False  # neither name says more, countries apart


def _same(one: str, other: str) -> bool:
    """Tell whether two terms are one.

    Concepts and countries exactly, other words also when they read alike.
    """
    if one == other:
        return True
    if one[0] in "+@" or other[0] in "+@" or min(len(one), len(other)) < 4 or glance(one, other) < 0.6:
        return False
    return likeness(one, other, "Latn") >= _ALIKE


def _weight(names: tuple[str, ...]) -> float:
    return sum(_WEIGHTS.get(name[0], 1.0) for name in names)


def _countries(found: Terms) -> set[str]:
    return {term for term in found.terms if term[0] == "@"}


def _left(found: Terms, matched: tuple[str, ...]) -> set[str]:
    """Give what a name says that the other one does not, countries apart."""
    return {term for term in found.terms if term not in matched and term[0] != "@"}


def compare(query: str, name: str) -> Found | None:
    """Compare two names of organisations; None when they have nothing in common."""
    one, other = terms(query), terms(name)
    if fold(query) == fold(name):
        generic = _GENERIC if all(term[0] == "+" for term in one.terms) else 0.0
        return Found(_START + _COVERED + _EXACT + generic, (("same_name", f"“{name}”"),), whole=True)
    acronym = next(
        (a for a, b in ((one, other), (other, one)) if a.acronym and fold("".join(a.terms)) in b.acronyms),
        None,
    )
    if acronym is not None:
        return Found(
            _START + _ACRONYM, (("acronym", f"“{query}” and “{name}”: one gives the initials of the other"),)
        )
    matched = tuple(term for term in one.terms if any(_same(term, b) for b in other.terms))
    if not matched:
        return None
    back = tuple(term for term in other.terms if any(_same(a, term) for a in one.terms))
    shares = _weight(matched) / _weight(one.terms), _weight(back) / _weight(other.terms)
    level = _START + _COVERED * (0.65 * min(shares) + 0.35 * max(shares))
    if _countries(one) and _countries(other):
        level += 0.0 if _countries(one) & _countries(other) else _OTHER_COUNTRY
    if all(term[0] == "+" for term in matched):
        level += _GENERIC
    if _left(one, matched) and _left(other, back):
        level -= 3.0
    words = ", ".join(term.lstrip("+@") for term in matched)
    whole = not _left(one, matched) and not _left(other, back) and any(term[0] != "@" for term in matched)
    return Found(level, (("same_terms", f"both say: {words}"),), whole)


def _with_context(found: Found, name: str, query: Query, candidate: Candidate) -> Found:
    """Add the country of the candidate and the context of the query."""
    said = _countries(terms(query.name)) - _countries(terms(name))
    level, reasons = found.level, list(found.reasons)
    own = f"@{(candidate.country or '').upper()}"
    if said and candidate.country:
        if own in said:
            level, reasons = (
                level + _COUNTRY * 2,
                [*reasons, ("country_same", "the country in the name is its country")],
            )
        else:
            level, reasons = (
                level + _OTHER_COUNTRY,
                [*reasons, ("country_differs", "the name says another country")],
            )
    if query.country and candidate.country:
        same = query.country.casefold() == candidate.country.casefold()
        level += _CONTEXT * 2 if same else -_CONTEXT * 2
        reasons.append(
            ("country_same", "the same country") if same else ("country_differs", "another country")
        )
    sure = found.whole and not _is_short_form(query.name, candidate) and _agrees(query, name, candidate)
    return Found(level if sure else min(level, _PARTLY), tuple(reasons), found.whole)


def _is_short_form(query: str, candidate: Candidate) -> bool:
    """Tell whether a candidate has a name that says more: others may be called so as well.

    "Appropriations" are committees of two houses.
    """
    asked = {term for term in terms(query).terms if term[0] != "@"}
    return any(asked < {term for term in terms(name).terms if term[0] != "@"} for name in candidate.names)


def _agrees(query: Query, name: str, candidate: Candidate) -> bool:
    """Tell whether the country is known to agree, or the name is the same but for a legal form.

    "Socialist Party" is one of each country; an organisation without a country is one of the world.
    """
    (words, forms), (others, other_forms) = legal_name(query.name), legal_name(name)
    if candidate.country is None or (words == others and forms != other_forms):
        return True
    told = [f"@{query.country.upper()}"] if query.country else []
    own = _countries(terms(name)) | {f"@{candidate.country.upper()}"}
    return not own.isdisjoint([*_countries(terms(query.name)), *told])


def _marks_differ(one: str, other: str) -> bool:
    """Tell whether words with digits, or single letters of both names, are not the same."""
    words = fold(one).split(), fold(other).split()
    digits = [sorted(word for word in side if any(map(str.isdigit, word))) for side in words]
    letters = [sorted(term for term in terms(side).terms if len(term) == 1) for side in (one, other)]
    return digits[0] != digits[1] or (all(letters) and letters[0] != letters[1])


def fit(query: Query, name: str, candidate: Candidate) -> Found | None:
    """Compare a query with one name of a candidate, context included.

    None when they have nothing in common.
    """
    found = compare(query.name, name)
    if found is None:
        return None
    found = _with_context(found, name, query, candidate)
    if not _marks_differ(query.name, name):
        return found
    return Found(
        min(found.level, _APART), (*found.reasons, ("different_mark", "a number or a letter differs"))
    )


def organisation_keys(value: str, *, asked: bool) -> Iterator[tuple[str, str]]:
    """Give (key, part) for an organisation's name: terms, pairs of terms, acronyms.

    A name that looks like an acronym is also asked for as one; a full name is stored under its acronyms.
    """
    found = terms(value)
    telling = [term for term in found.terms if term[0] not in "+@"]
    for term in found.terms:
        yield f"t{term[:16]}", term
    for number, term in enumerate(found.terms[:6]):
        for other in found.terms[number + 1 : 6]:
            yield "u" + "|".join(sorted((term[:12], other[:12]))), f"{term}|{other}"
    for term in telling:
        yield f"b{term[:5]}", f"b{term}"
    if found.acronym:
        yield f"a{fold(''.join(found.terms))}", "acronym"
    for acronym in sorted(found.acronyms) if not asked or len(found.terms) > 1 else ():
        yield f"a{acronym[:8]}", "acronym"
