"""Backup and restore of the whole store: PostgreSQL's own dump, checked, and loaded in one transaction."""

import os
import re
import subprocess
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import asyncpg

from api.db.embedded import binary
from api.db.migrate import compare, own_migrations, schema_state
from api.db.pool import Conn

# pg_restore always sets it, and servers before 17 do not know it. It is a line of its own; no row of ours is.
NEWER_SETTING = b"SET transaction_timeout = 0;\n"


class BackupError(Exception):
    """A backup cannot be written or restored; the message says why and what to do."""


def backup(dsn: str, file: Path, *, force: bool = False) -> None:
    """Write the database at `dsn`, as it stands at this moment, to `file`; `force` replaces an older one.

    It is written beside `file` and renamed when it is complete and on the disk: a name never holds a half.
    """
    if file.exists() and not force:
        raise BackupError(f"{file} exists; name another file, or use --force")
    with _draft_of(file) as draft:
        command = ["--format=custom", "--no-owner", "--no-privileges", f"--file={draft}"]
        _run("pg_dump", *command, f"--dbname={_without_password(dsn)}", environment=_environment(dsn))
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        draft.replace(file)


@contextmanager
def _draft_of(file: Path) -> Generator[Path]:
    """Make a file beside `file` that only its owner can read; unless it was renamed, it goes again."""
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    except OSError as error:
        raise BackupError(f"{file} cannot be written: {error.strerror}") from None
    os.close(descriptor)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def check_archive(file: Path) -> None:
    """Refuse a file that is no backup of Dateline's, or one of a newer version."""
    if not file.is_file():
        raise BackupError(f"there is no file {file}")
    ledger = _run("pg_restore", "--data-only", "--table=dateline_migrations", "--file=-", str(file))
    rows = [line.split("\t") for line in ledger.splitlines() if line[:4].isdigit() and line.count("\t") == 2]
    if not rows:
        raise BackupError(f"{file} is a backup of another database than Dateline's")
    state = compare([(name, checksum) for name, checksum, _ in rows], own_migrations())
    if state.condition not in ("current", "behind"):
        raise BackupError(f"{file} does not fit this version of Dateline: {state.detail}")


async def check_target(dsn: str, *, force: bool = False) -> bool:
    """Refuse a database that a server uses, that others use, or, without `force`, one with content.

    Answers whether it holds tables of ours, which then have to go.
    """
    conn = await asyncpg.connect(dsn, timeout=10)
    try:
        if await _serves(conn):
            raise BackupError("a Dateline server uses this database; stop it first")
        condition = (await schema_state(conn)).condition
        if condition == "foreign":
            raise BackupError("the database holds other tables than Dateline's; name an empty one")
        if not force and condition != "empty" and not await _is_unused(conn):
            raise BackupError("the store is not empty; --force replaces all of it by the backup")
        return condition != "empty"
    finally:
        await conn.close(timeout=5)


async def _serves(conn: Conn) -> bool:
    return await conn.fetchval(
        """
        select exists (
            select from pg_stat_activity
            where datname = current_database() and application_name = 'dateline'
        )
        """
    )


async def _is_unused(conn: Conn) -> bool:
    return await conn.fetchval(
        """
        select not exists (select from articles)
            and not exists (select from entities)
            and not exists (select from keys)
        """
    )


def load(dsn: str, file: Path, *, clear: bool) -> None:
    """Load the backup in `file` into the database at `dsn`, all or nothing; `clear` drops what is there.

    psql gets the archive as SQL inside one transaction, and its commit only after pg_restore has read all of
    the archive: a damaged one changes nothing. pg_restore's own `--single-transaction` cannot clear first.
    """
    with tempfile.TemporaryFile() as complaints:
        reader = subprocess.Popen(  # noqa: S603 - our own program and arguments
            [binary("pg_restore"), "--no-owner", "--no-privileges", "--file=-", file],
            stdout=subprocess.PIPE,
            stderr=complaints,
        )
        writer = subprocess.Popen(  # noqa: S603 - our own program and arguments
            [binary("psql"), "-Xq", "--set=ON_ERROR_STOP=1", f"--dbname={_without_password(dsn)}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
            env={**_environment(dsn), "PGOPTIONS": "--client-min-messages=warning"},
        )
        try:
            _pass_on(reader, writer, clear=clear)
        finally:
            reader.kill()
            statuses = (reader.wait(), writer.wait())
        if statuses != (0, 0):
            complaints.seek(0)
            raise BackupError(
                f"nothing was restored: {_last_line(complaints.read().decode(errors='replace'))}"
            )


def _pass_on(reader: subprocess.Popen[bytes], writer: subprocess.Popen[bytes], *, clear: bool) -> None:
    """Copy the SQL from one to the other, between a begin and, when all of it has come, a commit."""
    assert reader.stdout is not None and writer.stdin is not None  # noqa: PT018, S101 - both are pipes
    # psql ends at the first error, and says which.
    with suppress(BrokenPipeError), reader.stdout as source, writer.stdin as sink:
        sink.write(b"begin;\n")
        if clear:
            sink.write(b"drop schema public cascade;\ncreate schema public;\n")
        sink.writelines(line for line in source if line != NEWER_SETTING)
        if reader.wait() == 0:
            sink.write(b"commit;\n")


def _run(program: str, *arguments: str, environment: Mapping[str, str] | None = None) -> str:
    """Run one of PostgreSQL's programs and answer what it printed; its last words are the error."""
    done = subprocess.run(  # noqa: S603 - our own program and arguments
        [binary(program), *arguments],
        capture_output=True,
        text=True,
        errors="replace",
        env=environment,
        check=False,
    )
    if done.returncode != 0:
        raise BackupError(_last_line(done.stderr) or f"{program} failed with status {done.returncode}")
    return done.stdout


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if "ERROR" in line or "error:" in line] or text.splitlines()
    return lines[-1].strip() if lines else "the program gave no reason"


def _environment(dsn: str) -> dict[str, str]:
    """Give libpq's programs the password where other users cannot read it, unlike on a command line."""
    url = urlsplit(dsn)
    password = dict(parse_qsl(url.query)).get("password") or unquote(url.password or "")
    return {**os.environ, "LC_ALL": "C", **({"PGPASSWORD": password} if password else {})}


def _without_password(dsn: str) -> str:
    """Strip the password from `dsn`, in both places where one can stand."""
    dsn = re.sub(r"^(\w+://[^/?#@:]*):[^/?#]*@", r"\1@", dsn)
    return re.sub(r"([?&])password=[^&]*&?", r"\1", dsn)
