"""Tests of the table of known names and of what it is read by."""

from importlib.resources import files

import pytest

from api.names.forms import different_names, latin_forms, names_of, same_name
from api.names.reading import read
from api.names.terms import terms


def keys(name):
    return [word.key for word in read(name)[0].words]


def latin(name):
    return [word.latin for word in read(name)[0].words]


@pytest.mark.parametrize("name", ["João Silva", "Жуан Силва", "若昂·席尔瓦", "ジョアン・シルバ"])
def test_a_name_is_known_as_one_in_any_script(name):
    assert same_name(keys(name)[0], "joao")


def test_simplified_and_traditional_signs_are_one_form():
    assert keys("唐纳德·史密斯") == keys("唐納德·史密斯")
    assert same_name(keys("唐納德·史密斯")[0], "donald")


def test_known_names_that_are_never_one_are_told_apart_and_unknown_words_are_not():
    assert different_names("donald", "george")
    assert not different_names("donald", "xyzzyx")
    assert not different_names("xyzzyx", "xyzzyx")


def test_a_form_gives_latin_forms_to_look_for():
    assert "donald" in latin_forms(keys("唐納德·史密斯")[0])


@pytest.mark.parametrize("key", ["", "a", "#1", "\x00", "zzzzzzzzzz", "{", "~", " "])
def test_what_is_no_form_has_no_name(key):
    assert names_of(key) == frozenset()


def test_the_first_and_the_last_line_of_the_table_are_found():
    lines = (files("api.names") / "forms.txt").read_bytes().splitlines()
    last = lines[-1].decode().split()
    assert lines == sorted(lines)
    assert names_of(last[0]) == frozenset(last[1:])


def test_a_name_in_han_without_blanks_is_split_where_both_parts_are_known():
    assert len(read("安倍晋三")[0].words) == 2
    assert keys("安倍晋三")[0] == keys("安倍·晋三")[0]


def test_consonants_of_indian_scripts_have_their_vowel():
    assert latin("விஜயகலா") == ["vijayakala"]
    assert latin("मोदी") == ["modi"]


def test_an_organisation_in_a_script_without_blanks_is_split_into_concepts():
    assert {"@AO", "+liberation", "+front"} <= set(terms("アンゴラ民族解放戦線").terms)
    assert "@BG" in terms("Болгария").terms
