# ruff: noqa: RUF001 - other scripts are the subject here
"""How a name is read: its words, each in its own letters and in Latin ones, without titles."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import msgspec
from anyascii import anyascii

from api.names.fold import fold
from api.names.forms import names_of
from api.names.han import cantonese, korean, mandarin, simplified, sounded, spellings, transliterates
from api.names.script import script_of
from api.names.words import MAYBE_TITLES, PARTICLES, SERVANT, TITLES

LONGEST = 160  # characters of a name that are read
MOST_WORDS = 8

# Latin letters whose sign changes the sound; other signs are dropped.
_KEPT = frozenset("šśşșčćçžżźłñńňğřöőøüűåäæœđðþßıțəý")
_GERESH = (("ג'", "ǰ"), ("ז'", "ž"), ("צ'", "č"), ("ץ'", "č"), ("ת'", "þ"))
_APOSTROPHES = str.maketrans(dict.fromkeys("’ʼʻʹ‘`´′＇׳ʾʿ", "'"))
_DOUBLE_HAN = frozenset(
    [
        "欧阳",
        "歐陽",
        "司马",
        "司馬",
        "诸葛",
        "諸葛",
        "上官",
        "司徒",
        "东方",
        "東方",
        "夏侯",
        "皇甫",
        "尉迟",
        "公孙",
        "公孫",
        "慕容",
        "令狐",
        "南宮",
        "南宫",
        "鮮于",
        "独孤",
    ]
)
# Korean surnames of one letter as they are written abroad: 이 is "Lee" (North of the border 리), 오 is "Oh".
_ONE_LETTER = {"i": "li", "o": "oh", "u": "woo"}
_DOUBLE_HANGUL = frozenset(["남궁", "황보", "제갈", "사공", "선우", "서문", "독고", "동방"])
_LONGEST_HAN, _LONGEST_PART = 16, 6  # signs of a name that is split, and of one part
_MOST_CUTS = 3
_BRACKETS = re.compile(r"[(\[（【].*?[)\]）】]")
_SEPARATORS = re.compile(r"[\s\-‐-―·・•‧∙=＝゠_/.\"“”«»„,،、;:!?]+")
_ARTICLE = re.compile(r"^ال(?=...)")

_LATIN = {
    "א": "a", "ע": "a", "ב": "b", "פ": "p", "ף": "p", "כ": "k", "ך": "k", "ש": "sh", "ǰ": "j",
    "ا": "a", "أ": "a", "إ": "i", "ع": "a", "ض": "dh",
    "ž": "zh", "č": "ch", "þ": "th", "š": "sh", "ş": "sh", "ș": "sh", "ś": "sh", "ć": "ch", "ç": "ch",
    "ż": "zh", "ź": "zh", "ə": "a", "ў": "w", "ц": "ts", "х": "kh", "χ": "kh",
    "ச": "s", "ழ": "l", "ッ": "", "ー": "",
}  # fmt: skip
_GREEK = (
    ("ου", "u"),
    ("αυ", "av"),
    ("ευ", "ev"),
    ("μπ", "b"),
    ("ντ", "d"),
    ("γκ", "g"),
    ("τζ", "dz"),
    ("γγ", "ng"),
)
_INDIC = frozenset(("Taml", "Sinh", "Telu", "Knda", "Mlym", "Deva", "Beng", "Gujr", "Guru", "Orya"))
_CONSONANT = re.compile(r" LETTER (?!A+$)[A-Z]+A$")
_KANA = re.compile(r"(?<=[bcdfghjkmnpqrstvwxyz])[iu](?=y[auoe])|(?<=sh|ch)i(?=y[auoe])")


_HAN = "\u2e80"  # where Han begins


class Word(msgspec.Struct, frozen=True, gc=False):
    """One word: as written (folded, own letters; Han and Kana as read aloud), in Latin letters, its kind.

    `key`: under which the table of known names has it (`api.names.forms`), empty for none.
    """

    native: str
    latin: str
    particle: bool = False
    key: str = ""

    @property
    def initial(self) -> bool:
        """Tell whether the word is one letter; a Han character is a whole word."""
        return len(self.native) == 1 and self.native < _HAN


class Reading(msgspec.Struct, frozen=True, gc=False):
    """A name as words. `system`: the script, or for Han the language of the reading.

    That is `zh`, `yue` and, for Korean, `Hang`; `Hani` is any dialect, and its words are the simplified
    characters. `comma` says that the surname stands first, before a comma.
    """

    system: str | None
    words: tuple[Word, ...]
    comma: bool = False


@lru_cache(maxsize=16384)
def _letter(character: str) -> str:
    """Drop the signs of a letter that do not change its sound much.

    Marks of abjads and punctuation vanish.
    """
    category = unicodedata.category(character)
    if character in _KEPT or category[0] == "N":
        return character
    if "LATIN" in unicodedata.name(character, ""):
        return "".join(c for c in anyascii(character).casefold() if c.isalnum())
    if category[0] == "M":
        return "" if ord(character) < 0x700 else character
    return character if category[0] == "L" and character not in "ـء" else ""


@lru_cache(maxsize=16384)
def _latin_letter(character: str) -> str:
    found = _LATIN.get(character)
    return found if found is not None else "".join(c for c in anyascii(character).casefold() if c.isalnum())


def _with_vowels(native: str) -> str:
    """Write the vowel that a consonant of an Indian script has when no sign says another or none."""
    marks = [unicodedata.category(letter)[0] == "M" for letter in (*native, "")[1:] if letter] + [False]
    return "".join(
        letter + ("" if mark or not _CONSONANT.search(unicodedata.name(letter, "")) else "a")
        for letter, mark in zip(native, marks, strict=True)
    )


def _latin(native: str, script: str | None) -> str:
    """Give a word in plain Latin letters."""
    if script == "Grek":
        for letters, sound in _GREEK:
            native = native.replace(letters, sound)
    if script == "Hebr":
        native = native[:1] + native[1:].replace("ב", "ו")  # v, but at the beginning of a word
    text = "".join(map(_latin_letter, _with_vowels(native) if script in _INDIC else native))
    if script in ("Kana", "Jpan"):
        return _KANA.sub("", text)
    return text


@lru_cache(maxsize=65536)
def _word(piece: str, script: str | None) -> Word | None:
    """Make a word of a piece of a name; None when nothing is left of it."""
    native = "".join(map(_letter, piece))
    latin = _latin(native, script)
    if not latin:
        return None
    if script in ("Kana", "Jpan", "Hang"):
        native = latin
    if script == "Hang":
        native = _ONE_LETTER.get(latin, latin)
        latin = sounded(native, script)
    key = fold(piece)
    particle = len(native) > 1 and (key in PARTICLES or key in MAYBE_TITLES)
    return Word(native, latin, particle, "" if particle else key)


def han_key(piece: str) -> str:
    """Give the key of a word in Han for the table of known names: its Pinyin, so that variants are one."""
    return "=" + "".join(map(mandarin, piece))


def _pieces(text: str, script: str | None) -> list[str]:
    """Split a prepared name into words, on white space, hyphens, dots and the like."""
    pieces = [piece for piece in _SEPARATORS.split(text) if piece]
    if script == "Hani" and len(pieces) == 1 and len(pieces[0]) > 3 and (parts := known_parts(pieces[0])):
        return parts
    if script in ("Hani", "Hang") and len(pieces) == 1 and 2 <= len(pieces[0]) <= 4:
        name, doubles = pieces[0], _DOUBLE_HAN if script == "Hani" else _DOUBLE_HANGUL
        cut = 2 if len(name) > 2 and name[:2] in doubles else 1
        return [name[:cut], name[cut:]]
    if script == "Arab":
        pieces = [part for piece in pieces for part in _ARTICLE.sub("ال ", piece).split()]
    return _servants(_without_titles(pieces))[:MOST_WORDS]


def known_parts(name: str) -> list[str]:
    """Split a name in Han without blanks into known names of two signs or more; none when it cannot be.

    "保琳汉生" is 保琳 (Pauline) and 汉生 (Hanson). The fewest parts are taken.
    """
    best: dict[int, list[str]] = {0: []}
    for end in range(2, min(len(name), _LONGEST_HAN) + 1):
        for start in range(max(0, end - _LONGEST_PART), end - 1):
            if start in best and names_of(han_key(name[start:end])):
                parts = [*best[start], name[start:end]]
                if end not in best or len(parts) < len(best[end]):
                    best[end] = parts
    found = best.get(len(name), [])
    return found if len(found) > 1 else []


def _without_titles(pieces: list[str]) -> list[str]:
    """Leave out titles and degrees while two words remain."""
    if len(pieces) < 3:
        return pieces
    kept = [piece for piece in pieces if fold(piece) not in TITLES]
    return kept if len(kept) > 1 and max(map(len, kept)) > 1 else pieces


def _servants(pieces: list[str]) -> list[str]:
    """Join "Abd al Karim", "Abdul Karim" and عبد الكريم to one word: they are one name."""
    joined: list[str] = []
    open_ = False
    for piece in pieces:
        if open_:
            joined[-1] += piece
            open_ = piece in ("al", "el", "ال")
        else:
            joined.append(piece)
            open_ = fold(piece) in SERVANT
    return joined


def _prepared(value: str) -> str:
    text = unicodedata.normalize("NFKC", value[:LONGEST]).casefold().translate(_APOSTROPHES).replace("ё", "е")
    text = _BRACKETS.sub(" ", text).strip() or text
    for written, letter in _GERESH:
        text = text.replace(written, letter)
    return unicodedata.normalize("NFC", text.replace("'", ""))


@lru_cache(maxsize=65536)
def read(value: str) -> tuple[Reading, ...]:
    """Read a name: `"Dr. Зелинский, Ян"` → the words зелинский and ян, comma. Bounded in length and words.

    One reading, but for Han: Mandarin, Cantonese, Korean, any dialect. None when the name has no letters or
    digits.
    """
    text = _prepared(value)
    script = script_of(text)
    pieces = _pieces(text, script)
    if script == "Hani":
        return tuple(_of_han(text, pieces))
    words = tuple(word for piece in pieces if (word := _word(piece, script)))
    comma = "," in text and 0 < len(text.split(",")[0].split()) <= 3 and len(words) > 1
    return (Reading(script, words, comma),) if words else ()


def _of_han(text: str, pieces: list[str]) -> Iterator[Reading]:
    """Read a name in Han in all ways; what has more than four signs is transliterated, from Mandarin."""
    parts = [part for part in _SEPARATORS.split(text) if part]
    short = sum(map(len, parts)) < 5
    for system in ("zh", "yue", "Hang") if short else ("zh",):
        if reading := _han(system, tuple(pieces)):
            yield reading
    for split in dict.fromkeys((tuple(pieces), *(_cuts(parts[0]) if len(parts) == 1 else ()))):
        if words := tuple(word for piece in split if (word := _spelled(piece))):
            yield Reading("Hani", words)


def _cuts(name: str) -> Iterator[tuple[str, ...]]:
    """Give a transliterated name without separators as one word and as two, wherever the second may begin."""
    if len(name) > 4 or (len(name) > 2 and transliterates(simplified(name[1:]))):
        yield (name,)
    if len(name) > 4:
        for cut in range(2, min(len(name) - 1, 2 + _MOST_CUTS)):
            yield name[:cut], name[cut:]


def _spelled(piece: str) -> Word | None:
    """Make a word of simplified characters; None when none of them can be spelled."""
    native = simplified(piece[:_LONGEST_HAN])
    likeliest = spellings(native, 1)
    return Word(native, likeliest[0], key=han_key(piece)) if likeliest else None


def _han(system: str, pieces: tuple[str, ...]) -> Reading | None:
    """Read a name in Han aloud; None when the table of the system lacks a character."""
    words = list[Word]()
    for piece in pieces:
        syllables = [_syllable(system, character) for character in piece]
        if not all(syllables):
            return None
        spoken = "".join(syllables)
        if system == "Hang":
            spoken = _ONE_LETTER.get(spoken, spoken)
        words.append(Word(spoken, sounded(spoken, system), key=han_key(piece)))
    return Reading(system, tuple(words))


def _syllable(system: str, character: str) -> str:
    """Give how one character is read; empty when the table lacks it."""
    if system == "zh":
        return mandarin(character)
    table = cantonese() if system == "yue" else korean()
    return _latin(table.get(character, ""), "Hang")


def spelled(source: Reading, target: Reading) -> str | None:
    """Give the system in which one reading is compared with another: which table of learnt costs to use.

    None when it is the target that has to be the source (Latin against another script), or when both are in
    other scripts, which are compared by their Latin letters.
    """
    if source.system == target.system:
        return {"Latn": "Latn", "Cyrl": "Cyrl-Cyrl"}.get(source.system or "")
    if target.system != "Latn":
        return None
    return "Jpan" if source.system == "Kana" else source.system
