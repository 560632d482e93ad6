"""What an import or export shows: a bar on a terminal, plain lines elsewhere, a table at the end."""

import time
from collections import Counter
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

EVERY = 5.0  # seconds between plain lines


class Shown:
    """Progress on standard error, which leaves standard output to what is exported."""

    def __init__(self, what: str, total: int | None) -> None:
        self._what = what
        self._total = total
        self._console = Console(stderr=True)
        self._started = self._told = time.monotonic()
        self._bar: Progress | None = None
        if self._console.is_terminal:
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                TaskProgressColumn(),
                TextColumn("{task.fields[done]:,} done, {task.fields[rate]:,.0f}/s"),
                TimeRemainingColumn(),
                console=self._console,
            )
            self._task = self._bar.add_task(what, total=total, done=0, rate=0.0)

    def __enter__(self) -> Self:
        """Begin to show."""
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        """End the bar."""
        if self._bar is not None:
            self._bar.stop()

    def update(self, done: int, position: int | None) -> None:
        """Show how many are done, and how far that is of the total."""
        now = time.monotonic()
        rate = done / max(now - self._started, 1e-9)
        if self._bar is not None:
            self._bar.update(self._task, completed=position, done=done, rate=rate)
        elif now - self._told >= EVERY:
            self._told = now
            self._console.print(f"{self._what}: {done:,} done, {rate:,.0f}/s{self._left(position)}")

    def say(self, text: str) -> None:
        """Print a line beside the bar."""
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def summary(self, counts: Mapping[str, int]) -> None:
        """Print the table of what became of everything."""
        seconds = time.monotonic() - self._started
        table = Table("Outcome", "Number", title=f"{self._what}: {seconds:,.1f} s")
        table.columns[1].justify = "right"
        for name, count in Counter(counts).most_common():
            table.add_row(name, f"{count:,}")
        table.add_row("all", f"{sum(counts.values()):,}")
        self._console.print(table)

    def _left(self, position: int | None) -> str:
        if not position or not self._total:
            return ""
        seconds = (time.monotonic() - self._started) * (self._total - position) / position
        return f", {position / self._total:.0%}, about {seconds:,.0f} s left"
