"""Kills the service and PostgreSQL at random moments of its work, and checks everything after each time.

    python -m bench.torture [ROUNDS] [SECONDS] [SEED]

Ends with status 1 when anything disagrees. The seed, which is printed, decides what is written, what is
killed and when; how far the service has come by then it does not decide.
"""

import asyncio
import random
import signal
import sys

from tests.torture.rounds import KINDS, torture


def main(rounds: int = 50, seconds: int = 600, seed: int | None = None) -> int:
    seed = random.randrange(2**32) if seed is None else seed
    print(f"seed {seed}", flush=True)
    # An end from outside ends the service too, as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    chosen = random.Random(seed)
    kinds = [chosen.choice(KINDS) for _ in range(rounds)]
    # The last check reads everything once more and waits for the last deliveries.
    faults = asyncio.run(torture(seed, kinds, seconds * 0.85, lambda line: print(line, flush=True)))
    for fault in faults:
        print(f"FAULT {fault}")
    return bool(faults)


sys.exit(main(*(int(each) for each in sys.argv[1:])))
