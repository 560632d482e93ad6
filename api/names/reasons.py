"""Why a candidate fits and what speaks against it, in sentences for an editor."""

from collections.abc import Iterable, Iterator

import msgspec

from api.names.compare import Comparison
from api.names.context import CONTEXT, Candidate, Query, context, identifiers_differ, shared_identifier
from api.names.fit import Fit
from api.names.reading import Reading


class Reason(msgspec.Struct, frozen=True):
    """One reason for a score: a stable code and a sentence for an editor."""

    code: str
    detail: str


_CONTEXT = {
    "country_same": "the same country",
    "country_differs": "another country",
    "organisation_same": "belongs to the organisation",
    "organisation_differs": "not known to belong to the organisation",
    "position_alike": "holds or held such an office",
    "position_differs": "the office given is none of those recorded",
    "position_held": "held the office on that date",
    "position_not_held": "did not hold the office on that date",
    "out_of_life": "not alive or too young on that date",
}


def reasons(query: Query, fit: Fit, rivals: int) -> Iterator[Reason]:
    """Give the reasons for one candidate; `rivals`: how many others fit about as well."""
    if shared := shared_identifier(query, fit.candidate):
        yield Reason("same_identifier", f"both carry {shared[0]} {shared[1]}")
    if fit.compared:
        yield from _of_words(*fit.compared)
        yield from _against(query.name, fit.name, fit.compared[2])
    yield from (Reason(code, detail) for code, detail in fit.said)
    yield from _of_context(query, fit.candidate)
    if rivals:
        yield Reason("rivals", f"{rivals} other candidate{'s fit' if rivals > 1 else ' fits'} about as well")


def _words(reading: Reading, numbers: Iterable[int]) -> str:
    return " ".join(reading.words[number].native for number in numbers)


def _of_words(query: Reading, candidate: Reading, found: Comparison) -> Iterator[Reason]:
    for match in found.matches:
        one, other = _words(query, match.query), _words(candidate, match.candidate)
        if match.nickname:
            yield Reason("form_of_name", f"“{one}” is a form of “{other}”")
        elif one == other:
            yield Reason("same_word", f"“{one}” in both")
        else:
            yield Reason("similar_word", f"“{one}” reads like “{other}” ({match.likeness:.0%})")
    if found.initials_fit:
        yield Reason("initial_fits", "an initial fits a word")


def _against(query: str, name: str, found: Comparison) -> Iterator[Reason]:
    if found.query_left and found.candidate_left:
        yield Reason("different_word", f"other words of “{query}” and “{name}” do not fit each other")
    elif found.query_left or found.candidate_left:
        yield Reason("missing_word", f"one of “{query}” and “{name}” has more words")
    if found.initials_differ:
        yield Reason("initial_differs", "an initial fits no word")
    if found.never:
        yield Reason("different_mark", "a number, an initial or the end of a surname differs")
    if found.patronymics_differ:
        yield Reason("different_patronymic", "the patronymics differ")


def _of_context(query: Query, candidate: Candidate) -> Iterator[Reason]:
    for code, number in zip(CONTEXT, context(query, candidate), strict=True):
        if number:
            yield Reason(code, _CONTEXT[code])
    if identifiers_differ(query, candidate):
        yield Reason("identifiers_differ", "carries another identifier of the same scheme")
