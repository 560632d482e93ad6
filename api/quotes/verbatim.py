"""The verbatim rule: a fragment's text is exactly the characters that it points at (design §2.2).

Offsets are Unicode code points into one block's text, end exclusive; blocks count from 0.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import NamedTuple

from api.quotes import marks

COUNTED = 100  # occurrences beyond this many are "more than 100"
NAMED = 3  # occurrences that a fault points out
MARKS_IN_A_ROW = 64  # above, no text is normalised: Python's normalisation is quadratic in the run's length


class Span(NamedTuple):
    """A place in a body: code points `start` to `end` (exclusive) of block `block`."""

    block: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a fragment is refused: one error item of the answer.

    `member` is the fragment's member at fault (the last part of the pointer; empty: the fragment itself),
    `suggestion` the place that was probably meant, `candidates` the first places of an ambiguous text.
    """

    code: str
    detail: str
    member: str = ""
    suggestion: Span | None = None
    candidates: tuple[Span, ...] = ()


def locate(
    blocks: Sequence[str],
    text: str | None,
    block: int | None = None,
    start: int | None = None,
    end: int | None = None,
) -> Span | Fault:
    """Resolve one fragment as a client sent it: check its offsets, or fill in what is missing.

    Codes: `incomplete_fragment`, `empty_fragment`, `out_of_range`, `verbatim_mismatch`, `ambiguous_fragment`.
    A search without offsets reads the block, or the body when there is no block: about 1 ms per MB.
    """
    if fault := _incomplete(text, block, start, end):
        return fault
    if text is not None and not text.strip():
        return Fault("empty_fragment", "A fragment needs at least one character that is not a space.", "text")
    if block is not None and not 0 <= block < len(blocks):
        detail = f"There is no block {block}: the body has {len(blocks)}, counted from 0."
        return Fault("out_of_range", detail, "block", _nearest(blocks, text, block, start))
    if block is not None and start is not None and end is not None:
        return _checked(blocks, text, Span(block, start, end))
    return _filled_in(blocks, text or "", block)


def check_order(spans: Sequence[Span]) -> list[tuple[int, Fault]]:
    """Find the fragments of one quote that overlap the one before, or come before it in the body.

    A quote reads in the order of its article, so its text (fragments joined) can be found and moved as one;
    characters used twice were said once. Fragments may touch: an edit may take out what stood between.
    """
    faults: list[tuple[int, Fault]] = []
    for index, (before, after) in enumerate(pairwise(spans), start=1):
        if after[:2] >= (before.block, before.end):
            continue
        if after.block == before.block and after.end > before.start:
            detail = f"It overlaps fragment {index - 1}; let each character stand in one fragment."
            faults.append((index, Fault("overlapping_fragments", detail, "start")))
        else:
            detail = f"It comes before fragment {index - 1}; list fragments in the order of the body."
            faults.append((index, Fault("fragment_order", detail, "start")))
    return faults


def check_marks(form: str, blocks: Sequence[str], spans: Sequence[Span]) -> list[tuple[int, Fault]]:
    """Find the fragments of a `direct` or `mixed` quote that hold the quote marks which enclose them.

    Marks of a quotation within the quotation belong to the fragment; `marks.trimmed` says what is refused.
    """
    faults: list[tuple[int, Fault]] = []
    if form not in {"direct", "mixed"}:
        return faults
    for index, (block, start, end) in enumerate(spans):
        inner = marks.trimmed(blocks[block], start, end)
        if inner == (start, end):
            continue
        member = "start" if inner[0] != start else "end"
        detail = "Quote marks that enclose the quote stay outside its fragments; leave them out."
        faults.append((index, Fault("quote_mark_inside", detail, member, Span(block, *inner))))
    return faults


def occurrences(text: str, wanted: str) -> Iterator[int]:
    """Give each place of a text in another, overlapping ones too."""
    at = text.find(wanted)
    while at >= 0:
        yield at
        at = text.find(wanted, at + 1)


def _incomplete(text: str | None, block: int | None, start: int | None, end: int | None) -> Fault | None:
    """Say which member a fragment lacks."""
    code = "incomplete_fragment"
    if (start is None) != (end is None):
        missing = "start" if start is None else "end"
        return Fault(code, f"Give start and end together, or neither: {missing} is missing.", missing)
    if start is not None and block is None:
        return Fault(code, "start and end count within a block: give block as well.", "block")
    if text is None and start is None:
        return Fault(code, "Give the text, or block, start and end.", "text")
    return None


