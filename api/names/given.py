"""Words that stand for each other without being near in letters: short forms, forms in other languages.

`given.txt` is a table of our own: on each line a name and the forms that stand for it. Two forms on one line
stand for the first, not for each other ("Juan" is written "Ioannes" in Latin, but is not "Ivan").
"""

import re
from functools import cache, lru_cache
from importlib.resources import files

from api.names.forms import latin_forms

_PLAIN = str.maketrans("jywh", "iivg")
_TWICE = re.compile(r"(.)\1+")


@lru_cache(maxsize=65536)
def plain(latin: str) -> str:
    """Give a word with j and y as i, w as v, h and kh as g, no letter twice: one form has one."""
    return _TWICE.sub(r"\1", latin.translate(_PLAIN).replace("kh", "h"))


@cache
def forms() -> dict[str, frozenset[str]]:
    """Give, for each name in its plain spelling, the forms that it stands for or that stand for it."""
    found: dict[str, set[str]] = {}
    for line in (files("api.names") / "given.txt").read_text(encoding="utf-8").splitlines():
        name, *others = map(plain, line.split())
        for other in others:
            found.setdefault(name, set()).add(other)
            found.setdefault(other, set()).add(name)
    return {name: frozenset(others) for name, others in found.items()}


@cache
def spellings() -> dict[tuple[str, str], frozenset[str]]:
    """Give learnt pairs (`spellings.tsv`): (system, word) → words; both ways within one script."""
    found: dict[tuple[str, str], set[str]] = {}
    for line in (files("api.names") / "spellings.tsv").read_text(encoding="utf-8").splitlines():
        system, source, target, _ = line.split("\t")
        found.setdefault((system, source), set()).add(target)
        if system in ("Latn", "Cyrl-Cyrl"):
            found.setdefault((system, target), set()).add(source)
    return {key: frozenset(words) for key, words in found.items()}


def stands_for(source: str, target: str, system: str) -> bool:
    """Tell whether a word of a system of writing is known to stand for a Latin word (or one of its own)."""
    return target in spellings().get((system, source), ())


@lru_cache(maxsize=65536)
def others(native: str, latin: str, system: str | None) -> tuple[str, ...]:
    """Give other words, in Latin letters, under which a word may be stored: at most twelve."""
    known = spellings().get((system or "", native), frozenset())
    return tuple(sorted(known | forms().get(plain(latin), frozenset()))[:12])


@cache
def _east_slavic() -> dict[str, frozenset[int]]:
    """Give names by plain spelling → lines of `same.txt`: one name in Russian, Ukrainian and Belarusian."""
    found: dict[str, set[int]] = {}
    lines = (files("api.names") / "same.txt").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        for name in line.split():
            found.setdefault(plain(name), set()).add(number)
    return {name: frozenset(numbers) for name, numbers in found.items()}


def one_name(latin: str, other: str) -> bool:
    """Tell whether two words are one given name as Russian, Ukrainian and Belarusian write it."""
    known = _east_slavic()
    return bool(known.get(plain(latin), frozenset()) & known.get(plain(other), frozenset()))


@lru_cache(maxsize=65536)
def equivalent(latin: str, other: str) -> bool:
    """Tell whether two words in Latin letters are forms of one given name."""
    return plain(other) in forms().get(plain(latin), ())


@lru_cache(maxsize=16384)
def chained(key: str, most: int = 12) -> tuple[str, ...]:
    """Give the forms, in their plain spelling, of what a word of another script is known to be in Latin ones.

    `"ფრანსუა"` is François, of which Franciscus is a form; Latin endings come first, at most `most`.
    """
    found = {other for form in latin_forms(key) for other in forms().get(plain(form), ())}
    return tuple(sorted(found, key=lambda form: (not form.endswith(("us", "es")), form))[:most])
