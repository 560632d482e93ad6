"""HTML, XHTML and NITF bodies as blocks: the text, its links and its pictures, and nothing else of them.

Nothing of the mark-up is kept, so there is nothing to sanitise. The parser sends events and builds no tree,
so that depth costs nothing.
"""

import re
from collections.abc import Mapping
from typing import Any

from lxml import etree

from api.formats.elements import Element
from api.http.problems import ErrorItem, Problem, invalid

Document = dict[str, Any]

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "hl1", "hl2"})
BREAKING = HEADINGS | frozenset(
    """address article aside blockquote body bq block body.content caption center dd details dir div dl dt
    fieldset figcaption figure footer form header hr html legend li main media menu nav ol p pre section
    summary table tbody tfoot thead tr ul media-caption""".split()  # noqa: SIM905 - as in api/wire.py
)
# Content that is no text of the body.
SKIPPED = frozenset(
    "script style head template iframe object svg math select textarea button".split()  # noqa: SIM905
)
# What is left out here means something to those who see the page.
SHOWN = frozenset({"iframe", "object", "svg", "math", "embed", "form"})
QUOTED = frozenset({"blockquote", "bq"})
CELLS = frozenset({"td", "th"})
# Classes of what many bodies repeat from the item's metadata at their top.
REPEATING = frozenset({"headline", "teaser", "summary", "byline"})
MEDIA = {"img": "picture", "video": "video", "audio": "audio"}
KINDS = ("picture", "video", "audio", "graphic")
# Elements that never have content; all others may lack their end.
EMPTY = frozenset("area base br col embed hr img input link meta source track wbr".split())  # noqa: SIM905
LINKED = re.compile(r"^(https?://|mailto:)[^\s]{1,1900}$", re.IGNORECASE)
SPACE = re.compile(r"[ \t\r\n\f]+")
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff]")
# Stand-ins for a line break and for the end of a cell while white space is folded.
BREAK, CELL = "\x01", "\x02"
# Elements of one body: many more than any article has, few enough to be read at once.
MOST_ELEMENTS = 50_000
MOST_LINKS = 200


class Frame:
    """An open element: what its end will mean, and where in the pending text it began."""

    __slots__ = ("aside", "begun", "href", "keeping", "kind", "role", "skipping", "tag")

    def __init__(self, tag: str, inside: "Frame | None", attributes: Mapping[str, str], begun: int) -> None:
        self.tag = tag
        self.begun = begun
        self.keeping = inside is not None and inside.keeping
        self.keeping = self.keeping or tag == "pre" or "pre-wrap" in attributes.get("style", "")
        self.skipping = tag in SKIPPED or (inside is not None and inside.skipping)
        self.kind = kind_of(tag, inside.kind if inside else "paragraph")
        self.aside = inside.aside if inside else ""
        if tag == "header":
            self.aside = "header"
        elif not self.aside and (tag == "h1" or REPEATING & set(attributes.get("class", "").split())):
            self.aside = "repeat"
        self.role = ""
        self.href = ""


def kind_of(tag: str, outer: str) -> str:
    """Give the kind of block that an element makes inside one of the kind `outer`."""
    if tag in HEADINGS or outer == "heading":
        return "heading"
    if tag == "li" or outer == "list_item":
        return "list_item"
    return "blockquote" if tag in QUOTED else outer


