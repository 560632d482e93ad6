"""The search syntax of the web: words, `"exact phrases"`, `-not`, `or`. Every text is a query."""

import re
from collections.abc import Iterator

import msgspec

from api.lists.filters import FilterError

MOST_PARTS = 32

# A sign that excludes, before a phrase up to its closing mark (or the end), or before a word. Typographic
# marks are marks too.
_PART = re.compile(r'(-?)(?:["“„«”](.*?)(?:["”“»]|$)|([^\s"“„«”»]+))', re.DOTALL)
_WORD = re.compile(r"[^\W_]")


class Part(msgspec.Struct, frozen=True):
    """A word or phrase that is searched for, or that must not occur."""

    text: str
    is_phrase: bool = False
    excluded: bool = False


# Alternatives, each of parts that all must hold.
Parsed = list[list[Part]]


def parse(text: str) -> Parsed:
    """Read a query: parts side by side all must hold, `or` stands between alternatives.

    A text without anything to search for, or with more than 32 parts, is a `FilterError`.
    """
    alternatives: Parsed = [[]]
    for part in _parts(text):
        if part is None:
            alternatives.append([])
        else:
            alternatives[-1].append(part)
    parsed = [each for each in alternatives if each]
    if not parsed:
        raise FilterError("q", "no_words", "There is no word in it to search for.")
    if sum(map(len, parsed)) > MOST_PARTS:
        raise FilterError("q", "too_long", f"Must have at most {MOST_PARTS} words and phrases.")
    return parsed


def check_words(text: str | None) -> None:
    """Refuse a query that `parse` refuses."""
    if text is not None:
        parse(text)


def _parts(text: str) -> Iterator[Part | None]:
    """Give the words and phrases in order, None for each `or`."""
    for sign, phrase, word in _PART.findall(text):
        if word.lower() == "or" and not sign:
            yield None
        elif _WORD.search(phrase or word):
            yield Part(text=phrase or word, is_phrase=bool(phrase), excluded=bool(sign))
