"""Learns `api/names/han.tsv`: how characters are written in Latin letters in names, whatever the dialect.

Pairs of a name in Han and in Latin letters are aligned, each character with at most five letters (EM): the
given names and surnames of Wikidata (CC0) in the list of `rigour` 1.3.0 (see `name_forms`), which are names
that Chinese transliterates, and the people of the learning part, from whom Malay names and the surnames of
Hokkien, Teochew, Hakka and Wade-Giles come. A spelling is kept that several names share.
`python -m bench.names.learn_han WHEEL` (about five minutes, one process).
"""

import math
import random
import re
import sys
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

from api.names.fold import fold
from api.names.han import cantonese, mandarin, simplified, sounded
from api.names.script import of_character
from bench.names.name_forms import LIST
from bench.names.people import Person, load

TABLE = Path(__file__).resolve().parents[2] / "api" / "names" / "han.tsv"
ROUNDS, NAMES = 5, 40_000
LONGEST = 5  # letters of one character
CHANCE = 2.0  # -log of how likely a letter is where nothing is known
PRIOR = 2.0  # names that what a character sounds like counts as
FEWEST, LIKELIEST = 1.5, 0.015  # expected names that share a spelling; its share of the character's names
FOREIGN = 250  # characters that most transliterated names are written with: nine of ten signs
MOST = 10  # spellings of one character
# What may be a Japanese reading tells nothing of the characters' sound in Chinese.
_JAPANESE = re.compile(r"(?:(?:[kgsztdnhbpmr]y?|[yw]|sh|ch|j|f|ts)?[aeiou]h?|n|[kstp](?=[kstpc]))+")
_LEFT_ALIKE = str.maketrans("bdgqvzjyiou", "ptkkfsccaaa")


class Pair(NamedTuple):
    """A name, or a part of one, in Han, and the words in Latin letters of which one should be the same."""

    han: str
    latin: tuple[str, ...]
    weight: float


def _listed(wheel: str) -> Iterator[Pair]:
    with zipfile.ZipFile(wheel) as archive, archive.open(LIST) as lines:
        for line in lines:
            forms = line.decode().rpartition(" => ")[0].split(", ")
            words = {word for form in forms if form.isascii() and (word := fold(form)).isalpha()}
            latin = tuple(word for word in words if not _JAPANESE.fullmatch(word))
            for form in forms:
                if latin and 1 < len(form) < 8 and all(of_character(sign) == "Hani" for sign in form):
                    yield Pair(simplified(form), latin[:8], 1.0)


def windows(words: Sequence[str]) -> Iterator[str]:
    """Give neighbouring words taken as one, also with the last word in front."""
    for order in (words, [words[-1], *words[:-1]]):
        for start in range(len(order)):
            for end in range(start + 1, min(len(order), start + 5) + 1):
                yield "".join(order[start:end])


def of_person(person: Person) -> Iterator[Pair]:
    """Give the names of a person in Han, by parts where they have separators, with the Latin ones."""
    latin = [fold(name.value).split() for name in person.names if name.script == "Latn"]
    options = tuple(dict.fromkeys(w for words in latin if len(words) < 7 for w in windows(words)))
    names = dict.fromkeys(simplified(fold(name.value)) for name in person.names if name.script == "Hani")
    for name in names if options else ():
        for part in name.split():
            if len(part) < 10 and all(of_character(sign) == "Hani" for sign in part):
                yield Pair(part, options, 1 / len(names))


@cache
def _sounds(character: str) -> tuple[str, ...]:
    pinyin, jyutping = mandarin(character), cantonese().get(character, "")
    found = [pinyin, sounded(pinyin, "zh")]
    if jyutping:
        found += [jyutping, sounded(jyutping, "yue")]
    return tuple(dict.fromkeys(sound.translate(_LEFT_ALIKE) for sound in found if sound))


@cache
def prior(character: str, letters: str) -> float:
    """Guess how likely a character is written so, by its Mandarin and Cantonese sound."""
    alike = letters.translate(_LEFT_ALIKE)
    far = min((Levenshtein.distance(sound, alike) for sound in _sounds(character)), default=3)
    head = all(alike[:1] != sound[:1] for sound in _sounds(character))
    return math.exp(-0.9 * far - 0.8 * head) / 12


