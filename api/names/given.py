"""Given names that stand for each other: short forms, and the forms of one name in other languages.

`given.txt` is a table of our own: on each line a name and the forms that stand for it. Two forms on one line stand
for the first, not for each other ("Juan" is written "Ioannes" in Latin, but is not "Ivan").
"""

from functools import cache, lru_cache
from importlib.resources import files

from api.names.sound import light


@cache
def forms() -> dict[str, frozenset[str]]:
    """Give, for each name in its light spelling, the forms that it stands for or that stand for it."""
    found: dict[str, set[str]] = {}
    for line in (files("api.names") / "given.txt").read_text(encoding="utf-8").splitlines():
        name, *others = map(light, line.split())
        for other in others:
            found.setdefault(name, set()).add(other)
            found.setdefault(other, set()).add(name)
    return {name: frozenset(others) for name, others in found.items()}


@lru_cache(maxsize=65536)
def equivalent(latin: str, other: str) -> bool:
    """Tell whether two words in Latin letters are forms of one given name."""
    return light(other) in forms().get(light(latin), ())
