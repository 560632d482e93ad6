"""The data directory: what lies where in it, and where its socket is."""

import errno
import hashlib
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from api.db.embedded.account import Account
from api.db.embedded.errors import explained
from api.db.embedded.programs import make_folders

PORT = 5432
# not TMPDIR, which may be long too; PostgreSQL keeps a socket's times fresh for the cleaners of /tmp
SHARED = Path("/tmp")  # noqa: S108 - a private folder in it, by mkdtemp
SOCKET_FILES = (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock")
LONGEST_SOCKET_FOLDER = 89  # bytes: a socket's path has 104 on macOS, 108 on Linux, less the file's name
PLAIN = re.compile(r"[A-Za-z0-9 /._+-]+")  # no comma, quote or percent: each client reads those in its way


@dataclass(frozen=True)
class DataDirectory:
    """The paths of one data directory (absolute, symbolic links resolved)."""

    path: Path

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own files; only these and the socket's folder belong to its account."""
        return self.path / "postgres"

    @property
    def log(self) -> Path:
        """What PostgreSQL writes to its standard error."""
        return self.path / "postgres.log"

    @property
    def password(self) -> Path:
        """The password of both roles, `dateline` and the superuser `postgres`."""
        return self.path / "password"

    @property
    def holder(self) -> Path:
        """The file that says who runs PostgreSQL, locked by that process."""
        return self.path / "holder"

    @property
    def guests(self) -> Path:
        """The file that every process locks, shared, that uses another's PostgreSQL."""
        return self.path / "guests"

    def dsn(self, socket_folder: Path | str) -> str:
        """Return the address of the database `dateline` for asyncpg and libpq."""
        with explained(self.path):
            password = self.password.read_text().strip()
        return f"postgresql://dateline:{password}@/dateline?host={quote(str(socket_folder))}&port={PORT}"

    def make_socket_folder(self, account: Account) -> Path:
        """Make the private folder of the socket: `run` here if a socket's path may be that long and plain."""
        self.forget_socket_folders()
        near = self.path / "run"
        if PLAIN.fullmatch(str(near)) and len(os.fsencode(near)) <= LONGEST_SOCKET_FOLDER:
            near.mkdir(mode=0o700, exist_ok=True)
            account.own(near)
            return near
        far = Path(tempfile.mkdtemp(prefix=self._prefix, dir=SHARED))
        account.own(far)
        return far

    def forget_socket_folders(self) -> None:
        """Remove the folders in /tmp that were made for this data directory."""
        for folder in SHARED.glob(f"{self._prefix}*"):
            shutil.rmtree(folder, ignore_errors=True)

    @property
    def _prefix(self) -> str:
        return f"dateline-{hashlib.sha256(os.fsencode(self.path)).hexdigest()[:12]}-"


def prepared(data_dir: Path) -> DataDirectory:
    """Return the data directory, made if need be and found writable."""
    with explained(data_dir):
        path = data_dir.expanduser().resolve()
        make_folders(path)
        if not path.is_dir():
            raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
        if not os.access(path, os.W_OK | os.X_OK):
            raise OSError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    return DataDirectory(path)
