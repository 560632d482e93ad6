"""The difference of two versions of a body: blocks, and the words of blocks that were edited, as data."""

import re
from collections.abc import Iterator, Sequence
from typing import Literal, Protocol

import msgspec
from msgspec import UNSET, UnsetType
from rapidfuzz.distance import Indel, LCSseq

SIMILAR = 0.4  # a block that keeps less of its words is another block
MAX_PAIRS = 10_000  # old times new blocks that are compared with one another; beyond, they pair by position
MAX_CELLS = (
    1_000_000_000  # old times new words that one diff compares, about 0.3 s; beyond, texts differ as wholes
)

_WORD = re.compile(r"\w+")
_TOKEN = re.compile(r"(?:\w|[\u0300-\u036f])+|\s+|.", re.DOTALL)  # accents stay with their letter


class Block(Protocol):
    """What a diff reads of a block."""

    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def text(self) -> str: ...  # noqa: D102


class WordRun(msgspec.Struct, frozen=True):
    """Consecutive words of a block that stayed, came or went; deleted ones stand before inserted ones."""

    op: Literal["equal", "insert", "delete"]
    text: str


class BlockChange(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one block: `from` is its index in the old body, `to` in the new; null for none.

    `words` without the deleted runs are the new text, without the inserted ones the old; equal blocks have
    none. `kind` is the new block's kind when it is new or changed.
    """

    op: Literal["equal", "insert", "delete", "replace"]
    from_: int | None = msgspec.field(name="from", default=None)
    to: int | None = None
    kind: str | UnsetType = UNSET
    words: list[WordRun] | UnsetType = UNSET


def diff(old: Sequence[Block], new: Sequence[Block]) -> list[BlockChange]:
    """Tell how a new body differs from an old one; applied to the old in order, the changes give the new.

    Blocks that moved are deleted and inserted. Time is bounded (see `MAX_PAIRS`, `MAX_CELLS`).
    """
    return _Diff(old, new).changes()


class _Diff:
    """One comparison, and what it may still cost."""

    def __init__(self, old: Sequence[Block], new: Sequence[Block]) -> None:
        self._old, self._new = old, new
        self._cells = MAX_CELLS

    def changes(self) -> list[BlockChange]:
        """Go through the equal blocks and what lies between them."""
        ids: dict[tuple[str, str], int] = {}
        old, new = (
            [ids.setdefault((block.kind, block.text), len(ids)) for block in body]
            for body in (self._old, self._new)
        )
        changes: list[BlockChange] = []
        at = there = 0
        for run in LCSseq.opcodes(old, new).as_matching_blocks():
            changes.extend(self._between(range(at, run.a), range(there, run.b)))
            at, there = run.a + run.size, run.b + run.size
            equal = zip(range(run.a, at), range(run.b, there), strict=True)
            changes.extend(BlockChange(op="equal", from_=index, to=place) for index, place in equal)
        return changes

    def _between(self, old: range, new: range) -> Iterator[BlockChange]:
        """Tell what became of the blocks between equal ones."""
        at, there = old.start, new.start
        for index, place in [*self._pairs(old, new), (old.stop, new.stop)]:
            for gone in range(at, index):
                yield BlockChange(op="delete", from_=gone, words=[WordRun("delete", self._old[gone].text)])
            for come in range(there, place):
                block = self._new[come]
                yield BlockChange(
                    op="insert", to=come, kind=block.kind, words=[WordRun("insert", block.text)]
                )
            if index < old.stop:
                yield self._replaced(index, place)
            at, there = index + 1, place + 1

    def _replaced(self, index: int, place: int) -> BlockChange:
        was, now = self._old[index], self._new[place]
        kind = UNSET if was.kind == now.kind else now.kind
        return BlockChange(
            op="replace", from_=index, to=place, kind=kind, words=self._words(was.text, now.text)
        )

    def _pairs(self, old: range, new: range) -> list[tuple[int, int]]:
        """Pair, in order, the blocks that have most in common; by position when there are too many."""
        here = [_WORD.findall(self._old[index].text) for index in old]
        there = [_WORD.findall(self._new[place].text) for place in new]
        cells = sum(map(len, here)) * sum(map(len, there))
        if len(old) * len(new) > MAX_PAIRS or 2 * cells > self._cells or not self._afford(cells):
            return list(zip(old, new, strict=False))
        alike = [[Indel.normalized_similarity(a, b, score_cutoff=SIMILAR) for b in there] for a in here]
        return [(old[index], new[place]) for index, place in _best_path(alike)]

    def _words(self, was: str, now: str) -> list[WordRun]:
        """Tell which words of a text stayed, came and went."""
        old, new = _TOKEN.findall(was), _TOKEN.findall(now)
        head = _shared(old, new)
        tail = _shared(old[head:][::-1], new[head:][::-1])
        old_rest, new_rest = old[head : len(old) - tail], new[head : len(new) - tail]
        runs = _Runs()
        runs.equal("".join(old[:head]))
        at = there = 0
        if self._afford(len(old_rest) * len(new_rest)):
            for run in LCSseq.opcodes(old_rest, new_rest).as_matching_blocks():
                runs.change("".join(old_rest[at : run.a]), "".join(new_rest[there : run.b]))
                at, there = run.a + run.size, run.b + run.size
                runs.equal("".join(old_rest[run.a : at]))
        runs.change("".join(old_rest[at:]), "".join(new_rest[there:]))
        runs.equal("".join(old[len(old) - tail :]))
        return runs.all()

    def _afford(self, cells: int) -> bool:
        if cells > self._cells:
            return False
        self._cells -= cells
        return True


class _Runs:
    """Runs of words in the making; a space or comma that stayed between two changes is part of the change."""

    def __init__(self) -> None:
        self._found: list[WordRun] = []
        self._gone = self._come = self._kept = ""

    def equal(self, text: str) -> None:
        self._kept += text

    def change(self, gone: str, come: str) -> None:
        if not gone and not come:
            return
        joined = self._kept if (self._gone or self._come) and not _WORD.search(self._kept) else None
        if joined is None:
            self._close()
        self._gone += (joined or "") + gone
        self._come += (joined or "") + come
        self._kept = ""

    def all(self) -> list[WordRun]:
        self._close()
        return self._found

    def _close(self) -> None:
        """Write down the change so far, and what stayed after it."""
        found = [WordRun("delete", self._gone), WordRun("insert", self._come), WordRun("equal", self._kept)]
        self._found.extend(run for run in found if run.text)
        self._gone = self._come = self._kept = ""


def _best_path(alike: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """Pick pairs in rising order whose similarities add up to the most (0: no pair)."""
    height, width = len(alike), len(alike[0]) if alike else 0
    best = [[0.0] * (width + 1) for _ in range(height + 1)]
    for i in reversed(range(height)):
        for j in reversed(range(width)):
            best[i][j] = max(best[i + 1][j], best[i][j + 1], alike[i][j] + best[i + 1][j + 1])
    path: list[tuple[int, int]] = []
    i = j = 0
    while i < height and j < width:
        if alike[i][j] and best[i][j] == alike[i][j] + best[i + 1][j + 1]:
            path.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return path


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """Give the length of the common beginning of two sequences."""
    return next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
