"""Highlights: where the words of a query stand in an item, as offsets in code points; never markup."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from api.db.pool import Conn
from api.lists.reading import Reading
from api.lists.terms import any_of
from api.lists.text import UNSPACED, configuration, normal
from api.wire import Out

SNIPPET = 240  # characters at most
BEFORE = 60  # of them before the first word found
MOST_HIGHLIGHTS = 100
READ = 20_000  # characters of an item in which words are looked for

# Letters with their signs: in the scripts of India and in Hebrew and Arabic those are not letters to `\w`.
_LETTERS = r"[\w\u0300-\u036f\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff]+"
_WORD = re.compile(_LETTERS)
# What PostgreSQL's parser may take for one word: a number such as 5.50, a host, an address.
_COMPOUND = re.compile(rf"{_LETTERS}(?:[-+./:@]+{_LETTERS})*")
_LEXEME = re.compile(r"'(?:[^']|'')*'(?::\*)?")

Span = tuple[int, int]


class Highlight(Out, frozen=True, kw_only=True):
    """A word found: the member of the item in which it stands, and its code points, end exclusive."""

    field: str
    start: int
    end: int


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """What is highlighted on a page: words by configuration, and texts that are found as they stand."""

    words: Mapping[str, frozenset[str]]
    runs: Sequence[str]

    def spans(self, text: str, language: str | None, names: Iterable[str] = ()) -> list[Span]:
        """Find what is sought, and `names`, in a text, in order and without overlap."""
        words = self.words.get(configuration(language), frozenset())
        compounds = [m for m in _COMPOUND.finditer(_spaced(text[:READ])) if normal(m[0]) in words]
        found: list[Span] = []
        for compound in compounds:
            parts = _WORD.finditer(compound.string, *compound.span())
            found += [m.span() for m in parts if normal(m[0]) in words] or [compound.span()]
        for literal in [*self.runs, *names]:
            found += [m.span() for m in re.finditer(re.escape(literal), text[:READ], re.IGNORECASE)]
        longest_first = sorted(found, key=lambda span: (span[0], -span[1]))
        return list(_apart(longest_first))[:MOST_HIGHLIGHTS]


def _apart(spans: Iterable[Span]) -> Iterator[Span]:
    end = 0
    for span in spans:
        if span[0] >= end:
            yield span
            end = span[1]


async def sought(conn: Conn, reading: Reading, texts: Iterable[tuple[str | None, str]]) -> Sought:
    """Find out which words of texts, given with their languages, a query means."""
    parts = [part for groups in reading.alternatives for group in groups for part in group.parts]
    positive = [part.text for part in parts if not part.excluded]
    beginnings = _beginnings(positive, reading.wanted())
    words = {(configuration(language), word) for language, text in texts for word in _words(text, beginnings)}
    found: dict[str, set[str]] = {}
    for name, word in await _meant(conn, sorted(words), reading.wanted()):
        found.setdefault(name, set()).add(word)
    return Sought(
        words={name: frozenset(each) for name, each in found.items()},
        runs=[run for text in positive for run in UNSPACED.findall(text)],
    )


def _spaced(text: str) -> str:
    """Blank out scripts without spaces, whose runs are looked for: between two signs of theirs is no word."""
    return UNSPACED.sub(lambda run: " " * len(run[0]), text)


def _words(text: str, beginnings: frozenset[str]) -> set[str]:
    """List the words of a text that have one of these beginnings somewhere, as they are compared."""
    whole = _spaced(text[:READ])
    words = {normal(word) for pattern in (_WORD, _COMPOUND) for word in pattern.findall(whole)}
    return {word for word in words if any(each in _without_accents(word) for each in beginnings)}


def _beginnings(texts: Iterable[str], wanted: str) -> frozenset[str]:
    """Give the first two letters of the words that are sought, and of their lexemes.

    What has none of them anywhere is not asked of PostgreSQL. They need not stand at the start: of Arabic,
    Indonesian and Irish words the stem has lost prefixes, and of others the accents.
    """
    words = [word for text in texts for word in _WORD.findall(_spaced(text))]
    lexemes = [lexeme.removesuffix(":*").strip("'") for lexeme in _LEXEME.findall(wanted)]
    return frozenset(_without_accents(normal(each))[:2] for each in [*words, *lexemes])


def _without_accents(word: str) -> str:
    if word.isascii():
        return word
    return "".join(sign for sign in unicodedata.normalize("NFD", word) if not unicodedata.combining(sign))


async def _meant(conn: Conn, words: Sequence[tuple[str, str]], wanted: str) -> list[tuple[str, str]]:
    """Choose the words, given with their configuration, that have one of the lexemes of a query."""
    lexemes = any_of(_LEXEME.findall(wanted))
    if not words or lexemes is None:
        return []
    rows = await conn.fetch(
        """
        select w.name, w.word
        from unnest($1::text[], $2::text[]) as w (name, word)
        left join pg_ts_config c on c.cfgname = w.name and c.cfgnamespace = 'pg_catalog'::regnamespace
        where to_tsvector(coalesce(c.oid, 'pg_catalog.simple'::regconfig)::regconfig, w.word)
            @@ $3::text::tsquery
            or to_tsvector('simple', w.word) @@ $3::text::tsquery
        """,
        [name for name, _ in words],
        [word for _, word in words],
        lexemes,
    )
    return [(row["name"], row["word"]) for row in rows]


Marked = tuple[str, Sequence[Span]]


def snippet(texts: Sequence[Marked]) -> tuple[str, list[Highlight]]:
    """Cut a snippet from the text in which most different words are found, with its highlights."""
    nothing: Marked = ("", [])
    text, spans = max(texts, key=_different_words, default=nothing)
    start = max(spans[0][0] - BEFORE, 0) if spans else 0
    if start and (space := text.find(" ", start, spans[0][0])) >= 0:
        start = space + 1
    end = start + SNIPPET
    if end < len(text) and (space := text.rfind(" ", start + SNIPPET // 2, end)) >= 0:
        end = space
    before, after = "…" if start else "", "…" if end < len(text) else ""
    shift = len(before) - start
    return before + text[start:end] + after, [
        Highlight(field="snippet", start=first + shift, end=last + shift)
        for first, last in spans
        if start <= first and last <= end
    ]


def _different_words(marked: Marked) -> int:
    text, spans = marked
    return len({normal(text[start:end]) for start, end in spans})
