"""Re-anchoring: where the quotes of one version of a body stand in the next (design §3.4).

The rule, fragment by fragment: it moves with its sentences, or its words, where these and the words beside
them are unchanged; else to its exact text when that occurs once; else, when unchanged text on both sides
brackets words that are at least 60 % similar, to those; else it is lost, and one lost fragment withdraws the
quote.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby, islice, takewhile
from typing import Literal, NamedTuple

from api.quotes.bracket import Alignment
from api.quotes.unchanged import Gap, Unchanged
from api.quotes.verbatim import Span, check_order, occurrences
from api.quotes.words import tokens, within_word, words

MAX_CELLS = 100_000_000  # words of one gap, old times new: 10,000 a side; 12 MB and 30 ms
BUDGET = 300_000_000  # about nanoseconds: for all alignments of an article, and again for all searches
MAX_PARTS = 50  # design §4: fragments a quote
CONTEXT = 40  # characters on either side that tell an occurrence of a text from another
RIVALS = 100  # occurrences that are told from one another; with more, a text is too common to follow
_STOPS = ".,;:!?…"


@dataclass(frozen=True, slots=True)
class Reanchored:
    """What became of a quote: `current` has the same words, `changed` others, `withdrawn` none but a reason.

    `spans` are in the order of the new body. A fragment whose paragraph was split within it becomes several;
    fragments that changed places make the quote `changed`.
    """

    status: Literal["current", "changed", "withdrawn"]
    spans: tuple[Span, ...] = ()
    reason: str = ""


def reanchor(old: Sequence[str], new: Sequence[str], quotes: Sequence[Sequence[Span]]) -> list[Reanchored]:
    """Find the quotes of an old body in a new one; one answer a quote, in order.

    Every span answered is a range of the new body. The bodies are compared once, in bounded time: when too
    much has changed, fragments are found by their exact text only, and beyond that not at all.
    """
    if list(old) == list(new):
        return [Reanchored("current", tuple(quote)) for quote in quotes]
    bodies = _Bodies(old, new)
    return [_reanchored(bodies, quote) for quote in quotes]


class _Place(NamedTuple):
    """Where a fragment stands now; whether by the same words, and with unchanged words right beside it."""

    spans: list[Span]
    same: bool
    tight: bool


def _reanchored(bodies: "_Bodies", quote: Sequence[Span]) -> Reanchored:
    spans: list[Span] = []
    same = True
    for index, fragment in enumerate(quote):
        place = bodies.place(fragment)
        if not place:
            reason = f"The words of fragment {index} are gone, and none like them are in their place."
            return Reanchored("withdrawn", reason=reason)
        spans += place.spans
        same = same and place.same
    ordered = sorted(spans)
    if len(spans) > MAX_PARTS:
        return Reanchored("withdrawn", reason=f"Its words are spread over more than {MAX_PARTS} places.")
    if check_order(ordered):
        return Reanchored("withdrawn", reason="Two of its fragments would fall on the same words.")
    return Reanchored("current" if same and ordered == spans else "changed", tuple(ordered))


class _Bodies:
    """An old and a new body, and what was found out about them so far."""

    def __init__(self, old: Sequence[str], new: Sequence[str]) -> None:
        self.old, self.new = old, new
        self._unchanged = Unchanged(old, new)
        self._old_text, self._new_text = (_Joined(body) for body in (old, new))
        self._passages: dict[Gap, _Passage | None] = {}
        self._aligning = self._searching = BUDGET

    def place(self, fragment: Span) -> _Place | None:
        """Find one fragment by the rule of this module; None when it is lost."""
        if moved := self._unchanged.moved(fragment):
            return _Place(moved, same=True, tight=True)
        near = self._between(fragment)
        if near and near.same and near.tight:
            return near
        only = self._only_occurrence(fragment)
        return _Place([only], same=True, tight=False) if only else near

    def _between(self, fragment: Span) -> _Place | None:
        """Find the words that stand for a fragment between unchanged sentences."""
        for gap in self._unchanged.gaps(fragment):
            if gap not in self._passages:
                self._passages[gap] = self._passage(gap)
            passage = self._passages[gap]
            if passage and (place := passage.place(fragment, self._afford)):
                return place
        return None

    def _passage(self, gap: Gap) -> "_Passage | None":
        """Align the words of a gap; None when they are too many."""
        old = self._unchanged.old[gap.first : gap.last]
        new = self._unchanged.new[gap.new_first : gap.new_last]
        here, there = (sum(end - start for _, start, end in part) for part in (old, new))
        if here * there > 100 * MAX_CELLS or not self._afford(400 * (here + there)):
            return None
        was, now = _Tokens(self.old, *tokens(self.old, old)), _Tokens(self.new, *tokens(self.new, new))
        cells = len(was.words) * len(now.words)
        if cells > MAX_CELLS or not self._afford(cells // 3):
            return None
        return _Passage(was, now, bounded=gap.bounded)

    def _only_occurrence(self, fragment: Span) -> Span | None:
        """Find the exact text of a fragment when it occurs once in the new body, and not as a part of words.

        Not when it was there before, as another occurrence than the quote: what stands around it tells which.
        """
        old, new = self._old_text, self._new_text
        here, size = old.offset(fragment), fragment.end - fragment.start
        self._searching -= len(new.text) + size
        if self._searching < 0:
            return None
        places = new.alike(old, here, size)
        if len(places) != 1:
            return None
        self._searching -= len(old.text)
        around = [new.likeness(places[0], old, rival, size) for rival in old.alike(old, here, size)]
        mine = new.likeness(places[0], old, here, size)
        return new.span(places[0], size) if mine >= max(around, default=0) else None

    def _afford(self, nanoseconds: int) -> bool:
        self._aligning -= nanoseconds
        return self._aligning >= 0


class _Joined:
    """A body as one text; each block stands between NULs, which no text contains."""

    def __init__(self, blocks: Sequence[str]) -> None:
        self.text = "\0".join(["", *blocks, ""])
        self._starts = list(accumulate((len(block) + 1 for block in blocks), initial=1))

    def offset(self, span: Span) -> int:
        """Give where a span starts in the text."""
        return self._starts[span.block] + span.start

    def span(self, at: int, size: int) -> Span:
        """Give the span of a part of the text."""
        block = bisect_right(self._starts, at) - 1
        return Span(block, at - self._starts[block], at - self._starts[block] + size)

    def alike(self, other: "_Joined", there: int, size: int) -> list[int]:
        """Give the places of a part of another text, whole words as such; none when they are too many."""
        wanted = other.text[there : there + size]
        places = list(islice(occurrences(self.text, wanted), RIVALS))
        edges = within_word(other.text, there), within_word(other.text, there + size)
        found = [(within_word(self.text, at), within_word(self.text, at + size)) for at in places]
        whole = [at for at, cut in zip(places, found, strict=True) if cut == edges]
        return whole if len(places) < RIVALS else []

    def likeness(self, at: int, other: "_Joined", there: int, size: int) -> int:
        """Count the characters around a part of the text that also stand around the same part of another."""
        before = self.text[max(0, at - CONTEXT) : at], other.text[max(0, there - CONTEXT) : there]
        at, there = at + size, there + size
        after = self.text[at : at + CONTEXT], other.text[there : there + CONTEXT]
        return _shared(before[0][::-1], before[1][::-1]) + _shared(*after)


class _Tokens(NamedTuple):
    """Some sentences of a body: its blocks, and the place of each word and the words."""

    blocks: Sequence[str]
    places: list[Span]
    words: list[str]


class _Passage:
    """What stands in a gap of the old body and of the new, word by word."""

    def __init__(self, old: _Tokens, new: _Tokens, *, bounded: bool) -> None:
        self._old, self._new = old, new
        self._alignment = Alignment(old.words, new.words, bounded=bounded)

    def place(self, fragment: Span, afford: Callable[[int], bool]) -> _Place | None:
        """Find the words that stand for those of a fragment, if that can be afforded (in nanoseconds)."""
        block, start, end = fragment
        first = bisect_right(self._old.places, (block, start), key=lambda word: (word.block, word.end))
        last = bisect_left(self._old.places, (block, end), key=lambda word: (word.block, word.start))
        bracket = self._alignment.bracket(first, last) if first < last else None
        if not bracket:
            return None
        wanted, offered = last - first, bracket.end - bracket.start
        if not afford(1000 * (wanted + offered) + wanted * offered // 2):
            return None
        found = self._alignment.counterpart(first, last, bracket)
        if not found:
            return None
        spans = self._spans(*found)
        spans[0] = spans[0]._replace(start=self._start(fragment, first, found[0]))
        spans[-1] = spans[-1]._replace(end=self._end(fragment, last - 1, found[1] - 1))
        if any(span.start >= span.end for span in spans):  # parts of words that became one word
            return None
        said = words(self._old.blocks[block][start:end])
        same = said == [
            word for span in spans for word in words(self._new.blocks[span.block][span.start : span.end])
        ]
        return _Place(spans, same, bracket.at_start and bracket.at_end)

    def _spans(self, first: int, last: int) -> list[Span]:
        """Give the range of some new words, one a block; one cut by a block's end keeps its stops."""
        spans: list[Span] = []
        for block, group in groupby(self._new.places[first:last], key=lambda place: place.block):
            places = list(group)
            rest = self._new.blocks[block][places[-1].end : places[-1].end + 8]
            stops = len(rest) - len(rest.lstrip(_STOPS))
            spans.append(Span(block, places[0].start, places[-1].end + stops))
        return spans

    def _start(self, fragment: Span, old: int, new: int) -> int:
        """Give a fragment's start by its first word: within it as before, or with the signs before it."""
        was, now = self._old.places[old], self._new.places[new]
        old_text, new_text = self._old.blocks[was.block], self._new.blocks[now.block]
        if fragment.start > was.start:
            same = old_text[was.start : was.end] == new_text[now.start : now.end]
            return now.start + (fragment.start - was.start if same else 0)
        lead, before = old_text[fragment.start : was.start], new_text[: now.start]
        return now.start - _shared(lead[::-1], before[: -len(lead) - 1 : -1])

    def _end(self, fragment: Span, old: int, new: int) -> int:
        """Give the end of a fragment by its last word; one stop after it may stand for another."""
        was, now = self._old.places[old], self._new.places[new]
        old_text, new_text = self._old.blocks[was.block], self._new.blocks[now.block]
        if fragment.end < was.end:
            same = old_text[was.start : was.end] == new_text[now.start : now.end]
            return now.end - (was.end - fragment.end if same else 0)
        trail, follows = (
            old_text[was.end : fragment.end],
            new_text[now.end : now.end + fragment.end - was.end],
        )
        shared = _shared(trail, follows)
        stops = bool(trail) and trail[:1] in _STOPS and follows[:1] in _STOPS
        return now.end + (shared or (1 if stops else 0))


def _shared(one: str, other: str) -> int:
    """Give the length of the common beginning of two texts."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
