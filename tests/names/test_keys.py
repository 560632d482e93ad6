"""Tests of the keys that find a name by index."""

from hypothesis import given, settings
from hypothesis import strategies as st

from api.names.keys import keys, lookup, prefixes


def share_a_pair(one, other):
    asked = {key.key for key in lookup(one, "person")}
    return any(key in asked for key in keys(other, "person") if key[0] in "pqow")


def test_the_four_spellings_of_one_man_share_keys_of_two_words():
    spellings = ["Siarhiej Alejnik", "Sergei Aleinik", "Сергей Алейник", "Сяргей Алейнік"]
    assert all(share_a_pair(one, other) for one in spellings for other in spellings)


def test_the_ways_to_write_a_korean_surname_share_keys_of_two_words():
    assert all(
        share_a_pair(name, "이명수")
        for name in ("LEE Myung Soo", "Yi Myŏngsu", "Rhee Myongsu", "Ri Myong-su")
    )


def test_a_chinese_name_is_found_under_its_spelling_in_other_dialects():
    assert share_a_pair("Teo Guan Wai", "张冠伟")
    assert share_a_pair("陳冠明", "Tan Guan Ming")


def test_a_transliterated_name_without_separators_is_found():
    assert {key.key for key in lookup("阿末诺奥马", "person")} & {*keys("Ahmad Noh Omar", "person")}


def test_a_short_form_of_a_given_name_is_asked_for_too():
    assert share_a_pair("Robert Underhay", "Bob Underhay")


def test_an_organisation_is_stored_under_its_acronym():
    assert "aovt" in keys("Office of Vague Things", "organisation")
    assert "aovt" in {key.key for key in lookup("OVT", "organisation")}


def test_a_given_name_in_another_script_is_asked_for_in_its_latin_form_too():
    assert share_a_pair("ფრანსუა კვალანტი", "Franciscus Qualantius")


def test_prefixes_begin_at_every_word():
    assert prefixes("Siarhiej Alejnik") == ["siarhiej alejnik", "alejnik siarhiej"]


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_gives_a_bounded_number_of_short_keys(text):
    for kind in ("person", "organisation"):
        found = keys(text, kind)
        assert len(found) <= 64
        assert all(1 < len(key) <= 48 for key in found)
        assert len(lookup(text, kind)) <= 160
