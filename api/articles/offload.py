"""Long computations on large bodies, in threads, so that the event loop answers others meanwhile."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

R = TypeVar("R")

# Re-anchoring and comparing bodies take a second for the largest, 150 ms for 200,000 characters, 30 ms for
# 50,000; below this, less than what a switch of threads saves. The interpreter changes between threads every
# few milliseconds, and the longest pause that was measured in the event loop was 0.25 s.
LARGE = 20_000
# Bounds what large bodies take of a process; more of them wait.
_THREADS = ThreadPoolExecutor(2, "bodies")


async def compute(work: Callable[[], R], size: int) -> R:
    """Give the result of `work` on texts of `size` characters together; in a thread when they are large."""
    if size < LARGE:
        return work()
    return await asyncio.get_running_loop().run_in_executor(_THREADS, work)
