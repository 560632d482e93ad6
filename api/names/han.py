"""How Han characters are read aloud: in Mandarin, Cantonese and Korean."""

import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files
from operator import itemgetter

from anyascii import anyascii

# Letters of Pinyin and Jyutping whose sound another letter has in names written in Latin.
_SOUNDS = {
    "zh": (
        ("zh", "Z"),
        ("q", "ch"),
        ("ch", "C"),
        ("c", "ts"),
        ("x", "sh"),
        ("j", "zh"),
        ("g", "k"),
        ("nk", "ng"),
    ),
    "yue": (("c", "ts"), ("j", "y"), ("z", "ts"), ("g", "k"), ("nk", "ng")),
    "Hang": (("eo", "u"), ("eu", "u"), ("ui", "i"), ("ae", "e"), ("g", "k"), ("nk", "ng")),
}

_BEAM = 24  # spellings of the beginning of a word that are gone on with


def mandarin(character: str) -> str:
    """Give the Pinyin syllable, without tone, of one character."""
    return anyascii(character).casefold().strip()


def sounded(syllables: str, system: str) -> str:
    """Respell syllables so that their letters sound as in English: `"qi"` → `"chi"`.

    Of Pinyin (`zh`), Jyutping (`yue`) or Revised Romanization (`Hang`).
    """
    for letters, sound in _SOUNDS[system]:
        syllables = syllables.replace(letters, sound)
    return syllables.replace("Z", "zh").replace("C", "ch")


@cache
def cantonese() -> dict[str, str]:
    """Give the Jyutping syllable of the common characters (`cantonese.txt`)."""
    lines = (files("api.names") / "cantonese.txt").read_text(encoding="utf-8").splitlines()
    return {character: line.split()[0] for line in lines for character in line.split()[1]}


def _hanja() -> Iterator[str]:
    """Give the Han characters of KS X 1001 in its order, which is that of their Korean readings."""
    for high in range(0xCA, 0xFE):
        for low in range(0xA1, 0xFF):
            yield bytes((high, low)).decode("euc_kr")


@cache
def korean() -> dict[str, str]:
    """Give the Korean reading, in Hangul, of the characters of KS X 1001.

    `korean.txt` holds each reading and how many characters in a row have it.
    """
    text = (files("api.names") / "korean.txt").read_text(encoding="utf-8")
    readings = (run[0] for run in text.split() for _ in range(int(run[1:])))
    found: dict[str, str] = {}
    for character, reading in zip(_hanja(), readings, strict=True):
        found.setdefault(unicodedata.normalize("NFKC", character), reading)
    for traditional, character in _simplified().items():
        if traditional in found:
            found.setdefault(character, found[traditional])
    return found


@cache
def _simplified() -> dict[str, str]:
    """Give the simplified character of traditional ones (`simplified.txt`: that one, those it is for)."""
    lines = (files("api.names") / "simplified.txt").read_text(encoding="utf-8").split()
    return {traditional: line[0] for line in lines for traditional in line[1:]}


@cache
def _to_simplified() -> dict[int, str]:
    return str.maketrans(_simplified())


def simplified(text: str) -> str:
    """Write traditional characters as simplified ones: `"國"` → `"国"`."""
    return text.translate(_to_simplified())


@cache
def _rows() -> dict[str, list[str]]:
    lines = (files("api.names") / "han.tsv").read_text(encoding="utf-8").splitlines()
    return {line[0]: line.split() for line in lines}


@cache
def spelled() -> dict[str, dict[str, float]]:
    """Give how each character is written in names of any dialect and in transliterated ones (`han.tsv`).

    Letters → their cost, the negative logarithm of how often they are written, commonest first; characters
    are the simplified ones.
    """
    return {
        character: {
            letters.strip("_"): float(cost) for letters, cost in zip(row[1::2], row[2::2], strict=True)
        }
        for character, row in _rows().items()
    }


def transliterates(piece: str) -> bool:
    """Tell whether all characters are among those that foreign names are mostly written with (`+`)."""
    return all(_rows().get(character, [""])[0].endswith("+") for character in piece)


@lru_cache(maxsize=16384)
def spellings(piece: str, most: int) -> tuple[str, ...]:
    """Give how a word in simplified characters may be written in Latin letters, likeliest first.

    `"阿末"` → `ahmad, amad, …`. A character that the table lacks is written as in Mandarin.
    """
    found = [("", 0.0)]
    for character in piece:
        options = spelled().get(character) or {sounded(mandarin(character), "zh"): 0.0}
        longer = [(text + letters, cost + more) for text, cost in found for letters, more in options.items()]
        found = sorted(longer, key=itemgetter(1))[:_BEAM]
    return tuple(dict.fromkeys(text for text, _ in found if text))[:most]
