"""What ninjs allows, generation by generation: 1.x, 2.x and 3.x.

Written from IPTC's specification; a test compares the verdicts with IPTC's own suite. A document is of the
generation whose names it uses: what documents declare themselves to be is often wrong.
"""

import re
from collections.abc import Mapping
from itertools import islice
from typing import Any, Literal, cast

import msgspec

from api.formats.shapes import ANY, NUMBER, TEXT, Object, Scalar, Shape, check, choice, matching, whole
from api.http.pointers import ROOT
from api.http.problems import MAX_ERRORS, invalid

Document = dict[str, Any]
Generation = Literal[1, 2, 3]

# What 1.x appends to a name after the underscore starts with one of these; what follows is not looked at.
EXTENDED = re.compile(r"(headline|body|description)_[A-Za-z0-9_]")
KEY = re.compile(r"[A-Za-z0-9_]")

STATUS = choice("usable", "withheld", "canceled")
# Before 3.0 the schemas take any number; the specification has always said 1 to 9.
URGENCY = Scalar("a number from 1 to 9", lambda value: NUMBER.test(value) and 1 <= value <= 9)
PERCENT = whole(0, 100)
# A year, month, day or date-time as XML Schema spells them.
TRUNCATED = matching(
    r"-?[0-9]{4,}(-(1[0-2]|0[1-9])(-(3[01]|0[1-9]|[12][0-9])"
    r"(T(2[0-3]|[01][0-9]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?(Z|[+-](2[0-3]|[01][0-9]):[0-5][0-9])?)?)?)?",
    "a date, or the start of one",
)
TYPES = ("text", "audio", "video", "picture", "graphic", "composite", "component")
TEXTS = (
    "uri profile version firstCreated versionCreated contentCreated embargoedUntil copyrightHolder"
    " copyrightNotice usageTerms edNote language title slugline located expires"
)


def texts(names: str) -> dict[str, Shape]:
    """Give the shapes of members that are all strings."""
    return dict.fromkeys(names.split(), TEXT)


def lower(name: str) -> str:
    """Spell a member of 3.x as 1.x and 2.x do."""
    return "embargoed" if name == "embargoedUntil" else name.lower()


def _lower(shape: Shape) -> Shape:
    """Spell a whole shape of 3.x as 2.x does."""
    if isinstance(shape, list):
        return [_lower(each) for each in cast("list[Shape]", shape)]
    if isinstance(shape, Object):
        members = {lower(name): _lower(inner) for name, inner in shape.members.items()}
        return msgspec.structs.replace(shape, members=members, one_of=tuple(map(lower, shape.one_of)))
    return shape


_GEOMETRIES = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon")


def _geojson_error(value: Mapping[str, Any]) -> str | None:
    """Tell what GeoJSON (RFC 7946) has against an object, as far as its type and parts go."""
    kind = value.get("type")
    part = {"Feature": "geometry", "FeatureCollection": "features", "GeometryCollection": "geometries"}
    needed = "coordinates" if kind in _GEOMETRIES else part.get(str(kind))
    if needed is None:
        return "This is no type of GeoJSON."
    if needed not in value:
        return f"GeoJSON of this type needs {needed}."
    lists = needed != "geometry" and not isinstance(value[needed], list)
    return f"In GeoJSON of this type, {needed} must be an array." if lists else None


def _dates_error(value: Mapping[str, Any]) -> str | None:
    starts = ("startDate" in value) + ("expectedStartDate" in value)
    ends = ("endDate" in value) + ("expectedEndDate" in value)
    return None if starts == 1 or ends == 1 else "Give one of startDate and expectedStartDate."


