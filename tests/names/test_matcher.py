"""The matcher process: started when needed, one for all, killed without harm, gone when nobody is left."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import msgspec
import psutil
import pytest

from api.db.migrate import migrate
from api.names import matcher
from api.names.context import Query
from api.names.matching import Message, Question
from tests.programs import dateline, environment, serving

ROOT = Path(__file__).parents[2]
ASK = """
import asyncio, sys
from tests.names.test_matcher import ask_once
print(asyncio.run(ask_once()) is not None)
"""


@pytest.fixture
def folder(tmp_path_factory, monkeypatch):
    """A place of its own for the matcher, short enough for the address of a socket."""
    place = Path(tempfile.mkdtemp(prefix="dl-"))
    monkeypatch.setattr("tempfile.tempdir", str(place))
    matcher._here.cache_clear()
    yield place
    for process in running(place):
        process.kill()
        process.wait(5)
    matcher._here.cache_clear()
    for path in sorted(place.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink(missing_ok=True)
    place.rmdir()


def running(folder: Path) -> list[psutil.Process]:
    """The matcher processes that listen below a folder."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if "api.names.matcher_process" in words and words[-1].startswith(str(folder)):
            found.append(process)
    return found


def message(name: str = "Сергей Алейник", stored: str = "Sergei Aleinik") -> Message:
    record = msgspec.json.encode({"names": [{"value": stored}]})
    question = Question(kind="person", query=Query(name), candidates=["a"], limit=5)
    return Message(records={"a": [record]}, questions=[question])


async def ask_once():
    return await matcher.ask(message(), 30)


def run(environment: dict[str, str]) -> bytes:
    command = [sys.executable, "-c", ASK]
    return subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True).stdout


async def gone(folder: Path, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while running(folder):
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.05)
    return True


async def test_it_is_started_when_it_is_first_asked_and_scores(folder):
    assert not running(folder)
    found = await ask_once()
    assert found is not None
    ((first,),) = found
    assert first.id == "a"
    assert first.score > 0.9


async def test_many_who_ask_at_once_share_one(folder):
    answers = await asyncio.gather(*(ask_once() for _ in range(20)))
    assert all(answer is not None for answer in answers)
    assert len(running(folder)) == 1


async def test_another_process_asks_the_same_one_and_it_ends_when_the_last_has_gone(folder):
    environment = {**os.environ, "TMPDIR": str(folder)}
    asking = [asyncio.to_thread(run, environment) for _ in range(2)]
    assert await asyncio.gather(*asking) == [b"True\n"] * 2
    assert await gone(folder)
    assert not list(folder.rglob("*.socket"))


async def test_killed_in_mid_request_it_gives_no_answer_and_is_back_at_the_next(folder):
    await ask_once()
    (process,) = running(folder)
    process.send_signal(signal.SIGSTOP)
    asking = asyncio.create_task(ask_once())
    await asyncio.sleep(0.2)
    assert not asking.done()
    process.kill()
    assert await asking is None
    assert await ask_once() is not None
    (other,) = running(folder)
    assert other.pid != process.pid


async def test_one_that_does_not_answer_is_not_waited_for(folder):
    await ask_once()
    (process,) = running(folder)
    process.send_signal(signal.SIGSTOP)
    started = time.monotonic()
    assert await matcher.ask(message(), 0.2) is None
    assert time.monotonic() - started < 2
    process.send_signal(signal.SIGCONT)
    assert await ask_once() is not None


async def test_a_folder_that_others_may_write_to_is_not_used(folder):
    place = folder / f"dateline-matcher-{os.geteuid()}"
    place.mkdir()
    place.chmod(0o777)
    assert await ask_once() is None
    assert not running(folder)


async def test_one_that_cannot_be_started_is_not_tried_at_every_request(folder, monkeypatch):
    monkeypatch.setattr("sys.executable", "/nonexistent/python")
    assert await ask_once() is None
    monkeypatch.undo()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    assert await ask_once() is None
    monkeypatch.setattr(matcher, "AFTER_FAILURE", 0.0)
    assert await ask_once() is not None


async def test_one_that_is_killed_while_it_starts_is_started_again_at_once(folder, monkeypatch):
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nmkdir "{folder}/killed" && kill -9 $$\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o700)
    monkeypatch.setattr("sys.executable", str(python))
    assert await ask_once() is not None
    assert (folder / "killed").exists()


async def test_it_is_given_no_secret(folder, monkeypatch):
    monkeypatch.setenv("DATELINE_DATABASE_URL", "postgresql://user:secret@127.0.0.1/x")
    await ask_once()
    (process,) = running(folder)
    assert "secret" not in str(process.environ())


async def test_workers_share_one_and_none_is_left_when_the_service_is_killed(folder, empty_database):
    await migrate(empty_database)
    env = environment(database_url=empty_database, TMPDIR=str(folder))
    with serving(env, "--workers", "2") as service:
        made = succeed("keys", "create", "--scopes", "write", env=env)
        body = {"headline": "A", "language": "en", "body": ["A."], "people": [{"person": {"name": SERGEI}}]}
        answers = [post(f"{service.url}/v1/articles", made, body)]
        asked = {"queries": [{"name": "Siarhiej Alejnik"}]}
        answers += [post(f"{service.url}/v1/people/match", made, asked) for _ in range(8)]
        assert {answer["results"][0]["degraded"] for answer in answers[1:]} == {False}
        assert len(running(folder)) == 1
        for worker in service.workers():
            worker.kill()
        service.stop(signal.SIGKILL)
        assert await gone(folder)


SERGEI = "Сергей Алейник"


def succeed(*arguments: str, env: dict[str, str]) -> str:
    done = dateline(*arguments, env=env)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def post(url: str, key: str, body: Any) -> Any:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    with urlopen(Request(url, json.dumps(body).encode(), headers), timeout=30) as response:
        return json.load(response)
