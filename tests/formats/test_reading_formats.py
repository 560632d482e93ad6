"""The formats that people read: HTML, Markdown and the text of a wire."""

import re

import pytest
from lxml import etree
from lxml.html import document_fromstring

from api.formats import html, markdown, text
from tests.formats.articles import PERSON, SITE, TEXTS, article, full, quote, speaker

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)> javascript:alert(1) & </style>'


def page(each: object) -> etree._Element:
    return document_fromstring(html.render(each, SITE).decode())  # type: ignore[arg-type]


def test_a_page_has_one_article_its_headings_and_a_mark_for_each_quote() -> None:
    found = page(full())
    assert [e.text_content() for e in found.iter("h1")] == ["Headline & <marker>"]
    assert found.get("lang") == "en-GB"
    assert len(list(found.iter("article"))) == 1
    marked = [e.text_content() for e in found.iter("q")]
    assert marked == ["Nobody was seasick,", "Nobody but the mayor.", "safe & sound <now>"]
    assert {e.get("cite") for e in found.iter("q")} == {SITE + q.href for q in full().quotes}


def test_each_quote_is_a_blockquote_with_a_link_to_its_speaker() -> None:
    figures = [f for f in page(full()).iter("figure") if f.find("blockquote") is not None]
    assert len(figures) == 2
    first = figures[0]
    assert [p.text_content() for p in first.iter("p")] == ["Nobody was seasick,", "Nobody but the mayor."]
    links = {a.text_content(): a.get("href") for a in first.iter("a")}
    assert links["Lusia Trebanek-Marker"] == SITE + PERSON["href"]
    assert "Radio-Marker" in links
    assert "officials of it" in figures[1].text_content()


def test_a_page_names_its_feeds_and_its_canonical_address() -> None:
    links = [(e.get("rel"), e.get("type"), e.get("href")) for e in page(full()).iter("link")]
    assert ("canonical", None, "https://canonical.example/a") in links
    feeds = [href for rel, _, href in links if rel == "alternate"]
    assert f"{SITE}/v1/feeds/articles.atom" in feeds
    assert any("?provider=" in str(href) for href in feeds)


def test_no_text_of_an_article_becomes_mark_up_or_a_script() -> None:
    said = quote(1, [HOSTILE], [HOSTILE[2:20]], speaker=speaker("unnamed", as_printed=HOSTILE))
    each = article(
        [HOSTILE],
        headline=HOSTILE,
        byline=HOSTILE,
        summary=HOSTILE,
        keywords=[HOSTILE],
        copyright_notice=HOSTILE,
        media=[
            {
                "kind": "picture",
                "href": "https://a.example/x?\"'><script>",
                "caption": HOSTILE,
                "credit": HOSTILE,
                "alt": HOSTILE,
                "people": [],
            }
        ],
        links=[{"rel": "related", "href": 'https://a.example/"onclick=x', "title": HOSTILE}],
        quotes=[said],
    )
    found = page(each)
    assert list(found.iter("script")) == []
    assert all(not name.startswith("on") for e in found.iter() for name in e.attrib)
    assert all(not str(e.get("href", "")).startswith("javascript:") for e in found.iter())
    assert len(list(found.iter("img"))) == 1
    assert "script-src" not in html.POLICY
    assert html.POLICY.startswith("default-src 'none'")


def test_the_style_is_the_one_that_the_policy_allows() -> None:
    import base64
    import hashlib

    style = next(page(full()).iter("style")).text or ""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in html.POLICY


def test_a_wire_is_printed_in_short_lines_with_its_dateline_and_sender() -> None:
    printed = text.render(full(), SITE).decode()
    lines = printed.splitlines()
    assert max(map(len, lines)) <= 69
    assert lines[0] == "7 slugline-marker"
    assert "CORRECTION: Note of the correction" in printed
    assert "    HALCIN, May 19 (Ostrelpress) — The ferry sailed again on Monday." in lines
    assert lines[-1].startswith("Ostrelpress-Marker 2025-03-04")
    apart = article(["The ferry sailed."], dateline={"text": "HALCIN —"})
    assert "    HALCIN — The ferry sailed." in text.render(apart, SITE).decode()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("# no heading", r"\# no heading"),
        ("1. no item", r"1\. no item"),
        ("a *b* _c_ `d` [e](f) <g> & h", r"a \*b\* \_c\_ \`d\` \[e\](f) \<g\> \& h"),
        ("- no\n+ list", "\\- no\\\n\\+ list"),
        ("plain 3.5 text", "plain 3.5 text"),
        ("> no quote", r"\> no quote"),
    ],
)
def test_text_never_becomes_markdown(words: str, expected: str) -> None:
    assert expected in markdown.render(article([words]), SITE).decode()


def test_markdown_lists_quotes_with_their_speakers() -> None:
    printed = markdown.render(full(), SITE).decode()
    assert f"[Lusia Trebanek-Marker](<{SITE}{PERSON['href']}>)" in printed
    assert re.search(r"^# Headline \\& \\<marker\\>$", printed, re.MULTILINE)
    assert "- first item" in printed
    assert "> a block that is quoted" in printed


def test_quotes_that_overlap_are_each_listed() -> None:
    said = speaker("person", as_printed="T", person=PERSON)
    both = [quote(1, TEXTS, ["Nobody was"], speaker=said), quote(2, TEXTS, ["was seasick"], speaker=said)]
    found = page(article(TEXTS, quotes=both))
    assert [e.text_content() for e in found.iter("q")] == ["Nobody was"]
    assert [e.text_content() for e in found.iter("blockquote")][-2:] == ["Nobody was", "was seasick"]
