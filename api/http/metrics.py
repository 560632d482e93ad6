"""Prometheus metrics of requests, labelled with the route's template and never with an address.

With several worker processes, `PROMETHEUS_MULTIPROC_DIR` names an empty directory that they share before they
start; `/metrics` of any of them then answers for all.
"""

import os

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
UNMATCHED = "unmatched"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

REQUESTS = Counter("dateline_http_requests", "Requests answered.", ("method", "route", "status"))
SECONDS = Histogram(
    "dateline_http_request_duration_seconds",
    "Time from a request's head to the end of its answer.",
    ("method", "route"),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)

KEPT = Counter("dateline_cache_kept", "Answers put into the read cache.")

# The children of a metric are looked up under a lock each time; routes, methods and statuses are few.
_counters: dict[tuple[str, str, int], Counter] = {}
_histograms: dict[tuple[str, str], Histogram] = {}


def observe(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered request."""
    method = method if method in METHODS else "other"
    counter = _counters.get((method, route, status))
    if counter is None:
        counter = _counters[method, route, status] = REQUESTS.labels(method, route, str(status))
        _histograms[method, route] = SECONDS.labels(method, route)
    counter.inc()
    _histograms[method, route].observe(seconds)


def exposition() -> bytes:
    """Write all metrics of this process, or of all workers, in Prometheus' text format."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # pyright: ignore[reportUnknownArgumentType]
    return generate_latest(registry)
