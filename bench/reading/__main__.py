"""Lists and searches on generated articles: fills a database, then measures.

    python -m bench.reading load --articles 100000 --database postgresql://…/an_empty_one
    python -m bench.reading measure --database postgresql://…/the_same
    python -m bench.reading multiply --times 10 --database postgresql://…/a_copy_of_it
    python -m bench.reading compare --out small.json --with large.json

Needs `../shared/data` beside the repository. A million articles take 30 GB.
"""

import argparse
import asyncio
import json
from pathlib import Path
from typing import Any

from bench.reading.load import load
from bench.reading.measure import compare, measure
from bench.reading.multiply import multiply


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["load", "multiply", "measure", "compare"])
    parser.add_argument("--database", help="address of a database of its own")
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=10, help="how much larger `multiply` makes it")
    parser.add_argument("--rounds", type=int, default=100, help="requests of each kind")
    parser.add_argument("--only", default="", help="measure what this finds in its name")
    parser.add_argument("--out", type=Path, help="file for what is measured")
    parser.add_argument("--with", type=Path, dest="other", help="file of the larger corpus, for `compare`")
    options = parser.parse_args()
    if options.what == "compare":
        compare(options.out, options.other)
        return
    work: Any = {
        "load": lambda: load(options.database, options.articles),
        "multiply": lambda: multiply(options.database, options.times),
        "measure": lambda: measure(options.database, options.rounds, options.only),
    }[options.what]
    found = asyncio.run(work())
    if options.out:
        options.out.write_text(json.dumps(found))


main()
