"""What is known beside a name: country, organisation, office, date.

How it speaks for or against a candidate.
"""

from collections.abc import Iterable
from itertools import product

import msgspec

from api.names.fold import fold
from api.names.terms import terms

CONTEXT = (
    "country_same", "country_differs", "organisation_same", "organisation_differs", "position_alike",
    "position_differs", "position_held", "position_not_held", "out_of_life",
)  # fmt: skip
_YOUNGEST = 16  # years: nobody younger is taken for a person in the news under an office


class Position(msgspec.Struct, frozen=True):
    """An office of a candidate; dates as `YYYY`, `YYYY-MM` or `YYYY-MM-DD`."""

    title: str
    organisation: str | None = None
    since: str | None = None
    until: str | None = None


class Candidate(msgspec.Struct, frozen=True):
    """A person or organisation that may be meant: all its names and what is known of it.

    `organisations`: ids and names of organisations it belongs to. Dates as `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    """

    id: str
    names: tuple[str, ...]
    country: str | None = None
    organisations: tuple[str, ...] = ()
    positions: tuple[Position, ...] = ()
    born: str | None = None
    died: str | None = None
    identifiers: tuple[tuple[str, str], ...] = ()


class Query(msgspec.Struct, frozen=True):
    """A name as printed and what is known beside it; `on` is the date of the dispatch or statement."""

    name: str
    organisations: tuple[str, ...] = ()
    country: str | None = None
    position: str | None = None
    on: str | None = None
    identifiers: tuple[tuple[str, str], ...] = ()


def is_informed(query: Query) -> bool:
    """Tell whether more than a name is known that speaks for or against candidates."""
    return bool(query.country or query.organisations or query.position)


def alike(one: str, other: str) -> float:
    """Give how much two titles or names of organisations have in common, 0..1, whatever their languages."""
    a, b = set(terms(one).terms), set(terms(other).terms)
    return len(a & b) / min(len(a), len(b)) if a and b else 0.0


def before(date: str, other: str) -> bool:
    """Tell whether a date lies surely before another one: `2020` is not before `2020-05`."""
    size = min(len(date), len(other))
    return date[:size] < other[:size]


def held(position: Position, on: str) -> bool:
    """Tell whether an office may have been held on a date."""
    early = position.since is not None and before(on, position.since)
    return not early and not (position.until is not None and before(position.until, on))


def _organisation(query: Query, candidate: Candidate) -> tuple[float, float]:
    known = {*candidate.organisations, *(p.organisation for p in candidate.positions if p.organisation)}
    if not query.organisations or not known:
        return 0.0, 0.0
    same = any(fold(a) == fold(b) or alike(a, b) > 0.8 for a, b in product(query.organisations, known))
    return float(same), float(not same)


def _position(query: Query, candidate: Candidate) -> tuple[float, float, float, float]:
    if not query.position or not candidate.positions:
        return 0.0, 0.0, 0.0, 0.0
    shares = [(alike(query.position, f"{p.title} {p.organisation or ''}"), p) for p in candidate.positions]
    best = max(share for share, _ in shares)
    if best < 0.5:
        return 0.0, 1.0, 0.0, 0.0
    if query.on is None:
        return best, 0.0, 0.0, 0.0
    now = any(share >= 0.5 and held(position, query.on) for share, position in shares)
    return best, 0.0, float(now), float(not now)


def _out_of_life(query: Query, candidate: Candidate) -> float:
    if not query.on:
        return 0.0
    born, died = candidate.born, candidate.died
    young = born is not None and born[:4].isdigit() and before(query.on, f"{int(born[:4]) + _YOUNGEST:04}")
    return float(
        young or (died is not None and before(died, query.on) and int(query.on[:4]) - int(died[:4]) > 1)
    )


def context(query: Query, candidate: Candidate) -> list[float]:
    """Give the numbers of `CONTEXT`, all zero when nothing is known."""
    countries = (query.country or "").casefold(), (candidate.country or "").casefold()
    compared = all(countries)
    return [
        float(compared and countries[0] == countries[1]),
        float(compared and countries[0] != countries[1]),
        *_organisation(query, candidate),
        *_position(query, candidate),
        _out_of_life(query, candidate),
    ]


def shared_identifier(query: Query, candidate: Candidate) -> tuple[str, str] | None:
    """Give an identifier (scheme, value) that both carry."""
    return next(iter(sorted({*query.identifiers} & {*candidate.identifiers})), None)


def identifiers_differ(query: Query, candidate: Candidate) -> bool:
    """Tell whether both carry an identifier of one scheme, and no value is the same."""
    return bool(_schemes(query.identifiers) & _schemes(candidate.identifiers)) and not shared_identifier(
        query, candidate
    )


def _schemes(identifiers: Iterable[tuple[str, str]]) -> set[str]:
    return {scheme for scheme, _ in identifiers}