CONTACT = Object(
    members={
        **texts("type role lang name value"),
        "address": Object(members={**texts("locality area postalCode country"), "lines": [TEXT]}),
    },
    one_of=("value", "address"),
)
GEOJSON = Object(closed=False, also=_geojson_error)
RIGHTS = Object(members=texts("langId linkedRights encodedRights"), one_of=("linkedRights", "encodedRights"))
LABEL = Object(members=texts("role contentType value"), required=("value",))
BODY = Object(members={**LABEL.members, "charCount": NUMBER, "wordCount": NUMBER}, required=("value",))
CONCEPT = texts("name rel uri literal")
CONTACTS: dict[str, Shape] = {"contactInfo": [CONTACT]}
PERSON = Object(members={**CONCEPT, **CONTACTS})
SYMBOL = Object(members=texts("ticker exchange symbolType symbol"))
ORGANISATION = Object(members={**PERSON.members, "symbols": [SYMBOL]})
PLACE = Object(members={**PERSON.members, "geoJSON": GEOJSON})
RATED: dict[str, Shape] = {"creator": TEXT, "relevance": PERCENT, "confidence": PERCENT}
SUBJECT = Object(members={**CONCEPT, **RATED})
SOURCE = Object(members={**texts("name role uri literal"), **CONTACTS})
RENDITION = Object(
    members={
        **texts(
            "name href contentType title format aspectRatio videoCodec transportProtocol scanType bitrate"
        ),
        **dict.fromkeys(("width", "height", "sizeInBytes", "duration", "frameRate"), NUMBER),
        "poi": Object(members={"x": NUMBER, "y": NUMBER}),
    },
    required=("name",),
)
STANDARD = Object(members=texts("name version schema"))
_ADVISED = Object(members=texts("code scheme"), required=("code",))
ADVICE = Object(
    members={
        "role": TEXT,
        "environments": [Object(members=texts("code scheme"))],
        "importance": _ADVISED,
        "lifetime": _ADVISED,
    }
)
DATES = Object(
    members={
        **texts("startDate endDate expectedDuration"),
        "expectedStartDate": TRUNCATED,
        "expectedEndDate": TRUNCATED,
        "recurrence": Object(
            members={
                "recurrenceDates": ANY,
                "recurrenceRules": [
                    Object(
                        members={
                            "frequency": choice(
                                "secondly", "minutely", "hourly", "daily", "weekly", "monthly", "yearly"
                            ),
                            "interval": whole(),
                            "until": TEXT,
                            "count": whole(),
                        }
                    )
                ],
            }
        ),
    },
    also=_dates_error,
)
COVERAGE = Object(
    members={
        **texts("uri title edNote language"),
        "pubStatus": STATUS,
        "type": choice(*TYPES, "event", "planning"),
        "commissioned": Object(
            members={**texts("by on"), "references": [Object(members=texts("name value"))]}
        ),
        "dates": DATES,
        "audiences": [Object(members={"audience": TEXT, "significance": whole()})],
        "exclAudience": [TEXT],
        "urgency": whole(1, 9),
        "itemCount": Object(members={"rangeFrom": whole(), "rangeTo": whole()}),
        "wordCount": whole(),
        "renditions": [RENDITION],
    }
)


def _members(representations: tuple[str, ...], types: tuple[str, ...]) -> dict[str, Shape]:
    """List the members of 2.x and 3.x, spelled as in 3.x."""
    return {
        **texts(TEXTS),
        "by": TEXT,
        "type": choice(*types),
        "representationType": choice(*representations),
        "pubStatus": STATUS,
        "urgency": URGENCY,
        "descriptions": [LABEL],
        "bodies": [BODY],
        "headlines": [LABEL],
        "people": [PERSON],
        "organisations": [ORGANISATION],
        "places": [PLACE],
        "subjects": [SUBJECT],
        "objects": [Object(members=CONCEPT)],
        "infoSources": [SOURCE],
        "renditions": [RENDITION],
        "altIds": [Object(members=texts("role value"))],
        "trustIndicators": [Object(members=texts("role title href"))],
        "standard": STANDARD,
        "genres": [Object(members=texts("name uri literal"))],
        "rightsInfo": RIGHTS,
        "digitalSourceType": Object(members=texts("name uri literal")),
    }


THIRD = Object(
    members={
        **_members(("full", "partial"), (*TYPES, "event", "planning")),
        "urgency": whole(1, 9),
        "events": [Object(members={**CONCEPT, "id": TEXT})],
        "eventDetails": Object(
            members={**texts("eventStatus plannedCoverageStatus"), "dates": DATES, "organiser": ORGANISATION}
        ),
        "plannedCoverage": [COVERAGE],
        "associations": [
            lambda: Object(members={**THIRD.members, **texts("name rel")}, required=("name", "uri"))
        ],
    },
    required=("uri",),
)
# Before 3.0 it is not closed.
_FIRST_RIGHTS: Shape = msgspec.structs.replace(_lower(RIGHTS), closed=False)
_FIRST_RENDITION = Object(
    members={
        **texts("href mimetype title format"),
        **dict.fromkeys(("width", "height", "sizeinbytes", "duration"), NUMBER),
    }
)
SECOND = Object(
    members={
        **_lower(Object(members=_members(("full", "partial"), TYPES))).members,
        "events": [Object(members=CONCEPT)],
        "rightsinfo": _FIRST_RIGHTS,
        # A proposal of IPTC's that has test cases, but is in no version yet; so in 1.x.
        "advices": [ADVICE],
        # An association has the members of a news object, and is not closed: 2.0 takes any with a name.
        "associations": [
            lambda: Object(members={**SECOND.members, "name": TEXT}, required=("name", "uri"), closed=False)
        ],
    },
    required=("uri",),
)
_CODED = texts("name rel scheme code")
_CONTACTS = {"contactinfo": [_lower(CONTACT)]}
FIRST = Object(
    members={
        **_lower(Object(members=texts(TEXTS))).members,
        **texts("byline headline mimetype"),
        "type": choice(*TYPES),
        "representationtype": choice("complete", "incomplete"),
        "pubstatus": STATUS,
        "urgency": URGENCY,
        "charcount": NUMBER,
        "wordcount": NUMBER,
        "person": [Object(members={**_CODED, **_CONTACTS})],
        "organisation": [Object(members={**_CODED, **_CONTACTS, "symbols": [_lower(SYMBOL)]})],
        "place": [
            Object(
                members={**_CODED, **_CONTACTS},
                patterns=((re.compile("geometry_[A-Za-z0-9_]"), Object(closed=False)),),
            )
        ],
        "subject": [Object(members={**_CODED, **RATED})],
        "event": [Object(members=_CODED)],
        "object": [Object(members=_CODED)],
        "infosource": [Object(members={**_CODED, **_CONTACTS})],
        "genre": [Object(members=texts("name scheme code"))],
        "renditions": Object(patterns=((KEY, _FIRST_RENDITION),)),
        "associations": Object(patterns=((KEY, lambda: FIRST),)),
        "altids": Object(closed=False),
        "trustindicator": [Object(members=texts("scheme code title href"))],
        "$standard": STANDARD,
        "rightsinfo": _FIRST_RIGHTS,
        "digitalsourcetype": Object(members=texts("name uri literal")),
        "advices": [ADVICE],
    },
    patterns=((EXTENDED, TEXT),),
    required=("uri",),
)
GENERATIONS: dict[Generation, Object] = {3: THIRD, 2: SECOND, 1: FIRST}

