"""Ranks candidates for a name: how likely each is the one meant, why, and whether to link without asking."""

import math
from collections.abc import Sequence

import msgspec

from api.names import trees
from api.names.compare import is_same
from api.names.context import (
    Candidate,
    Position,
    Query,
    identifiers_differ,
    is_informed,
    shared_identifier,
)
from api.names.fit import APART, Fit, organisation_fits, person_fits, weights
from api.names.keys import Kind
from api.names.reasons import Reason, reasons
from api.names.standing import FIRST, numbers

__all__ = ["Candidate", "Position", "Query", "Reason", "Scored", "rank"]

_RIVAL = 2.0  # logits below the best within which another candidate fits "about as well"
_BEHIND = 6.0  # logits that a name which is only like another one stands behind the same


class Scored(msgspec.Struct, frozen=True):
    """A candidate with its score.

    `score` (0..1): how likely it is the one meant. `would_link`: it is also so much likelier than nobody and
    all others together that it may be linked without asking. `near`: worth showing to an editor.
    """

    id: str
    score: float
    would_link: bool
    near: bool
    reasons: tuple[Reason, ...]


class _Judged(msgspec.Struct, frozen=True):
    """A candidate with its score, and its chance against all others and nobody."""

    fit: Fit
    score: float
    chance: float


def rank(
    query: Query, candidates: Sequence[Candidate], limit: int = 5, kind: Kind = "person"
) -> list[Scored]:
    """Rank the candidates (those with most keys in common first) for a name, best first, at most `limit`.

    Candidates of which no word fits are left out. The first is linked when its chance against all others and
    against "none of them" reaches the threshold, so two records of one person, or two namesakes, block each
    other.
    """
    fits_of, judge = (person_fits, _persons) if kind == "person" else (organisation_fits, _organisations)
    judged = judge(query, sorted(fits_of(query, candidates), key=_place))
    limits = weights()
    informed = "_with_context" if is_informed(query) else ""
    link = limits[f"{'' if kind == 'person' else 'organisation_'}link{informed}"]
    return [
        Scored(
            id=each.fit.candidate.id,
            score=round(each.score, 4),
            would_link=not place and each.chance >= link,
            near=each.score >= limits["near"],
            reasons=tuple(reasons(query, each.fit, _rivals(each, judged, limits["near"]))),
        )
        for place, each in enumerate(judged[:limit])
    ]


def _place(fit: Fit) -> tuple[float, str]:
    """Give what orders candidates: those that fit best first."""
    return -fit.level, fit.candidate.id


def _share(level: float) -> float:
    """Give a logit as a share 0..1."""
    return 1 / (1 + math.exp(-max(min(level, 30.0), -30.0)))


def _persons(query: Query, fits: Sequence[Fit]) -> list[_Judged]:
    """Judge persons by the trees, the first of them; the others, which fit less, stay behind these."""
    fits = _behind_the_same(query, fits)
    first = [
        (_score(query, fit, row), fit) for fit, row in zip(fits[:FIRST], numbers(query, fits), strict=True)
    ]
    first.sort(key=lambda each: -each[0])
    total = max(1.0, sum(score for score, _ in first))
    behind = [(min(_share(fit.level), first[-1][0]), fit) for fit in fits[FIRST:]]
    return [_Judged(fit, score, score / total) for score, fit in [*first, *behind]]


def _behind_the_same(query: Query, fits: Sequence[Fit]) -> Sequence[Fit]:
    """Let whoever is only like a name stand behind the one who alone has the same, while names alone speak.

    The chances of words in two scripts hardly tell them apart: Алейник is as like "Oleinik" as "Alejnik".
    """
    same = [fit for fit in fits if fit.compared and is_same(*fit.compared)]
    if len(same) != 1 or query.identifiers or is_informed(query):
        return fits
    most = same[0].level - _BEHIND
    behind = [
        fit if fit is same[0] else msgspec.structs.replace(fit, level=min(fit.level, most)) for fit in fits
    ]
    return sorted(behind, key=_place)


def _score(query: Query, fit: Fit, row: Sequence[float]) -> float:
    """Give the chance of a person; what identifiers say, and what forbids, stands above the trees."""
    if shared_identifier(query, fit.candidate) or identifiers_differ(query, fit.candidate):
        return _share(fit.level)
    found = trees.chance(row)
    return min(found, _share(APART)) if fit.compared and fit.compared[2].never else found


def _organisations(_: Query, fits: Sequence[Fit]) -> list[_Judged]:
    """Judge organisations by how well each fits: there are too few to learn trees from."""
    odds = [math.exp(max(min(fit.level, 30.0), -30.0)) for fit in fits]
    total = 1 + sum(odds)
    return [_Judged(fit, _share(fit.level), each / total) for fit, each in zip(fits, odds, strict=True)]


def _rivals(judged: _Judged, others: Sequence[_Judged], near: float) -> int:
    """Count the others that fit about as well."""
    if judged.score < near:
        return 0
    return sum(other is not judged and other.fit.level > judged.fit.level - _RIVAL for other in others)
