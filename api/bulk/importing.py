"""`dateline import`: files of dispatches into the store, in transactions of at most about a second."""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import msgspec

from api.articles.schemas import ArticleInput
from api.bulk.archive import exported_dispatch
from api.bulk.entities import create_entities, read_record
from api.bulk.entity_forms import lines_of
from api.bulk.lines import Line
from api.bulk.posting import How, Result, decoded_line, post_decoded
from api.bulk.progress import Shown
from api.bulk.queries import forget_progress, note_progress, select_progress
from api.bulk.sources import Reading, Source, SourceError, document_of, reading
from api.db.pool import Conn, Database
from api.db.trials import write_or_try
from api.entities.resolve import Options
from api.formats.registry import Registry
from api.http.problems import Problem
from api.http.reader import IMPLIED, Reader
from api.http.rendering import failure_answer
from api.settings import LIMITS
from api.wire import PLURALS, EntityType

if TYPE_CHECKING:
    from collections.abc import Generator

OURSELVES = Reader(scopes=IMPLIED["admin"])  # whoever can run the command owns the store
COMMIT_EVERY = 0.4  # seconds that a transaction is meant to take; the largest line may make it more
FEWEST, MOST = 20, 1_000  # lines a transaction
ENTITIES = 100  # entities a transaction
LONGEST = 4 * LIMITS.json_body  # bytes of a line: an article of the largest body, as it is exported
MOST_BYTES = 4 * 1024 * 1024  # of lines that are held at a time
SCOPE: dict[str, Any] = {"path": "/v1/articles", "state": {}}

Decoded = list[tuple[int, ArticleInput | Problem]]


class Import:
    """One run of the command: what it does with each line, what it has counted, and whether it is to stop."""

    def __init__(
        self,
        db: Database,
        options: Options,
        errors: IO[bytes] | None,
        shown: Shown,
        entity: EntityType | None = None,
    ) -> None:
        """Import dispatches, or entities of a type when there is one."""
        self._type: EntityType | None = entity
        self._db = db
        self._options = options
        self._errors = errors
        self._shown = shown
        self._done_before = 0  # bytes of the sources that are done
        self.counts: Counter[str] = Counter()
        self.losses: Counter[str] = Counter()
        self.stopped_at: str | None = None
        self._stopping = False

    async def run(self, sources: Sequence[Source], *, restart: bool) -> None:
        """Import the sources, one after the other, until told to stop."""
        for source in sources:
            with _on_interrupt(self._stop):
                if source.is_lined:
                    await self._lines(source, restart)
                else:
                    await (
                        self._document(source) if self._type is None else self._records(source, self._type)
                    )
            self._done_before += source.size
            if self._stopping:
                self.stopped_at = self.stopped_at or source.name
                return

    def _stop(self) -> None:
        self._stopping = True

    async def _lines(self, source: Source, restart: bool) -> None:
        """Import a source of lines, from behind the last one that is done."""
        key = None if self._options.dry_run else source.key
        done = await self._begin(key, restart)
        if done:
            self._shown.say(f"{source.name}: goes on after line {done:,}")
        with reading(source, LONGEST) as opened:
            lines = (line for line in opened if line.number > done)
            if self._type is None:
                last = await self._batches(source, opened, lines, key)
            else:
                last = await self._entity_batches(source, self._type, lines, key, lambda: opened.position)
        if self._stopping:
            self.stopped_at = f"line {last:,} of {source.name}" if last else source.name
        elif key is not None:
            async with self._db.transaction() as tx:
                await forget_progress(tx, key)

    async def _begin(self, key: str | None, restart: bool) -> int:
        if key is None:
            return 0
        async with self._db.transaction() as tx:
            if restart:
                await forget_progress(tx, key)
            return await select_progress(tx, key)

    async def _batches(self, source: Source, opened: Reading, lines: Iterator[Line], key: str | None) -> int:
        """Post batch after batch; the next one is read and decoded while the database works."""

        async def note(tx: Conn, number: int) -> None:
            if key is not None:
                await note_progress(tx, key, number)

        how = How(reader=OURSELVES, options=self._options, scope=SCOPE, note=note)
        size, last = FEWEST, 0
        batch = await asyncio.to_thread(_next, lines, size, self.losses)
        while batch and not self._stopping:
            following = asyncio.create_task(asyncio.to_thread(_next, lines, size, self.losses))
            started = time.monotonic()
            results = await post_decoded(self._db, batch, how)
            size = adapted(len(batch), time.monotonic() - started)
            last = results[-1].line
            self._note(source, results)
            self._shown.update(self.counts.total(), self._done_before + opened.position)
            batch = await following
        return last

    async def _entity_batches(
        self,
        source: Source,
        type: EntityType,
        lines: Iterator[Line],
        key: str | None,
        position: Callable[[], int],
    ) -> int:
        """Create the entities of batch after batch; `position` gives the bytes that are read."""
        last = 0
        while not self._stopping and (batch := list(islice(lines, ENTITIES))):
            records = [read_record(line, type, LONGEST) for line in batch]
            last = batch[-1].number
            done = None if key is None else (key, last)
            dry_run = self._options.dry_run
            outcomes = await create_entities(
                self._db, records, OURSELVES, self.losses, dry_run=dry_run, done=done
            )
            for line, outcome in zip(batch, outcomes, strict=True):
                if isinstance(outcome, Problem):
                    answer = failure_answer(outcome, {"path": f"/v1/{PLURALS[type]}", "state": {}})
                    self._refuse(source.name, line.number, answer.body, answer.status)
                else:
                    self.counts[outcome] += 1
            self._shown.update(self.counts.total(), self._done_before + position())
        return last

    async def _records(self, source: Source, type: EntityType) -> None:
        """Import the entities of one JSON document, which are told by their numbers in it, from 1."""
        try:
            lines, lost = lines_of(document_of(source, LONGEST), type)
        except (Problem, SourceError) as error:
            self._refuse_document(source, error)
            return
        self.losses.update(lost)
        await self._entity_batches(source, type, iter(lines), None, lambda: source.size)

    def _note(self, source: Source, results: Sequence[Result]) -> None:
        for result in results:
            if isinstance(result.problem, msgspec.Raw):
                self._refuse(source.name, result.line, bytes(result.problem), result.status)
            else:
                self.counts[str(result.outcome)] += 1

    def _refuse(self, name: str, line: int | None, problem: bytes, status: int) -> None:
        """Count what is refused and say why: to the file of errors, or else the first few to the terminal."""
        self.counts["refused"] += 1
        told = msgspec.json.encode(
            {
                "file": name,
                **({"line": line} if line else {}),
                "status": status,
                "problem": msgspec.Raw(problem),
            }
        )
        if self._errors is not None:
            self._errors.write(told + b"\n")
            self._errors.flush()
        elif self.counts["refused"] <= 10:
            where = f"{name}, line {line:,}" if line else name
            self._shown.say(f"{where}: {_why(problem)}")

    async def _document(self, source: Source) -> None:
        """Import one document of another standard, in a transaction of its own."""
        try:
            raw = document_of(source)
            items = Registry().read(_format_of(source), raw, "")
            outcomes = await self._receive(items)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the result of one document
            self._refuse_document(source, error)
            outcomes = []
        for outcome in outcomes:
            if "problem" in outcome:
                self._refuse(source.name, None, msgspec.json.encode(outcome["problem"]), outcome["status"])
            else:
                self.counts[outcome["outcome"]] += 1
        self._shown.update(self.counts.total(), self._done_before + source.size)

    def _refuse_document(self, source: Source, error: Exception) -> None:
        known = Problem(413, "content-too-large", str(error)) if isinstance(error, SourceError) else error
        answer = failure_answer(known, SCOPE)
        self._refuse(source.name, None, answer.body, answer.status)

    async def _receive(self, items: list[Any]) -> list[dict[str, Any]]:
        async with write_or_try(self._db, dry_run=self._options.dry_run) as tx:
            kept = await Registry().receive(tx, items, OURSELVES, self._options)
        document = msgspec.json.decode(kept.body)
        return document.get("items", [document])


