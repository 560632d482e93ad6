"""The operating system's account that the embedded PostgreSQL runs as; PostgreSQL refuses to run as root."""

import os
import pwd
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from api.db.embedded.errors import EmbeddedError

LAUNCH = Path(__file__).with_name("launch.py")
DEDICATED = ("dateline", "nobody")


class Account(NamedTuple):
    """An account to drop to; `uid` and `gid` below 0 mean the current user."""

    uid: int
    gid: int
    name: str

    @property
    def other(self) -> bool:
        """Whether this is another account than the current one."""
        return self.uid >= 0

    def own(self, path: Path) -> None:
        """Give `path` to the account."""
        if self.other:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def command(self, *arguments: str | Path) -> list[str]:
        """Return the command line that runs a program as this account, ended with our thread on Linux."""
        launcher = (sys.executable, "-I", "-S", LAUNCH, os.getpid(), self.uid, self.gid)
        return [str(part) for part in (*launcher, *arguments)]


def account_of(cluster: Path) -> Account:
    """Return who owns the database files, else (there are none) who shall.

    That is the current user; for root it is the user `dateline` where there is one, else `nobody`.
    """
    owner = cluster.stat().st_uid if cluster.exists() else None
    if os.geteuid() != 0:
        if owner not in (None, os.geteuid()):
            raise EmbeddedError(f"{cluster} belongs to {_name(owner)}: run as that user")
        return Account(-1, -1, _name(os.geteuid()))
    if owner == 0:
        raise EmbeddedError(
            f"{cluster} belongs to root, and PostgreSQL refuses root:"
            f" chown -R {_dedicated().pw_name} '{cluster}'"
        )
    entry = _dedicated()
    if owner is None:
        return Account(entry.pw_uid, entry.pw_gid, entry.pw_name)
    return Account(owner, cluster.stat().st_gid, _name(owner))


def check_reach(account: Account, folder: Path) -> None:
    """Refuse a folder that the account cannot enter, by the name of the one that keeps it out."""
    if not account.other or _enters(account, folder):
        return
    barred = next(parent for parent in (*reversed(folder.parents), folder) if not _enters(account, parent))
    raise EmbeddedError(
        f"PostgreSQL refuses root and so runs as the user {account.name}, who cannot enter {barred}:"
        f" allow that with chmod o+x '{barred}', or name a data directory elsewhere in DATELINE_DATA_DIR"
        " (the default for root is /var/lib/dateline)"
    )


def _enters(account: Account, folder: Path) -> bool:
    # asked of the kernel and not computed from mode bits: access lists and mounts count too
    command: Sequence[str] = ("/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder))
    done = subprocess.run(  # noqa: S603 - a fixed command
        command,
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        cwd="/",
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return done.returncode == 0


def _dedicated() -> pwd.struct_passwd:
    for name in DEDICATED:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise EmbeddedError("PostgreSQL refuses root and there is no user 'nobody': useradd --system dateline")


def _name(uid: int | None) -> str:
    try:
        return pwd.getpwuid(uid if uid is not None else -1).pw_name
    except (KeyError, OverflowError):
        return f"user {uid}"
