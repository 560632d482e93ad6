"""Reading dpa's digital wires in JSON: what the wire's own NewsML-G2 says is read the same way here."""

from collections.abc import Iterator
from typing import Any, cast

from api.formats.arrival import (
    Arrival,
    Document,
    Node,
    pruned,
    stripped,
    unsupported,
    with_dateline,
)
from api.formats.assuming import assume
from api.formats.blocks import html_blocks
from api.formats.concepts import identified, qcode, subject
from api.formats.shapes import NUMBER, TEXT, Object, Scalar, check, whole
from api.formats.signals import CORRECTION, UPDATE
from api.http.pointers import ROOT
from api.http.problems import invalid
from api.wire import canonical_language

_TEXTS = "urn headline byline dateline teaser article_html language creditline copyrightnotice usageterms"
_OPTIONAL = Scalar("a string or null", lambda value: value is None or TEXT.test(value))
_NUMBER = Scalar("a number or null", lambda value: value is None or NUMBER.test(value))
RENDITION = Object(members={"url": _OPTIONAL, "width": _NUMBER}, closed=False)
SHAPE = Object(
    members={
        **dict.fromkeys(_TEXTS.split(), _OPTIONAL),
        "format": TEXT,
        "version": whole(0),
        "urgency": _NUMBER,
        "embargoed": _OPTIONAL,
        "version_created": _OPTIONAL,
        "ednotes": [Object(members={"role": _OPTIONAL, "ednote": _OPTIONAL}, closed=False)],
        "categories": [Object(members=dict.fromkeys(("type", "name", "qcode"), _OPTIONAL), closed=False)],
        "associations": [Object(members={"renditions": [RENDITION]}, closed=False)],
    },
    required=("format", "urn", "categories"),
    closed=False,
)
FORMAT = "digitalwires@"
# Categories that are subjects, in the order in which the wire's NewsML-G2 has them.
SUBJECTS = ("dnltype:desk", "dnltype:geosubject", "dnltype:dpasubject")
KINDS = {"image": "picture", "video": "video", "audio": "audio", "graphic": "graphic"}


def is_digitalwires(document: Any) -> bool:
    """Tell whether a JSON document says that it is a digital wire."""
    return isinstance(document, dict) and str(cast("Document", document).get("format")).startswith(FORMAT)


def read(document: Any, site: str) -> Arrival:  # noqa: ARG001 - every reader takes the site
    """Read a digital wire: 422 when it is none, or has no text."""
    errors = list(check(document, SHAPE, ROOT))
    if errors:
        raise invalid(errors)
    node = Node(document)
    signals = [node.take("signal")] if node.value.get("signal") in (CORRECTION, UPDATE) else []
    for known in ("format", "type", "urn", "version", "pubstatus"):
        node.take(known)
    arrival = Arrival(
        dispatch={},
        uri=node.value["urn"],
        version=int(node.value["version"]) if node.value.get("version") is not None else None,
        canceled=node.value.get("pubstatus") == "canceled",
        signals=signals,
        of_revision=["#/signal"] if signals else [],
    )
    arrival.dispatch = _dispatch(node, arrival)
    if arrival.canceled:
        arrival.note = arrival.note or arrival.dispatch.get("ed_note")
    elif not arrival.dispatch.get("body"):
        raise unsupported([("#/article_html", "An article needs text in article_html.")])
    assume(arrival)
    arrival.ignored += node.unused()
    return arrival


