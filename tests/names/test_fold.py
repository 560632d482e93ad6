# ruff: noqa: RUF001 - other scripts are the subject here
"""Tests of the exact-match key and of script detection."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.names.fold import fold
from api.names.script import script_of


def test_case_accents_punctuation_and_white_space_do_not_count():
    assert fold("  O’Neill,\tJosé-María ") == "oneill jose maria"


def test_a_name_in_cyrillic_folds_to_latin_letters_in_its_own_order():
    assert fold("Алейник Сергей") == "aleynik sergey"


def test_russian_yo_counts_as_ye_and_soft_signs_do_not_count():
    assert fold("Фёдор Васильев") == fold("Федор Васильев") == "fedor vasilev"


def test_composed_and_decomposed_letters_fold_alike():
    assert fold("Андрей") == fold("Андреи\u0306")


def test_two_names_in_emoji_have_different_keys():
    assert fold("😀") != fold("😁")


def test_a_name_of_white_space_and_invisible_characters_has_the_empty_key():
    assert fold(" \u202e\u200b ") == ""


def test_han_characters_stay_because_their_reading_is_not_one():
    assert fold("王伟") != fold("王薇")


@pytest.mark.parametrize(
    ("mixed", "plain"),
    [
        ("Lаvrov", "Lavrov"),
        ("Iванов", "Иванов"),
        ("Sergey Lаvrov", "Sergey Lavrov"),
        ("Ελένη Пαππά", "Ελένη Παππά"),
    ],
)
def test_a_word_of_mixed_alphabets_is_the_same_as_itself_alone(mixed, plain):
    assert fold(mixed) == fold(mixed.upper()) != fold(plain)


def test_words_of_two_alphabets_side_by_side_are_no_mixed_word():
    assert fold("Анна-Maria Venn") == fold("Anna-Maria Venn")


@pytest.mark.parametrize(
    ("name", "script"),
    [
        ("Siarhiej Alejnik", "Latn"),
        ("Сяргей Алейнік", "Cyrl"),
        ("Ελένη Παππά", "Grek"),
        ("محمد", "Arab"),
        ("דוד", "Hebr"),
        ("ნინო", "Geor"),
        ("Արամ", "Armn"),
        ("王伟", "Hani"),
        ("김민수", "Hang"),
        ("ジョン", "Kana"),
        ("田中さくら", "Jpan"),
        ("123 😀", None),
        ("", None),
    ],
)
def test_the_dominant_script_is_told(name, script):
    assert script_of(name) == script


@given(name=st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20))
def test_ascii_is_folded_as_its_wide_letters_are(name: str) -> None:
    wide = "".join(chr(ord(sign) + 0xFEE0) if sign > " " else sign for sign in name)
    assert fold(f"a{name}") == fold(f"a{wide}")
