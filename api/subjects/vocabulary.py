"""A vocabulary of subjects as a file: IPTC's own JSON, or the compact form in which one is shipped.

The compact form has one JSON value a line: first what the vocabulary is, then each term as
`[code, [broader codes], retired, {language: label}]`.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

SHIPPED = Path(__file__).with_name("medtop.ndjson")


class VocabularyError(Exception):
    """A file is no vocabulary; the message says what is wrong."""


class Term(msgspec.Struct, frozen=True, array_like=True):
    """One term: its code, those above it, whether it is no longer given, and its labels by language."""

    code: str
    broader: list[str]
    retired: bool
    labels: dict[str, str]


class Vocabulary(msgspec.Struct, frozen=True, kw_only=True):
    """A vocabulary: the scheme under which articles name its terms, and whose it is."""

    scheme: str
    title: str
    released: str | None = None
    copyright: str | None = None
    licence: str | None = None
    changes: str | None = None
    terms: list[Term] = []


class _Concept(msgspec.Struct):
    """A term as IPTC writes it, where terms above are named by address or by code."""

    qcode: str
    pref_label: dict[str, str] = msgspec.field(name="prefLabel")
    broader: str | list[str] | None = None
    retired: str | None = None

    def term(self) -> Term:
        broader = [self.broader] if isinstance(self.broader, str) else self.broader or []
        return Term(
            code=_code(self.qcode),
            broader=[_code(each) for each in broader],
            retired=self.retired is not None,
            labels=self.pref_label,
        )


class _Iptc(msgspec.Struct):
    """IPTC's JSON of a vocabulary; their own files call the terms `conceptSet`."""

    concepts: list[_Concept] = []
    concept_set: list[_Concept] = msgspec.field(name="conceptSet", default_factory=list)
    released: str | None = None
    copyright: str | None = None
    licence: str | None = None


def _code(name: str) -> str:
    """Give the code in `medtop:01000000`, or at the end of an address."""
    return name.rpartition("/")[2].rpartition(":")[2]


def read(path: Path, scheme: str = "medtop") -> Vocabulary:
    """Read a vocabulary; `scheme` is that of a file in IPTC's form, which does not always say it."""
    content = path.read_bytes()
    try:
        if b"\n[" in content[:10_000]:
            return _compact(content.splitlines())
        found = msgspec.json.decode(content, type=_Iptc)
    except msgspec.MsgspecError as error:
        raise VocabularyError(f"{path} is no vocabulary: {error}") from None
    terms = [concept.term() for concept in [*found.concepts, *found.concept_set]]
    if not terms:
        raise VocabularyError(f"{path} has no terms: IPTC's JSON calls them conceptSet")
    return Vocabulary(
        scheme=scheme,
        title="IPTC Media Topics",
        released=found.released,
        copyright=found.copyright,
        licence=found.licence,
        terms=sorted(terms, key=lambda term: term.code),
    )


def _compact(lines: Iterable[bytes]) -> Vocabulary:
    first, *rest = [line for line in lines if line.strip()]
    head = msgspec.json.decode(first, type=Vocabulary)
    return msgspec.structs.replace(head, terms=[msgspec.json.decode(line, type=Term) for line in rest])


def compact(vocabulary: Vocabulary) -> Iterator[bytes]:
    """Write a vocabulary in the compact form, line by line."""
    head: dict[str, Any] = msgspec.structs.asdict(vocabulary)
    del head["terms"]
    yield msgspec.json.encode({name: value for name, value in head.items() if value is not None}) + b"\n"
    for term in vocabulary.terms:
        yield msgspec.json.encode(term) + b"\n"
