"""Writes `api/names/forms.txt`: which words are one given name or surname, across spellings and scripts.

From the list of given names and surnames of Wikidata (CC0) that `rigour` 1.3.0 (MIT) carries as text; later
versions hold the same list inside a compiled module. `python -m bench.names.name_forms WHEEL`, with the path
of the wheel of rigour 1.3.0. Names that our own light spelling brings together already are left out, and so
are names of several words.
"""

import sys
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from api.names.fold import fold
from api.names.reading import han_key, read
from api.names.script import script_of
from api.names.sound import light

TABLE = Path(__file__).resolve().parents[2] / "api" / "names" / "forms.txt"
LIST = "rigour/data/names/persons.txt"
FEWEST, LONGEST, SHOWN = (
    3,
    24,
    4,
)  # forms of a name that is worth keeping; letters; Latin forms that are listed


def key(form: str) -> str:
    """Give the key that the matcher has for a form of one word; empty for others."""
    script = script_of(form)
    if script == "Hani":
        return han_key(form)
    if script == "Hang":
        return fold(form)
    words = [word for reading in read(form) for word in reading.words if not word.particle]
    return words[0].key if len(words) == 1 else ""


def groups(lines: Iterable[str]) -> dict[frozenset[str], set[str]]:
    """Give Latin forms → all forms; names that have the same Latin forms (Japanese ones in many signs) are one."""
    found = defaultdict[frozenset[str], set[str]](set)
    for line in lines:
        forms = {form: key(form) for form in line.rpartition(" => ")[0].split(", ") if " " not in form}
        kept = {
            form: key
            for form, key in forms.items()
            if 1 < len(key) <= LONGEST and key.isascii() and " " not in key
        }
        latin = frozenset(key for form, key in kept.items() if script_of(form) == "Latn" and key.isalpha())
        if latin:
            found[latin] |= set(kept.values())
    return found


def _telling(forms: set[str]) -> bool:
    spelled = {form if form[0] == "=" else light(form) for form in forms}
    return len(spelled) > 1 and (len(forms) >= FEWEST or any(form[0] == "=" for form in forms))


def _shown(latin: Iterable[str]) -> list[str]:
    """Give a few Latin forms that differ in sound."""
    return list({light(form): form for form in sorted(latin, reverse=True)}.values())[-SHOWN:][::-1]


def table(lines: Iterable[str]) -> Iterator[str]:
    """Give the lines of the table: `#number latin latin …` and `form number number …`."""
    numbers = defaultdict[str, list[int]](list)
    kept = [(latin, forms) for latin, forms in groups(lines).items() if _telling(forms)]
    for number, (latin, forms) in enumerate(sorted(kept, key=lambda pair: sorted(pair[0]))):
        yield " ".join([f"#{number}", *_shown(latin)])
        for form in forms:
            numbers[form].append(number)
    for form, found in numbers.items():
        yield " ".join([form, *map(str, found)])


def main(wheel: str) -> None:
    with zipfile.ZipFile(wheel) as archive, archive.open(LIST) as lines:
        found = sorted(line.encode() for line in table(line.decode().rstrip("\n") for line in lines))
    TABLE.write_bytes(b"\n".join(found) + b"\n")
    print(len(found), "lines", TABLE.stat().st_size, "bytes")


if __name__ == "__main__":
    main(sys.argv[1])
