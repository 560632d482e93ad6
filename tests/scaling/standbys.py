"""Streaming replicas of an embedded PostgreSQL, made with pg_basebackup from the same binaries."""

import shutil
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg

from api.db.embedded import cluster
from api.db.embedded.account import account_of
from api.db.embedded.directory import DataDirectory
from api.db.embedded.programs import clean_environment, server_programs


class Standby:
    """A hot standby in a folder of its own; it runs until `stop` or `kill`."""

    def __init__(self, primary: DataDirectory, socket_folder: str, folder: Path, *settings: str) -> None:
        self._place = DataDirectory(folder)
        folder.mkdir()
        folder.chmod(0o711)
        self._account = account_of(primary.cluster)
        self._programs = server_programs(self._account, 18)
        self._settings = settings
        self._run: subprocess.Popen[bytes] | None = None
        shutil.copy(primary.password, self._place.password)
        self._password = primary.password.read_text().strip()
        self._place.cluster.mkdir(mode=0o700)
        self._account.own(self._place.cluster)
        self._copy(socket_folder)
        self._socket_folder = self._place.make_socket_folder(self._account)
        self.dsn = self._place.dsn(self._socket_folder)

    def _copy(self, socket_folder: str) -> None:
        copying = self._account.command(
            self._programs / "pg_basebackup", "--pgdata", self._place.cluster, "--host", socket_folder,
            "--username", "postgres", "--checkpoint=fast", "--write-recovery-conf", "--no-sync",
        )  # fmt: skip
        environment = {**clean_environment(), "PGPASSWORD": self._password}
        done = subprocess.run(copying, env=environment, cwd="/", capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        settings = (*cluster.settings(self._socket_folder, durable=False), *self._settings)
        command = self._account.command(self._programs / "postgres", "-D", self._place.cluster, *settings)
        with self._place.log.open("ab") as log:
            self._run = subprocess.Popen(
                command, stdout=log, stderr=log, env=clean_environment(), cwd="/", start_new_session=True
            )
        ready = [str(self._programs / "pg_isready"), "--host", str(self._socket_folder), "--quiet"]
        for _ in range(300):
            if subprocess.run(ready, env=clean_environment(), check=False).returncode == 0:
                return
            assert self._run.poll() is None, self._place.log.read_text()
            time.sleep(0.05)
        raise AssertionError(self._place.log.read_text())

    def kill(self) -> None:
        """End it as a failure does: at once, without a word to its clients."""
        self._end(signal.SIGQUIT)

    def stop(self) -> None:
        """End it."""
        self._end(signal.SIGINT)
        self._place.forget_socket_folders()

    def _end(self, number: int) -> None:
        if self._run is not None:
            self._run.send_signal(number)
            self._run.wait(20)
            self._run = None

    async def ask(self, statement: str) -> object:
        """Run a statement on it as the superuser."""
        conn = await asyncpg.connect(self.dsn, user="postgres", timeout=5)
        try:
            return await conn.fetchval(statement)
        finally:
            await conn.close()


def socket_folder_of(dsn: str) -> str:
    """Give the folder of the socket that an address names."""
    return parse_qs(urlsplit(dsn).query)["host"][0]
