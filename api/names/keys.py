# ruff: noqa: RUF003 - other scripts are the subject here
"""The search keys of a name: what is stored beside it, so that other spellings of it are found by index."""

from collections.abc import Iterator
from itertools import combinations, product

from api.names.reading import Reading, Word, read
from api.names.sound import light, opened, skeletons

KEYS_VERSION = 1

_L_SURNAMES = frozenset(("i", "im", "yu", "no", "na", "yang", "yeo", "yeom"))  # 이 is "Lee" abroad


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
    found = [skeletons(word.latin, most) for word in words]
    if reading.system == "Hang" and words[0].latin in _L_SURNAMES:
        found[0] = ("L" + found[0][0].replace("A", ""), *found[0])
    return found


def _joined(words: list[Word]) -> Iterator[list[Word]]:
    """Give a name of three short words as two also: "Sun Kyo Han" is "Sunkyo Han" as well, or "Sun Kyohan"."""
    if len(words) == 3 and all(len(word.latin) < 7 for word in words):
        for cut in (1, 2):
            parts = (words[:cut], words[cut:])
            yield [Word("", "".join(word.latin for word in part)) for part in parts]


def _person(reading: Reading, most: int) -> Iterator[tuple[str, str]]:
    full = [word for word in reading.words if not word.particle and not word.initial]
    words = full[:4] or list(reading.words)
    if len(words) > 1:
        yield from _wholes(words, most)
    for joined in (words, *_joined(words)):
        yield from _of_words(reading, joined, most)


def _of_words(reading: Reading, words: list[Word], most: int) -> Iterator[tuple[str, str]]:
    alternatives = _alternatives(reading, words, most)
    yield from _pairs("p", alternatives)
    yield from _pairs("o", [opened(word.latin, most) for word in words])
    yield from _pairs("q", [(light(word.latin),) for word in words])
    for number, word in enumerate(words):
        yield "l" + light(word.latin), f"l{number}"
        for skeleton in alternatives[number]:
            yield "s" + skeleton, f"s{number}"


# How much a class of keys tells: l light words, q pairs of them, p and o pairs of skeletons, s one skeleton, w whole.
_WEIGHTS = {"l": 1.5, "q": 1.0, "p": 0.7, "o": 1.0, "s": 0.5, "w": 1.0}


def lookup(value: str, kind: str) -> dict[str, tuple[str, float]]:
    """Give the keys to look a name up by: key → (part, weight)."""
    found = dict(key for reading in read(value) for key in _person(reading, 4))
    return {key: (part, _WEIGHTS[key[0]]) for key, part in found.items()}


def keys(value: str, kind: str) -> list[str]:
    """Give the search keys."""
    return list(dict(key for reading in read(value) for key in _person(reading, 2)))
