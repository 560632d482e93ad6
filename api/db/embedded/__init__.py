"""The embedded PostgreSQL: run by this process (`serve`), or by whoever needs it for a moment (`join`).

Everything is synchronous and may be called from any thread; supervision runs in a thread of its own.
A process that forks while it runs must not leave the context in the child.
"""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from api.db.embedded import cluster
from api.db.embedded.account import account_of
from api.db.embedded.directory import DataDirectory, prepared
from api.db.embedded.errors import EmbeddedError, explained
from api.db.embedded.lock import Hold, forget_socket, held
from api.db.embedded.programs import binary, environment, server_programs
from api.db.embedded.supervisor import supervised
from api.settings import Settings

__all__ = ["EmbeddedError", "binary", "data_directory", "environment", "serve"]

SERVE_WAITS = 10.0


def data_directory(settings: Settings) -> Path:
    """Return the data directory: as set, else for root /var/lib/dateline, else the user's data directory."""
    if settings.data_dir is not None:
        return settings.data_dir
    if os.geteuid() == 0:
        return Path("/var/lib/dateline")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "dateline"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "dateline"


@contextmanager
def serve(data_dir: Path, *, major: int = 18, durable: bool = True) -> Generator[str]:
    """Run PostgreSQL on `data_dir` for the length of the context and yield its address.

    The database is made on first use. Another `serve` on the directory is an `EmbeddedError` at once, a
    command that runs PostgreSQL there is given ten seconds to end. `durable=False` is for tests: a crash
    of the machine may then lose everything.
    """
    place = prepared(data_dir)
    with held(place, "serve", SERVE_WAITS) as hold, _running(place, hold, major, durable=durable) as dsn:
        yield dsn


@contextmanager
def _running(place: DataDirectory, hold: Hold, major: int, *, durable: bool) -> Generator[str]:
    with explained(place.path):
        account = account_of(place.cluster)
        programs = server_programs(account, major)
        cluster.ensure(place, account, programs, major=major, durable=durable)
        forget_socket(hold.earlier)
        socket_folder = place.make_socket_folder(account)
    hold.announce(socket_folder)
    settings = cluster.settings(socket_folder, durable=durable)
    command = account.command(programs / "postgres", "-D", place.cluster, *settings)
    with supervised(place, socket_folder, command) as dsn:
        yield dsn
