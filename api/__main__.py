"""The command line: `dateline`, or `python -m api`."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from api.settings import Settings, SettingsError, load

# Each command imports what it needs when it runs, so that none waits for what only another one needs.
if TYPE_CHECKING:
    from api.db.pool import Database
    from api.keys.schemas import Key

T = TypeVar("T")


class CommandError(Exception):
    """A command cannot be done; the message says why."""


def main() -> None:
    """Run one command; an error is one line on standard error and exit status 1."""
    try:
        cli(prog_name="dateline")
    except Exception as error:
        message = _expected(error)
        if message is None:
            raise
        click.echo(f"dateline: {message}", err=True)
        sys.exit(1)


def _expected(error: Exception) -> str | None:
    """Give the message of an error that is not a fault of the program, else None."""
    import asyncpg

    from api.bulk.exporting import ExportError
    from api.bulk.sources import SourceError
    from api.db.backup import BackupError
    from api.db.embedded import EmbeddedError
    from api.db.migrate import MigrationError
    from api.http.problems import Problem
    from api.serve import ServeError
    from api.subjects.vocabulary import VocabularyError

    ours = (CommandError, SettingsError, EmbeddedError, MigrationError, BackupError, ServeError)
    if isinstance(error, (*ours, SourceError, ExportError, VocabularyError, Problem)):
        return str(error)
    if isinstance(error, (asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        return f"the database cannot be used: {error or type(error).__name__}"
    return None


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="dateline")
def cli() -> None:
    """Dateline, a structured news data API.

    Settings are environment variables DATELINE_…; without DATELINE_DATABASE_URL each command uses the
    embedded PostgreSQL, whether the server runs or not.
    """


@cli.command()
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65_535), help="TCP port to listen on; 0 takes a free one.")
@click.option("--workers", type=click.IntRange(1, 64), help="Server processes.")
def serve(**options: str | int | None) -> None:
    """Run the server until Ctrl-C."""
    from api.serve import serve as run

    # In the environment, because the workers read their settings there.
    os.environ.update(
        {f"DATELINE_{name.upper()}": str(value) for name, value in options.items() if value is not None}
    )
    if sys.stderr.isatty():
        os.environ.setdefault("DATELINE_LOG_FORMAT", "console")
    run(load(os.environ))


@cli.command()
def migrate() -> None:
    """Bring the database's schema to this version."""
    from api.db.migrate import migrate as run

    with _database(load(os.environ)) as dsn:
        applied = asyncio.run(run(dsn))
    for name in applied:
        click.echo(f"applied {name}", err=True)
    click.echo("the schema is up to date", err=True)


@cli.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace FILE when it exists.")
def backup(file: Path, *, force: bool) -> None:
    """Write everything in the store to FILE, also while the server runs."""
    from api.db.backup import backup as run

    with _database(load(os.environ)) as dsn:
        run(dsn, file, force=force)
    click.echo(f"wrote {file} ({file.stat().st_size:,} bytes)", err=True)


@cli.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace all that is in the store.")
def restore(file: Path, *, force: bool) -> None:
    """Load the backup in FILE into an empty store, while no server runs."""
    from api.db import embedded
    from api.db.backup import check_archive, check_target
    from api.db.backup import load as run
    from api.db.migrate import migrate as bring_up

    settings = load(os.environ)
    check_archive(file)
    # Holding the data directory keeps a server from starting on a half-restored store.
    holding = embedded.serve(embedded.data_directory(settings)) if settings.database_url is None else None
    with holding or _database(settings) as dsn:
        run(dsn, file, clear=asyncio.run(check_target(dsn, force=force)))
        asyncio.run(bring_up(dsn))
    click.echo(f"restored {file}", err=True)


@cli.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option(
    "--as",
    "what",
    type=click.Choice(["articles", "people", "organisations"]),
    default="articles",
    show_default=True,
    help="What the lines are.",
)
@click.option("--dry-run", is_flag=True, help="Say what would happen, and write nothing.")
@click.option(
    "--errors", type=click.Path(dir_okay=False, path_type=Path), help="Write what is refused to this file."
)
@click.option("--restart", is_flag=True, help="Begin anew, also where an earlier import stopped.")
@click.option(
    "--ambiguous",
    type=click.Choice(["create", "reject"]),
    default="create",
    show_default=True,
    help="A name that several entities have.",
)
@click.option(
    "--unknown",
    type=click.Choice(["create", "reject"]),
    default="create",
    show_default=True,
    help="A name that no entity has.",
)
def import_files(files: tuple[str, ...], what: str, errors: Path | None, **how: Any) -> None:
    """Import FILEs: .ndjson(.gz), .json (ninjs, records with --as), .xml (NewsML-G2), folders, - (lines).

    Exit status 0 when all went in, 2 when some of it was refused, 130 after Ctrl-C: the same command goes on
    where it stopped.
    """
    from api.bulk.command import run_import

    done = run_import(_on_store, files, what, errors, **how)
    if done.stopped_at is not None:
        sys.exit(130)
    sys.exit(2 if done.counts["refused"] else 0)


