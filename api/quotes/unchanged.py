"""Unchanged sentences: which sentences of one body stand word for word in another, moved ones too."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from api.quotes.verbatim import Span
from api.quotes.words import sentences

DISTINCT = 20  # a shorter sentence is no evidence by itself that it is the same one


class Gap(NamedTuple):
    """Old sentences `first` to `last` (exclusive), and the new ones that may stand for them.

    `bounded`: an unchanged sentence stands before or after; not so when the gap is the whole body.
    """

    first: int
    last: int
    new_first: int
    new_last: int
    bounded: bool


class Unchanged:
    """The sentences of two bodies, and where each old one stands in the new (`to`; -1 for nowhere).

    Unchanged are the paragraphs and the longer sentences that occur once in both bodies, wherever they moved,
    and their neighbours as far as these are equal: what is repeated goes with what stands beside it. Linear
    in time and memory.
    """

    def __init__(self, old: Sequence[str], new: Sequence[str]) -> None:
        self.old, self.new = sentences(old), sentences(new)
        self.to = [-1] * len(self.old)
        self.origin = [-1] * len(self.new)
        self._match_paragraphs(old, new)
        self._match_sentences(old, new)

    def moved(self, span: Span) -> list[Span] | None:
        """Give the new place of an old span, in one part a block, when all its sentences are unchanged."""
        first, last = self._covering(span)
        if first == last or self.to[first] < 0 or self._row_end[first] < last:
            return None
        there, parts = self.to[first], list[Span]()
        shift = there - first
        while there < last + shift:
            block = self.new[there].block
            beyond = min(_of_block(self.new, block).stop, last + shift)
            opening, closing = self.old[there - shift], self.old[beyond - 1 - shift]
            start = self.new[there].start + max(0, span.start - opening.start)
            end = self.new[beyond - 1].start + min(span.end, closing.end) - closing.start
            parts.append(Span(block, start, end))
            there = beyond
        return parts

    def gaps(self, span: Span) -> Iterator[Gap]:
        """Give the parts of the new body that unchanged sentences on both sides leave for a span, best first.

        The edge of a body stands for an unchanged sentence. The first or last sentence of a paragraph that
        moved has its old neighbour on one side only; on the other side the new body's neighbour bounds it.
        """
        first, last = self._covering(span)
        before, after = self._matched_before[first], self._matched_after[last]
        starts = self.to[before] + 1 if before >= 0 else 0
        ends = self.to[after] if after < len(self.old) else len(self.new)
        bounded = before >= 0 or after < len(self.old)
        if starts <= ends:
            yield Gap(before + 1, after, starts, ends, bounded)
        if after < len(self.old) and self.old[after].block == span.block:
            yield Gap(before + 1, after, self._taken_before[ends] + 1, ends, bounded)
        if before >= 0 and self.old[before].block == span.block:
            yield Gap(before + 1, after, starts, self._taken_after[starts], bounded)

    @cached_property
    def _row_end(self) -> list[int]:
        """For each old sentence, the end of the row that it begins and that is a row in the new body too."""
        ends = list(range(1, len(self.to) + 1))
        for index in reversed(range(len(self.to) - 1)):
            if self.to[index + 1] == self.to[index] + 1:
                ends[index] = ends[index + 1]
        return ends

    @cached_property
    def _matched_before(self) -> list[int]:
        return nearest_before(self.to)

    @cached_property
    def _matched_after(self) -> list[int]:
        return nearest_after(self.to)

    @cached_property
    def _taken_before(self) -> list[int]:
        return nearest_before(self.origin)

    @cached_property
    def _taken_after(self) -> list[int]:
        return nearest_after(self.origin)

    def _covering(self, span: Span) -> tuple[int, int]:
        """Give the range of old sentences that a span touches, end exclusive."""
        block, start, end = span
        first = bisect_right(self.old, (block, start), key=lambda sentence: (sentence.block, sentence.end))
        last = bisect_left(self.old, (block, end), key=lambda sentence: (sentence.block, sentence.start))
        return first, max(first, last)

    def _match_paragraphs(self, old: Sequence[str], new: Sequence[str]) -> None:
        for block, there in _once_in_both(old, new):
            here, target = _of_block(self.old, block), _of_block(self.new, there)
            if len(here) == len(target):  # not so when only one body was cut into sentences
                for index, place in zip(here, target, strict=True):
                    self._match(index, place)

    def _match_sentences(self, old: Sequence[str], new: Sequence[str]) -> None:
        here = [old[block][start:end] for block, start, end in self.old]
        there = [new[block][start:end] for block, start, end in self.new]
        for index, place in _once_in_both(here, there):
            if len(here[index]) >= DISTINCT:
                self._match(index, place)
        for index in range(len(here)):
            place = self.to[index - 1] + 1 if index else 0
            if (place or not index) and place < len(there) and here[index] == there[place]:
                self._match(index, place)
        for index in reversed(range(len(here))):
            place = self.to[index + 1] - 1 if index + 1 < len(here) else len(there) - 1
            if place >= 0 and here[index] == there[place]:
                self._match(index, place)

    def _match(self, index: int, place: int) -> None:
        if self.to[index] < 0 and self.origin[place] < 0:
            self.to[index], self.origin[place] = place, index


def _of_block(found: Sequence[Span], block: int) -> range:
    """Give the positions of a block's sentences."""
    first, last = (bisect_left(found, at, key=lambda sentence: sentence.block) for at in (block, block + 1))
    return range(first, last)


def _once_in_both(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Pair the positions of the texts that occur exactly once in either sequence."""
    there = _once(new)
    for text, index in _once(old).items():
        if index >= 0 and (place := there.get(text, -1)) >= 0:
            yield index, place


def _once(texts: Sequence[str]) -> dict[str, int]:
    """Give the position of each text, -1 when it is repeated."""
    positions: dict[str, int] = {}
    for position, text in enumerate(texts):
        positions[text] = -1 if text in positions else position
    return positions


def nearest_before(matched: Sequence[int]) -> list[int]:
    """Give for each position, and the end, the last one before it that is matched (not -1), else -1."""
    found = [-1]
    for position, other in enumerate(matched):
        found.append(position if other >= 0 else found[-1])
    return found


def nearest_after(matched: Sequence[int]) -> list[int]:
    """Give for each position, and the end, the first one from there on that is matched, else the length."""
    found = [len(matched)]
    for position in reversed(range(len(matched))):
        found.append(position if matched[position] >= 0 else found[-1])
    return found[::-1]
