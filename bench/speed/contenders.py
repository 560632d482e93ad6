"""The contenders: how each is installed, started and asked. One that cannot be had here says why."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec
import psutil

ROOT = Path(__file__).parents[2]
PEERS = ROOT / "bench" / "peers"
INSTALLED = ROOT / ".venv" / "bench"
LIMITS = {
    "bytes, bare ASGI": ("limits:bare", "hot article"),
    "bytes, Litestar": ("limits:routed", "hot article"),
    "list's bytes, bare ASGI": ("limits:listed", "list 20"),
    "statement, bare ASGI": ("limits:statement", "hot article"),
    "rows, bare ASGI": ("rows:app", "post"),
}
POSTGRAPHILE = "postgraphile@4.14.1"


class MissingError(Exception):
    """A contender cannot run here; the message says why."""


class Contender(msgspec.Struct, frozen=True, kw_only=True):
    """A server: its name, its command for a port, its environment, and which work it is given."""

    name: str
    command: Callable[[int], list[str]]
    env: Mapping[str, str] = {}
    works: frozenset[str] = frozenset()
    install: Callable[[], None] = lambda: None
    upstream: "Contender | None" = None


def granian(app: str) -> Callable[[int], list[str]]:
    """Run an ASGI application as Dateline runs: one worker, the same loop and protocol."""
    return lambda port: [
        sys.executable, "-m", "granian", "--interface", "asgi", "--http", "1", "--no-ws", "--loop", "uvloop",
        "--workers", "1", "--log-level", "warning", "--port", str(port), app,
    ]  # fmt: skip


def dateline(port: int) -> list[str]:
    """Run Dateline with its defaults."""
    return [sys.executable, "-m", "api", "serve", "--port", str(port)]


def venv(name: str) -> Callable[[], None]:
    """Install a peer from its requirements into an environment of its own, once."""

    def install() -> None:
        folder = INSTALLED / name
        if (folder / "done").exists():
            return
        steps = (
            [sys.executable, "-m", "venv", str(folder)],
            [f"{folder}/bin/pip", "install", "-q", "-r", str(PEERS / f"{name}.txt")],
        )
        for step in steps:
            if subprocess.run(step, capture_output=True, check=False).returncode:
                raise MissingError(f"`{' '.join(step[-2:])}` failed")
        (folder / "done").touch()

    return install


def _npm() -> None:
    folder = INSTALLED / "postgraphile"
    if (folder / "node_modules/.bin/postgraphile").exists():
        return
    if not shutil.which("npm"):
        raise MissingError("npm is not installed")
    step = ["npm", "install", "--silent", "--prefix", str(folder), POSTGRAPHILE]
    if subprocess.run(step, capture_output=True, check=False).returncode:
        raise MissingError(f"`npm install {POSTGRAPHILE}` failed")


def _nginx() -> None:
    if not shutil.which("nginx"):
        raise MissingError("nginx is not installed")


def behind_nginx(name: str, upstream: Contender, folder: Path) -> Contender:
    """Put a caching proxy in front of a contender, which listens on the next port."""

    def command(port: int) -> list[str]:
        own = folder / name.replace(" ", "-")
        shutil.rmtree(own, ignore_errors=True)
        own.mkdir()
        text = (PEERS / "nginx.conf").read_text()
        for word, value in (("PORT", port), ("UPSTREAM", port + 1), ("FOLDER", own)):
            text = text.replace(word, str(value))
        (own / "nginx.conf").write_text(text)
        own.chmod(0o777)
        return ["nginx", "-c", str(own / "nginx.conf"), "-e", str(own / "error.log")]

    def install() -> None:
        _nginx()
        upstream.install()

    return Contender(name=name, command=command, works=upstream.works, install=install, upstream=upstream)


def contenders(dsn: str, folder: Path) -> list[Contender]:
    """List them all. `folder` holds the bytes of one article and of one list."""
    reading = frozenset(
        {"hot article", "article", "article zipf", "list 20", "list 100", "two filters", "quotes"}
    )
    own = frozenset({*reading, "search", "304", "read key", "post", "mixed 95/5"})
    python = {"PYTHONPATH": str(ROOT), "BENCH_SAMPLES": str(folder), "BENCH_DATABASE_URL": dsn}
    fastapi = Contender(
        name="FastAPI + SQLAlchemy",
        command=lambda port: [
            f"{INSTALLED}/fastapi/bin/uvicorn", "fastapi_app:app", "--app-dir", str(PEERS),
            "--port", str(port), "--log-level", "warning",
        ],
        env={"BENCH_DATABASE_URL": dsn},
        works=reading,
        install=venv("fastapi"),
    )  # fmt: skip
    django = Contender(
        name="Django + Ninja",
        command=lambda port: [
            f"{INSTALLED}/django/bin/gunicorn", "django_app:app", "--chdir", str(PEERS),
            "-w", "1", "--threads", "4", "-b", f"127.0.0.1:{port}", "--keep-alive", "60",
        ],
        env={"BENCH_DATABASE_URL": dsn},
        works=reading,
        install=venv("django"),
    )  # fmt: skip
    return [
        *(
            Contender(
                name=name, command=granian(f"bench.peers.{app}"), env=python, works=frozenset({work})
            )
            for name, (app, work) in LIMITS.items()
        ),
        Contender(name="Dateline", command=dateline, env={"DATELINE_DATABASE_URL": dsn}, works=own),
        Contender(
            name="Dateline, cache off",
            command=dateline,
            env={"DATELINE_DATABASE_URL": dsn, "DATELINE_CACHE_SIZE": "0"},
            works=own,
        ),
        Contender(
            name="Dateline, rate limits",
            command=dateline,
            env={"DATELINE_DATABASE_URL": dsn, "DATELINE_RATE_LIMIT_ANONYMOUS": "1000000000"},
            works=frozenset({"hot article"}),
        ),
        fastapi,
        django,
        Contender(
            name="PostGraphile",
            command=lambda port: [
                f"{INSTALLED}/postgraphile/node_modules/.bin/postgraphile", "-c", dsn, "-s", "peer",
                "-p", str(port), "--disable-query-log", "--disable-graphiql", "--no-ignore-rbac",
                "--max-pool-size", "10",
            ],
            works=frozenset({"hot article", "article", "list 20"}),
            install=_npm,
        ),
        behind_nginx("nginx cache, FastAPI", fastapi, folder),
        behind_nginx("nginx cache, Django", django, folder),
    ]  # fmt: skip


@contextmanager
def running(contender: Contender, port: int) -> Iterator[list[psutil.Process]]:
    """Run a contender on a port for the length of the context; gives its processes when it answers."""
    commands = [(contender, port)] + ([(contender.upstream, port + 1)] if contender.upstream else [])
    started: list[subprocess.Popen[bytes]] = []
    try:
        for each, at in reversed(commands):
            env = {name: value for name, value in os.environ.items() if not name.startswith("DATELINE_")}
            started.append(
                subprocess.Popen(
                    each.command(at),
                    env=env | dict(each.env),
                    cwd=ROOT,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            )
            _wait(started[-1], at)
        yield [process for each in started for process in _family(each.pid)]
    finally:
        for each in reversed(started):
            each.terminate()
        for each in reversed(started):
            try:
                each.wait(15)
            except subprocess.TimeoutExpired:
                each.kill()
                each.wait()


def _family(pid: int) -> list[psutil.Process]:
    parent = psutil.Process(pid)
    return [parent, *parent.children(recursive=True)]


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise MissingError(f"it ended with status {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise MissingError("it did not listen within a minute")


def cpu_seconds(processes: list[psutil.Process]) -> float:
    """Give the processor time that processes have had: it depends less on what else runs than their rate."""
    times = [process.cpu_times() for process in processes]
    return sum(each.user + each.system for each in times)


def megabytes(processes: list[psutil.Process]) -> float:
    """Give the memory that only these processes have, and that would be free without them."""
    return sum(process.memory_full_info().uss for process in processes) / 2**20
