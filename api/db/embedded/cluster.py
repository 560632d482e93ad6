"""The database cluster: making it, checking that it is ours, and the settings that it runs with."""

import os
import secrets
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from api.db.embedded import leftovers
from api.db.embedded.account import Account, check_reach
from api.db.embedded.directory import PORT, DataDirectory
from api.db.embedded.errors import EmbeddedError, disk_full, explained, tells_of_a_full_disk
from api.db.embedded.programs import clean_environment

DRAFT = "initdb-"
LOCALES = {
    16: ("--locale=C", "--data-checksums"),
    18: ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),  # checksums by default
}


def settings(socket_folder: Path, *, durable: bool) -> Sequence[str]:
    """Return PostgreSQL's settings as arguments; not in its files, so that a release can change them."""
    chosen = {
        "cluster_name": "dateline",
        "listen_addresses": "",
        "port": str(PORT),
        "unix_socket_directories": f'"{socket_folder}"',
        "unix_socket_permissions": "0700",
        "max_connections": "100",
        "wal_level": "replica",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "logging_collector": "off",
        "log_checkpoints": "off",
    }
    switches = {} if durable else {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    return [f"--{name}={value}" for name, value in {**chosen, **switches}.items()]


def ensure(place: DataDirectory, account: Account, programs: Path, *, major: int, durable: bool) -> None:
    """Make the cluster if there is none, else check that it is of this major version."""
    with explained(place.path):
        for draft in place.path.glob(f"{DRAFT}*"):  # of an interrupted start
            shutil.rmtree(draft, ignore_errors=True)
        if not place.cluster.exists():
            check_reach(account, place.path)
            _make(place, account, programs, major=major, durable=durable)
        check_reach(account, place.cluster)
        _check_version(place, major)
        if not place.password.exists():
            _renew_password(place, account, programs)


def _check_version(place: DataDirectory, major: int) -> None:
    try:
        found = (place.cluster / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        raise EmbeddedError(
            f"{place.cluster} holds no PostgreSQL database (it has no PG_VERSION): move it away for a new,"
            " empty one, and fill that with `dateline restore` from a backup"
        ) from None
    if found != str(major):
        raise EmbeddedError(
            f"{place.cluster} was made by PostgreSQL {found}, and this release of Dateline runs PostgreSQL"
            f" {major}: write a backup with the release that made it (`dateline backup FILE`), move the"
            " directory away, then load the backup with this release (`dateline restore FILE`)"
        )


def _make(place: DataDirectory, account: Account, programs: Path, *, major: int, durable: bool) -> None:
    """Make it under another name and rename, so that an interrupted start leaves no half of a cluster."""
    _make_password(place, account)
    draft = place.path / f"{DRAFT}{secrets.token_hex(4)}"
    draft.mkdir(mode=0o700)
    account.own(draft)
    try:
        _initdb(place, account, programs / "initdb", draft, major=major, durable=durable)
        _make_database(place, account, programs / "postgres", draft, durable=durable)
        draft.rename(place.cluster)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    _sync(place.path)


def _make_password(place: DataDirectory, account: Account) -> None:
    place.password.unlink(missing_ok=True)
    file = os.open(place.password, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "w") as writer:
        writer.write(secrets.token_hex(32))
        writer.flush()
        os.fsync(file)
    account.own(place.password)  # initdb reads it


def _initdb(
    place: DataDirectory, account: Account, program: Path, draft: Path, *, major: int, durable: bool
) -> None:
    arguments = [
        *("--pgdata", draft, "--username=postgres", "--pwfile", place.password, "--encoding=UTF8"),
        *("--auth-local=scram-sha-256", "--auth-host=reject", "--no-instructions"),
        *LOCALES[major],
        *(() if durable else ("--no-sync",)),
    ]
    _run(place, account.command(program, *arguments))


def _make_database(
    place: DataDirectory, account: Account, program: Path, draft: Path, *, durable: bool
) -> None:
    """Make role and database in the draft: a cluster then never exists without them.

    The role is not a superuser, so that SQL which came in where it should not cannot reach files or programs.
    """
    password = place.password.read_text()
    statements = (
        f"create role dateline login createdb password '{password}'",
        "create database dateline owner dateline",
    )
    _run_single(place, account, program, draft, statements, durable=durable)


def _renew_password(place: DataDirectory, account: Account, programs: Path) -> None:
    leftovers.clear(place)
    _make_password(place, account)
    password = place.password.read_text()
    statements = [f"alter role {role} password '{password}'" for role in ("postgres", "dateline")]
    _run_single(place, account, programs / "postgres", place.cluster, statements, durable=True)


def _run_single(
    place: DataDirectory,
    account: Account,
    program: Path,
    cluster: Path,
    statements: Sequence[str],
    *,
    durable: bool,
) -> None:
    """Run statements in PostgreSQL's single-user mode, where no password is asked and nobody else is in."""
    fsync = "on" if durable else "off"
    arguments = ("--single", "-D", cluster, f"--fsync={fsync}", "--exit_on_error=on", "postgres")
    _run(place, account.command(program, *arguments), "".join(f"{statement}\n" for statement in statements))


def _run(place: DataDirectory, command: Sequence[str], text: str = "") -> None:
    done = subprocess.run(  # noqa: S603 - our own programs and arguments
        command,
        input=text,
        capture_output=True,
        text=True,
        errors="replace",
        env=clean_environment(),
        cwd="/",
        start_new_session=True,
        check=False,
    )
    if done.returncode != 0:
        if tells_of_a_full_disk(done.stderr):
            raise EmbeddedError(disk_full(place.path))
        last = "; ".join(done.stderr.strip().splitlines()[-3:])
        raise EmbeddedError(f"a new database could not be made in {place.path}: {last}")


def _sync(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
