"""The commands `import` and `export`: from their options to a run, and what is said at its end."""

import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Literal, cast

from api.bulk.exporting import Export, Routes, What, check, export, opened
from api.bulk.importing import Import, opened_errors
from api.bulk.progress import Shown
from api.bulk.sources import sources_of
from api.db.pool import Database
from api.entities.resolve import Options
from api.formats.registry import FORMATS
from api.settings import Settings
from api.wire import EntityType

# Does work on the store that the settings name.
OnStore = Callable[[Callable[[Database], Awaitable[Any]]], Any]
Choice = Literal["reject", "create"]

TYPES: dict[str, EntityType] = {"people": "person", "organisations": "organisation"}


def run_import(
    on_store: OnStore,
    files: Sequence[str],
    what: str,
    errors: Path | None,
    *,
    dry_run: bool,
    restart: bool,
    ambiguous: Choice,
    unknown: Choice,
) -> Import:
    """Import files, and say at the end what became of what was in them."""
    sources = sources_of(files)
    options = Options(ambiguous=ambiguous, unknown=unknown, dry_run=dry_run)
    told = opened_errors(errors)
    with Shown("import", sum(source.size for source in sources) or None) as shown:

        async def work(db: Database) -> Import:
            run = Import(db, options, told, shown, TYPES.get(what))
            await run.run(sources, restart=restart)
            return run

        done: Import = on_store(work)
    shown.summary(done.counts)
    for pointer, count in done.losses.most_common():
        shown.say(f"no place for {pointer} ({count:,})")
    if done.stopped_at is not None:
        shown.say(f"stopped after {done.stopped_at}; the same command goes on from there")
    return done


def run_export(
    on_store: OnStore,
    routes: Routes,
    settings: Settings,
    what: str,
    filters: Sequence[str],
    form: str,
    output: Path | None,
) -> None:
    """Export what is asked for, to a file, a folder or standard output."""
    pairs = [(name, value) for name, _, value in (each.partition("=") for each in filters)]
    folder = output if form in FORMATS else None
    asked = Export(what=cast("What", what), filters=pairs, format=form, out=None, folder=folder)
    check(asked)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    with Shown("export", None) as shown, opened(None if folder else output, sys.stdout.buffer) as out:
        asked.out = out

        async def work(db: Database) -> None:
            await export(db, routes, settings, asked, shown)

        on_store(work)
