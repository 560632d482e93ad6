"""Where an import reads from: files, folders and standard input, as numbered lines or as documents."""

import gzip
import sys
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BufferedIOBase
from pathlib import Path
from typing import IO, TYPE_CHECKING

import msgspec

from api.bulk.lines import Line, Splitter
from api.settings import LIMITS

if TYPE_CHECKING:
    from collections.abc import Generator

LINED = (".ndjson", ".jsonl", ".ndjson.gz", ".jsonl.gz")
DOCUMENTS = (".json", ".xml")
PIECE = 256 * 1024
STANDARD_INPUT = "-"


class SourceError(Exception):
    """A source cannot be read; the message says why."""


class Source(msgspec.Struct, frozen=True):
    """One file, or standard input when there is no path."""

    name: str
    path: Path | None

    @property
    def is_lined(self) -> bool:
        """Whether it holds a document a line."""
        return self.path is None or self.path.name.lower().endswith(LINED)

    @property
    def size(self) -> int:
        """Its bytes, 0 when nobody knows."""
        return self.path.stat().st_size if self.path else 0

    @property
    def key(self) -> str | None:
        """What tells this state of the file from any other; none for standard input."""
        if self.path is None:
            return None
        stat = self.path.stat()
        return f"{self.path.resolve()}\t{stat.st_size}\t{stat.st_mtime_ns}"


def sources_of(names: Iterable[str]) -> list[Source]:
    """Find the files of an import; a folder stands for all in it and below that have a known ending."""
    found: list[Source] = []
    for name in names:
        path = Path(name)
        if name == STANDARD_INPUT:
            found.append(Source("standard input", None))
        elif path.is_dir():
            files = sorted(each for each in path.rglob("*") if each.is_file())
            found += (Source(str(each), each) for each in files if _is_known(each))
        elif not path.exists():
            raise SourceError(f"there is no file {name}")
        elif not _is_known(path):
            raise SourceError(f"{name}: the name must end in {', '.join((*LINED, *DOCUMENTS))}")
        else:
            found.append(Source(name, path))
    if not found:
        raise SourceError("there is nothing to import")
    return found


def _is_known(path: Path) -> bool:
    return path.name.lower().endswith((*LINED, *DOCUMENTS))


class Reading:
    """The lines of a source as they are read, and how far along its bytes that is."""

    def __init__(self, raw: IO[bytes], text: BufferedIOBase, limit: int) -> None:
        self._raw = raw
        self._text = text
        self._splitter = Splitter(limit)

    @property
    def position(self) -> int:
        """Bytes of the file that have been read."""
        try:
            return self._raw.tell()
        except OSError:
            return 0

    def __iter__(self) -> Iterator[Line]:
        """Give the lines; a compressed file is never unpacked further than it is read.

        What stands before a damage is read, and the line in which it is ends the file.
        """
        try:
            while piece := self._text.read1(PIECE):
                yield from self._splitter.feed(piece)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            damage = f"The compressed file is damaged here: {error}"
            yield Line(self._splitter.ended + 1, None, damage)
            return
        yield from self._splitter.finish()


@contextmanager
def reading(source: Source, limit: int) -> "Generator[Reading]":
    """Open a source of lines."""
    if source.path is None:
        yield Reading(sys.stdin.buffer, sys.stdin.buffer, limit)  # pyright: ignore[reportArgumentType]
        return
    with source.path.open("rb") as raw:
        packed = source.path.name.lower().endswith(".gz")
        with gzip.open(raw) if packed else raw as text:
            yield Reading(raw, text, limit)  # pyright: ignore[reportArgumentType]


def document_of(source: Source, limit: int = LIMITS.json_body) -> bytes:
    """Read a source that is one document of at most `limit` bytes, as many as a request may carry."""
    assert source.path is not None  # noqa: S101 - standard input is lines
    if source.size > limit:
        raise SourceError(f"{source.name} has more than {limit} bytes")
    return source.path.read_bytes()