class Blocks:
    """Collects blocks, links and media from the events of a parser (lxml's parser target interface)."""

    def __init__(self) -> None:
        self.blocks: list[Document] = []
        self.links: list[Document] = []
        self.media: list[Document] = []
        self.dateline: str | None = None
        # Whether something that a page shows has no place in blocks: an embedded frame, a drawing, a form.
        self.lossy = False
        self._open: list[Frame] = [Frame("", None, {}, 0)]
        self._elements = 0
        self._linked: set[str] = set()
        self._asides: list[str] = []
        self._text: list[str] = []
        self._kept = False
        self._figure: Document | None = None

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Open an element."""
        tag = tag.lower()
        self._elements += 1
        if self._elements > MOST_ELEMENTS:
            raise unreadable("The body has too many elements.")
        frame = Frame(tag, self._open[-1], attributes, len(self._text))
        self.lossy = self.lossy or tag in SHOWN
        if not frame.skipping:
            if tag in BREAKING:
                self._flush()
                frame.begun = 0
            self._opened(frame, attributes)
        if tag not in EMPTY:
            self._open.append(frame)

    def _opened(self, frame: Frame, attributes: Mapping[str, str]) -> None:
        classes = attributes.get("class", "").split()
        if frame.tag == "br":
            self._text.append(BREAK)
        elif frame.tag == "a":
            frame.role, frame.href = "link", attributes.get("href", "").strip()
        elif frame.tag in MEDIA:
            self._medium(MEDIA[frame.tag], attributes.get("src", ""), attributes)
        elif frame.tag == "media-reference" and self._figure is not None:
            self._medium(str(self._figure["kind"]), attributes.get("source", ""), attributes)
        elif frame.tag in ("figure", "media") and self._figure is None:
            frame.role = "figure"
            kind = "graphic" if "graphic" in classes else attributes.get("media-type", "")
            self._figure = {"kind": kind if kind in KINDS else "picture"}
        elif frame.tag == "span" and "dateline" in classes and not self.blocks and self.dateline is None:
            frame.role = "dateline"
        elif self._figure is not None and ("credit" in classes or frame.tag == "media-producer"):
            frame.role = "credit"
            self._caption()

    def _medium(self, kind: str, source: str, attributes: Mapping[str, str]) -> None:
        if attributes.get("width") in ("0", "1"):
            return  # a counting pixel
        found: Document = {"kind": kind}
        if LINKED.match(source.strip()):
            found["href"] = source.strip()
        alternative = _folded(attributes.get("alt") or attributes.get("alternate-text") or "")
        if alternative:
            found["alt"] = alternative
        if self._figure is None:
            self._add_medium(found)
        else:
            self._figure |= found | ({"kind": "graphic"} if self._figure["kind"] == "graphic" else {})

    def end(self, tag: str) -> None:
        """Close an element. A parser sends ends in order, also those that are left out."""
        if tag.lower() not in EMPTY and len(self._open) > 1:
            frame = self._open.pop()
            if not frame.skipping:
                self._closed(frame)

    def _closed(self, frame: Frame) -> None:
        if frame.role == "link":
            self._link(frame)
        elif frame.role == "dateline":
            self.dateline = _folded("".join(self._text[frame.begun :])) or None
        elif frame.role == "credit" and self._figure is not None:
            credit = self._taken()
            self._figure |= {"credit": credit.strip()} if credit.strip() else {}
        elif frame.role == "figure" and self._figure is not None:
            self._caption()
            figure, self._figure = self._figure, None
            self._add_medium(figure)
        elif frame.tag == "figcaption":
            self._caption()
        elif frame.tag in CELLS:
            self._text.append(CELL)
        if frame.tag in BREAKING:
            self._kept = self._kept or frame.keeping
            self._flush(frame)

    def data(self, text: str) -> None:
        """Take text."""
        frame = self._open[-1]
        if frame.skipping:
            return
        seen = UNSEEN.sub("", text.replace("\r\n", "\n"))
        self._kept = self._kept or frame.keeping
        self._text.append(seen if frame.keeping else SPACE.sub(" ", seen))

    def comment(self, _text: str) -> None:
        """Leave a comment out."""

    def pi(self, _target: str, _data: str | None = None) -> None:
        """Leave a processing instruction out."""

    def close(self) -> "Blocks":
        """Finish with what was left open."""
        while len(self._open) > 1:
            self.end(self._open[-1].tag)
        self._flush()
        return self

    def _taken(self) -> str:
        """Take the pending text."""
        text = "".join(self._text)
        kept, self._kept = self._kept, False
        self._text.clear()
        if not kept:
            text = re.sub(" +", " ", text)
            text = re.sub(f" ?{BREAK} ?", BREAK, text).strip(f" {BREAK}{CELL}")
            text = re.sub(f" ?{CELL} ?", CELL, text)
        return text.replace(BREAK, "\n").replace(CELL, "\t")

    def _flush(self, closed: Frame | None = None) -> None:
        """Make a block of the pending text; in a figure it is part of the caption."""
        if self._figure is not None:
            self._caption()
            return
        text = self._taken()
        if re.search(r"\S", text):
            self.add(text, closed or self._open[-1])

    def add(self, text: str, frame: Frame | None = None) -> None:
        """Add a block: what `frame` makes it, else a paragraph."""
        self._asides.append(frame.aside if frame else "")
        self.blocks.append({"kind": frame.kind if frame else "paragraph", "text": text})

    def story(self, *known: str | None) -> list[Document]:
        """Give the blocks without those that repeat what is `known`, and without the header of a page."""
        texts = {_folded(text) for text in known if text}
        story: list[Document] = []
        for block, aside in zip(self.blocks, self._asides, strict=True):
            repeated = bool(aside) and _folded(block["text"]) in texts
            if repeated or aside == "header":
                self.lossy = self.lossy or not repeated
            else:
                story.append(block)
        return story

    def _caption(self) -> None:
        text = self._taken()
        if self._figure is not None and re.search(r"\S", text):
            before = self._figure.get("caption")
            self._figure["caption"] = f"{before}\n{text}" if before else text

    def _link(self, frame: Frame) -> None:
        if not LINKED.match(frame.href) or len(self.links) >= MOST_LINKS:
            self.lossy = True
            return
        if frame.href in self._linked:
            return
        self._linked.add(frame.href)
        title = _folded("".join(self._text[frame.begun :]))[:2_000]
        self.links.append({"rel": "related", "href": frame.href} | ({"title": title} if title else {}))

    def _add_medium(self, medium: Document) -> None:
        if len(medium) > 1:
            self.media.append(medium)


def _folded(text: str) -> str:
    return SPACE.sub(" ", UNSEEN.sub(" ", text)).strip()


def unreadable(detail: str, pointer: str = "#") -> Problem:
    """Build the 422 for a body that cannot be read."""
    return invalid([ErrorItem(code="unreadable_body", detail=detail, pointer=pointer)])


def html_blocks(html: str, pointer: str) -> Blocks:
    """Read HTML; a 422 for what the parser gives up on, such as one text of many megabytes."""
    target: Any = Blocks()
    parser = etree.HTMLParser(target=target, encoding="utf-8", huge_tree=False)
    if not html.strip():
        return Blocks()
    found: Any = etree.fromstring(html.encode("utf-8", "replace"), parser)
    if any(entry.level_name == "FATAL" for entry in parser.error_log):
        raise unreadable("The HTML cannot be read to its end: a part of it is too long.", pointer)
    return found


def text_blocks(text: str) -> Blocks:
    """Read plain text: paragraphs are set apart by empty lines, or else each line is one."""
    parts = re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n").replace("\r", "\n"))
    if len(parts) == 1:
        parts = parts[0].split("\n")
    found = Blocks()
    cleaned = (UNSEEN.sub("", part).strip() for part in parts)
    for part in filter(None, cleaned):
        found.add(part)
    return found


def element_blocks(element: Element) -> Blocks:
    """Read an element of an XML document, whatever its namespace."""
    found = Blocks()
    for event, node in etree.iterwalk(element, events=("start", "end", "comment", "pi")):
        if event == "start":
            found.start(
                etree.QName(node).localname, {str(name): str(value) for name, value in node.attrib.items()}
            )
            found.data(node.text or "")
        else:
            if event == "end":
                found.end(etree.QName(node).localname)
            if node is not element:
                found.data(node.tail or "")
    return found.close()
