"""The search keys of a name: what is stored beside it, so that other spellings of it are found by index."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations, product
from typing import Literal, NamedTuple

from api.names.fold import fold
from api.names.forms import latin_forms
from api.names.given import chained, others
from api.names.han import spellings
from api.names.organisation import organisation_keys
from api.names.reading import Reading, Word, read
from api.names.sound import light, opened, skeletons

KEYS_VERSION = 4  # raise it when rules or tables change what `keys` gives: stored keys are then recomputed

Kind = Literal["person", "organisation"]


class Key(NamedTuple):
    """A key to look up: which part of the name it stands for, and its weight."""

    key: str
    part: str
    weight: float


_L_SURNAMES = frozenset(("li", "im", "yu", "no", "na", "yang", "yeo", "yeom"))  # 이 is "Lee" abroad
_ABJADS = frozenset(("Arab", "Hebr"))


def _pairs(prefix: str, words: list[tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    """Give one key for each two words of a name, in any order."""
    for (m, one), (n, other) in combinations(enumerate(words), 2):
        for first, second in product(one, other):
            yield prefix + ":".join(sorted((first, second))), f"{prefix}{m}{n}"


def _wholes(words: list[Word], most: int) -> Iterator[tuple[str, str]]:
    """Give the skeleton of the whole name, as written and with the last word moved to the front."""
    for order in (words, [words[-1], *words[:-1]]):
        for skeleton in skeletons("".join(word.latin for word in order), most):
            yield "w" + skeleton, "w"


def _alternatives(reading: Reading, words: list[Word], most: int) -> list[tuple[str, ...]]:
    if reading.system in _ABJADS:
        most *= 2  # a letter may be one of two consonants, or a vowel
    found = [skeletons(word.latin, most) for word in words]
    if reading.system == "Hang" and words[0].latin in _L_SURNAMES:
        bare = found[0][0].replace("A", "").removeprefix("L")
        found[0] = ("L" + bare, bare or "A")
    return found


def _spelled(word: Word, most: int) -> tuple[str, ...]:
    """Give the skeletons of the likeliest spellings of a word in Han."""
    found = dict.fromkeys(skeletons(spelling, 1)[0] for spelling in spellings(word.native, _SPELLINGS))
    return tuple(found)[:most]


def _joined(words: list[Word]) -> Iterator[list[Word]]:
    """Give a name of three short words as two also.

    "Sun Kyo Han" is "Sunkyo Han" as well, or "Sun Kyohan".
    """
    if len(words) == 3 and all(len(word.latin) < 7 for word in words):
        for cut in (1, 2):
            parts = (words[:cut], words[cut:])
            yield [Word("", "".join(word.latin for word in part)) for part in parts]


_NAMES_TOO = frozenset(
    ("tan", "ma", "pan", "do", "la", "le")
)  # particles and titles, and surnames of the East


def _full(reading: Reading) -> list[Word]:
    """Give the words that are neither initials nor particles.

    Particles too if one word is left ("Angela King"), or at an end of the name where they may be the surname
    ("Tan Guan Ming").
    """
    words = [word for word in reading.words if not word.initial]
    ends = 0, len(words) - 1
    full = [
        word
        for number, word in enumerate(words)
        if not word.particle or (number in ends and word.latin in _NAMES_TOO)
    ]
    return full if len(full) > 1 else words


def _person(reading: Reading, most: int) -> Iterator[tuple[str, str]]:
    words = _full(reading)[:4] or list(reading.words)
    if reading.system == "Hani":
        yield from _spelled_words(words, most)
        return
    if reading.system != "Latn":
        yield from _listed(words, most)
    if len(words) > 1:
        yield from _wholes(words, most)
    for joined in (words, *_joined(words)):
        yield from _of_words(reading, joined, most)


def _spelled_words(words: list[Word], most: int) -> Iterator[tuple[str, str]]:
    """Give keys of a name in Han as it may be spelled in any dialect."""
    bones, sounds = (
        [_spelled(word, 2 * most) for word in words],
        [spellings(word.native, most) for word in words],
    )
    if len(words) == 1:
        for skeleton in bones[0]:
            yield "w" + skeleton, "w"
    yield from _pairs("p", bones)
    yield from _pairs("q", [tuple(dict.fromkeys(map(light, found))) for found in sounds])
    for number, (alike, likely) in enumerate(zip(bones, sounds, strict=True)):
        for spelling in likely:
            yield "l" + light(spelling), f"l{number}"
        for skeleton in alike:
            yield "s" + skeleton, f"s{number}"


def _listed(words: list[Word], most: int) -> Iterator[tuple[str, str]]:
    """Give keys of a name in another script under the Latin forms that its words are known to have."""
    forms = [latin_forms(word.key, most) for word in words]
    if any(forms):
        spelled = [(word.latin, *known) for word, known in zip(words, forms, strict=True)]
        yield from _pairs("q", [tuple(dict.fromkeys(map(light, word))) for word in spelled])
        yield from _pairs(
            "p", [tuple(dict.fromkeys(skeletons(form, 1)[0] for form in word)) for word in spelled]
        )
        for number, known in enumerate(forms):
            for form in known:
                yield "l" + light(form), f"l{number}"


def _of_words(reading: Reading, words: list[Word], most: int) -> Iterator[tuple[str, str]]:
    alternatives = _alternatives(reading, words, most)
    yield from _pairs("p", alternatives)
    yield from _pairs("o", [opened(word.latin, most) for word in words])
    yield from _pairs("q", [(light(word.latin),) for word in words])
    for number, word in enumerate(words):
        yield "l" + light(word.latin), f"l{number}"
        for skeleton in alternatives[number]:
            yield "s" + skeleton, f"s{number}"


_SPELLINGS = 12  # of a word in Han
_STORED, _ASKED = 2, 4  # alternatives of a skeleton
_MOST_STORED, _MOST_ASKED = 64, 160
# A new name is asked for its keys several times in a row: what is held, what is alike, what is stored.
ASKED_AGAIN = 2_048
# How much a class of keys tells: l light words, q pairs of them, p and o pairs of skeletons, s one skeleton,
# w whole.
_WEIGHTS = {
    "l": 1.5,
    "q": 1.0,
    "p": 0.7,
    "o": 1.0,
    "s": 0.5,
    "w": 1.0,
    "t": 1.0,
    "u": 1.0,
    "b": 0.7,
    "a": 1.5,
}


def _other_words(reading: Reading) -> Iterator[tuple[str, str]]:
    """Give keys of the name with one word in another form: "Bob Cherry" for "Robert Cherry"."""
    words = _full(reading)[:3]
    for number, word in enumerate(words):
        known = latin_forms(word.key) if reading.system == "Latn" else chained(word.key)
        for other in dict.fromkeys((*others(word.native, word.latin, reading.system), *known)):
            rest = words[:number] + words[number + 1 :]
            yield "l" + light(other), f"l{number}"
            for kept in rest:
                yield from _pairs("q", [(light(other),), (light(kept.latin),)])
                yield from _pairs("p", [skeletons(other, 1), skeletons(kept.latin, 1)])


@lru_cache(maxsize=ASKED_AGAIN)
def lookup(value: str, kind: Kind) -> tuple[Key, ...]:
    """Give the keys to look a name up by; see `docs/names.md` for the statement.

    `part` says which part of the name a key stands for: of the keys of one part the rarest found counts.
    Weights say how much a class tells. At most 160 keys.
    """
    if kind == "organisation":
        pairs = dict(organisation_keys(value, asked=True))
    else:
        readings = read(value)
        pairs = dict(key for reading in readings for key in _person(reading, _ASKED))
        for key, part in (key for reading in readings for key in _other_words(reading)):
            pairs.setdefault(key, part)
    return tuple(Key(key, part, _WEIGHTS[key[0]]) for key, part in pairs.items())[:_MOST_ASKED]


@lru_cache(maxsize=ASKED_AGAIN)
def keys(value: str, kind: Kind) -> tuple[str, ...]:
    """Give the search keys of a name to store beside it, without doubles.

    At most 64, each at most 48 characters.

    The first letter is the class. Persons: `l` a word in its light spelling, `q` two such words, `s` the
    consonant skeleton of a word, `p` two skeletons, `o` two skeletons without ends of syllables, `w` the
    whole name. Organisations: `t` a term, `u` two terms, `b` the beginning of a word, `a` an acronym. Keys of
    one `KEYS_VERSION` are comparable.
    """
    if kind == "organisation":
        found = dict(organisation_keys(value, asked=False))
    else:
        found = dict(key for reading in read(value) for key in _person(reading, _STORED))
    return tuple(key[:48] for key in found)[:_MOST_STORED]


def prefixes(value: str) -> list[str]:
    """Give what a name may be typed as from its beginning: the folded name from each of its words on.

    `"Siarhiej Alejnik"` → `["siarhiej alejnik", "alejnik siarhiej"]`; at most eight, for a range scan on a
    narrow table.
    """
    words = fold(value).split()[:8]
    return list(dict.fromkeys(" ".join(words[n:] + words[:n])[:64] for n in range(len(words))))
