"""Prometheus metrics of requests, labelled with the route's template and never with an address.

With several worker processes, `PROMETHEUS_MULTIPROC_DIR` names an empty directory that they share before they
start; `/metrics` of any of them then answers for all.
"""

import os
from bisect import bisect_left
from typing import Any

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

CONTENT_TYPE = CONTENT_TYPE_LATEST
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)  # seconds

REQUESTS = Counter("dateline_http_requests", "Requests answered.", ("method", "route", "status"))
SECONDS = Histogram(
    "dateline_http_request_duration_seconds",
    "Time from a request's head to the end of its answer.",
    ("method", "route"),
    buckets=BOUNDS,
)

KEPT = Counter("dateline_cache_kept", "Answers put into the read cache.")


class Tally:
    """Requests of one method, route and status that are not in the metrics yet.

    Adding to a metric takes a lock for each of its parts, 2 µs for a request; so it is done for many at once.
    """

    __slots__ = ("_buckets", "_labels", "_seconds", "_status")

    def __init__(self, method: str, route: str, status: int) -> None:
        self._labels = method, route
        self._status = str(status)
        self._clear()

    def _clear(self) -> None:
        self._seconds = 0.0
        self._buckets = [0] * (len(BOUNDS) + 1)

    def add(self, seconds: float) -> None:
        """Count one answered request."""
        self._seconds += seconds
        self._buckets[bisect_left(BOUNDS, seconds)] += 1

    def fold(self) -> None:
        """Add what was counted to the metrics."""
        count = sum(self._buckets)
        if not count:
            return
        REQUESTS.labels(*self._labels, self._status).inc(count)
        histogram: Any = SECONDS.labels(*self._labels)
        # `observe` takes one value at a time; these are the parts that it adds to.
        histogram._sum.inc(self._seconds)  # noqa: SLF001
        for bucket, number in zip(histogram._buckets, self._buckets, strict=True):  # noqa: SLF001
            if number:
                bucket.inc(number)
        self._clear()


# Routes, methods and statuses are few.
_tallies: dict[tuple[str, str, int], Tally] = {}


def tally(method: str, route: str, status: int) -> Tally:
    """Give the tally of such requests."""
    method = method if method in METHODS else "other"
    found = _tallies.get((method, route, status))
    if found is None:
        found = _tallies[method, route, status] = Tally(method, route, status)
    return found


def fold() -> None:
    """Bring the metrics up to date, for other workers to read too."""
    for each in _tallies.values():
        each.fold()


def exposition() -> bytes:
    """Write all metrics of this process, or of all workers, in Prometheus' text format."""
    fold()
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # pyright: ignore[reportUnknownArgumentType]
    return generate_latest(registry)
