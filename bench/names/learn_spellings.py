"""Learns `api/names/spellings.tsv`: words that stand for each other without being near in letters.

A pair of words is taken when at least two (Latin with Latin: three) people of the learning part bear both, in
two names that agree in their other word, and the learnt edits do not see it ("Жак" is "Jacques", "Bob" is
"Robert"). `python -m bench.names.learn_spellings`.
"""

from collections import defaultdict
from itertools import product
from pathlib import Path

from api.names.edit import likeness
from api.names.reading import Reading, read, spelled
from bench.names.people import load

TABLE = Path(__file__).resolve().parents[2] / "api" / "names" / "spellings.tsv"
ENOUGH = 0.96  # from here on the learnt edits see it themselves
SURE = 0.8  # how alike the other words must be


def other_words(system: str, source: Reading, target: Reading) -> list[tuple[str, str]]:
    """Give the words that are left when the words that are surely the same are taken away from two names."""
    ones = [word.native for word in source.words if not word.initial and not word.particle]
    others = [word.native for word in target.words if not word.initial and not word.particle]
    if len(ones) != 2 or len(others) != 2:
        return []
    found = []
    for (a, b), (c, d) in product((ones, ones[::-1]), (others, others[::-1])):
        if min(len(a), len(c)) > 2 and likeness(a, c, system) > SURE:
            found.append((b, d))
    return found


def main() -> None:
    bearers = defaultdict[tuple[str, str, str], set[str]](set)
    for person in load():
        if person.test:
            continue
        for one, other in product(person.names, person.names):
            for source, target in product(read(one.value), read(other.value)):
                system = spelled(source, target)
                if system and source.words != target.words:
                    for pair in other_words(system, source, target):
                        bearers[system, *pair].add(person.id)
    lines = []
    for (system, source, target), people in sorted(bearers.items()):
        symmetric = system in ("Latn", "Cyrl-Cyrl")
        if len(people) < (3 if system == "Latn" else 2) or (symmetric and source > target):
            continue
        if likeness(source, target, system) < ENOUGH and min(len(source), len(target)) > 1:
            lines.append(f"{system}\t{source}\t{target}\t{len(people)}")
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(len(lines))


if __name__ == "__main__":
    main()
