"""Ranks candidates for a name: how likely each is the one meant, why, and whether to link without asking."""

import math
from collections.abc import Sequence

import msgspec

from api.names.context import Candidate, Position, Query
from api.names.fit import Fit, organisation_fits, person_fits, weights
from api.names.keys import Kind
from api.names.reasons import Reason, reasons

__all__ = ["Candidate", "Position", "Query", "Reason", "Scored", "rank"]

_RIVAL = 2.0  # logits below the best within which another candidate fits "about as well"


class Scored(msgspec.Struct, frozen=True):
    """A candidate with its score.

    `score` (0..1): how likely name and context fit, whoever else fits as well. `would_link`: it is also so
    much likelier than nobody and all others together that it may be linked without asking. `near`: worth
    showing to an editor.
    """

    id: str
    score: float
    would_link: bool
    near: bool
    reasons: tuple[Reason, ...]


def _weight(level: float) -> float:
    return math.exp(max(min(level, 30.0), -30.0))


def rank(
    query: Query, candidates: Sequence[Candidate], limit: int = 5, kind: Kind = "person"
) -> list[Scored]:
    """Rank the candidates (those with most keys in common first) for a name, best first, at most `limit`.

    Candidates of which no word fits are left out. The first is linked when its chance against all others and
    against "none of them" reaches the threshold, so two records of one person, or two namesakes, block each
    other.
    """
    fits_of = person_fits if kind == "person" else organisation_fits
    fits = sorted(fits_of(query, candidates), key=lambda fit: (-fit.level, fit.candidate.id))
    total = 1 + sum(_weight(fit.level) for fit in fits)
    return [
        _scored(query, fit, fits, number == 0 and _weight(fit.level) / total)
        for number, fit in enumerate(fits[:limit])
    ]


def _scored(query: Query, fit: Fit, fits: Sequence[Fit], chance: float) -> Scored:
    known, informed = weights(), bool(query.country or query.organisations or query.position)
    score = _weight(fit.level) / (1 + _weight(fit.level))
    rivals = (
        sum(other is not fit and other.level > fit.level - _RIVAL for other in fits)
        if score >= known["near"]
        else 0
    )
    return Scored(
        id=fit.candidate.id,
        score=round(score, 4),
        would_link=chance >= known["link_with_context" if informed else "link"],
        near=score >= known["near"],
        reasons=tuple(reasons(query, fit, rivals)),
    )
