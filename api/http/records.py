"""What is written down of each request: its line in the log, and its part of the metrics."""

import asyncio
from time import monotonic, time

from api.http import metrics
from api.http.logs import AccessLine, AccessLog, Place

PROBES = frozenset({"/livez", "/readyz", "/metrics"})
TOGETHER = 0.1  # seconds
MOST_WAITING = 1_000
LONGEST_METHOD = 32  # characters; the servers take any, of any length


class Records:
    """Writes down requests, at once or together with others.

    Reads that were answered are noted, and written down together a tenth of a second after the first of them
    at most, before any other: a line and its system call for each took as long as all else about a request
    that the read cache answers. A probe that found all well is not logged.
    """

    def __init__(self, log_format: str) -> None:
        self._log = AccessLog(log_format)
        self._waiting: list[tuple[Place, float, str, int, float, bytes, str | None]] = []

    def note(
        self, place: Place, method: str, status: int, started: float, request_id: bytes, key_id: str | None
    ) -> None:
        """Have a request that ends now written down with others; it `started` by the monotonic clock."""
        if not self._waiting:
            asyncio.get_running_loop().call_later(TOGETHER, self.flush)
        now = monotonic()
        self._waiting.append((place, now, method, status, now - started, request_id, key_id))
        if len(self._waiting) >= MOST_WAITING:
            self.flush()

    def flush(self) -> None:
        """Write down what is noted."""
        if not self._waiting:
            return
        noted, self._waiting = self._waiting, []
        epoch = time() - monotonic()
        waiting = [
            (place, AccessLine(epoch + at, method[:LONGEST_METHOD], status, seconds, request_id, key_id))
            for place, at, method, status, seconds, request_id, key_id in noted
        ]
        for place, line in waiting:
            metrics.tally(line.method, place.asked.route, line.status).add(line.seconds)
        self._log.write(
            each for each in waiting if each[0].asked.route not in PROBES or each[1].status >= 400
        )
