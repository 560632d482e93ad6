"""Runs the embedded PostgreSQL in a process that tests may kill: `python -m tests.embedded.driver serve DIR`.

Prints a line of JSON: the address, or what the error says. Ends at SIGTERM or at the end of its input;
with `--fork` a forked child stays until then, as a server's workers do.
"""

import argparse
import json
import os
import signal
import sys
from pathlib import Path

from api.db import embedded


def say(**members: object) -> None:
    sys.stdout.write(f"{json.dumps(members)}\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=("serve", "join"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--durable", action="store_true")
    parser.add_argument("--fork", action="store_true")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    serving = embedded.serve(options.folder, durable=options.durable)
    try:
        with serving if options.role == "serve" else embedded.join(options.folder) as dsn:
            child = os.fork() if options.fork else -1
            if child == 0:
                sys.stdin.read()
                os._exit(0)
            say(dsn=dsn, child=child)
            sys.stdin.read()
    except embedded.EmbeddedError as error:
        say(error=str(error))


if __name__ == "__main__":
    main()
