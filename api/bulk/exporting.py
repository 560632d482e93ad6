"""`dateline export`: what the filters of a list find, as lines or as one file for each article."""

import asyncio
import gzip
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal
from urllib.parse import urlencode

import msgspec
from litestar.types import ASGIApp

from api.articles.compose import with_ed_note
from api.articles.schemas import Article
from api.bulk.entities import INDEX
from api.bulk.entity_forms import WRITERS
from api.bulk.importing import OURSELVES
from api.bulk.listing import pages_of
from api.bulk.progress import Shown
from api.bulk.queries import select_batch, select_these
from api.db.pool import Database
from api.entities.schemas import Organisation, Person
from api.formats.registry import FORMATS
from api.settings import Settings
from api.visibility import HELD

if TYPE_CHECKING:
    from collections.abc import Generator

    from api.db.pool import Record

What = Literal["articles", "people", "organisations", "quotes"]
BATCH = 1_000
ENDINGS = {"newsml-g2": "xml", "nitf": "xml", "ninjs": "json", "ninjs-dateline": "json", "jsonld": "jsonld"}


class ExportError(Exception):
    """An export cannot be done; the message says why."""


class Export(msgspec.Struct, kw_only=True):
    """What is exported, and where to: `folder` takes a file for each article, `out` takes lines."""

    what: What
    filters: Sequence[tuple[str, str]]
    format: str
    out: IO[bytes] | None
    folder: Path | None


Routes = Callable[[Database], ASGIApp]


async def export(db: Database, routes: Routes, settings: Settings, asked: Export, shown: Shown) -> None:
    """Write what is asked for, with everything that a key of scope `embargo` sees.

    `routes` builds the routed application, whose lists are asked when there are filters.
    """
    counts: Counter[str] = Counter()
    losses: Counter[str] = Counter()
    # Addresses in a document stand alone: relative ones would mean nothing where it is read.
    site = (settings.public_url or f"http://localhost:{settings.port}").rstrip("/")
    async for documents in _batches(db, routes, settings, asked):
        await asyncio.to_thread(_write, asked, documents, losses, site)
        counts["exported"] += len(documents)
        shown.update(counts["exported"], None)
    shown.summary(counts)
    for pointer, count in losses.most_common():
        shown.say(f"not carried by {asked.format}: {pointer} ({count:,})")


def check(asked: Export) -> None:
    """Refuse what cannot be written so."""
    entities = asked.what in ("people", "organisations")
    known = ["ndjson", *(WRITERS if entities else FORMATS if asked.what == "articles" else ())]
    if asked.format not in known:
        raise ExportError(f"{asked.what} are exported as {', '.join(known)}")
    if asked.format in FORMATS and asked.folder is None:
        raise ExportError(f"{asked.format} is a file for each article: name a folder with --output")


async def _batches(
    db: Database, routes: Routes, settings: Settings, asked: Export
) -> AsyncIterator[list[bytes]]:
    """Give documents, many at a time; each batch is a short read of its own."""
    if asked.what == "articles" and not asked.filters:
        after: str | None = None
        while True:
            async with db.read() as conn:
                rows = await select_batch(conn, listed=HELD, after=after, limit=BATCH)
            if not rows:
                return
            after = rows[-1]["id"]
            yield _documents(rows)
    query = urlencode(asked.filters).encode()
    scope: Any = {
        "type": "http",
        "path": f"/v1/{asked.what}",
        "query_string": query,
        "headers": [],
        "scheme": "http",
        "http_version": "1.1",
        "server": ("dateline", 80),
        "client": None,
        "root_path": "",
        "state": {"reader": OURSELVES, "settings": settings, "request_id": "", "method": "GET"},
    }
    async for page in pages_of(routes(db), scope):
        if asked.what != "articles":
            yield [bytes(item) for item in page.items]
            continue
        ids = [msgspec.json.decode(item)["id"] for item in page.items]
        async with db.read() as conn:
            rows = await select_these(conn, ids, listed=HELD)
        yield _documents(rows)


def _documents(rows: "Iterable[Record]") -> list[bytes]:
    return [with_ed_note(row["document"], row["ed_note"]) for row in rows]


def _write(asked: Export, documents: list[bytes], losses: Counter[str], site: str) -> None:
    if asked.folder is not None:
        for document in documents:
            _write_file(asked.folder, asked.format, msgspec.json.decode(document, type=Article), site)
        return
    assert asked.out is not None  # noqa: S101 - one of the two is there
    transform = _transform(asked, losses)
    asked.out.write(b"".join([transform(document) + b"\n" for document in documents]))


def _write_file(folder: Path, format: str, article: Article, site: str) -> None:
    path = folder / f"{article.id}.{ENDINGS.get(format, format)}"
    path.write_bytes(FORMATS[format].render(article, site))


def _transform(asked: Export, losses: Counter[str]) -> Callable[[bytes], bytes]:
    """Give what makes the line of a document."""
    if asked.format == "ndjson":
        return bytes
    write = WRITERS[asked.format]
    type = Person if asked.what == "people" else Organisation

    def transform(document: bytes) -> bytes:
        written, lost = write(msgspec.json.decode(document, type=type))
        losses.update(INDEX.sub("/*", pointer) for pointer in lost)
        return msgspec.json.encode(written)

    return transform


@contextmanager
def opened(path: Path | None, standard: IO[bytes]) -> "Generator[IO[bytes]]":
    """Open where lines go: a file, compressed when its name ends in .gz, else standard output.

    A file appears under its name when it is complete.
    """
    if path is None:
        yield standard
        standard.flush()
        return
    partial = path.with_name(path.name + ".part")
    with gzip.open(partial, "wb") if path.suffix == ".gz" else partial.open("wb") as out:
        yield out  # pyright: ignore[reportReturnType]
    partial.replace(path)
