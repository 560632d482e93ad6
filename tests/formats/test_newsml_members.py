"""Members of NewsML-G2 that providers spell in several ways: taken in each, or told to be ignored."""

import pytest

from tests.formats.test_receiving import g2
from tests.formats.test_variants import inline, one

ITEM = "/newsItem"
CONTENT = f"{ITEM}/contentMeta[1]"
NITF = """<nitf xmlns="http://iptc.org/std/NITF/2006-10-18/">
<head><docdata><urgency ed-urg="2"/></docdata></head>
<body><body.head><hedline><hl1>Ferry sails</hl1><hl2>At last</hl2></hedline><byline>By Mara Venn</byline>
<dateline><location>Tessel</location>, 4 March</dateline><abstract><p>It was late.</p></abstract></body.head>
<body.content><p>It sailed.</p></body.content></body></nitf>"""


def described(content: str, *, headline: str = "<headline>Ferry sails</headline>", lead: str = "") -> str:
    """Give an item with more in its content metadata, and `lead` before its management metadata."""
    document = g2().replace("<headline>Ferry sails</headline>", headline + content)
    return document.replace("<itemMeta>", f"{lead}<itemMeta>")


def test_headline_and_names_are_those_in_the_language_of_the_text() -> None:
    item = one(
        described(
            '<language tag="de"/><language tag="fr"/>'
            '<located><name xml:lang="fr">Munich</name><name xml:lang="de">München</name></located>',
            headline='<headline xml:lang="fr">Bac</headline><headline xml:lang="de-AT">Fähre</headline>',
        )
    )
    assert [item.dispatch[name] for name in ("language", "headline", "located")] == [
        "de",
        "Fähre",
        "München",
    ]
    told = ("headline[1]", "language[2]", "located[1]/name[1]")
    assert {f"{CONTENT}/{each}" for each in told} <= set(item.ignored)


@pytest.mark.parametrize(
    ("subject", "subjects", "keywords"),
    [
        ('<subject type="cpnat:abstract"><name>Fishing</name></subject>', [], ["Fishing"]),
        ('<subject literal="economy"/>', [], ["economy"]),
        ('<subject literal="economy"><name>Economy</name></subject>', [], ["Economy"]),
        ('<subject qcode="medtop:20000587"/>', [("medtop", "20000587")], []),
        ('<subject uri="http://cv.iptc.org/newscodes/mediatopic/20000587"/>', [("medtop", "20000587")], []),
        ('<subject qcode="mt:20000587"/>', [("medtop", "20000587")], []),
        ('<subject qcode="own:4"/>', [("own", "4")], []),
    ],
)
def test_a_subject_is_told_by_code_by_address_by_an_alias_of_the_item_or_by_words(
    subject: str, subjects: list[tuple[str, str]], keywords: list[str]
) -> None:
    catalog = '<catalog><scheme alias="mt" uri="http://cv.iptc.org/newscodes/mediatopic/"/></catalog>'
    found = one(described(subject, lead=catalog)).dispatch
    assert [(each["scheme"], each["code"]) for each in found.get("subjects", [])] == subjects
    assert found.get("keywords", []) == keywords


def test_a_person_without_a_name_is_ignored_and_said_so() -> None:
    unnamed = ('uri="http://www.wikidata.org/entity/Q1"', 'qcode="pers:12"', 'qcode="pers:13"')
    content = "".join(f'<subject type="cpnat:person" {each}/>' for each in unnamed)
    item = one(described(content))
    assert "people" not in item.dispatch
    assert [f"{CONTENT}/subject[{i}]" for i in (1, 2, 3)] == item.ignored


def test_a_type_may_be_an_address() -> None:
    content = (
        '<subject typeuri="http://cv.iptc.org/newscodes/cpnature/person" uri="http://a.example/p/9">'
        "<name>Mara Venn</name></subject>"
    )
    item = one(described(content))
    assert [each["person"]["name"] for each in item.dispatch["people"]] == ["Mara Venn"]
    assert item.ignored == []


@pytest.mark.parametrize(
    ("element", "path"),
    [
        ('<infoSource uri="http://a.example/1" role="isrol:contentSource"/>', "infoSource[1]"),
        ("<urgency>0</urgency>", "urgency[1]"),
        ('<subject type="cpnat:abstract" uri="no"/>', "subject[1]"),
        ('<description role="drol:caption">A ferry</description>', "description[1]"),
    ],
)
def test_what_cannot_be_read_is_told(element: str, path: str) -> None:
    assert one(described(element)).ignored == [f"{CONTENT}/{path}"]


def test_a_provider_that_is_an_address_alone_has_the_name_of_the_credit_line() -> None:
    named = '<provider literal="wire"><name>Wire</name></provider>'
    document = described("<creditline>Acme News</creditline>")
    item = one(document.replace(named, '<provider uri="http://acme.example/about"/>'))
    assert item.dispatch["provider"]["name"] == "Acme News"
    assert item.ignored == []
    other = one(document)
    assert (other.dispatch["provider"]["name"], other.ignored) == ("Wire", [f"{CONTENT}/creditline[1]"])


def test_a_source_may_be_a_code_and_a_genre_too() -> None:
    item = one(described('<infoSource qcode="nprov:AFP"/><genre qcode="genre:Interview"/>'))
    (source,) = item.dispatch["sources"]
    assert (source["as_printed"], item.dispatch["genre"]) == ("AFP", "Interview")
    assert item.ignored == []


def test_a_description_need_not_say_its_role() -> None:
    bare = "<description>Late.</description>"
    summary = '<description role="drol:summary">It sailed.</description>'
    assert one(described(bare)).dispatch["summary"] == "Late."
    assert one(described(bare + summary)).dispatch["summary"] == "It sailed."


def test_a_signal_may_be_an_address_and_others_are_told() -> None:
    uri = '<signal uri="http://cv.iptc.org/newscodes/signal/correction"/>'
    item = one(g2(2, meta=f'{uri}<signal qcode="sig:cwarn"/>'))
    assert item.signals == ["sig:correction"]
    assert item.ignored == [f"{ITEM}/itemMeta[1]/signal[2]"]


def test_a_status_that_is_not_known_is_withheld_and_said_so() -> None:
    item = one(g2(status="unheard-of"))
    assert (item.dispatch["pub_status"], item.assumed) == ("withheld", ["#/pub_status"])
    address = g2().replace('qcode="stat:usable"', 'uri="http://cv.iptc.org/newscodes/pubstatusg2/canceled"')
    assert one(address).canceled


def test_nitfs_own_head_says_what_the_item_does_not_and_the_rest_of_it_is_told() -> None:
    bare = one(inline(NITF).replace("<headline>Ferry sails</headline>", ""))
    members = ("headline", "byline", "summary")
    assert [bare.dispatch[name] for name in members] == ["Ferry sails", "By Mara Venn", "It was late."]
    assert bare.dispatch["dateline"] == {"text": "Tessel, 4 March"}
    assert bare.assumed == []
    start = f"{ITEM}/contentSet[1]/inlineXML[1]/nitf[1]"
    assert {f"{start}/head[1]", f"{start}/body[1]/body.head[1]/hedline[1]/hl2[1]"} <= set(bare.ignored)
    said = one(inline(NITF).replace("<headline>Ferry sails</headline>", "<headline>Another</headline>"))
    assert said.dispatch["headline"] == "Another"
    assert f"{start}/body[1]/body.head[1]/hedline[1]" in said.ignored
