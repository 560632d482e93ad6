"""Drives the command line as a person would: as programs, with a data directory of their own."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import psutil

ROOT = Path(__file__).parents[1]
LAST_LINE = "Ctrl-C stops it."


def new_folder() -> Path:
    """Make a folder that PostgreSQL's account can pass, in memory where there is room for databases."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 2**30
    folder = Path(tempfile.mkdtemp(prefix="dateline-programs-", dir=memory if roomy else None))
    folder.chmod(0o711)
    return folder


def environment(data_dir: Path | None = None, database_url: str | None = None, **more: str) -> dict[str, str]:
    """An environment with these settings and no other of Dateline's or PostgreSQL's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DATELINE_", "PG"))}
    given = {"DATELINE_DATA_DIR": data_dir and str(data_dir), "DATELINE_DATABASE_URL": database_url, **more}
    return {**kept, **{name: value for name, value in given.items() if value is not None}}


def dateline(*arguments: str | Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "api", *arguments],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def get(url: str, key: str | None = None) -> tuple[int, Any]:
    """Fetch a JSON document."""
    request = Request(url, headers={"Authorization": f"Bearer {key}"} if key else {})
    try:
        with urlopen(request, timeout=10) as response:
            return response.status, json.load(response)
    except HTTPError as error:
        return error.code, json.load(error)


class Service:
    """A running `dateline serve` on a free port."""

    def __init__(self, folder: Path, env: dict[str, str], *options: str) -> None:
        self._folder = folder
        started = time.monotonic()
        with (folder / "output").open("w") as output, (folder / "errors").open("w") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "api", "serve", "--port", "0", *options],
                cwd=ROOT,
                env=env,
                stdout=output,
                stderr=errors,
                start_new_session=True,
            )
        while LAST_LINE not in self.output:
            if self.process.poll() is not None or time.monotonic() - started > 60:
                self.process.kill()
                self.process.wait()
                raise AssertionError(self.errors)
            time.sleep(0.02)
        self.seconds_to_start = time.monotonic() - started
        self.url = re.search(r"answers at\s+(\S+)", self.output)[1]
        found = re.search(r"Admin key\s+(\S+)", self.output)
        self.key = found and found[1]
        self.processes = psutil.Process(self.process.pid).children(recursive=True)

    @property
    def output(self) -> str:
        return (self._folder / "output").read_text()

    @property
    def errors(self) -> str:
        return (self._folder / "errors").read_text()

    def workers(self) -> list[psutil.Process]:
        """The processes that answer requests now."""
        children = filter(_lives, psutil.Process(self.process.pid).children())
        return [process for process in children if "spawn_main" in " ".join(process.cmdline())]

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, float]:
        """Send a signal and wait; answers the exit status and the seconds that it took."""
        started = time.monotonic()
        self.process.send_signal(number)
        return self.process.wait(30), time.monotonic() - started

    def left(self, within: float = 3) -> list[psutil.Process]:
        """The processes of the service that are still alive after some seconds."""
        deadline = time.monotonic() + within
        while any(map(_lives, self.processes)) and time.monotonic() < deadline:
            time.sleep(0.02)
        return [process for process in self.processes if _lives(process)]


def _lives(process: psutil.Process) -> bool:
    """Whether it runs; one that has ended may wait as a zombie for process 1 to take note."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@contextmanager
def serving(env: dict[str, str], *options: str) -> Iterator[Service]:
    """Run the service for the length of the context, unless it is ended before."""
    with tempfile.TemporaryDirectory() as folder:
        service = Service(Path(folder), env, *options)
        try:
            yield service
        finally:
            service.stop()
