"""NewsML-G2 news items, alone or in a news message, as dispatches."""

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from api.formats.addresses import identifier_of
from api.formats.arrival import (
    Arrival,
    Document,
    has_zone,
    moment_of,
    pruned,
    stripped,
    unsupported,
    with_dateline,
)
from api.formats.assuming import assume
from api.formats.blocks import Blocks
from api.formats.concepts import entity, identified, qcode, subject
from api.formats.elements import LANG, Element
from api.formats.inline_body import inline_body
from api.formats.newsml_g2 import CANONICAL, NAR, RELATIONS
from api.formats.xml_in import Tree, parse
from api.http.problems import ErrorItem, Problem, invalid
from api.wire import EntityType, canonical_language

RELS = {relation: rel for rel, relation in RELATIONS.items()} | {CANONICAL: "canonical"}
MEDIA = {"picture": "picture", "graphic": "graphic", "video": "video", "audio": "audio"}
SUMMARIES = ("summary", "teaser", "abstract", "lead")
TYPES: dict[str, EntityType] = {"person": "person", "organisation": "organisation"}
# From this relevance on, in percent, an item is about a concept; below, it mentions it.
ABOUT = 75


def read(raw: bytes, site: str) -> list[Arrival | Problem]:
    """Read a document: 400 when it is no XML, 422 when it is no NewsML-G2 or holds no news item.

    What is wrong with one item of a message is in its place, and does not touch the others. What stands
    beside the items is ignored with the first that can be read. Some providers leave the namespace out.
    """
    root = parse(raw)
    name = etree.QName(root)
    if name.namespace != NAR and (name.namespace or name.localname not in ("newsItem", "newsMessage")):
        detail = "The root element must be newsItem or newsMessage of NewsML-G2."
        raise invalid([ErrorItem(pointer=f"/{name.localname}", code="not_newsml_g2", detail=detail)])
    tree = Tree(name.namespace)
    elements = list(_items(tree, root))
    if not elements:
        detail = f"Dateline takes news items with text: this {name.localname} holds none, or refers to them."
        raise unsupported([(f"/{name.localname}", detail)])
    items = [_read(tree, element, path, site) for element, path in elements]
    for element, _ in elements:
        tree.use_whole(element)
    first = next((item for item in items if isinstance(item, Arrival)), None)
    if first is not None:
        first.ignored += tree.unused(root, f"/{name.localname}")
    return items


def _read(tree: Tree, element: Element, path: str, site: str) -> Arrival | Problem:
    try:
        return _Reader(tree, element, path, site).read()
    except Problem as problem:
        return problem


def _items(tree: Tree, root: Element) -> Iterator[tuple[Element, str]]:
    """Find the news items of a document, with their XPaths."""
    if etree.QName(root).localname == "newsItem":
        yield root, "/newsItem"
        return
    for i, items in enumerate(tree.children(root, "itemSet"), 1):
        for j, item in enumerate(tree.children(items, "newsItem"), 1):
            yield item, f"/newsMessage/itemSet[{i}]/newsItem[{j}]"


