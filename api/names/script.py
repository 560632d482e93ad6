# ruff: noqa: RUF002 - other scripts are the subject here
"""The script that a name is written in, as an ISO 15924 code."""

import re
import unicodedata
from collections import Counter
from functools import lru_cache

# The first word of a character's Unicode name → its script. Han stays `Hani`: without a language nobody can
# say whether 文 is simplified, traditional or Japanese.
_SCRIPTS = {
    "LATIN": "Latn", "CYRILLIC": "Cyrl", "GREEK": "Grek", "ARABIC": "Arab", "HEBREW": "Hebr",
    "GEORGIAN": "Geor", "ARMENIAN": "Armn", "CJK": "Hani", "HANGUL": "Hang", "HIRAGANA": "Hira",
    "KATAKANA": "Kana", "KATAKANA-HIRAGANA": "Kana", "DEVANAGARI": "Deva", "BENGALI": "Beng", "TAMIL": "Taml",
    "TELUGU": "Telu", "KANNADA": "Knda", "MALAYALAM": "Mlym", "GUJARATI": "Gujr", "GURMUKHI": "Guru",
    "ORIYA": "Orya", "SINHALA": "Sinh", "THAI": "Thai", "LAO": "Laoo", "KHMER": "Khmr", "MYANMAR": "Mymr",
    "TIBETAN": "Tibt", "ETHIOPIC": "Ethi", "MONGOLIAN": "Mong", "THAANA": "Thaa", "SYRIAC": "Syrc",
    "CHEROKEE": "Cher", "TIFINAGH": "Tfng", "COPTIC": "Copt", "BOPOMOFO": "Bopo", "YI": "Yiii",
}  # fmt: skip
_LATIN, _GREEK, _CYRILLIC, _MARKS = r"A-Za-zÀ-ÖØ-öø-ɏ", r"Ͱ-Ͽ", r"Ѐ-ԯ", r"[\u0300-\u036f]*"
_MIXED = re.compile(
    f"[{_LATIN}]{_MARKS}[{_GREEK}{_CYRILLIC}]|[{_GREEK}]{_MARKS}[{_LATIN}{_CYRILLIC}]"
    f"|[{_CYRILLIC}]{_MARKS}[{_LATIN}{_GREEK}]"
)
_SEEN = 200  # characters looked at: enough to tell, and a bound for a name of any length


@lru_cache(maxsize=8192)
def of_character(character: str) -> str | None:
    """Give the script of one character; None for digits, punctuation, marks and scripts not listed."""
    if not character.isalpha():
        return None
    return _SCRIPTS.get(unicodedata.name(character, "").split(" ")[0])


def mixes_alphabets(text: str) -> bool:
    """Tell whether letters of Latin, Greek and Cyrillic stand in one word: "Lаvrov" with a Cyrillic "а".

    Such a word is more likely to deceive than to name. `text` is in NFKC; words of two alphabets joined by a
    hyphen are two.
    """
    return _MIXED.search(text) is not None


def script_of(value: str) -> str | None:
    """Give the ISO 15924 code of the dominant script: `Latn`, `Cyrl`, `Hani`, … or None when there is none.

    Kana of either kind with or without Han is `Jpan`, unless it is Katakana alone (`Kana`).
    """
    text = unicodedata.normalize("NFKC", value[:_SEEN])
    counts = Counter(script for character in text if (script := of_character(character)))
    if not counts:
        return None
    kana = counts["Hira"] + counts["Kana"]
    if kana and kana + counts["Hani"] > counts.total() / 2:
        return "Kana" if kana == counts["Kana"] and not counts["Hani"] else "Jpan"
    return counts.most_common(1)[0][0]
