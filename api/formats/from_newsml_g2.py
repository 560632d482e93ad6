"""NewsML-G2 news items, alone or in a news message, as dispatches."""

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from api.formats.arrival import (
    Arrival,
    Document,
    moment_of,
    pruned,
    stripped,
    unsupported,
    with_dateline,
)
from api.formats.assuming import assume
from api.formats.blocks import Blocks, element_blocks
from api.formats.concepts import entity
from api.formats.elements import LANG, Element
from api.formats.inline_body import InlineBody, inline_body
from api.formats.newsml_concepts import TYPES, Concepts, code_of
from api.formats.newsml_g2 import CANONICAL, NAR, RELATIONS
from api.formats.signals import CORRECTION, SIGNALS
from api.formats.xml_in import Tree, parse
from api.http.problems import ErrorItem, Problem, invalid
from api.wire import canonical_language

RELS = {relation: rel for rel, relation in RELATIONS.items()} | {CANONICAL: "canonical"}
MEDIA = {"picture": "picture", "graphic": "graphic", "video": "video", "audio": "audio"}
SUMMARIES = ("summary", "teaser", "abstract", "lead", "")
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
        self.language = self._language()
        self.concepts = Concepts(tree, item, site, self.language)
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
        arrival.signals = self._signals()
        item_class = tree.child(self.meta, "itemClass")
        if item_class is not None and code_of(item_class) == "text":
            tree.use_whole(item_class)
        pub_status = self._pub_status()
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
        found = self._body()
        body = found.blocks if found else Blocks()
        headline = self._or_nitf(found, self._headline(), "hedline", "hl1")
        byline = self._or_nitf(found, tree.line(tree.child(content, "by")), "byline")
        summary = self._or_nitf(found, self._description(), "abstract")
        dateline = self._or_nitf(found, self._dateline(body), "dateline")
        subjects = self._subjects()
        links, media = self._links()
        return pruned(
            {
                "uri": self.arrival.uri,
                "headline": headline,
                "language": self.language,
                "pub_status": pub_status,
                "slugline": tree.line(tree.child(content, "slugline")),
                "summary": summary,
                "byline": byline,
                "dateline": {"text": dateline} if dateline else None,
                "located": self.concepts.name(tree.child(content, "located")),
                "provider": provider,
                "urgency": self._urgency(),
                "genre": next(filter(None, map(self._genre, tree.children(content, "genre"))), None),
                "published_at": self._moment("firstCreated") or created,
                "embargoed_until": self._embargo(),
                "body": with_dateline(body.story(headline, summary, byline), dateline),
                "media": [*media, *body.media],
                **subjects,
                "sources": self._sources(),
                "links": [*links, *(link for link in body.links if link["href"] not in _hrefs(links))],
                "ed_note": self._ed_note(),
                **self._rights(),
            }
        )

    def _language(self) -> str | None:
        """Take the first language of the content, else that of the item."""
        first = self.tree.child(self.content, "language")
        tag = self.tree.attribute(first, "tag") if first is not None else None
        return canonical_language(tag or self.item.get(LANG) or "")

    def _signals(self) -> list[str]:
        """Take the signals that say what a version is; any other, such as a warning, has no place here."""
        found: list[str] = []
        for i, each in enumerate(self.tree.children(self.meta, "signal"), 1):
            if (code := code_of(each)) in SIGNALS:
                self.tree.use_whole(each)
                self.arrival.of_revision.append(f"{self.path}/itemMeta[1]/signal[{i}]")
                found.append(f"sig:{code}")
        return found

    def _pub_status(self) -> str:
        """Take the status. One that is not known is taken for withheld: nothing is published by mistake."""
        status = self.tree.child(self.meta, "pubStatus")
        code = code_of(status) or "usable"
        if code not in ("usable", "withheld", "canceled"):
            self.arrival.assumed.append("#/pub_status")
            return "withheld"
        if status is not None:
            self.tree.use_whole(status)
        return code

    def _urgency(self) -> int | None:
        element = self.tree.child(self.content, "urgency")
        text = (element.text or "").strip() if element is not None else ""
        if element is None or not re.fullmatch(r"[1-9]", text):
            return None
        self.tree.use(element)
        return int(text)

    def _genre(self, element: Element) -> str | None:
        """Take the name of a genre, else its code."""
        name = self.concepts.name(element)
        if name is None and (name := code_of(element) or None):
            self.tree.use_whole(element)
        return name

    def _or_nitf(self, found: InlineBody | None, value: str | None, *steps: str) -> str | None:
        """Take from NITF's own head what the item's metadata lacks, or says too."""
        head = found.head if found else None
        element = head.find("/".join(f"{{*}}{step}" for step in steps)) if head is not None else None
        if element is None:
            return value
        text = "\n".join(block["text"] for block in element_blocks(element).blocks)
        if not text or (value and value.split() != text.split()):
            return value
        self.tree.use_whole(element)
        return value or text

    def _moment(self, tag: str) -> Any:
        element = self.tree.child(self.meta, tag)
        found = moment_of(element.text or "") if element is not None else None
        if element is not None and found is not None:
            self.tree.use(element)
        return found

    def _embargo(self) -> Any:
        element = self.tree.child(self.meta, "embargoed")
        if element is None:
            return None
        self.tree.use(element)
        return self.arrival.embargo(element.text or "", f"{self.path}/itemMeta/embargoed")

    def _provider(self) -> Document | None:
        """Take the provider, and the credit line that repeats its name, or is the name of an address."""
        tree = self.tree
        element = tree.child(self.meta, "provider")
        if element is not None and element.get("uri") == self.site:
            tree.use_whole(element)
            return None
        found = self.concepts.party("organisation", element) if element is not None else None
        credit = tree.child(self.content, "creditline")
        name = (credit.text or "").strip() if credit is not None else ""
        if found is None and element is not None and name:
            found = entity("organisation", name, tree.attribute(element, "uri"), self.site)
        if credit is not None and found and name == found.get("name"):
            tree.use(credit)
        return found

    def _headline(self) -> str | None:
        """Take the headline in the language of the text, of the first rank; the rest has no place here."""
        ranked = sorted(
            self.tree.children(self.content, "headline"),
            key=lambda each: (
                self.concepts.is_foreign(each),
                int(each.get("rank", "1") if each.get("rank", "1").isdecimal() else 9),
                each.get("role") is not None,
            ),
        )
        return next(filter(None, map(self.tree.line, ranked)), None)

    def _description(self) -> str | None:
        """Take the description that is meant to be read in place of the article; one may not say its role."""
        ranked = sorted(
            (
                each
                for each in self.tree.children(self.content, "description")
                if code_of(each, "role") in SUMMARIES and (each.text or "").strip()
            ),
            key=lambda each: (self.concepts.is_foreign(each), code_of(each, "role") == ""),
        )
        if not ranked:
            return None
        self.tree.attribute(ranked[0], "role")
        return stripped(self.tree.text(ranked[0]))

    def _dateline(self, body: Blocks) -> str | None:
        element = self.tree.child(self.content, "dateline")
        text = self.tree.text(element) or body.dateline
        return re.sub(r"\s*\n\s*", " ", text) if text else None

    def _sources(self) -> list[Document]:
        found: list[Document] = []
        for each in self.tree.children(self.content, "infoSource"):
            literal = each.get("literal")
            named = self.tree.child(each, "name") is not None or each.get("qcode")
            known = self.concepts.party("organisation", each) if named else None
            printed = literal or (known and known["name"])
            if printed:
                for name in ("role", "literal"):
                    self.tree.attribute(each, name)
                page = None if known else self.tree.attribute(each, "uri")
                found.append(pruned({"organisation": known, "as_printed": printed, "uri": page}))
        return found

    def _subjects(self) -> dict[str, list[Any]]:
        """Take the subjects: people, organisations, those that have a code, and all others as keywords."""
        mentions: dict[str, list[Document]] = {"person": [], "organisation": []}
        subjects: list[Document] = []
        keywords = [*filter(None, map(self.tree.line, self.tree.children(self.content, "keyword")))]
        for each in self.tree.children(self.content, "subject"):
            type = TYPES.get(code_of(each, "type"))
            if type is not None:
                mentions[type] += self.concepts.mention(type, each, ABOUT)
                continue
            known = self.concepts.subject(each)
            if isinstance(known, str):
                keywords.append(known)
            elif known is not None:
                subjects.append(known)
        people, organisations = mentions["person"], mentions["organisation"]
        return {"people": people, "organisations": organisations, "subjects": subjects, "keywords": keywords}

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
            kind = MEDIA.get(code_of(item_class))
            for name in ("rel", "reluri", "href"):
                self.tree.attribute(each, name)
            if kind and item_class is not None:
                self.tree.use_whole(item_class)
                media.append({"kind": kind, "href": href})
            else:
                title = self.tree.line(self.tree.child(each, "title"))
                links.append(pruned({"rel": rel, "href": href, "title": title}))
        return links, media

    def _ed_note(self) -> str | None:
        """Take the notes to editors; one that says what a correction corrects is the correction's own."""
        notes: list[str] = []
        for i, each in enumerate(self.tree.children(self.meta, "edNote"), 1):
            if len(each):
                continue
            role = code_of(each, "role")
            for name in ("role", "roleuri", "pubconstraint"):
                self.tree.attribute(each, name)
            text = self.tree.text(each)
            if role == "correction" and CORRECTION in self.arrival.signals and self.arrival.note is None:
                self.arrival.note = text
                self.arrival.of_revision.append(f"{self.path}/itemMeta[1]/edNote[{i}]")
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

    def _body(self) -> InlineBody | None:
        """Take the text of the item."""
        found = inline_body(self.tree, self.item, self.body_path)
        if found is not None:
            self.arrival.origins["#/body"] = found.path
            if found.blocks.lossy:
                self.arrival.ignored.append(found.path)
        return found


def _hrefs(links: list[Document]) -> set[str]:
    return {link["href"] for link in links}
