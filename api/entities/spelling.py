"""`names`: what people and organisations are called in the language or script that a client prefers."""

import re
from collections.abc import Mapping
from typing import Annotated

import langcodes
import msgspec
from msgspec import Meta

from api.db.pool import Conn
from api.lists.filters import FilterError
from api.wire import In, LanguageTag, canonical_language

Spelling = (
    Annotated[
        LanguageTag,
        Meta(
            description="Call people and organisations as in this language or script (`und-Latn` is any in "
            "Latin letters) where such a name is recorded, else by the house spelling.",
            examples=["ru", "be-Latn"],
        ),
    ]
    | None
)

# A Ref, or the head of a person or organisation, whatever members were asked for: those from `id` to `name`
# hold no objects. Its bytes cannot stand in a text, where JSON escapes quotation marks.
_NAMED = re.compile(
    rb'(\{"id":"([0-9a-f-]{36})"(?:,"(?:type|version|href|created_at|updated_at)":(?:"[^"]*"|\d+))*,"name":)'
    rb'"(?:[^"\\]|\\.)*"'
)

_BETWEEN = b"\n"  # JSON as it is encoded here has none


class SpellingParams(In, frozen=True, kw_only=True):
    """The parameters of what names people or organisations and has no others."""

    names: Spelling = None

    def __post_init__(self) -> None:
        """Refuse what is no language tag."""
        check_spelling(self.names)


def check_spelling(tag: str | None) -> None:
    """Refuse what is no language tag in `names`."""
    if tag is not None and canonical_language(tag) is None:
        raise FilterError("names", "unknown_language", "This is not a BCP 47 language tag.")


async def spelled(conn: Conn, body: bytes, tag: str | None) -> bytes:
    """Give JSON with the names that a client prefers: one statement, however many they are."""
    ids = sorted({match[2].decode() for match in _NAMED.finditer(body)}) if tag else []
    if tag is None or not ids:
        return body
    names = await _names(conn, ids, tag)

    def name(match: re.Match[bytes]) -> bytes:
        found = names.get(match[2].decode())
        return match[0] if found is None else match[1] + msgspec.json.encode(found)

    return _NAMED.sub(name, body)


async def spelled_all(conn: Conn, documents: Mapping[str, bytes], tag: str) -> dict[str, bytes]:
    """Give documents by their ids likewise, all by one statement."""
    found = await spelled(conn, _BETWEEN.join(documents.values()), tag)
    return dict(zip(documents, found.split(_BETWEEN), strict=bool(documents)))


async def _names(conn: Conn, ids: list[str], tag: str) -> dict[str, str]:
    """Find the name of each entity, under whatever record, that fits a language tag best.

    The language must be the same, and the script when the tag names one. Of several names the very tag comes
    first, then the script in which the language is mostly written, the name in use now, the kinds by how
    usual they are as a name, and the order in which they are recorded.
    """
    language = langcodes.Language.get(canonical_language(tag) or tag)
    rows = await conn.fetch(
        """
        select distinct on (wanted.id) wanted.id, n.value
        from unnest($1::uuid[]) as wanted (id)
        join entities e on e.id = wanted.id
        cross join lateral (
            select coalesce(e.root_id, e.id) as id
            union all
            select record.id from entities record where record.root_id = coalesce(e.root_id, e.id)
        ) as record
        join entity_names n on n.entity_id = record.id
        where n.kind not in ('former', 'birth', 'short')
            and ($2::text is null or split_part(n.language, '-', 1) = $2)
            and ($3::text is null or n.script = $3)
        order by wanted.id, n.language is distinct from $4, n.script is distinct from $5,
            n.valid_until is not null,
            array_position(array['primary', 'transliteration', 'alias'], n.kind),
            record.id <> wanted.id, n.ordinal
        """,
        ids,
        language.language,
        _script(tag),
        canonical_language(tag),
        language.maximize().script,
    )
    return {row["id"]: row["value"] for row in rows}


def _script(tag: str) -> str | None:
    """Give the script that a tag names; the canonical form leaves out the usual one of a language."""
    return langcodes.Language.get(tag, normalize=False).script
