"""How well one candidate fits a query: its best name, as a logit, with the comparison that says why."""

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files

import msgspec

from api.names import organisation
from api.names.compare import Comparison, compare
from api.names.context import CONTEXT, Candidate, Query, context, identifiers_differ, shared_identifier
from api.names.features import FEATURES, features
from api.names.fold import fold
from api.names.reading import Reading, read
from api.names.shortlist import promising

APART = -1.0  # at most, in logits, with other digits or initials
_SURE = 12.0  # in logits: a shared identifier; its opposite for another identifier of the same scheme


class Fit(msgspec.Struct, frozen=True):
    """A candidate, how well it fits (a logit) and by which name.

    For persons `compared` holds the two readings and their comparison, for organisations `said` the reasons.
    """

    candidate: Candidate
    level: float
    name: str
    compared: tuple[Reading, Reading, Comparison] | None = None
    said: tuple[tuple[str, str], ...] = ()


@cache
def weights() -> dict[str, float]:
    """Give the learnt weights (`weights.tsv`), and the thresholds `link`, `link_with_context` and `near`."""
    lines = (files("api.names") / "weights.tsv").read_text(encoding="utf-8").splitlines()
    return {name: float(value) for name, value in (line.split("\t") for line in lines)}


@cache
def _factors(names: tuple[str, ...]) -> list[float]:
    return [weights().get(name, 0.0) for name in names]


def _level(names: tuple[str, ...], numbers: Sequence[float]) -> float:
    return sum(factor * number for factor, number in zip(_factors(names), numbers, strict=True))


def in_order(name: str) -> str:
    """Give the folded words of a name in alphabetical order."""
    return " ".join(sorted(fold(name).split()))


def _best(readings: Sequence[Reading], exact: str, candidate: Candidate) -> Fit | None:
    """Find the name of a candidate that fits best; None when no word of any is the same."""
    best: Fit | None = None
    for name in candidate.names:
        same = in_order(name) == exact
        for one, other in ((one, other) for other in read(name) for one in readings):
            comparison = compare(one, other)
            if comparison.matches:
                level = _level(FEATURES, features(one, other, comparison, exact=same))
                level = min(level, APART) if comparison.never else level
                if best is None or level > best.level:
                    best = Fit(candidate, level, name, (one, other, comparison))
    return best


def _with_identifiers(level: float, query: Query, candidate: Candidate) -> float:
    if shared_identifier(query, candidate):
        return max(level, 0.0) + _SURE
    return min(level, 0.0) - _SURE if identifiers_differ(query, candidate) else level


def person_fits(query: Query, candidates: Sequence[Candidate]) -> Iterator[Fit]:
    """Compare the promising candidates with a query, context included."""
    readings, exact = read(query.name), in_order(query.name)
    by_id = {candidate.id: candidate for candidate in candidates}
    marked = [c.id for c in candidates if shared_identifier(query, c)]
    for id in dict.fromkeys([*marked, *promising(query.name, [(c.id, c.names) for c in candidates])]):
        candidate = by_id[id]
        found = _best(readings, exact, candidate)
        if found is None and id in marked:
            found = Fit(candidate, 0.0, candidate.names[0])
        if found:
            level = found.level + _level(CONTEXT, context(query, candidate))
            if found.compared and found.compared[2].never:
                level = min(level, APART)
            yield msgspec.structs.replace(found, level=_with_identifiers(level, query, candidate))


def organisation_fits(query: Query, candidates: Sequence[Candidate]) -> Iterator[Fit]:
    """Compare all candidates for an organisation with a query, context included."""
    for candidate in candidates:
        found = [
            Fit(candidate, fit.level, name, said=fit.reasons)
            for name in candidate.names
            if (fit := organisation.fit(query, name, candidate))
        ]
        if shared_identifier(query, candidate):
            found.append(Fit(candidate, 0.0, candidate.names[0]))
        if found:
            best = max(found, key=lambda fit: fit.level)
            yield msgspec.structs.replace(best, level=_with_identifiers(best.level, query, candidate))
