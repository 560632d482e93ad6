"""Reading ninjs 1.x to 3.x, and our extension of it, as a dispatch."""

import re
from typing import Any

from api.formats import from_extension
from api.formats.arrival import Arrival, Document, Node, pruned, unsupported
from api.formats.assuming import assume
from api.formats.blocks import Blocks, html_blocks, text_blocks
from api.formats.concepts import subject
from api.formats.media_in import media_of
from api.formats.ninjs_item import Item, lower_if
from api.formats.ninjs_schema import generation_of, is_extended
from api.wire import EntityType, canonical_language

SUPPLIERS = ("supplier", "provider", "publisher")
MARKED_UP = re.compile(r"</|<(p|br|div|h[1-6]|ul|ol|section|article)\b", re.IGNORECASE)
# The better form of a body stands first: what has mark-up says more than what has none.
FORMS = ("html", "nitf", "xml", "text", "")


def read(document: Any, site: str) -> Arrival:
    """Read a document: 422 when it is no valid ninjs, or no article (`unsupported-content`)."""
    if not isinstance(document, dict):
        raise unsupported([("#", "The document must be one ninjs object.")])
    node = Node(document)
    item = Item(node, generation_of(node.value), site)
    for known in ("standard", "uri", "pubStatus"):
        node.take(item.name(known))
    if node.value.get("type") == "text":
        node.take("type")
    if node.value.get(item.name("representationType")) in ("full", "complete"):
        node.take(item.name("representationType"))
    arrival = Arrival(
        dispatch={},
        uri=node.value["uri"],
        version=_version(node),
        canceled=node.value.get(item.name("pubStatus")) == "canceled",
    )
    arrival.dispatch = _dispatch(item, arrival)
    if is_extended(node.value):
        from_extension.extend(arrival, node, site)
    if arrival.canceled:
        arrival.note = arrival.dispatch.get("ed_note")
    elif not arrival.dispatch.get("body"):
        place = "#/body_text" if item.generation == 1 else "#/bodies"
        raise unsupported([(place, "An article needs a body with text.")])
    assume(arrival)
    arrival.ignored = [*arrival.ignored, *node.unused()]
    return arrival


def _version(node: Node) -> int | None:
    """Take the version when it is a number: ninjs allows any string, of which no order is known."""
    text = node.value.get("version")
    return int(node.take("version")) if text and re.fullmatch(r"[0-9]{1,18}", text) else None


def _dispatch(item: Item, arrival: Arrival) -> Document:
    node = item.node
    arrival.version_created = node.moment(item.name("versionCreated"))
    first_created = node.moment(item.name("firstCreated"))
    headline, summary, byline = _headline(item), _summary(item), item.text("by")
    body = _body(item, arrival)
    provider, sources = _sources(item)
    language = item.text("language")
    dispatch = {
        "uri": arrival.uri,
        "headline": headline,
        "language": canonical_language(language.replace("_", "-")) if language else None,
        "pub_status": node.value.get(item.name("pubStatus"), "usable"),
        "slugline": item.text("slugline"),
        "summary": summary,
        "byline": byline,
        "located": item.text("located"),
        "urgency": _urgency(node),
        "published_at": first_created or arrival.version_created,
        "embargoed_until": _embargo(item, arrival),
        "copyright_notice": item.text("copyrightNotice"),
        "usage_terms": item.text("usageTerms"),
        "ed_note": item.text("edNote"),
        "dateline": {"text": body.dateline} if body.dateline else None,
        "body": body.story(headline, summary, byline),
        "links": body.links,
        "media": [*_associations(item), *body.media],
        "people": _mentions(item, "person", "people"),
        "organisations": _mentions(item, "organisation", "organisations"),
        "genre": _genre(item),
        "provider": provider,
        "sources": sources,
        **_subjects(item),
    }
    if body.lossy:
        arrival.ignored.append(arrival.origins.get("#/body", "#"))
    if language and dispatch["language"] is None:
        arrival.ignored.append(node.child(item.name("language")).pointer)
    return pruned(dispatch)


def _headline(item: Item) -> str | None:
    """Take the headline; of several the main one, else the first. The rest has no place here."""
    if item.generation == 1 and (text := item.text("headline")):
        return text
    labels = sorted(item.labelled("headlines", "headline"), key=lambda label: label[0] != "main")
    for _, _, node in labels:
        if isinstance(node.value, str) and node.value.strip():
            return str(node.take())
    return None


