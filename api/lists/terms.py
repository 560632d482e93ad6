"""Terms: what lists filter by, kept as lexemes beside the words of a text, in one inverted index.

A term is `=kind:value`. PostgreSQL's parser makes no lexeme that begins with an equals sign, so no text can
pose as a term. One index then answers every combination of filters and words, and the planner knows how
common each of them is.
"""

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime

from api.wire import canonical_language

LONGEST = 240  # bytes of a value; PostgreSQL's own limit is 2,046 bytes a lexeme

MOST_PARTS = 24  # days that a part of the order is told in, or months; a longer one is told in years

# A tsquery as text; None is no condition.
Query = str


def term(kind: str, value: str) -> str:
    """Give the lexeme of a value; a long one is told by its hash."""
    if len(value.encode()) > LONGEST:
        value = hashlib.sha256(value.encode()).hexdigest()
    return f"={kind}:{value}"


def quoted(lexeme: str) -> Query:
    """Write a lexeme as a tsquery."""
    escaped = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def one_of(kind: str, values: Iterable[str] | None) -> Query | None:
    """Give the condition that a document has one of these values; none when there are no values."""
    if values is None:
        return None
    return any_of(quoted(term(kind, value)) for value in values)


def any_of(queries: Iterable[Query | None]) -> Query | None:
    """Join conditions by or."""
    return _joined(" | ", queries)


def all_of(queries: Iterable[Query | None]) -> Query | None:
    """Join conditions by and."""
    return _joined(" & ", queries)


def _joined(operator: str, queries: Iterable[Query | None]) -> Query | None:
    parts = list(dict.fromkeys(query for query in queries if query is not None))
    if len(parts) < 2:
        return parts[0] if parts else None
    return "(" + operator.join(parts) + ")"


def language_terms(language: str) -> Iterator[str]:
    """Give the terms of a language tag: the tag itself and every shorter one, so that `en` finds `en-GB`."""
    parts = language.split("-")
    for length in range(1, len(parts) + 1):
        yield term("language", "-".join(parts[:length]))


def place_terms(at: datetime) -> list[str]:
    """Give the terms of a document's place in the order of time: its day, month and year, in UTC."""
    day = at.astimezone(UTC).date().isoformat()
    return [term("day", day), term("month", day[:7]), term("year", day[:4])]


def between(first: datetime, last: datetime) -> Query | None:
    """Give the condition that a document stands on one of the days from `first` to `last`.

    A longer time is told in whole months or years. With it the inverted index alone finds what is common
    within a part of the order.
    """
    start, end = first.astimezone(UTC).date(), last.astimezone(UTC).date()
    if (end - start).days < MOST_PARTS:
        days = range(start.toordinal(), end.toordinal() + 1)
        return one_of("day", (date.fromordinal(day).isoformat() for day in days))
    months = range(start.year * 12 + start.month - 1, end.year * 12 + end.month)
    if len(months) <= MOST_PARTS:
        return one_of("month", (f"{month // 12:04}-{month % 12 + 1:02}" for month in months))
    return one_of("year", (f"{year:04}" for year in range(start.year, end.year + 1)))


def in_languages(tags: Iterable[str] | None) -> Query | None:
    """Give the condition that a document is in one of these languages."""
    return one_of("language", None if tags is None else [canonical_language(tag) or tag for tag in tags])


def folded_keyword(keyword: str) -> str:
    """Give the form in which keywords are compared: NFC, without regard to case and outer white space."""
    return " ".join(unicodedata.normalize("NFC", keyword).casefold().split())
