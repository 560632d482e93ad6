# ruff: noqa: RUF001, RUF002 - other scripts are the subject here
"""The exact-match key of a name: what is left of it without case, accents, punctuation and script."""

import unicodedata
from functools import lru_cache

from anyascii import anyascii

from api.names.script import mixes_alphabets, of_character

# Signs that stand inside a word and are written or left out at will: apostrophes, Hebrew geresh and
# gershayim, the Arabic tatweel, and the soft and hard signs, which most systems leave out.
_SILENT = dict.fromkeys(map(ord, "'’ʼʻʹʺʾʿ‘`´‛′＇׳״ـءьъЬЪ"), "")
_A = frozenset("اأإآٱעאع")  # letters that anyascii turns into an apostrophe, and that open words
# What is left of ASCII in one step, which most names are: a document may have a hundred thousand of them.
_PLAIN = {code: " " for code in range(128) if not chr(code).isalnum()} | {ord(sign): "" for sign in "'`"}


@lru_cache(maxsize=16384)
def _ascii(character: str) -> str:
    """Transliterate one folded character; a space for whatever is neither letter, digit nor mark."""
    category = unicodedata.category(character)
    if category[0] not in "LNM":
        return "" if category == "Cf" else " "
    if of_character(character) == "Hani":
        return character
    letters = "".join(c for c in anyascii(character) if c.isalnum())
    if not letters and category in ("Lm", "Mn", "Mc", "Me"):
        return ""
    return letters.casefold() or ("a" if character in _A else character)


def prepared(value: str) -> str:
    """Give the name in NFKC, case folded, without silent signs and with Russian ё as е (as most print it)."""
    text = unicodedata.normalize("NFKC", value.translate(_SILENT)).casefold()
    return text.translate(_SILENT).replace("ё", "е")


def _letters(value: str) -> str:
    if value.isascii():
        return value.lower().translate(_PLAIN)
    text = prepared(value)
    if mixes_alphabets(text):
        return "".join(c if unicodedata.category(c)[0] in "LNM" else " " for c in text)
    return "".join(map(_ascii, text))


@lru_cache(maxsize=16384)
def fold(value: str) -> str:
    """Give the exact-match key of a name: `"O’Neill, Ян-Пётр"` → `"oneill yan petr"`.

    NFKC, case folded, without accents and punctuation, transliterated, white space collapsed, the order of
    the words kept. Han characters stay, because their reading depends on the language and merges different
    names. A name with a word of mixed alphabets keeps its letters: "Lаvrov" with a Cyrillic "а" is not
    "Lavrov". A name without letters and digits (emoji) is its own key, only case folded; a name of white
    space and invisible characters has the empty key, which must match nothing.
    """
    folded = " ".join(_letters(value).split())
    if folded:
        return folded
    visible = (c for c in unicodedata.normalize("NFC", value) if unicodedata.category(c) not in ("Cf", "Cc"))
    return " ".join("".join(visible).casefold().split())
