"""Two readings of a name, compared, as the numbers that the learnt weights apply to."""

import math
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from api.names.compare import Comparison
from api.names.reading import Reading
from api.names.sound import light

FEATURES = (
    "one", "letters", "lost", "lost_share", "worst", "single", "three", "query_left", "candidate_left",
    "both_left", "patronymics_left", "patronymics_differ", "initials_fit", "initials_differ",
    "particles_left", "disordered", "nickname", "exact", "common", "short_query", "han", "abjad",
    "kana", "hangul", "other", "cross", "evidence", "least", "least_far", "unmatched_letters",
    "common_cross", "both_left_letters", "listed", "apart", "listed_all",
    "patronymic_cross", "abjad_evidence", "han_evidence", "kana_evidence", "hangul_evidence", "abjad_common",
    "latin_common", "left_common",
)  # fmt: skip


RARE = 12.0  # of a million people bear a word that is not listed


@cache
def commonness() -> dict[str, float]:
    """Give, by light spelling, how many of a million people bear a common word of a name (`common.txt`)."""
    lines = (files("api.names") / "common.txt").read_text(encoding="utf-8").splitlines()
    return {word: float(count) for word, count in map(str.split, lines)}


def logit(share: float) -> float:
    """Give a share 0..1 as a logit, bounded at both ends."""
    share = min(max(share, 0.01), 0.995)
    return math.log(share / (1 - share))


def bearers(reading: Reading, numbers: Sequence[int]) -> float:
    """Estimate how many of a million people bear the word that some words of a name make."""
    return commonness().get(light("".join(reading.words[n].latin for n in numbers)), RARE)


def _common(query: Reading, candidate: Reading, comparison: Comparison) -> float:
    """Estimate log10 of how many of a million people share the matched words, by their commoner spelling."""
    found = 6.0
    for match in comparison.matches:
        most = max(bearers(query, match.query), bearers(candidate, match.candidate))
        found += math.log10(most / 1e6)
    return max(found, -6.0)


_CHINESE, _ABJAD, _KANA = (
    frozenset(("zh", "yue", "Hani")),
    frozenset(("Arab", "Hebr")),
    frozenset(("Kana", "Jpan")),
)
_TOLD_APART = _CHINESE | _ABJAD | _KANA | {"Hang", "Latn", "Cyrl"}


def _of_words(comparison: Comparison, *, exact: bool) -> list[float]:
    """Count words that fit and that are left over."""
    letters = min(comparison.letters, 24)
    return [
        1.0,
        letters / 10,
        min(comparison.lost, 10.0),
        comparison.lost / letters if letters else 1.0,
        1 - comparison.worst,
        float(len(comparison.matches) < 2),
        float(len(comparison.matches) > 2),
        float(comparison.query_left),
        float(comparison.candidate_left),
        float(min(comparison.query_left, comparison.candidate_left)),
        float(comparison.patronymics_left),
        float(comparison.patronymics_differ),
        float(comparison.initials_fit),
        float(comparison.initials_differ),
        float(comparison.particles_left),
        float(comparison.disordered),
        float(any(match.nickname for match in comparison.matches)),
        float(exact),
    ]


def _of_scripts(systems: set[str | None]) -> list[float]:
    """Tell which systems of writing are compared."""
    return [
        float(bool(systems & _CHINESE)),
        float(bool(systems & _ABJAD)),
        float(bool(systems & _KANA)),
        float("Hang" in systems),
        float(bool(systems - _TOLD_APART)),
        float(len(systems) > 1),
    ]


def _of_closeness(comparison: Comparison, scripts: list[float], common: float) -> list[float]:
    """Tell how alike and how well known as one the words are; how common, by scripts."""
    han, abjad, kana, hangul, _, cross = scripts
    evidence = [logit(match.likeness) for match in comparison.matches]
    least, total = min(evidence, default=-2.0), sum(evidence)
    left = comparison.query_left > 0, comparison.candidate_left > 0
    return [
        total,
        least,
        float(least < 1.0),
        max(0.0, 12 - comparison.letters) / 10,
        common * cross,
        float(all(left)),
        float(sum(match.listed for match in comparison.matches)),
        float(sum(match.apart for match in comparison.matches)),
        float(len(comparison.matches) > 1 and all(match.listed for match in comparison.matches)),
        comparison.patronymics_left * cross,
        abjad * total,
        han * total,
        kana * total,
        hangul * total,
        abjad * common,
    ]


def features(query: Reading, candidate: Reading, comparison: Comparison, *, exact: bool) -> list[float]:
    """Give the numbers that the weights apply to, in the order of `FEATURES`."""
    full = [word for word in query.words if not word.initial and not word.particle]
    common = _common(query, candidate, comparison)
    systems = {query.system, candidate.system}
    scripts = _of_scripts(systems)
    return [
        *_of_words(comparison, exact=exact),
        common,
        float(len(full) < 2),
        *scripts,
        *_of_closeness(comparison, scripts, common),
        float(systems == {"Latn"}) * common,
        float(comparison.query_left + comparison.candidate_left > 0) * common,
    ]
