"""What a killed PostgreSQL or a killed process of ours left behind: live processes and stale files."""

import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from api.db.embedded.directory import SOCKET_FILES, DataDirectory
from api.db.embedded.errors import EmbeddedError

STEPS = ((signal.SIGINT, 5.0), (signal.SIGQUIT, 1.0), (signal.SIGKILL, 5.0))


def clear(place: DataDirectory, socket_folder: Path | None = None) -> None:
    """End what still runs in the cluster and remove its lock files, so that a start finds neither.

    PostgreSQL would refuse a lock file that is empty or half written, or whose PID any other program has
    by now. The caller holds the data directory, so what runs there is an orphan.
    """
    end_processes(place.cluster)
    (place.cluster / "postmaster.pid").unlink(missing_ok=True)
    if socket_folder:
        for name in SOCKET_FILES:
            (socket_folder / name).unlink(missing_ok=True)


def end_processes(cluster: Path) -> None:
    """End PostgreSQL in `cluster`: the postmaster by a fast shutdown, orphans of a dead one at once."""
    for number, patience in STEPS:
        found = processes_in(cluster)
        if number == signal.SIGINT:  # the fast shutdown of a postmaster; another process takes it otherwise
            found = [process for process in found if _is_postmaster(process, cluster)]
        for process in found:
            with suppress(psutil.Error):
                process.send_signal(number)  # refuses a PID that has been reused
        if found and _gone(cluster, patience):
            return
    if found := processes_in(cluster):
        pids = ", ".join(str(process.pid) for process in found)
        raise EmbeddedError(f"PostgreSQL still runs in {cluster} and cannot be ended: kill process {pids}")


def processes_in(cluster: Path) -> Sequence[psutil.Process]:
    """Return the live PostgreSQL processes of `cluster`, by program and working directory.

    A PID in a file proves nothing, it may be anybody's by now; but every process of PostgreSQL works in
    its data directory. A zombie has none and holds nothing.
    """
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.name() == "postgres" and process.cwd() == str(cluster):
                found.append(process)
    return found


def _gone(cluster: Path, patience: float) -> bool:
    deadline = time.monotonic() + patience
    while processes_in(cluster):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.03)
    return True


def _is_postmaster(process: psutil.Process, cluster: Path) -> bool:
    with suppress(OSError, ValueError):
        return process.pid == int((cluster / "postmaster.pid").read_text().split("\n")[0])
    return False