def _summary(item: Item) -> str | None:
    """Take the description that is meant to be read in place of the article."""
    ranks = {"summary": 0, "abstract": 1, "lead": 2, "teaser": 3, "text": 4, "main": 5, "": 6}
    labels = [label for label in item.labelled("descriptions", "description") if label[0] in ranks]
    for _, _, node in sorted(labels, key=lambda label: ranks[label[0]]):
        text = "\n".join(block["text"] for block in _blocks(str(node.value), "", "", node.pointer).blocks)
        if text:
            node.take()
            return text
    return None


def _body(item: Item, arrival: Arrival) -> Blocks:
    """Take the body; of several the one that says most, of equals the main one."""
    labels = item.labelled("bodies", "body")
    ranked = sorted(labels, key=lambda label: (FORMS.index(_form(*label)), label[0] != "main"))
    for role, media_type, node in ranked:
        found = _blocks(str(node.value), role, media_type, node.pointer)
        if found.blocks:
            node.take()
            _take_counts(item, node)
            arrival.origins["#/body"] = node.pointer
            return found
    return Blocks()


def _take_counts(item: Item, node: Node) -> None:
    """Take what is said of the text's length: we count ourselves."""
    if item.generation == 1:
        item.node.take("charcount")
        item.node.take("wordcount")
    else:
        for name in ("charCount", "wordCount"):
            node.used.add(node.pointer.removesuffix("value") + lower_if(item, name))


def _form(role: str, media_type: str, node: Node) -> str:
    """Tell in which form a body is: by its media type, else its role, else by the look of it."""
    said = f"{media_type} {role}".lower()
    for form in ("html", "nitf", "xml"):
        if form in said:
            return form
    if "text" in said and "rich" not in said:
        return "text"
    return "html" if MARKED_UP.search(str(node.value)) else ""


def _blocks(text: str, role: str, media_type: str, pointer: str) -> Blocks:
    form = _form(role, media_type, Node(text))
    return html_blocks(text, pointer) if form in ("html", "nitf", "xml") else text_blocks(text)


def _urgency(node: Node) -> int | None:
    value = node.value.get("urgency")
    return int(node.take("urgency")) if value is not None and value == int(value) else None


def _embargo(item: Item, arrival: Arrival) -> Any:
    node = item.node.child(item.name("embargoedUntil"))
    return None if node.value is None else arrival.embargo(node.take(), node.pointer)


def _mentions(item: Item, type: EntityType, name: str) -> list[Document]:
    found: list[Document] = []
    for node in item.node.items(item.name(name)):
        known = item.entity(type, node)
        if known is None:
            continue
        rel = "about" if node.value.get("rel") == "about" else "mentions"
        if node.value.get("rel") in ("about", "mentions"):
            node.take("rel")
        found.append({type: known, "rel": rel})
    return found


def _subjects(item: Item) -> Document:
    """Take the subjects; what has no code is a keyword."""
    subjects: list[Document] = []
    keywords: list[str] = []
    for node in item.node.items(item.name("subjects")):
        identity, name = item.identity(node), node.text("name")
        known = subject(name, identity)
        if known is not None:
            subjects.append(known)
        elif name or (name := node.text("literal" if item.generation != 1 else "code")):
            keywords.append(name)
    return {"subjects": subjects, "keywords": keywords}


def _genre(item: Item) -> str | None:
    """Take the first genre that has a name, or a code."""
    for node in item.node.items(item.name("genres")):
        for member in ("name", "literal", "code"):
            if text := node.text(member):
                return text
    return None


def _sources(item: Item) -> tuple[Document | None, list[Document]]:
    """Take who supplies the item, and whom it rests on."""
    provider: Document | None = None
    sources: list[Document] = []
    for node in item.node.items(item.name("infoSources")):
        role = str(node.value.get("rel" if item.generation == 1 else "role") or "")
        if role.rpartition(":")[2].rpartition("/")[2] in SUPPLIERS and provider is None:
            provider = item.entity("organisation", node)
            node.take("role" if item.generation != 1 else "rel")
        else:
            sources += _source(item, node, role)
    return provider, sources


def _source(item: Item, node: Node, role: str) -> list[Document]:
    """Take one source: its name means an organisation, a literal beside it the words as printed."""
    if role.endswith("contentSource"):
        node.take("role")
    if item.generation == 1:
        known = item.entity("organisation", node)
        return [{"organisation": known, "as_printed": known["name"]}] if known else []
    known = item.entity("organisation", node) if node.value.get("name") else None
    literal = node.text("literal")
    printed = literal or (known and known["name"])
    page = None if known else node.text("uri")
    return [pruned({"organisation": known, "as_printed": printed, "uri": page})] if printed else []


def _associations(item: Item) -> list[Document]:
    """Take the media that go with the item."""
    found: list[Document] = []
    for node in item.node.items("associations"):
        medium = media_of(Item(node, item.generation, item.site))
        if medium is not None:
            found.append(medium)
    return found
