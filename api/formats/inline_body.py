"""The text of a NewsML-G2 item, from whatever it carries inline: XHTML, NITF, other mark-up or plain text."""

from collections.abc import Iterator

import msgspec
from lxml import etree

from api.formats.blocks import Blocks, element_blocks, html_blocks, text_blocks
from api.formats.elements import Element
from api.formats.xml_in import Tree

READABLE = ("text/", "application/xhtml")


class InlineBody(msgspec.Struct, frozen=True, kw_only=True):
    """A text, and the XPath of the element that carries it; `head` is the one that NITF has for a text."""

    blocks: Blocks
    path: str
    head: Element | None = None


def inline_body(tree: Tree, item: Element, path: str) -> InlineBody | None:
    """Take the text: marked-up before plain, the first that there is; `path` is that of `contentSet`."""
    for element, step, blocks in _candidates(tree, tree.child(item, "contentSet"), path):
        if blocks.blocks:
            content = next(element.iter("{*}body.content"), None)
            if content is None:
                tree.use_whole(element)
                return InlineBody(blocks=blocks, path=step)
            tree.use_whole(content)
            tree.attribute(element, "contenttype")
            return InlineBody(blocks=blocks, path=step, head=next(element.iter("{*}body.head"), None))
    return None


def _candidates(tree: Tree, content: Element | None, path: str) -> Iterator[tuple[Element, str, Blocks]]:
    for index, each in enumerate(tree.children(content, "inlineXML"), 1):
        if _is_text(each):
            yield each, f"{path}/inlineXML[{index}]", element_blocks(_text_of(each))
    for index, each in enumerate(tree.children(content, "inlineData"), 1):
        media_type, text = each.get("contenttype") or "text/plain", each.text or ""
        step = f"{path}/inlineData[{index}]"
        if media_type.startswith(READABLE):
            yield each, step, html_blocks(text, step) if "html" in media_type else text_blocks(text)


def _is_text(inline: Element) -> bool:
    """Tell whether an inline document is a text: data, such as SportsML or events, has no paragraphs."""
    return len(inline) == 0 or next(inline.iter("{*}p", "{*}body", "{*}body.content"), None) is not None


def _text_of(inline: Element) -> Element:
    """Give the part of an inline document that is its text: in NITF the body's content."""
    for element in inline.iter("{*}body.content", "{*}body"):
        if etree.QName(element).localname == "body.content" or not _has_content(element):
            return element
    return inline


def _has_content(body: Element) -> bool:
    return next(body.iterchildren("{*}body.content"), None) is not None