class Model:
    """How likely each character is written by which letters."""

    def __init__(self) -> None:
        self.counts: dict[str, Counter[str]] = {}
        self.totals: dict[str, float] = {}

    def chance(self, character: str, letters: str) -> float:
        """Give the probability of letters for a character."""
        counted = self.counts.get(character, Counter[str]())[letters]
        return (counted + PRIOR * prior(character, letters)) / (self.totals.get(character, 0.0) + PRIOR)

    def learn(self, counts: dict[str, Counter[str]]) -> None:
        """Take the counts of a round."""
        self.counts = counts
        self.totals = {character: row.total() for character, row in counts.items()}

    def forward(self, han: str, latin: str) -> list[dict[int, float]]:
        """Give the probability of the first letters for the first characters."""
        rows: list[dict[int, float]] = [{0: 1.0}]
        for left, character in zip(range(len(han) - 1, -1, -1), han, strict=True):
            row = defaultdict[int, float](float)
            for start, before in rows[-1].items():
                for end in range(
                    max(start, len(latin) - LONGEST * left), min(start + LONGEST, len(latin)) + 1
                ):
                    row[end] += before * self.chance(character, latin[start:end])
            rows.append(row)
        return rows

    def evidence(self, han: str, latin: str) -> float:
        """Give how much likelier the letters are for the characters than by chance (log)."""
        if not len(han) <= 2 * len(latin) <= 2 * LONGEST * len(han):
            return -99.0
        found = self.forward(han, latin)[-1].get(len(latin), 0.0)
        return math.log(found) + CHANCE * len(latin) if found > 0 else -99.0

    def count(self, han: str, latin: str, weight: float, counts: dict[str, Counter[str]]) -> None:
        """Add the expected uses of one pair."""
        rows = self.forward(han, latin)
        after: dict[int, float] = {len(latin): 1.0}
        total = rows[-1].get(len(latin), 0.0)
        for place in range(len(han) - 1, -1, -1):
            earlier = defaultdict[int, float](float)
            for start, before in rows[place].items():
                for end in range(start, min(start + LONGEST, len(latin)) + 1):
                    if end in after:
                        letters = latin[start:end]
                        step = self.chance(han[place], letters) * after[end]
                        earlier[start] += step
                        counts[han[place]].update({letters: weight * before * step / total})
            after = earlier


def learn(pairs: Sequence[Pair]) -> Model:
    """Align and count in turns; of the words of a pair the likeliest is taken, if any is likely."""
    model = Model()
    for number in range(ROUNDS):
        counts = defaultdict[str, Counter[str]](Counter)
        used = 0
        for han, options, weight in pairs:
            score, latin = max((model.evidence(han, word), word) for word in options)
            if score > 0.1 * min(number, 3) * len(latin):
                used += 1
                model.count(han, latin, weight, counts)
        model.learn(counts)
        print(number, used, "of", len(pairs), flush=True)
    return model


def rows(model: Model, foreign: frozenset[str]) -> Iterator[str]:
    """Give the lines of the table: character, letters and cost, … by rising cost; `+` marks `foreign` ones."""
    for character, row in sorted(model.counts.items()):
        total = model.totals[character]
        kept = [
            (round(-math.log(count / total), 1), letters or "_")
            for letters, count in row.most_common(MOST)
            if count >= FEWEST and count / total >= LIKELIEST
        ]
        if kept:
            mark = "+" if character in foreign else ""
            yield " ".join([character + mark, *(f"{letters} {cost}" for cost, letters in kept)])


def foreign(listed: Iterable[Pair]) -> frozenset[str]:
    """Give the characters that transliterated names are mostly written with."""
    counts = Counter(character for pair in listed if len(pair.han) > 2 for character in pair.han)
    return frozenset(character for character, _ in counts.most_common(FOREIGN))


def pairs(people: Iterable[Person], wheel: str) -> list[Pair]:
    """Give all pairs; Korean readings have a table of their own."""
    listed = list(_listed(wheel))
    found = random.Random(1).sample(listed, min(NAMES, len(listed)))
    for person in people:
        if "Korea" not in (person.country or ""):
            found += of_person(person)
    return found


def main(wheel: str) -> None:
    model = learn(pairs((person for person in load() if not person.test), wheel))
    lines = list(rows(model, foreign(_listed(wheel))))
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(len(lines), "characters", TABLE.stat().st_size, "bytes")


if __name__ == "__main__":
    main(sys.argv[1])
