"""What was measured as tables in Markdown and as a chart."""

import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path
from xml.sax.saxutils import escape

import msgspec

BARE = "bytes, bare ASGI"
# What is held against what, as (contender, work, other contender, its work, goal).
GOALS = (
    ("Dateline", "hot article", BARE, "hot article", 0.75),
    ("Dateline", "hot article", "bytes, Litestar", "hot article", 2.0),
    ("Dateline", "list 20", "list's bytes, bare ASGI", "list 20", 0.7),
    ("Dateline", "304", BARE, "hot article", 0.75),
    ("Dateline, cache off", "hot article", "statement, bare ASGI", "hot article", 0.6),
    ("Dateline", "post", "rows, bare ASGI", "post", 0.5),
    ("Dateline", "read key", "Dateline", "hot article", 0.9),
    ("Dateline, rate limits", "hot article", "Dateline", "hot article", 0.9),
)
MIXED, READ, POST = "mixed 95/5", "article zipf", "post"
REFERENCE = "FastAPI + SQLAlchemy"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One work of one contender in one round: requests a second, milliseconds, bytes, megabytes.

    `cpu` is the processor time of the contender's own processes for each request, in microseconds.
    """

    contender: str
    work: str
    rate: float
    p50: float
    p99: float
    failed: int
    bytes: int
    cpu: float
    empty: float
    memory: float
    round: int = 0


class Run(msgspec.Struct):
    """All figures of one run, and who was left out for which reason."""

    articles: int
    rounds: int
    seconds: int
    figures: list[Figure]
    missing: dict[str, str]

    def of(self, contender: str, work: str) -> list[Figure]:
        """Give the figures of a contender's work, round by round."""
        return [each for each in self.figures if (each.contender, each.work) == (contender, work)]

    def ratios(self, contender: str, work: str, other: str, other_work: str) -> list[float]:
        """Divide what two had in the same round."""
        beside = {each.round: each.rate for each in self.of(other, other_work)}
        mine = self.of(contender, work)
        return [each.rate / beside[each.round] for each in mine if beside.get(each.round)]

    def cpu_ratios(self, contender: str, work: str, other: str, other_work: str) -> list[float]:
        """Divide how many requests a second of processor time carries with the two, in the same round."""
        beside = {each.round: each.cpu for each in self.of(other, other_work)}
        mine = self.of(contender, work)
        return [beside[each.round] / each.cpu for each in mine if beside.get(each.round)]


def markdown(run: Run) -> str:
    """Write the tables."""
    lines = [
        f"{machine()}.",
        f"{run.articles:,} articles, {run.rounds} interleaved round(s) of {run.seconds} s a work,",
        "one worker, 16 connections, wrk with one thread.",
        "",
        "| Ratio, median (lowest to highest) | of the rates | of the work for a second of CPU | goal |",
        "|---|---|---|---|",
        *(_goal_row(run, *goal) for goal in GOALS),
        _mixed_row(run),
        "",
        _memory(run),
    ]
    for work in dict.fromkeys(each.work for each in run.figures):
        lines += ["", *_table(run, work)]
    lines += ["", *(f"Left out: {name}: {why}." for name, why in run.missing.items())]
    return "\n".join(lines).rstrip() + "\n"


def _goal_row(run: Run, contender: str, work: str, other: str, other_work: str, goal: float) -> str:
    asked = (contender, work, other, other_work)
    rates, cpu = _spread(run.ratios(*asked)), _spread(run.cpu_ratios(*asked))
    beside = other if other_work == work else f"{other}, {other_work}"
    return f"| {contender}, {work}, to {beside} | {rates} | {cpu} | {goal} |"


def _mixed_row(run: Run) -> str:
    """Hold the mixed work against what its reads and posts take one after the other, in the same round."""
    reads, posts = ({each.round: each for each in run.of("Dateline", work)} for work in (READ, POST))
    mixed = [each for each in run.of("Dateline", MIXED) if each.round in reads and each.round in posts]
    rates = [each.rate * (0.95 / reads[each.round].rate + 0.05 / posts[each.round].rate) for each in mixed]
    cpu = [(0.95 * reads[each.round].cpu + 0.05 * posts[each.round].cpu) / each.cpu for each in mixed]
    what = f"Dateline, {MIXED}, to {READ} and {POST} in these proportions"
    return f"| {what} | {_spread(rates)} | {_spread(cpu)} | 0.7 |"


