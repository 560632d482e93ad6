"""Lists and searches on generated articles: fills a database, then measures.

    python -m bench.reading load --articles 1000000 --database postgresql://…/an_empty_one
    python -m bench.reading measure --database postgresql://…/the_same

Needs `../shared/data` beside the repository. A million articles take some hours and 30 GB.
"""

import argparse
import asyncio

from bench.reading.load import load
from bench.reading.measure import measure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["load", "measure"])
    parser.add_argument("--database", required=True, help="address of a database of its own")
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=100, help="requests of each kind")
    options = parser.parse_args()
    asyncio.run(
        load(options.database, options.articles)
        if options.what == "load"
        else measure(options.database, options.rounds)
    )


main()
