# ruff: noqa: RUF001 - other scripts are the subject here
# ruff: noqa: PLR1730, FURB136 - calls of min and max were a third of the time
"""How far two words are apart: an edit distance with learnt costs for letters and groups of letters."""

import math
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files

from anyascii import anyascii

from api.names.han import spelled

Table = dict[str, dict[str, float]]

LONGEST_SEGMENT = 3
_LONGEST_OF_HAN = 5  # letters that a character may be written with
# What it costs to put letters in that no character of a name in Han accounts for.
_PUT_IN = {**dict.fromkeys("aeiouhyw", 1.5), **dict.fromkeys("bcdfgjklmnpqrstvxz", 2.5)}
HABIT = 0.6  # cost of what a transliteration system or a country's habit writes otherwise
STRANGE = 4.0  # cost of an edit that the table does not know
STRANGE_VOWEL = 2.2  # of one vowel, put in, left out or for another
FAR = 99.0
_VOWELS = frozenset("aeiouyöüäåøæœəıýαεηιουωаеиоуыэяюіїє")
_HOPELESS = 1.0  # likelier by e to be different: no way on from there is tried
_LONGEST_WORD = 24  # letters of a word that are compared
_PREPARED = 4096  # words that are kept prepared, 5 kB each


@cache
def table() -> dict[str, Table]:
    """Give the learnt costs by system (`costs.tsv`: system, letters, Latin letters, cost; `_` is nothing).

    For `Hani` those of characters (`han.tsv`).
    """
    found: dict[str, Table] = {}
    for line in (files("api.names") / "costs.tsv").read_text(encoding="utf-8").splitlines():
        system, source, target, cost = line.split("\t")
        row = found.setdefault(system, {}).setdefault("" if source == "_" else source, {})
        row["" if target == "_" else target] = float(cost)
    for system, source, target in _habits():
        row = found[system].setdefault(source, {})
        row[target] = min(row.get(target, HABIT), HABIT)
    found["Hani"] = {**spelled(), "": _PUT_IN}
    return found


def _habits() -> Iterator[tuple[str, str, str]]:
    """Give the spelling habits of `systems.txt`: (system, letters, letters), for Latin both ways."""
    for line in (files("api.names") / "systems.txt").read_text(encoding="utf-8").splitlines():
        system, source, *targets = line.split()
        for target in targets if system != "#" else ():
            yield system, source, target
            if system == "Latn":
                yield system, target, source


def _costs(system: str) -> Table:
    return table().get(system) or table()["Latn"]


Edits = dict[str, list[tuple[int, float]]]


@lru_cache(maxsize=8192)
def _edits(text: str, system: str) -> tuple[Edits, list[tuple[int, float]]]:
    """Give the known edits of what `text` begins with: target letters → letters of the source and cost.

    Beside them those that leave letters out.
    """
    known, found = _costs(system), dict[str, list[tuple[int, float]]]()
    for size in range(1, len(text) + 1):
        for target, cost in known.get(text[:size], {}).items():
            found.setdefault(target, []).append((size, cost))
    return found, found.pop("", [])


def _strange(letter: str) -> float:
    return STRANGE_VOWEL if letter in _VOWELS else STRANGE


@lru_cache(maxsize=_PREPARED)
def _steps(word: str, system: str) -> list[tuple[str, float, Edits, list[tuple[int, float]]]]:
    """Give, for each letter of a source word.

    The letter, the cost to leave it out, and the known edits from it (`_edits`).
    """
    text = f"^{word[:_LONGEST_WORD]}$"
    return [
        (letter, _strange(letter), *_edits(text[i : i + LONGEST_SEGMENT], system))
        for i, letter in enumerate(text)
    ]


@lru_cache(maxsize=_PREPARED)
def _goals(word: str, system: str) -> list[tuple[str, float, list[tuple[int, str]], list[tuple[int, float]]]]:
    """Give, for each letter of a target word.

    The letter, the cost to put it in, the segments that begin with it and where they end, and the known costs
    to put segments in.
    """
    longest = LONGEST_SEGMENT
    if system == "Hani":
        word, longest = "".join(filter(str.isalnum, anyascii(word).casefold())), _LONGEST_OF_HAN
    inserted, text = _costs(system).get("", {}), f"^{word[:_LONGEST_WORD]}$"
    found: list[tuple[str, float, list[tuple[int, str]], list[tuple[int, float]]]] = []
    for j, letter in enumerate(text):
        segments = [(j + k, text[j : j + k]) for k in range(1, min(longest, len(text) - j) + 1)]
        known = [(end, inserted[segment]) for end, segment in segments if segment in inserted]
        found.append((letter, _strange(letter), segments, known))
    return found


def within(source: str, target: str, system: str, limit: float) -> float:  # noqa: C901, PLR0912 - calls cost more
    """Give the cost of the cheapest way from one word to the other; `FAR` or more when it is above the limit.

    Words carry `^` and `$` as ends, so that a table can know of endings. Time: about five look-ups for each
    pair of letters that a way within the limit can reach.
    """
    steps, goals = _steps(source, system), _goals(target, system)
    n, m = len(steps), len(goals)
    rows = [[FAR] * (m + 1) for _ in range(n + 1)]
    rows[0][0] = 0.0
    for i, (letter, left_out, edits, dropped) in enumerate(steps):
        row, following = rows[i], rows[i + 1]
        for j, (goal, put_in, segments, inserted) in enumerate(goals):
            cost = row[j]
            if cost > limit:
                continue
            if cost + put_in < row[j + 1]:
                row[j + 1] = cost + put_in
            for end, step in inserted:
                if cost + step < row[end]:
                    row[end] = cost + step
            for down, step in dropped:
                if cost + step < rows[i + down][j]:
                    rows[i + down][j] = cost + step
            for end, segment in segments:
                for down, step in edits.get(segment, ()):
                    if cost + step < rows[i + down][end]:
                        rows[i + down][end] = cost + step
            if cost + left_out < following[j]:
                following[j] = cost + left_out
            if letter != goal:
                cost += left_out if left_out > put_in else put_in
            if cost < following[j + 1]:
                following[j + 1] = cost
    return rows[n][m]


@cache
def _scales() -> dict[str, tuple[float, float, float]]:
    """Give what turns a cost into a likeness (`likeness.tsv`.

    System, intercept, cost for a letter, length).
    """
    lines = (files("api.names") / "likeness.tsv").read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines)
    return {system: (float(a), float(b), float(c)) for system, a, b, c in rows}


@lru_cache(maxsize=200_000)
def likeness(source: str, target: str, system: str) -> float:
    """Give how alike a word in a system of writing and a Latin word are (two Latin words, for `Latn`), 0..1.

    The chance that they are one word, were one word and a different word that looks alike equally likely
    before.
    """
    length = (len(source) + len(target)) / 2
    start, slope, longer = _scales().get(system) or _scales()["Latn"]
    level = start + longer * min(length, 10)
    limit = (level + _HOPELESS) / -slope * length
    cost = 0.0 if source == target else within(source, target, system, limit)
    return 1 / (1 + math.exp(min(-slope * cost / length - level, 30)))