@cli.command("export")
@click.argument(
    "what", type=click.Choice(["articles", "people", "organisations", "quotes"]), default="articles"
)
@click.option("--filter", "-f", "filters", multiple=True, metavar="NAME=VALUE", help="A filter of the list.")
@click.option("--format", "form", default="ndjson", show_default=True, help="Such as ninjs, popolo or ftm.")
@click.option("--output", "-o", type=click.Path(path_type=Path), help="A file, or a folder.")
def export_what(what: str, filters: tuple[str, ...], form: str, output: Path | None) -> None:
    """Export articles, people, organisations or quotes, held ones too: lines, or a file for each article."""
    from api.bulk.command import run_export

    settings = load(os.environ)

    def routes(db: "Database") -> Any:
        from api.app import create_routes

        return create_routes(db, settings)

    run_export(_on_store, routes, settings, what, filters, form, output)


@cli.command()
def openapi() -> None:
    """Print the OpenAPI document as JSON; needs no database."""
    import msgspec

    from api.app import create_routes
    from api.db.pool import Database
    from api.http.openapi import document

    routes = create_routes(Database("", 1))  # never opened
    click.echo(msgspec.json.format(msgspec.json.encode(document(routes, load(os.environ)))).decode())


@cli.group()
def keys() -> None:
    """Make, list and revoke API keys."""


@keys.command("create")
@click.option(
    "--scopes",
    required=True,
    metavar="read,write,…",
    help="What the key may do: read, write, embargo, admin.",
)
@click.option("--name", default="key", show_default=True, help="What the key is for.")
@click.option("--expires", metavar="WHEN", help="Valid until this date or RFC 3339 time.")
def create_key(scopes: str, name: str, expires: str | None) -> None:
    """Print a new key, alone on a line; it is shown this once."""
    from api.keys.options import asked_key
    from api.keys.queries import create_key as run

    asked = asked_key(name, scopes, expires)

    async def work(db: "Database") -> str:
        async with db.write() as tx:
            return (await run(tx, asked.name, asked.scopes, asked.expires_at))[1]

    click.echo(_on_store(work))


@keys.command("list")
def list_keys() -> None:
    """Print all keys, newest first: id, prefix, scopes, state and name, separated by tabs."""
    from api.keys.options import key_state
    from api.keys.queries import list_keys as run

    async def work(db: "Database") -> list["Key"]:
        async with db.read() as conn:
            return await run(conn)

    for key in _on_store(work):
        click.echo("\t".join((key.id, key.prefix, ",".join(key.scopes), key_state(key), key.name)))


@keys.command("revoke")
@click.argument("id")
def revoke_key(id: str) -> None:
    """Revoke the key with this ID, at once and for ever."""
    from api.keys.options import is_id
    from api.keys.queries import revoke_key as run

    async def work(db: "Database") -> bool:
        async with db.write() as tx:
            return await run(tx, id)

    if not is_id(id) or not _on_store(work):
        raise CommandError(f"there is no key {id}; `dateline keys list` shows them")
    click.echo(f"revoked {id}", err=True)


@cli.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
def subjects(file: Path | None) -> None:
    """Load the Media Topics, from IPTC's JSON in FILE or as they are shipped, in place of those there are."""
    from api.subjects.queries import replace_vocabulary
    from api.subjects.vocabulary import SHIPPED, read

    vocabulary = read(file or SHIPPED)

    async def work(db: "Database") -> None:
        async with db.write() as tx:
            await replace_vocabulary(tx, vocabulary)

    _on_store(work)
    click.echo(f"loaded {len(vocabulary.terms):,} subjects of {vocabulary.title}", err=True)


@cli.command("reindex-names")
@click.option(
    "--all", "every", is_flag=True, help="Make the keys of all names anew, also those of this version."
)
def reindex_names(*, every: bool) -> None:
    """Make the search keys of names that have none of this version, also while the server runs.

    The server does so itself in the background. Stopped, the same command without --all goes on.
    """
    from api.bulk.progress import Shown
    from api.entities.name_keys import count_outdated, outdate_keys, reindex_batch

    async def work(db: "Database") -> int:
        async with db.write() as tx:
            if every:
                await outdate_keys(tx)
            total = await count_outdated(tx)
        with Shown("reindex-names", total) as shown:
            left = total
            while left:
                # A server that works at it too may hold the rest.
                if not await reindex_batch(db):
                    await asyncio.sleep(0.2)
                async with db.read() as conn:
                    left = await count_outdated(conn)
                shown.update(total - left, total - left)
        return total

    click.echo(f"made the keys of {_on_store(work):,} entities", err=True)


@contextmanager
def _database(settings: Settings) -> Generator[str]:
    """Provide the address of the store: the external one, else our own, running or run for the duration."""
    if settings.database_url is not None:
        yield settings.database_url
        return
    from api.db import embedded

    with embedded.join(embedded.data_directory(settings)) as dsn:
        yield dsn


def _on_store(work: Callable[["Database"], Awaitable[T]]) -> T:
    """Do `work` on the store. Its schema must be this version's; the embedded one gets it when it is new."""
    from api.db.migrate import require_schema

    settings = load(os.environ)
    with _database(settings) as dsn:
        asyncio.run(require_schema(dsn, make=settings.database_url is None))
        return asyncio.run(_opened(dsn, settings, work))


async def _opened(dsn: str, settings: Settings, work: Callable[["Database"], Awaitable[T]]) -> T:
    from api.db.pool import Database

    db = Database(dsn, 1, settings)
    await db.open()
    try:
        return await work(db)
    finally:
        await db.close()


if __name__ == "__main__":
    main()
