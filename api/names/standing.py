"""How the first candidates of a name stand beside each other, as the numbers that the trees apply to."""

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache

from langcodes import Language

from api.names.compare import Comparison, Match
from api.names.context import CONTEXT, Query, context
from api.names.features import FEATURES, bearers, features, logit
from api.names.fit import Fit, in_order
from api.names.reading import Reading
from api.names.script import script_of

FIRST = 8  # candidates that the trees look at: the one meant is among them, or not found at all
STANDING = (
    "level", "share", "lead", "rival", "rivals_1", "rivals_3", "rivals_0", "place", "never",
    "query_words", "candidate_words", "rare_alike", "rare_bearers", "common_alike",
    "common_bearers", "begins", "first_alike", "last_alike", "home", "any_dialect",
)  # fmt: skip
NUMBERS = (*FEATURES, *CONTEXT, *STANDING)
_BOUND = 12.0  # of a level, in logits
_ALONE = -9.0  # the level of a rival where there is none
_SHORTEST = 3  # letters that a short form has


def numbers(query: Query, fits: Sequence[Fit]) -> list[list[float]]:
    """Give the numbers of the first candidates, in the order of `NUMBERS`; `fits` are all, best first."""
    levels = [max(-_BOUND, min(_BOUND, fit.level)) for fit in fits]
    total = 1 + sum(map(math.exp, levels))
    exact = in_order(query.name)
    return [
        [
            *_of_names(fit, exact=exact),
            *context(query, fit.candidate),
            *_beside_others(levels, place, total),
            *_of_words(query, fit),
        ]
        for place, fit in enumerate(fits[:FIRST])
    ]


def _of_names(fit: Fit, *, exact: str) -> list[float]:
    if fit.compared is None:
        return [0.0] * len(FEATURES)
    return features(*fit.compared, exact=in_order(fit.name) == exact)


def _beside_others(levels: Sequence[float], place: int, total: float) -> list[float]:
    """Tell how well a candidate fits by the logit, and how many others do."""
    own = levels[place]
    others = [level for number, level in enumerate(levels) if number != place]
    rival = max(others, default=_ALONE)
    return [
        own,
        math.exp(own) / total,
        own - rival,
        rival,
        float(sum(level > own - 1 for level in others)),
        float(sum(level > own - 3 for level in others)),
        float(sum(level > 0 for level in others)),
        float(place),
    ]


def _of_words(query: Query, fit: Fit) -> list[float]:
    if fit.compared is None:
        return [0.0] * 12
    asked, known, comparison = fit.compared
    return [
        float(comparison.never),
        float(_full(asked)),
        float(_full(known)),
        *_by_rarity(asked, known, comparison),
        float(sum(_begins(asked, known, match) for match in comparison.matches)),
        *_at_the_ends(asked, known, comparison),
        _at_home(query.name, fit.candidate.country),
        float("Hani" in (asked.system, known.system)),
    ]


def _full(reading: Reading) -> int:
    return sum(not word.initial and not word.particle for word in reading.words)


def _by_rarity(asked: Reading, known: Reading, comparison: Comparison) -> list[float]:
    """Tell how alike the rarest and the commonest matched word are, and how many bear them (log10)."""
    found = sorted(
        (math.log10(max(bearers(asked, match.query), bearers(known, match.candidate))), logit(match.likeness))
        for match in comparison.matches
    )
    if not found:
        return [0.0] * 4
    (rare, alike), (common, alike_too) = found[0], found[-1]
    return [alike, rare, alike_too, common]


def _begins(asked: Reading, known: Reading, match: Match) -> bool:
    """Tell whether one word is a short form of the other: it begins it."""
    words = (
        "".join(asked.words[n].latin for n in match.query),
        "".join(known.words[n].latin for n in match.candidate),
    )
    short, long = sorted(words, key=len)
    return _SHORTEST <= len(short) < len(long) and long.startswith(short)


def _at_the_ends(asked: Reading, known: Reading, comparison: Comparison) -> Iterator[float]:
    """Tell how alike the first words are, and the last ones, where these stand for each other."""
    for mine, theirs in ((0, 0), (len(asked.words) - 1, len(known.words) - 1)):
        yield max(
            (m.likeness for m in comparison.matches if mine in m.query and theirs in m.candidate), default=0.0
        )


def _at_home(name: str, country: str | None) -> float:
    """Tell whether a name is written as in the country of the candidate: 1, -1, or 0 where nobody knows."""
    if country is None or (home := _script(country)) is None:
        return 0.0
    return 1.0 if home == script_of(name) else -1.0


@lru_cache(maxsize=512)
def _script(country: str) -> str | None:
    """Give the script that most write in a country (CLDR's likely subtags)."""
    try:
        return Language.get(f"und-{country}").maximize().script
    except ValueError:
        return None