class _Reader:
    """The reading of one news item."""

    def __init__(self, tree: Tree, item: Element, path: str, site: str) -> None:
        self.item = item
        self.path = path
        self.site = site
        self.tree = tree
        self.meta = self.tree.child(item, "itemMeta")
        self.content = self.tree.child(item, "contentMeta")
        self.body_path = f"{path}/contentSet"
        self.arrival = Arrival(dispatch={})

    def read(self) -> Arrival:
        """Read the item: 422 when it lacks what every item has, or when it is no article."""
        self._require()
        tree, arrival = self.tree, self.arrival
        for name in ("standard", "standardversion", "conformance"):
            tree.attribute(self.item, name)
        for reference in (*tree.children(self.item, "catalogRef"), *tree.children(self.item, "catalog")):
            tree.use_whole(reference)
        arrival.uri = tree.attribute(self.item, "guid")
        version = tree.attribute(self.item, "version")
        arrival.version = int(version) if version and re.fullmatch(r"[0-9]{1,18}", version) else None
        arrival.signals = [self._code(each) for each in tree.children(self.meta, "signal")]
        item_class = tree.child(self.meta, "itemClass")
        if item_class is not None and self._code(item_class) != "ninat:text":
            arrival.ignored.append(f"{self.path}/itemMeta/itemClass")
        status = tree.child(self.meta, "pubStatus")
        pub_status = (self._code(status) if status is not None else "").rpartition(":")[2] or "usable"
        arrival.canceled = pub_status == "canceled"
        arrival.dispatch = self._dispatch(pub_status)
        if arrival.canceled:
            arrival.note = arrival.note or arrival.dispatch.get("ed_note")
        elif not arrival.dispatch.get("body"):
            raise unsupported([(self.body_path, "An article needs text in inlineXML or inlineData.")])
        assume(arrival)
        arrival.ignored += tree.unused(self.item, self.path)
        return arrival

    def _require(self) -> None:
        """Refuse an item without its identity, or without the management data that the schema asks for."""
        missing = [] if self.item.get("guid") else [f"{self.path}/@guid"]
        missing += [
            f"{self.path}/itemMeta/{name}"
            for name in ("itemClass", "provider", "versionCreated")
            if self.tree.child(self.meta, name) is None
        ]
        if missing:
            detail = "NewsML-G2 requires this."
            raise invalid([ErrorItem(pointer=path, code="missing", detail=detail) for path in missing])

    def _dispatch(self, pub_status: str) -> Document:
        tree, content = self.tree, self.content
        created = self._moment("versionCreated")
        self.arrival.version_created = created
        provider = self._provider()
        headline, byline = self._headline(), tree.line(tree.child(content, "by"))
        summary = self._description()
        body = self._body()
        languages = [
            each.get("tag") for each in tree.children(content, "language") if tree.attribute(each, "tag")
        ]
        language = next(iter(languages), None) or self.item.get(LANG) or ""
        urgency = tree.text(tree.child(content, "urgency")) or ""
        people, organisations, subjects = self._subjects()
        dateline = self._dateline(body)
        links, media = self._links()
        return pruned(
            {
                "uri": self.arrival.uri,
                "headline": headline,
                "language": canonical_language(language),
                "pub_status": pub_status if pub_status in ("usable", "withheld", "canceled") else "withheld",
                "slugline": tree.line(tree.child(content, "slugline")),
                "summary": summary,
                "byline": byline,
                "dateline": {"text": dateline} if dateline else None,
                "located": self._located(),
                "provider": provider,
                "urgency": int(urgency) if re.fullmatch(r"\s*[1-9]\s*", urgency) else None,
                "genre": next(filter(None, map(self._name, tree.children(content, "genre"))), None),
                "keywords": [*filter(None, map(tree.line, tree.children(content, "keyword")))],
                "subjects": subjects,
                "published_at": self._moment("firstCreated") or created,
                "embargoed_until": self._embargo(),
                "body": with_dateline(body.story(headline, summary, byline), dateline),
                "media": [*media, *body.media],
                "people": people,
                "organisations": organisations,
                "sources": self._sources(),
                "links": [*links, *(link for link in body.links if link["href"] not in _hrefs(links))],
                "ed_note": self._ed_note(),
                **self._rights(),
            }
        )

    def _code(self, element: Element) -> str:
        """Take a concept's QCode; a URI of a known vocabulary stands for one."""
        self.tree.use_whole(element)
        uri = element.get("uri") or ""
        return element.get("qcode") or uri.rpartition("/")[2] or element.get("literal") or ""

    def _moment(self, tag: str) -> Any:
        element = self.tree.child(self.meta, tag)
        found = moment_of(element.text or "") if element is not None else None
        if element is not None and found is not None:
            self.tree.use(element)
        return found

    def _embargo(self) -> Any:
        """Take the embargo. One that cannot be read is refused: nothing is published by mistake."""
        element = self.tree.child(self.meta, "embargoed")
        if element is None:
            return None
        moment = self._moment("embargoed")
        if moment is None:
            place = f"{self.path}/itemMeta/embargoed"
            raise unsupported([(place, "The time of the embargo cannot be read: give a date-time.")])
        if not has_zone(element.text or ""):
            self.arrival.assumed.append("#/embargoed_until")
        return moment

    def _name(self, element: Element) -> str | None:
        """Take the name of a concept: its full or display name, else the first."""
        tree = self.tree
        names = list(tree.children(element, "name"))
        if not names:
            return None
        wanted = ("nrol:full", "nrol:display", None)
        chosen = min(
            names, key=lambda name: wanted.index(name.get("role")) if name.get("role") in wanted else 3
        )
        tree.attribute(chosen, "role")
        return tree.line(chosen)

    def _identity(self, element: Element) -> tuple[str, str] | None:
        """Take what identifies a concept: a QCode, a URI, or a literal that holds one of them."""
        for name in ("qcode", "uri", "literal"):
            value = self.tree.attribute(element, name)
            if value:
                return qcode(value) if name == "qcode" else identifier_of(value) if ":" in value else None
        return None

    def _party(self, type: EntityType, element: Element) -> Document | None:
        """Take a person or organisation; one without a name has that of its code."""
        name = self._name(element)
        uri = self.tree.attribute(element, "uri")
        if uri:
            return entity(type, name, uri, self.site)
        identity = self._identity(element)
        name = name or (identity[1] if identity else element.get("literal"))
        return {"name": name[:500], **identified(identity)} if name else None

    def _provider(self) -> Document | None:
        """Take the provider, and the credit line that repeats its name."""
        tree = self.tree
        element = tree.child(self.meta, "provider")
        if element is not None and element.get("uri") == self.site:
            tree.use_whole(element)
            return None
        found = self._party("organisation", element) if element is not None else None
        credit = tree.child(self.content, "creditline")
        if credit is not None and found and (credit.text or "").strip() == found.get("name"):
            tree.use(credit)
        return found

    def _headline(self) -> str | None:
        """Take the headline of the first rank; the rest has no place here."""
        headlines = list(self.tree.children(self.content, "headline"))
        ranked = sorted(
            headlines,
            key=lambda each: (
                int(each.get("rank", "1") if each.get("rank", "1").isdecimal() else 9),
                each.get("role") is not None,
            ),
        )
        for each in ranked:
            if text := self.tree.line(each):
                return text
        return None

    def _description(self) -> str | None:
        for each in self.tree.children(self.content, "description"):
            if (each.get("role") or "").rpartition(":")[2] in SUMMARIES:
                self.tree.attribute(each, "role")
                text = self.tree.text(each)
                return text.strip() if text else None
        return None

    def _dateline(self, body: Blocks) -> str | None:
        element = self.tree.child(self.content, "dateline")
        text = self.tree.text(element) or body.dateline
        return re.sub(r"\s*\n\s*", " ", text) if text else None

    def _located(self) -> str | None:
        element = self.tree.child(self.content, "located")
        return self._name(element) if element is not None else None

    def _sources(self) -> list[Document]:
        found: list[Document] = []
        for each in self.tree.children(self.content, "infoSource"):
            self.tree.attribute(each, "role")
            literal = self.tree.attribute(each, "literal")
            known = self._party("organisation", each) if self.tree.child(each, "name") is not None else None
            page = None if known else self.tree.attribute(each, "uri")
            printed = literal or (known and known["name"])
            if printed:
                found.append(pruned({"organisation": known, "as_printed": printed, "uri": page}))
        return found

    def _subjects(self) -> tuple[list[Document], list[Document], list[Document]]:
        """Take the subjects: people, organisations, and all others that have a code."""
        mentions: dict[str, list[Document]] = {"person": [], "organisation": []}
        subjects: list[Document] = []
        for each in self.tree.children(self.content, "subject"):
            type = TYPES.get((each.get("type") or "").rpartition(":")[2])
            if type is not None:
                mentions[type] += self._mention(type, each)
                continue
            self.tree.attribute(each, "type")
            known = subject(self._name(each), self._identity(each))
            subjects += [known] if known else []
        return mentions["person"], mentions["organisation"], subjects

    def _mention(self, type: EntityType, element: Element) -> list[Document]:
        """Take a person or organisation that the item is about or mentions, with the names it prints."""
        tree = self.tree
        tree.attribute(element, "type")
        known = self._party(type, element)
        if known is None:
            return []
        relevance = tree.attribute(element, "relevance") or "100"
        rel = "mentions" if relevance.isdecimal() and int(relevance) < ABOUT else "about"
        printed, names = self._other_names(element, known.get("name"))
        if names and "id" not in known:
            known["names"] = names
        note = tree.child(element, "note") if type == "person" else None
        return [pruned({type: known, "rel": rel, "as_printed": printed, "role": tree.line(note)})]

    def _other_names(self, element: Element, name: str | None) -> tuple[list[str], list[Document]]:
        """Take the further names of a concept: those as printed, and those in other languages."""
        printed: list[str] = []
        names: list[Document] = []
        for each in self.tree.children(element, "name"):
            if each.get("role") == "nrol:alternate":
                self.tree.attribute(each, "role")
                printed += filter(None, [self.tree.text(each)])
            elif (value := self.tree.line(each)) and value != name:
                self.tree.attribute(each, "role")
                language = canonical_language(each.get(LANG) or "")
                names.append(pruned({"value": value[:500], "language": language}))
        return printed, names

    def _links(self) -> tuple[list[Document], list[Document]]:
        """Take the links: those to media are media, those of a known relation links."""
        links: list[Document] = []
        media: list[Document] = []
        for each in self.tree.children(self.meta, "link"):
            rel, href = (
                RELS.get(each.get("rel") or each.get("reluri") or "irel:seeAlso"),
                each.get("href") or "",
            )
            if rel is None or not re.match(r"(https?://|urn:|tag:|mailto:|/)\S+$", href):
                continue
            item_class = self.tree.child(each, "itemClass")
            kind = MEDIA.get(self._code(item_class).rpartition(":")[2]) if item_class is not None else None
            for name in ("rel", "reluri", "href"):
                self.tree.attribute(each, name)
            if kind:
                media.append({"kind": kind, "href": href})
            else:
                title = self.tree.line(self.tree.child(each, "title"))
                links.append(pruned({"rel": rel, "href": href, "title": title}))
        return links, media

    def _ed_note(self) -> str | None:
        """Take the notes to editors; one that says what a correction corrects is the correction's own."""
        notes: list[str] = []
        for each in self.tree.children(self.meta, "edNote"):
            if len(each):
                continue
            role = self.tree.attribute(each, "role") or self.tree.attribute(each, "roleuri") or ""
            self.tree.attribute(each, "pubconstraint")
            text = self.tree.text(each)
            if role.rpartition(":")[2] == "correction" and self.arrival.note is None:
                self.arrival.note = text
            elif text:
                notes.append(text)
        return "\n".join(notes) or None

    def _rights(self) -> Document:
        tree = self.tree
        rights = tree.child(self.item, "rightsInfo")
        return {
            "copyright_notice": stripped(tree.text(tree.child(rights, "copyrightNotice"))),
            "usage_terms": stripped(tree.text(tree.child(rights, "usageTerms"))),
        }

    def _body(self) -> Blocks:
        """Take the text of the item."""
        found = inline_body(self.tree, self.item, self.body_path)
        if found is None:
            return Blocks()
        self.arrival.origins["#/body"] = found.path
        if found.blocks.lossy:
            self.arrival.ignored.append(found.path)
        return found.blocks


def _hrefs(links: list[Document]) -> set[str]:
    return {link["href"] for link in links}
