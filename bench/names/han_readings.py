"""Writes `api/names/korean.txt`, `cantonese.txt` and `simplified.txt`.

How Han characters are read in Korea and Hong Kong, and which characters were simplified to which.

Needs the packages `hanja`, `ToJyutping` and `opencc-purepy` (which carries the dictionaries of OpenCC, under the
Apache licence 2.0), for this script alone: `python -m bench.names.han_readings`.
"""

import unicodedata
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

TABLES = Path(__file__).resolve().parents[2] / "api" / "names"


def block(codec: str, rows: range) -> Iterator[str]:
    """Give the characters of some rows of a double-byte character set, in its order."""
    for high in rows:
        for low in range(0x40, 0xFF):
            try:
                character = bytes((high, low)).decode(codec)
            except UnicodeDecodeError:
                continue
            if len(character) == 1:
                yield character


def _rising(readings: list[str]) -> list[str]:
    """Replace what breaks the order: the set is sorted by reading, a character may have others as well."""
    tails, tail_at, before = list[str](), list[int](), list[int | None]()
    for number, reading in enumerate(readings):
        place = bisect_right(tails, reading)
        before.append(tail_at[place - 1] if place else None)
        tails[place : place + 1], tail_at[place : place + 1] = [reading], [number]
    kept, number = set[int](), tail_at[-1] if tail_at else None
    while number is not None:
        kept.add(number)
        number = before[number]
    result = list[str]()
    for number, reading in enumerate(readings):
        result.append(reading if number in kept else result[-1] if result else reading)
    return result


def korean() -> str:
    """Give readings with the number of characters of KS X 1001 that follow each other under it.

    `가34 각17 …`.
    """
    from hanja.table import hanja_table as table

    characters = [c for c in block("euc_kr", range(0xCA, 0xFE)) if unicodedata.name(c, "").startswith("CJK")]
    readings = _rising([table.get(c) or table[unicodedata.normalize("NFKC", c)] for c in characters])
    runs = list[tuple[str, int]]()
    for reading in readings:
        if runs and runs[-1][0] == reading:
            runs[-1] = (reading, runs[-1][1] + 1)
        else:
            runs.append((reading, 1))
    return " ".join(f"{reading}{count}" for reading, count in runs) + "\n"


def cantonese() -> str:
    """Give the common characters of Big5 and GB 2312 under their first Jyutping syllable, without tones."""
    import ToJyutping

    found = defaultdict[str, list[str]](list)
    for character in sorted({*block("big5", range(0xA4, 0xC7)), *block("gb2312", range(0xB0, 0xD8))}):
        reading = ToJyutping.get_jyutping_list(character)[0][1]
        if reading and unicodedata.name(character, "").startswith("CJK"):
            found[reading.rstrip("123456")].append(character)
    return "".join(f"{reading} {''.join(characters)}\n" for reading, characters in sorted(found.items()))


def simplified() -> str:
    """Give each simplified character of GB 2312 with the traditional ones of Big5 and KS X 1001 that it is for."""
    dictionary = files("opencc_purepy") / "dicts" / "STCharacters.txt"
    common = {*block("big5", range(0xA4, 0xC7)), *block("euc_kr", range(0xCA, 0xFE))}
    wanted, found = set(block("gb2312", range(0xB0, 0xF8))), list[str]()
    for line in dictionary.read_text(encoding="utf-8").splitlines():
        character, *others = line.split()
        traditional = [other for other in others if other in common and other != character]
        if character in wanted and traditional:
            found.append(character + "".join(traditional))
    return "\n".join(sorted(found)) + "\n"


if __name__ == "__main__":
    (TABLES / "korean.txt").write_text(korean(), encoding="utf-8")
    (TABLES / "cantonese.txt").write_text(cantonese(), encoding="utf-8")
    (TABLES / "simplified.txt").write_text(simplified(), encoding="utf-8")