def _next(lines: Iterator[Line], size: int, losses: Counter[str]) -> Decoded:
    """Read and decode the next batch, less of it when its lines are long.

    Articles that another store has exported go in as the dispatches that they are; `losses` counts what that
    leaves out.
    """
    batch: list[Line] = []
    held = 0
    for line in islice(lines, size):
        batch.append(line)
        held += len(line.raw or b"")
        if held >= MOST_BYTES:
            break
    return [
        (line.number, exported_dispatch(line.raw, losses) or decoded_line(line, LONGEST)) for line in batch
    ]


def adapted(size: int, seconds: float) -> int:
    """Give the size of the next batch from how long one took."""
    fitting = int(size * COMMIT_EVERY / max(seconds, 0.001))
    return max(FEWEST, min(MOST, 2 * size, fitting))


def _format_of(source: Source) -> str:
    return "newsml-g2" if source.name.lower().endswith(".xml") else "ninjs"


def _why(problem: bytes) -> str:
    document = msgspec.json.decode(problem)
    first = next(iter(document.get("errors", [])), None)
    return f"{first.get('pointer', '')} {first['detail']}".strip() if first else document["detail"]


@contextmanager
def _on_interrupt(stop: Any) -> "Generator[None]":
    """Let Ctrl-C end the import after the transaction under way; a second one ends it at once."""
    loop = asyncio.get_running_loop()

    def once() -> None:
        stop()
        loop.remove_signal_handler(signal.SIGINT)

    loop.add_signal_handler(signal.SIGINT, once)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)


def opened_errors(path: Path | None) -> IO[bytes] | None:
    """Open the file that refused lines are told to, at its end: an import that goes on adds to it."""
    return None if path is None else path.open("ab")
