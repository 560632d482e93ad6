"""What the matcher costs a process: `python -m bench.names.cost` prints seconds to start and megabytes, as JSON.

Run it in a fresh process: what is loaded already is not counted.
"""

import json
import time

import psutil


def main() -> None:
    """Load the matcher and all its tables, and print what that took."""
    process = psutil.Process()
    before, start = process.memory_info().rss, time.perf_counter()
    from api.names.keys import lookup
    from api.names.score import Candidate, Query, rank

    imported = time.perf_counter()
    for asked, stored in (
        ("Ян Ковальчук", "Jan Kowalczuk"),
        ("若昂·席尔瓦", "João Silva"),
        ("김민수", "Kim Minsu"),
    ):
        lookup(asked, "person")
        rank(Query(asked), [Candidate("x", (stored,))])
    rank(Query("МИД России"), [Candidate("x", ("Russian Foreign Ministry",))], kind="organisation")
    loaded = time.perf_counter()
    print(json.dumps({
        "import": round(imported - start, 3),
        "tables": round(loaded - imported, 3),
        "megabytes": round((process.memory_info().rss - before) / 2**20, 1),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
