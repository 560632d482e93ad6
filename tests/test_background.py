"""Work in the background: done over and over, also after failures."""

import asyncio
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from api import background
from api.background import running
from api.db.pool import Database

NO_DATABASE = cast("Any", None)


class Job:
    """Fails when told to, and counts how often it was done."""

    __name__ = "job"

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.done = asyncio.Event()

    async def __call__(self, _: Database) -> bool:
        if self.failures:
            raise self.failures.pop(0)
        self.done.set()
        return False


async def test_a_job_that_failed_is_done_within_a_second_of_when_it_can_be() -> None:
    job = Job(OSError())
    async with running(NO_DATABASE, [job]), asyncio.timeout(2):
        await job.done.wait()


async def test_of_failures_in_a_row_each_kind_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "PAUSE", 0.001)
    job = Job(OSError(), OSError(), KeyError(), OSError())
    with capture_logs() as logs:
        async with running(NO_DATABASE, [job]), asyncio.timeout(2):
            await job.done.wait()
    assert [each["error"] for each in logs] == ["OSError", "KeyError"]


async def test_a_job_that_fails_keeps_no_other_from_being_done() -> None:
    failing, well = Job(*[OSError()] * 100), Job()
    async with running(NO_DATABASE, [failing, well]), asyncio.timeout(1):
        await well.done.wait()
