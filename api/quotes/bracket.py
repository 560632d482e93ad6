"""Changed words: which new words stand for old ones, between unchanged text on both sides."""

from collections.abc import Sequence
from typing import NamedTuple

from rapidfuzz.distance import Indel, LCSseq

from api.quotes.unchanged import nearest_after, nearest_before

SIMILAR = 0.6  # design §3.4: words with less in common are others
SPELLED_ALIKE = 0.6  # a word that keeps this much of its letters is the same one, spelled otherwise
SOLID = 3  # fewer words in a row may be common by chance, and are no unchanged text

_STRAYS = 20  # runs at either end that are tried to be left out


class Bracket(NamedTuple):
    """New words `start` to `end` (exclusive) between the unchanged words nearest to some old ones.

    `at_start`, `at_end`: the unchanged words stood right beside the old ones.
    """

    start: int
    end: int
    at_start: bool
    at_end: bool


class Common(NamedTuple):
    """`size` words from `old` and from `new` on that are the same."""

    old: int
    new: int
    size: int


class Alignment:
    """The words that an old and a new text have in common, found once for all fragments.

    `to` gives the new position of each old word, -1 when it is gone or may be there by chance; `bounded` says
    that unchanged text stands before or after these texts.
    """

    def __init__(self, old: Sequence[str], new: Sequence[str], *, bounded: bool) -> None:
        self.old, self.new, self.bounded = old, new, bounded
        self.to = [-1] * len(old)
        for at, there, size in common(old, new):
            at_edge = at == there == 0 or (at + size == len(old) and there + size == len(new))
            if size >= SOLID or at_edge:
                self.to[at : at + size] = range(there, there + size)
        self._before, self._after = nearest_before(self.to), nearest_after(self.to)

    def bracket(self, first: int, last: int) -> Bracket | None:
        """Find the unchanged words nearest to the old ones `first` to `last` (exclusive)."""
        before, after = self._before[first], self._after[last]
        if not self.bounded and before < 0 and after == len(self.old):
            return None
        start = self.to[before] + 1 if before >= 0 else 0
        end = self.to[after] if after < len(self.old) else len(self.new)
        return Bracket(start, end, before == first - 1, after == last)

    def counterpart(self, first: int, last: int, bracket: Bracket) -> tuple[int, int] | None:
        """Find the range of new words for these old ones in their bracket; None when there are none alike.

        It is the same words where they stand once (what was inserted beside them is left out), else those
        that are most alike, and at least `SIMILAR`.
        """
        wanted, offered = self.old[first:last], self.new[bracket.start : bracket.end]
        start, end = _same(wanted, offered, bracket) or _edited(wanted, offered, bracket)
        if similarity(wanted, offered[start:end]) < SIMILAR:
            return None
        return bracket.start + start, bracket.start + end


def common(old: Sequence[str], new: Sequence[str]) -> list[Common]:
    """Give the longest common subsequence of two lists of words, as runs."""
    return [
        Common(run.a, run.b, run.size) for run in LCSseq.opcodes(old, new).as_matching_blocks() if run.size
    ]


def similarity(old: Sequence[str], new: Sequence[str]) -> float:
    """Say how much two lists of words have in common, in order: 0 to 1.

    A word that was replaced by one spelled alike counts by the letters that they share.
    """
    shared, at, there = 0.0, 0, 0
    for run in [*common(old, new), Common(len(old), len(new), 0)]:
        replaced = zip(old[at : run.old], new[there : run.new], strict=False)
        alike = (Indel.normalized_similarity(*pair) for pair in replaced)
        shared += run.size + sum(share for share in alike if share >= SPELLED_ALIKE)
        at, there = run.old + run.size, run.new + run.size
    return 2 * shared / (len(old) + len(new))


def _same(wanted: Sequence[str], offered: Sequence[str], bracket: Bracket) -> tuple[int, int] | None:
    """Find the very words: where they stand once, or else right beside the unchanged text.

    An empty range when they stand several times with nothing to tell which, None when they are not there.
    """
    size = len(wanted)
    row, text = "\0".join(["", *wanted, ""]), "\0".join(["", *offered, ""])
    at = text.find(row)
    if at < 0:
        return None
    if text.find(row, at + 1) < 0:
        start = text.count("\0", 0, at)
        return start, start + size
    if bracket.at_start and at == 0:
        return 0, size
    if bracket.at_end and text.endswith(row):
        return len(offered) - size, len(offered)
    return 0, 0


def _edited(wanted: Sequence[str], offered: Sequence[str], bracket: Bracket) -> tuple[int, int]:
    """Find the range of words most like the wanted ones.

    Unchanged text right beside the old words bounds it, unless the first (last) word survives: then what was
    inserted before (after) it stood outside. Else it is as long as the old words require.
    """
    runs = _densest(common(wanted, offered), len(wanted))
    if not runs:
        return (0, len(offered)) if bracket.at_start and bracket.at_end else (0, 0)
    first, last = runs[0], runs[-1]
    missing = len(wanted) - last.old - last.size
    start = 0 if bracket.at_start and first.old else max(0, first.new - first.old)
    end = len(offered) if bracket.at_end and missing else min(len(offered), last.new + last.size + missing)
    return start, end


def _densest(runs: list[Common], wanted: int) -> list[Common]:
    """Leave out the first and last runs where they stretch the range more than they add words."""

    def density(kept: list[Common]) -> float:
        return sum(run.size for run in kept) / (wanted + kept[-1].new + kept[-1].size - kept[0].new)

    some = range(min(len(runs), _STRAYS))
    runs = max((runs[index:] for index in some), key=density, default=runs)
    return max((runs[: len(runs) - index] for index in some[: len(runs)]), key=density, default=runs)
