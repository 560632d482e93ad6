"""Measures Dateline beside its limits and its peers: `python -m bench.speed [--quick] [--database URL]`.

Each round starts every contender in turn on the same machine, one worker each, and drives it with the same
wrk. Figures of different runs are not compared: what counts are the ratios within each round.
"""

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import msgspec

from api.db import embedded
from bench.speed import report
from bench.speed.contenders import Contender, MissingError, contenders, cpu_seconds, megabytes, running
from bench.speed.corpus import Corpus, load
from bench.speed.report import Figure, Run
from bench.speed.works import WORKS, UnansweredError, check, work

PORT = 8300
CONNECTIONS = 16
SCRIPT = Path(__file__).with_name("work.lua")


class Plan(msgspec.Struct, frozen=True):
    """How much is measured: articles, rounds, seconds for each work, and of warming up before."""

    articles: int
    rounds: int
    seconds: int
    warm: int


LONG = Plan(articles=100_000, rounds=5, seconds=3, warm=2)
QUICK = Plan(articles=1_000, rounds=1, seconds=2, warm=1)


@contextmanager
def database(url: str | None) -> Iterator[str]:
    """Provide an empty database: on a server that is given, else on one of our own."""
    if url is None:
        folder = Path(tempfile.mkdtemp(prefix="dateline-bench-"))
        folder.chmod(0o711)
        with embedded.serve(folder / "data") as dsn:
            yield dsn
        shutil.rmtree(folder)
        return
    name = f"dateline_bench_{os.getpid()}"
    asyncio.run(_execute(url, f"create database {name} template template0"))
    yield urlsplit(url)._replace(path=f"/{name}").geturl()
    asyncio.run(_execute(url, f"drop database {name} with (force)"))


async def _execute(url: str, statement: str) -> None:
    conn = await asyncpg.connect(url)
    await conn.execute(statement)
    await conn.close()


def drive(env: dict[str, str], base: str, seconds: int) -> dict[str, float]:
    """Run wrk over the requests of a file."""
    done = subprocess.run(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s", "-s", str(SCRIPT), base],
        env=os.environ | env, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout.strip().splitlines()[-1])


def measure(contender: Contender, names: list[str], corpus: Corpus, plan: Plan, folder: Path) -> list[Figure]:
    """Start a contender, give it its work, and stop it."""
    base, figures = f"http://127.0.0.1:{PORT}", []
    with running(contender, PORT) as processes:
        empty = megabytes(processes)
        for name in names:
            if name not in contender.works:
                continue
            given = work(name, contender, corpus, base)
            try:
                size, env = check(given, base), given.write(folder)
            except UnansweredError as error:
                print(f"  {contender.name:24} {name:14} not answered, {error}", file=sys.stderr)
                continue
            if name != "post":
                drive(env, base, plan.warm)
            before = cpu_seconds(processes)
            found = drive(env, base, plan.seconds)
            if not found["requests"]:
                print(f"  {contender.name:24} {name:14} no answer in {plan.seconds} s", file=sys.stderr)
                continue
            cpu = (cpu_seconds(processes) - before) / found["requests"] * 1e6
            figures.append(
                Figure(
                    contender=contender.name,
                    work=name,
                    rate=found["requests"] / found["seconds"],
                    p50=found["p50"],
                    p99=found["p99"],
                    failed=int(found["failed"]),
                    bytes=size,
                    cpu=cpu,
                    empty=empty,
                    memory=megabytes(processes),
                )
            )
            print(f"  {contender.name:24} {name:14} {figures[-1].rate:10,.0f}/s", file=sys.stderr)
    return figures


def run(plan: Plan, names: list[str], only: list[str], dsn: str) -> Run:
    """Load the corpus and measure all contenders, round after round."""
    folder = Path(tempfile.mkdtemp(prefix="dateline-bench-"))
    folder.chmod(0o755)
    print(f"loading {plan.articles:,} articles", file=sys.stderr)
    corpus = asyncio.run(load(dsn, plan.articles))
    every = [each for each in contenders(dsn, folder) if not only or each.name in only]
    _take_samples(dsn, corpus, folder)
    result = Run(articles=plan.articles, rounds=plan.rounds, seconds=plan.seconds, figures=[], missing={})
    for number in range(plan.rounds):
        print(f"round {number + 1} of {plan.rounds}", file=sys.stderr)
        for contender in every if number % 2 == 0 else reversed(every):
            if contender.name in result.missing:
                continue
            try:
                contender.install()
                figures = measure(contender, names, corpus, plan, folder)
            except (MissingError, OSError, subprocess.SubprocessError) as error:
                result.missing[contender.name] = str(error)
                print(f"  {contender.name}: left out, {error}", file=sys.stderr)
                continue
            result.figures += [msgspec.structs.replace(figure, round=number) for figure in figures]
    shutil.rmtree(folder, ignore_errors=True)
    return result


def _take_samples(dsn: str, corpus: Corpus, folder: Path) -> None:
    """Keep the bytes of an article and of a list for the contenders that answer from memory."""
    own = next(each for each in contenders(dsn, folder) if each.name == "Dateline")
    paths = {"article": f"/v1/articles/{corpus.articles[0]}", "list": "/v1/articles?limit=20"}
    with running(own, PORT):
        for name, path in paths.items():
            (folder / name).write_bytes(urllib.request.urlopen(f"http://127.0.0.1:{PORT}{path}").read())


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--quick", action="store_true", help="few articles, one round")
    parser.add_argument("--database", help="a server to make the database on; none means one of our own")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--works", help=f"some of {', '.join(WORKS)}")
    parser.add_argument("--only", action="append", default=[], help="a contender by its name")
    parser.add_argument(
        "--publish", type=Path, help="a Markdown file to write the tables into, and a chart beside it"
    )
    given = parser.parse_args()
    if not shutil.which("wrk"):
        sys.exit("wrk is needed to drive the contenders; Debian and Ubuntu have it as the package `wrk`.")
    plan = QUICK if given.quick else LONG
    if given.rounds:
        plan = msgspec.structs.replace(plan, rounds=given.rounds)
    names = given.works.split(",") if given.works else list(WORKS)
    with database(given.database) as dsn:
        result = run(plan, names, given.only, dsn)
    print(report.markdown(result))
    if given.publish:
        report.publish(result, given.publish)


if __name__ == "__main__":
    main()