def _checked(blocks: Sequence[str], text: str | None, span: Span) -> Span | Fault:
    """Check a full span against its block, and its text when there is one."""
    block, start, end = span
    length = len(blocks[block])
    if not 0 <= start < end <= length:
        member = "start" if not 0 <= start < length else "end"
        detail = f"start {start}, end {end} is no range of block {block}, which has {length} code points."
        return Fault("out_of_range", detail, member, _nearest(blocks, text, block, start))
    found = blocks[block][start:end]
    if text is None and not found.strip():
        return Fault("empty_fragment", "There are only spaces at this place.", "start")
    if text is None or text == found:
        return span
    nearest = _nearest(blocks, text, block, start)
    return _mismatch(f"Block {block}, {start} to {end}, reads otherwise.", nearest)


def _filled_in(blocks: Sequence[str], text: str, block: int | None) -> Span | Fault:
    """Find the only occurrence of a text, in one block or in the body."""
    searched = range(len(blocks)) if block is None else range(block, block + 1)
    every = (Span(b, at, at + len(text)) for b in searched for at in occurrences(blocks[b], text))
    places = list(islice(every, COUNTED + 1))
    where = "the body" if block is None else f"block {block}"
    if len(places) == 1:
        return places[0]
    if not places:
        return _mismatch(
            f"The text does not stand in {where} as it was sent.", _nearest(blocks, text, block, None)
        )
    count = f"more than {COUNTED}" if len(places) > COUNTED else str(len(places))
    first = tuple(places[:NAMED])
    detail = (
        f"The text occurs {count} times in {where}, first at {_in_words(*first)}: give block, start and end."
    )
    return Fault("ambiguous_fragment", detail, "text", candidates=first)


def _mismatch(said: str, nearest: Span | None) -> Fault:
    advice = (
        f"The text occurs at {_in_words(nearest)}." if nearest else "The text occurs nowhere in the body."
    )
    detail = f"{said} {advice} Offsets count Unicode code points, end exclusive."
    return Fault("verbatim_mismatch", detail, "text", nearest)


def _in_words(*spans: Span) -> str:
    return "; ".join(f"block {block}, {start} to {end}" for block, start, end in spans)


def _nearest(blocks: Sequence[str], text: str | None, block: int | None, start: int | None) -> Span | None:
    """Give the occurrence nearest to a place that is wrong: in its block, else in the nearest block.

    A text that occurs only in another normalisation form is found under NFC.
    """
    if not text:
        return None
    origin = block or 0
    by_distance = sorted(range(len(blocks)), key=lambda index: abs(index - origin))
    for index in by_distance:
        at = _nearest_in(blocks[index], text, _origin(index, origin, start, blocks[index]))
        if at >= 0:
            return Span(index, at, at + len(text))
    wanted = nfc(text)
    for index in by_distance if wanted else ():
        if span := _under_nfc(blocks[index], wanted, _origin(index, origin, start, blocks[index])):
            return Span(index, *span)
    return None


def _origin(index: int, origin: int, start: int | None, text: str) -> int:
    """Give the offset in a block from which distance counts: the start meant, else the side nearest to it."""
    if index == origin:
        return min(max(start or 0, 0), len(text))
    return 0 if index > origin else len(text)


def _nearest_in(text: str, wanted: str, origin: int) -> int:
    """Give the occurrence nearest to an offset, or -1; backwards by reversal, as `rfind` may be quadratic."""
    after = text.find(wanted, origin)
    reverse = text[: origin + len(wanted) - 1][::-1].find(wanted[::-1])
    before = min(origin + len(wanted) - 1, len(text)) - reverse - len(wanted)
    if reverse < 0 or 0 <= after - origin < origin - before:
        return after
    return before


def _under_nfc(text: str, wanted: str, origin: int) -> tuple[int, int] | None:
    """Find a text that is in NFC in one that may not be; `start, end` count the stored characters."""
    normal = nfc(text)
    at = _nearest_in(normal, wanted, min(origin, len(normal)))
    if at < 0:
        return None
    start, end = (
        bisect_right(range(len(text) + 1), offset, key=lambda stored: len(nfc(text[:stored]))) - 1
        for offset in (at, at + len(wanted))
    )
    return (start, end) if nfc(text[start:end]) == wanted else None


def nfc(text: str) -> str:
    """Normalise to NFC; the empty text instead when that would take too long."""
    if text.isascii():
        return text
    combining = bytes(map(bool, map(unicodedata.combining, text)))
    return "" if re.search(rb"\x01{%d}" % MARKS_IN_A_ROW, combining) else unicodedata.normalize("NFC", text)