def _dispatch(node: Node, arrival: Arrival) -> Document:
    arrival.version_created = node.moment("version_created")
    headline, summary, byline = node.text("headline"), node.text("teaser"), node.text("byline")
    body = html_blocks(node.text("article_html") or "", "#/article_html")
    arrival.origins["#/body"] = "#/article_html"
    linked = html_blocks(node.text("linkbox_html") or "", "#/linkbox_html").links
    provider = _named(node, "dnltype:provider")
    if provider and node.value.get("creditline") == provider[0]["name"]:
        node.take("creditline")
    sources = [
        {"organisation": each, "as_printed": each["name"]} for each in _named(node, "dnltype:infosource")
    ]
    dateline = node.text("dateline") or body.dateline
    return pruned(
        {
            "uri": arrival.uri,
            "headline": headline and headline.strip(),
            "language": canonical_language(node.text("language") or ""),
            "pub_status": node.value.get("pubstatus") or "usable",
            "summary": stripped(summary),
            "byline": stripped(byline),
            "dateline": {"text": dateline} if dateline else None,
            "located": next(_names(node, "dnltype:located"), None),
            "provider": next(iter(provider), None),
            "urgency": node.take("urgency"),
            "genre": next(_names(node, "dnltype:genre"), None),
            "keywords": [*_names(node, "dnltype:keyword")],
            "subjects": [each for type in SUBJECTS for each in _subjects(node, type)],
            "published_at": arrival.version_created,
            "embargoed_until": arrival.embargo(node.text("embargoed"), "#/embargoed"),
            "body": _printed(body.story(headline, summary, byline), dateline),
            "media": [*_media(node), *body.media],
            "people": [{"person": each, "rel": "about"} for each in _named(node, "dnltype:person")],
            "sources": sources,
            "links": [*linked, *(each for each in body.links if each not in linked)],
            "ed_note": _ed_note(node, arrival),
            "copyright_notice": stripped(node.text("copyrightnotice")),
            "usage_terms": stripped(node.text("usageterms")),
        }
    )


def _printed(blocks: list[Document], dateline: str | None) -> list[Document]:
    """Give the body as it is printed: the dateline opens it, which the wire may give apart from the text."""
    if not dateline or not blocks or blocks[0]["text"].startswith(dateline.strip()):
        return with_dateline(blocks, dateline)
    return [blocks[0] | {"text": f"{dateline.strip()} {blocks[0]['text']}"}, *blocks[1:]]


def _named(node: Node, type: str) -> list[Document]:
    """Take the categories of a type as entities: name, and identifier where there is one."""
    found: list[Document] = []
    for each in node.items("categories"):
        if each.value.get("type") == type and each.value.get("name"):
            each.take()
            found.append({"name": each.value["name"], **identified(qcode(each.value.get("qcode") or ""))})
    return found


def _names(node: Node, type: str) -> Iterator[str]:
    """Take the names of the categories of a type, one after the other; their codes have no place here."""
    for each in node.items("categories"):
        if each.value.get("type") == type and each.value.get("name"):
            each.take("type")
            yield each.take("name")


def _subjects(node: Node, type: str) -> list[Document]:
    found: list[Document] = []
    for each in node.items("categories"):
        known = subject(each.value.get("name"), qcode(each.value.get("qcode") or ""))
        if each.value.get("type") == type and known is not None:
            each.take()
            found.append(known)
    return found


def _ed_note(node: Node, arrival: Arrival) -> str | None:
    """Take the notes to editors; one that says what a correction corrects is the correction's own."""
    notes: list[str] = []
    for each in node.items("ednotes"):
        role, text = each.take("role") or "", each.text("ednote")
        each.take("is_publishable")
        corrects = role.rpartition(":")[2] == "correction" and CORRECTION in arrival.signals
        if corrects and arrival.note is None:
            arrival.note = text
            arrival.of_revision.append(each.pointer)
        elif text:
            notes.append(text)
    return "\n".join(notes) or None


def _media(node: Node) -> list[Document]:
    found: list[Document] = []
    for each in node.items("associations"):
        kind = KINDS.get(str(each.value.get("type")))
        renditions = [rendition for rendition in each.items("renditions") if rendition.value.get("url")]
        if kind is None or not renditions:
            continue
        each.take("type")
        widest = max(renditions, key=lambda rendition: rendition.value.get("width") or 0)
        texts = {"caption": stripped(each.text("caption")), "credit": stripped(each.text("creditline"))}
        found.append(pruned({"kind": kind, "href": widest.take("url"), **texts}))
    return found
