"""Articles for tests of formats: one that says something in every member, and plain ones from texts."""

from typing import Any

import msgspec

from api.articles.schemas import Article

SITE = "http://dateline"
AT = "2025-03-04T05:06:07.123456Z"


def ref(type: str, number: int, name: str) -> dict[str, Any]:
    id = f"01890a5d-ac96-774b-bcce-b30209{number:06d}"
    plural = {"person": "people", "organisation": "organisations", "article": "articles"}[type]
    return {"id": id, "type": type, "name": name, "href": f"/v1/{plural}/{id}"}


def fragment(body: list[str], text: str) -> dict[str, Any]:
    block = next(i for i, each in enumerate(body) if text in each)
    start = body[block].index(text)
    return {"block": block, "start": start, "end": start + len(text), "text": text}


def quote(number: int, body: list[str], words: list[str], **more: Any) -> dict[str, Any]:
    id = f"01890a5d-ac96-774b-bcce-b302099{number:05d}"
    article = ref("article", 1, "")
    del article["name"]
    return {
        "id": id,
        "version": 1,
        "href": f"/v1/quotes/{id}",
        "created_at": AT,
        "updated_at": AT,
        "article": article,
        "article_version": 2,
        "form": "direct",
        "fragments": [fragment(body, text) for text in words],
        "text": " … ".join(words),
        "cue": None,
        "chain": [],
        "attribution": "explicit",
        "addressee": None,
        "occasion": None,
        "place": None,
        "said_on": None,
        "language": "en",
        "translated": False,
        "status": "current",
        "asserted_by": {"kind": "editor", "name": None, "confidence": None},
        **more,
    }


def speaker(kind: str, **more: Any) -> dict[str, Any]:
    names = ("as_printed", "person", "organisation", "role", "description", "position")
    return {"kind": kind, **dict.fromkeys(names), **more}


def article(body: list[Any], **members: Any) -> Article:
    """Build an article of blocks; a bare string is a paragraph."""
    empty = (
        "slugline summary dateline located byline provider urgency genre embargoed_until ed_note "
        "copyright_notice usage_terms"
    )
    lists = "keywords subjects media people organisations quotes sources links corrections"
    blocks = [{"kind": "paragraph", "text": each} if isinstance(each, str) else each for each in body]
    document = {
        "id": ref("article", 1, "")["id"],
        "version": 1,
        "href": ref("article", 1, "")["href"],
        "created_at": AT,
        "updated_at": AT,
        "uri": "tag:ostrelpress.example,2025:formats",
        "pub_status": "usable",
        "headline": "Ferry sails",
        "language": "en",
        "published_at": AT,
        **dict.fromkeys(empty.split()),
        **{name: [] for name in lists.split()},
        **members,
        "body": blocks,
    }
    return msgspec.convert(document, Article)


TEXTS = [
    "HALCIN, May 19 (Ostrelpress) — The ferry sailed again on Monday.",
    "A heading of its own",
    "first item",
    "second item",
    "“Nobody was seasick,” said Lusia Trebanek. “Nobody but the mayor.”",
    "a block that is quoted",
    "Officials told Radio Upper Ardel that it was “safe & sound <now>”.",
]
KINDS = ["paragraph", "heading", "list_item", "list_item", "paragraph", "blockquote", "paragraph"]
PERSON = ref("person", 11, "Lusia Trebanek-Marker")
MAYOR = ref("person", 12, "Odo Fennimark-Marker")
AGENCY = ref("organisation", 13, "Ostrelpress-Marker")
RADIO = ref("organisation", 14, "Radio-Marker")
SCHOOL = ref("organisation", 15, "School-Marker")


def full(**members: Any) -> Article:
    """Give an article that says something in every member, each in words of its own."""
    body = [{"kind": kind, "text": text} for kind, text in zip(KINDS, TEXTS, strict=True)]
    said = {
        "speaker": speaker(
            "person",
            as_printed="Trebanek as printed",
            person=PERSON,
            organisation=SCHOOL,
            role="role of the speaker",
            description="description of the speaker",
        ),
        "cue": "cue of the quote",
        "chain": [
            {"as_printed": "relay as printed", "organisation": RADIO, "person": MAYOR, "cue": "cue of relay"}
        ],
        "attribution": "inherited",
        "addressee": "addressee of it",
        "occasion": "occasion of it",
        "place": "place of it",
        "said_on": {"value": "2019-07", "precision": "month", "basis": "basis of said_on"},
        "language": "cy",
        "translated": True,
        "asserted_by": {"kind": "tool", "name": "name of the tool", "confidence": 0.625},
    }
    return article(
        body,
        **{
            "version": 2,
            "headline": "Headline & <marker>",
            "slugline": "slugline-marker",
            "summary": "Summary marker.",
            "language": "en-GB",
            "dateline": {
                "text": "HALCIN, May 19 (Ostrelpress) —",
                "date": {"value": "2024-05-19", "precision": "day", "basis": "basis of the dateline"},
                "place": "Place-of-dateline",
                "agency": "Agency-of-dateline",
            },
            "located": "Located-marker",
            "byline": "By a Marker",
            "provider": AGENCY,
            "urgency": 7,
            "genre": "Genre-marker",
            "keywords": ["keyword marker"],
            "subjects": [
                {"scheme": "medtop", "code": "20000587", "name": "subject marker"},
                {"scheme": "desk", "code": "code-marker", "name": None},
            ],
            "embargoed_until": "2025-02-01T00:00:00Z",
            "media": [
                {
                    "kind": "picture",
                    "href": "https://media.example/ferry.jpg",
                    "caption": "Caption marker",
                    "credit": "Credit marker",
                    "alt": "Alt marker",
                    "people": [MAYOR],
                },
                {
                    "kind": "graphic",
                    "href": None,
                    "caption": "A map marker",
                    "credit": None,
                    "alt": None,
                    "people": [],
                },
            ],
            "people": [
                {
                    "person": PERSON,
                    "as_printed": ["Trebanek in the list"],
                    "role": "role in the list",
                    "rel": "about",
                },
                {"person": MAYOR, "as_printed": [], "role": None, "rel": "mentions"},
            ],
            "organisations": [
                {"organisation": RADIO, "as_printed": ["Radio in the list"], "rel": "about"},
                {"organisation": SCHOOL, "as_printed": [], "rel": "mentions"},
            ],
            "quotes": [
                quote(1, TEXTS, ["Nobody was seasick,", "Nobody but the mayor."], **said),
                quote(
                    2,
                    TEXTS,
                    ["safe & sound <now>"],
                    form="mixed",
                    speaker=speaker("collective", description="officials of it"),
                ),
            ],
            "sources": [
                {"organisation": RADIO, "as_printed": "source as printed", "uri": None},
                {"organisation": None, "as_printed": "unknown source", "uri": "https://source.example/page"},
            ],
            "links": [
                {"rel": "canonical", "href": "https://canonical.example/a", "title": "Title of canonical"},
                {"rel": "related", "href": "https://related.example/b", "title": "Title of related"},
                {"rel": "source", "href": "https://origin.example/c", "title": None},
                {"rel": "replaces", "href": "urn:replaced:d", "title": "Title of replaced"},
            ],
            "corrections": [{"version": 2, "kind": "correction", "note": "Note of the correction", "at": AT}],
            "ed_note": "Note to editors",
            "copyright_notice": "Copyright marker",
            "usage_terms": "Terms marker",
            **members,
        },
    )
