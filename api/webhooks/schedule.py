"""When a failed delivery is tried again: over about 75 hours, as Standard Webhooks 1.0 recommends."""

import random
from datetime import timedelta

DELAYS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
LONGEST = timedelta(hours=24)
JITTER = 0.2


def delay(failures: int, retry_after: timedelta) -> timedelta | None:
    """Give the time to the next attempt after so many have failed; None when there is no other.

    An endpoint may ask for more time (`Retry-After`), a day at most. Jitter only adds: what failed together
    does not come back together.
    """
    if failures > len(DELAYS):
        return None
    planned = DELAYS[failures - 1] * (1 + JITTER * random.random())  # noqa: S311 - only spreads them
    return max(planned, min(retry_after, LONGEST))