# Our extension of 3.1, as docs/schemas/ninjs-dateline.json publishes it.
NAMED = Object(members=texts("name uri"), required=("name",))
DAY = Object(members=texts("value precision basis"), required=("value", "precision"))
OFFSET = whole(0, 2**31 - 1)
QUOTE = Object(
    members={
        **texts("uri text cue addressee occasion place language"),
        "form": choice("direct", "mixed", "indirect"),
        "fragments": [
            Object(
                members={"block": OFFSET, "start": OFFSET, "end": OFFSET, "text": TEXT},
                required=("block", "start", "end", "text"),
            )
        ],
        "speaker": Object(
            members={
                **texts("asPrinted role description"),
                "kind": choice("person", "organisation", "unnamed", "collective", "document"),
                "person": NAMED,
                "organisation": NAMED,
            },
            required=("kind",),
        ),
        "chain": [
            Object(
                members={**texts("asPrinted cue"), "person": NAMED, "organisation": NAMED},
                required=("asPrinted",),
            )
        ],
        "attribution": choice("explicit", "inherited", "inferred"),
        "saidOn": DAY,
        "translated": Scalar("true or false", lambda value: isinstance(value, bool)),
        "status": choice("current", "changed"),
        "assertedBy": Object(
            members={"kind": choice("editor", "tool"), "name": TEXT, "confidence": NUMBER}, required=("kind",)
        ),
    },
    required=("form", "fragments", "speaker"),
)
EXTENDED_THIRD = Object(
    members={
        **THIRD.members,
        "signals": [TEXT],
        "printedDateline": Object(members={**texts("text place agency"), "date": DAY}, required=("text",)),
        "blocks": [
            Object(
                members={"kind": choice("paragraph", "heading", "list_item", "blockquote"), "text": TEXT},
                required=("kind", "text"),
            )
        ],
        "quotes": [QUOTE],
        "mentions": [
            Object(
                members={
                    **texts("name uri role"),
                    "type": choice("person", "organisation"),
                    "asPrinted": [TEXT],
                },
                required=("type", "name"),
            )
        ],
        "links": [
            Object(
                members={
                    **texts("href title"),
                    "rel": choice("canonical", "related", "replaces", "source"),
                },
                required=("rel", "href"),
            )
        ],
        "corrections": [
            Object(members={**texts("kind note at"), "version": whole(1)}, required=("version", "kind", "at"))
        ],
    },
    required=("uri",),
)


def generation_of(document: Document) -> Generation:
    """Give the generation of a valid document; for one of none, a 422 with what the likeliest refuses.

    The likeliest are those that know most of its members; of equals the newest that accepts it.
    """
    if is_extended(document):
        errors = list(islice(check(document, EXTENDED_THIRD, ROOT), MAX_ERRORS))
        if errors:
            raise invalid(errors)
        return 3
    scores: dict[Generation, int] = {
        generation: _known(document, shape) for generation, shape in GENERATIONS.items()
    }
    likely: list[Generation] = [
        generation for generation, score in scores.items() if score == max(scores.values())
    ]
    found = {
        generation: list(islice(check(document, GENERATIONS[generation], ROOT), MAX_ERRORS))
        for generation in likely
    }
    for generation in likely:
        if not found[generation]:
            return generation
    raise invalid(found[likely[0]])


def is_extended(document: Document) -> bool:
    """Tell whether a document says that it is of our extension."""
    standard: Any = document.get("standard")
    return isinstance(standard, dict) and cast("Document", standard).get("name") == "ninjs-dateline"


def _known(document: Document, shape: Object) -> int:
    return sum(name in shape.members or _extended(name, shape) for name in document)


def _extended(name: str, shape: Object) -> bool:
    return any(pattern.match(name) for pattern, _ in shape.patterns)
