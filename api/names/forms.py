"""Which words are known to be one given name or surname, in any spelling and script: a table of Wikidata's.

`forms.txt` holds `form number …` for each form and `#number form …` with a few Latin forms for each name,
sorted by bytes. It is looked up by bisection in the mapped file, so it needs no loading, and processes share
its memory. Source: Wikidata (CC0) as collected by rigour (MIT, see `forms.LICENSE.txt`);
`bench/names/name_forms.py` makes it.
"""

import mmap
from functools import cache, lru_cache
from importlib.resources import as_file, files

_MOST = 24  # names that a form may stand for before it tells nothing ("yu" stands for 46)


@cache
def _table() -> mmap.mmap:
    with as_file(files("api.names") / "forms.txt") as path, path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _line(key: str) -> list[str]:
    """Give the words after `key` on its line; none when there is no such line."""
    data, wanted = _table(), key.encode()
    low, high = 0, len(data)
    while low < high:
        middle = (low + high) // 2
        start = data.rfind(b"\n", low, middle) + 1 or low
        end = data.find(b"\n", start)
        word, _, rest = data[start:end].partition(b" ")
        if word == wanted:
            return rest.decode().split()
        low, high = (end + 1, high) if word < wanted else (low, start)
    return []


@lru_cache(maxsize=65536)
def names_of(key: str) -> frozenset[str]:
    """Give the numbers of the names that a word (`Word.key`) is a form of; none when unknown or vague."""
    found = _line(key) if len(key) > 1 and key[0] != "#" else []
    return frozenset(found) if len(found) <= _MOST else frozenset()


@lru_cache(maxsize=16384)
def latin_forms(key: str, most: int = 8) -> tuple[str, ...]:
    """Give Latin forms of the names that a word is a form of, at most `most`."""
    found = [form for number in sorted(names_of(key), key=int) for form in _line("#" + number)]
    return tuple(dict.fromkeys(found))[:most]


def same_name(key: str, other: str) -> bool:
    """Tell whether two words are known to be one name."""
    return not names_of(key).isdisjoint(names_of(other))


def different_names(key: str, other: str) -> bool:
    """Tell whether two words are known, and never as one name."""
    one, two = names_of(key), names_of(other)
    return bool(one and two) and one.isdisjoint(two)
