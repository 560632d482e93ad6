# ruff: noqa: RUF001 - other scripts are the subject here
"""Names of organisations as terms: concepts and countries whatever the language, other words as they are."""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple, cast

from api.names.fold import fold
from api.names.reading import read
from api.names.script import script_of

_LITTLE = """
    the of and for in at to on a an de la le les des du del della di el los las y e et der die das und fur von
    och og i w v z na по и в на за для і й у ў да of' dell' d' l'
    республики рэспублікі республіки republic republik republique republica rzeczpospolita
    federation федерации
"""
_LEGAL_FORMS = """
    pjsc ojsc cjsc jsc inc incorporated ltd limited llc llp plc corp corporation co gmbh ag kg ohg se sa sas
    sarl srl spa sl slu bv nv ab as asa oy oyj a/s s.a. s.p.a. z.o.o. sp zoo sro s.r.o.
    ооо оао зао пао ао оо тоо чп тов зат ват пат ат
"""
_FORMS = frozenset(map(fold, _LEGAL_FORMS.split()))
# Words that carry no meaning in a name.
_EMPTY = frozenset(map(fold, _LITTLE.split())) | _FORMS
# Scripts whose words are compared by sound; in others (Han, Thai, …) only the same word is the same.
_SOUNDED = frozenset(("Latn", "Cyrl", "Grek", "Arab", "Hebr", "Armn", "Geor"))
# Scripts written without blanks (Korean joins the words of a name as well): known forms are looked for.
UNSPACED = frozenset(("Hani", "Jpan", "Kana", "Hang", "Thai", "Khmr", "Laoo", "Mymr"))
_LONGEST = 8  # signs of a form in these
_PARTS = re.compile(r"[\w'’.&]+")


class Terms(NamedTuple):
    """A name's terms: concepts (`+ministry`), countries (`@RU`) and other words in Latin letters.

    Its initials; and whether the name itself looks like an acronym.
    """

    terms: tuple[str, ...]
    acronyms: frozenset[str]
    acronym: bool


@cache
def _forms() -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Give forms → term, and the beginnings of forms → term, longest first."""
    whole: dict[str, str] = {}
    beginnings: list[tuple[str, str]] = []
    for name, mark in (("organisations.txt", "+"), ("countries.txt", "@"), ("territories.txt", "@")):
        for line in (files("api.names") / name).read_text(encoding="utf-8").splitlines():
            concept, *forms = line.split()
            for form in forms if concept != "#" else ():
                term = "" if concept == "-" else " ".join(mark + part for part in concept.split("&"))
                if form.endswith("*"):
                    beginnings.append((fold(form[:-1]), term))
                else:
                    whole.setdefault(form.casefold() if script_of(form) in UNSPACED else fold(form), term)
    return whole, sorted(beginnings, key=lambda pair: -len(pair[0]))


def _segments(word: str) -> Iterator[str]:
    """Give the terms in a run of signs without blanks: the longest known forms, and what is between them."""
    whole, rest, start = _forms()[0], "", 0
    while start < len(word):
        ends = range(min(start + _LONGEST, len(word)), start, -1)
        end = next((end for end in ends if word[start:end] in whole), 0)
        if end:
            yield from filter(None, (fold(rest).replace(" ", ""), whole[word[start:end]]))
        rest = "" if end else rest + word[start]
        start = end or start + 1
    if rest:
        yield fold(rest).replace(" ", "")


@lru_cache(maxsize=65536)
def _term(word: str) -> str:
    """Give the term for a word, or several terms with blanks between; empty for words without meaning."""
    key = fold(word)
    if key in _EMPTY and not (len(word) == 1 and word.isupper()):
        return ""
    whole, beginnings = _forms()
    known = whole.get(key, whole.get(word.casefold()))
    if known is None:
        known = next((term for start, term in beginnings if key.startswith(start)), None)
    if known is not None:
        return known
    if script_of(word) in UNSPACED:
        return " ".join(_segments(word.casefold()))
    if script_of(word) not in _SOUNDED:
        return key
    readings = read(word)
    return "".join(part.latin for part in readings[0].words) if readings else ""


@lru_cache(maxsize=65536)
def terms(value: str) -> Terms:
    """Give the terms of an organisation's name, in order, without doubles. Bounded.

    200 characters, 12 terms.
    """
    text = unicodedata.normalize("NFKC", value[:200])
    words = [word.replace(".", "").replace("’", "'").removesuffix("'s") for word in _PARTS.findall(text)]
    words = [word for word in words if fold(word)]
    found = tuple(dict.fromkeys(term for word in words for term in _term(word).split()))[:12]
    found = found or tuple(dict.fromkeys(map(fold, words)))[:12]  # "AN", "The The": nothing but empty words
    short = len(words) == 1 and 2 <= len(words[0]) <= 8 and words[0].isupper()
    return Terms(
        found, frozenset(_initials(words)), acronym=short and script_of(value) in ("Latn", "Cyrl", "Grek")
    )


def _initials(words: list[str]) -> list[str]:
    """Give the initials of a name of two words or more, with and without words that carry no meaning."""
    full = [fold(word)[:1] for word in words]
    telling = [fold(word)[:1] for word in words if fold(word) not in _EMPTY]
    return [initials for initials in ("".join(full), "".join(telling)) if len(initials) > 1]


def legal_name(value: str) -> tuple[list[str], list[str]]:
    """Give the folded words of a name but for its legal forms, and the legal forms: `Zorvex`, `AG`."""
    words = [folded for word in cast("list[str]", _PARTS.findall(value)) if (folded := fold(word))]
    return [word for word in words if word not in _FORMS], [word for word in words if word in _FORMS]
