"""Writes `api/names/territories.txt`: ISO 3166-1 codes of countries with their names in many languages.

From the names of territories of Wikidata (CC0) that `rigour` 1.3.0 (MIT) carries: names of one word (or in a
script without blanks) that stand for one country alone. `python -m bench.names.territories WHEEL`.
"""

import json
import sys
import zipfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from api.names.fold import fold
from api.names.script import script_of
from api.names.terms import UNSPACED

TABLE = Path(__file__).resolve().parents[2] / "api" / "names" / "territories.txt"
LIST = "rigour/data/territories/data.jsonl"
SHORTEST = 4  # letters, but two signs in a script without blanks


def codes(records: Iterable[dict[str, Any]]) -> dict[str, set[str]]:
    """Give name → codes; names of territories that are no countries are there too, so that they drop out."""
    found = defaultdict[str, set[str]](set)
    for record in records:
        for name in (record["name"], *record.get("names_strong", ()), *record.get("names_weak", ())):
            unspaced = script_of(name) in UNSPACED
            if " " not in name and len(fold(name)) >= (2 if unspaced else SHORTEST):
                found[name.casefold() if unspaced else fold(name)].add(record["code"])
    return found


def main(wheel: str) -> None:
    with zipfile.ZipFile(wheel) as archive, archive.open(LIST) as lines:
        records = [json.loads(line) for line in lines]
    countries = {r["code"] for r in records if r.get("is_country") and not r.get("is_historical")}
    names = defaultdict[str, list[str]](list)
    for name, found in sorted(codes(records).items()):
        code = next(iter(found))
        if len(found) == 1 and code in countries and len(code) == 2 and "*" not in name:
            names[code.upper()].append(name)
    text = "".join(f"{code} {' '.join(found)}\n" for code, found in sorted(names.items()))
    TABLE.write_text(
        "# Countries by their names in many languages; bench/names/territories.py made it.\n" + text,
        encoding="utf-8",
    )


if __name__ == "__main__":
    main(sys.argv[1])