def _memory(run: Run) -> str:
    """Tell the memory of Dateline's processes before they were asked for anything."""
    empty = [each.empty for each in run.of("Dateline", "hot article")]
    taken = f"{statistics.median(empty):.0f} MB" if empty else "not measured"
    return f"Memory of Dateline's processes with an empty cache: {taken} (goal: at most 120 a worker)."


def _spread(ratios: list[float]) -> str:
    if not ratios:
        return "not measured"
    middle = f"{statistics.median(ratios):.2f}"
    return middle if len(ratios) == 1 else f"{middle} ({min(ratios):.2f} to {max(ratios):.2f})"


def _table(run: Run, work: str) -> list[str]:
    rows = [
        f"| {work} | requests/s | p50 ms | p99 ms | CPU µs | MB | bytes | times {REFERENCE} |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for contender in dict.fromkeys(each.contender for each in run.figures if each.work == work):
        found = run.of(contender, work)
        rate, p50, p99, cpu, memory = (
            statistics.median(getattr(each, name) for each in found)
            for name in ("rate", "p50", "p99", "cpu", "memory")
        )
        failed = sum(each.failed for each in found)
        name = f"{contender} ({failed:,} failed)" if failed else contender
        times = _spread(run.ratios(contender, work, REFERENCE, work))
        rows.append(
            f"| {name} | {rate:,.0f} | {p50:.2f} | {p99:.2f} | {cpu:,.0f} | {memory:.0f} "
            f"| {found[0].bytes:,} | {times} |"
        )
    return rows


def machine() -> str:
    """Describe the machine and the versions."""
    found = subprocess.run(["wrk", "-v"], capture_output=True, text=True, check=False).stdout.split("[")[0]
    cpu = next(
        (line.split(":")[1].strip() for line in _cpuinfo() if line.startswith("model name")),
        platform.machine(),
    )
    return (
        f"{os.cpu_count()} cores ({cpu}), {platform.system()} {platform.release()}, Python "
        f"{sys.version.split()[0]}, {found.strip()}; load {os.getloadavg()[0]:.1f} at the end"
    )


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


def chart(run: Run, work: str) -> str:
    """Draw the rates of a work as bars."""
    names = list(dict.fromkeys(each.contender for each in run.figures if each.work == work))
    rates = {name: statistics.median(each.rate for each in run.of(name, work)) for name in names}
    most, rows = max(rates.values(), default=1), []
    for place, (name, rate) in enumerate(sorted(rates.items(), key=lambda item: -item[1])):
        y = 34 + 26 * place
        colour = "#14532d" if name.startswith("Dateline") else "#94a3b8"
        rows.append(
            f'<text x="190" y="{y + 14}" text-anchor="end">{escape(name)}</text>'
            f'<rect x="200" y="{y}" width="{max(400 * rate / most, 1):.1f}" height="18" fill="{colour}"/>'
            f'<text x="{206 + 400 * rate / most:.1f}" y="{y + 14}">{rate:,.0f}</text>'
        )
    height = 44 + 26 * len(rows)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="680" height="{height}" font-family="sans-serif"'
        ' font-size="13">'
        f'<rect width="680" height="{height}" fill="#ffffff"/>'
        f'<text x="8" y="20" font-weight="bold">{escape(work)}: requests a second</text>'
        f"{''.join(rows)}</svg>\n"
    )


def publish(run: Run, path: Path) -> None:
    """Write the tables between the marks of a Markdown file, and the chart of one article beside it."""
    text = path.read_text()
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    command = f"Made by `{' '.join(['python -m bench.speed', *sys.argv[1:]])}`."
    picture = path.with_suffix(".svg")
    shown = f"![One hot article: requests a second of each contender]({picture.name})"
    path.write_text(f"{before}{BEGIN}\n\n{command}\n\n{shown}\n\n{markdown(run)}\n{END}{after}")
    picture.write_text(chart(run, "hot article"))
