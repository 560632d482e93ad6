"""Text as it is indexed and searched: NFC, lower case, and n-grams where a script has no spaces.

Case is folded here and not by PostgreSQL, whose folding depends on the database's locale. The configurations
are those that PostgreSQL may have, by language; the statements look up which it does have.
"""

import re
import unicodedata

# Of a document only so much is searched: a tsvector holds at most 1 MiB, of which two lexemes a word, each
# with its places, take up to five times the text.
SEARCHED = 200_000  # bytes

# Scripts that are written without spaces between words: Thai, Lao, Burmese, Khmer, Kana, Bopomofo, Han.
UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u312f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua9e0-\ua9ff\uaa60-\uaa7f\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]+"
)

# Outside ASCII: signs, and the marks of letters.
_NO_LETTER = re.compile(r"[^\w\x00-\x7f]")

# PostgreSQL's snowball configurations by ISO 639-1 code.
CONFIGURATIONS = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "es": "spanish", "et": "estonian", "eu": "basque", "fi": "finnish", "fr": "french", "ga": "irish",
    "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian",
    "lt": "lithuanian", "nb": "norwegian", "ne": "nepali", "nl": "dutch", "nn": "norwegian",
    "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian",
    "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip


def configuration(language: str | None) -> str:
    """Give the text search configuration for a language tag; `simple` where PostgreSQL never has one."""
    return CONFIGURATIONS.get((language or "").partition("-")[0].lower(), "simple")


def normal(text: str) -> str:
    """Give a text as it is compared: NFC, in lower case.

    The capital İ of Turkish becomes an i, as it is written in the middle of a sentence; Python leaves its dot
    beside it. The dotless i, whose capital is the I of all others, stays.
    """
    return unicodedata.normalize("NFC", text).lower().replace("i\u0307", "i")


def searchable(text: str) -> str:
    """Give a text as it is indexed, cut to what is searched."""
    text = text.encode()[:SEARCHED].decode(errors="ignore")
    return UNSPACED.sub(lambda match: f" {ngrams(match[0])} ", _without_signs(normal(text)))


def _without_signs(text: str) -> str:
    """Put spaces in place of signs outside ASCII: quotation marks, dashes, the commas of other scripts.

    In a database of locale C, as ours is, PostgreSQL's parser takes them for letters of the word beside them.
    """
    return _NO_LETTER.sub(
        lambda sign: sign[0] if unicodedata.category(sign[0]).startswith("M") else " ", text
    )


def ngrams(run: str) -> str:
    """Give the pairs of neighbours of a run of characters, and its last one: `日本人` → `日本 本人 人`.

    With the last one, every character of the run begins a lexeme, and one character is found by its prefix.
    """
    return " ".join(run[place : place + 2] for place in range(len(run)))


def sought(text: str) -> str:
    """Give a text as it is searched for: like `searchable`, but the last run need not end where it ends.

    Nothing is left of a single character of such a script: it is searched for by prefix.
    """
    whole = searchable(text).rstrip()
    rest, _, last = whole.rpartition(" ")
    return rest.rstrip() if len(last) == 1 and UNSPACED.fullmatch(last) else whole
