# ruff: noqa: RUF001 - other scripts are the subject here
"""Tests of ranking: who is meant, and when to link without asking."""

import time
from itertools import permutations

import pytest

from api.names.fuller import fuller
from api.names.keys import keys, lookup
from api.names.score import Candidate, Position, Query, rank

FOUR = ["Siarhiej Alejnik", "Sergei Aleinik", "Сергей Алейник", "Сяргей Алейнік"]
OTHERS = [
    Candidate("lavr", ("Sergei Lavrinenko", "Сергей Лавриненко")),
    Candidate("oleg", ("Oleg Aleinikov",)),
    Candidate("anna", ("Anna Aleinik", "Анна Алейник")),
]


def first(name, *candidates, **context):
    found = rank(Query(name, **context), candidates)
    return found[0] if found else None


def codes(scored):
    return {reason.code for reason in scored.reasons}


@pytest.mark.parametrize(("asked", "stored"), list(permutations(FOUR, 2)))
def test_each_of_the_four_spellings_is_linked_to_the_man_under_any_other(asked, stored):
    found = first(asked, *OTHERS, Candidate("he", (stored,)))
    assert found.id == "he"
    assert found.would_link


@pytest.mark.parametrize("rival", ["Sergei Oleinik", "Сергей Олейник", "Sergei Oleynik", "Sergei Alekhnik"])
@pytest.mark.parametrize(("asked", "stored"), list(permutations(FOUR, 2)))
def test_a_similar_name_beside_him_does_not_keep_any_spelling_from_its_man(asked, stored, rival):
    found = first(asked, Candidate("he", (stored,)), Candidate("other", (rival,)))
    assert found.id == "he"
    assert found.would_link


def test_what_is_told_of_a_man_decides_between_the_same_name_and_a_similar_one():
    he, other = Candidate("he", ("Siarhiej Alejnik",), "UA"), Candidate("other", ("Sergei Oleinik",), "BY")
    assert first("Сяргей Алейнік", he, other).id == "he"
    assert first("Сяргей Алейнік", he, other, country="BY").id == "other"


@pytest.mark.parametrize(
    ("asked", "stored"), [("Anna Maier", "Anna Mayer"), ("Sergei Oleinik", "Siarhiej Alejnik")]
)
def test_families_whose_names_differ_in_a_vowel_are_not_linked(asked, stored):
    found = first(asked, Candidate("she", (stored,)))
    assert found.near
    assert not found.would_link


@pytest.mark.parametrize("asked", FOUR)
def test_each_of_the_four_spellings_is_linked_when_the_record_holds_the_others(asked):
    found = first(asked, *OTHERS, Candidate("he", tuple(name for name in FOUR if name != asked)))
    assert found.id == "he"
    assert found.would_link


@pytest.mark.parametrize("asked", FOUR)
def test_a_different_sergei_is_not_linked(asked):
    found = first(asked, *OTHERS)
    assert found is None or not found.would_link


@pytest.mark.parametrize(
    ("asked", "stored"),
    [
        ("Novák, Jan", "Jan Novák"),
        ("Zelinski Yan", "Зелинский, Ян Викторович"),
        ("Bob Underhay", "Robert Underhay"),
        ("Fatima al-Haddad", "فاطمة الحداد"),
        ("Dr. Hannelore Brandtner", "Ханнелоре Брандтнер"),
        ("Krzysztof Wiśniewiecki", "Кшиштоф Вишневецкий"),
        ("PARK Min-woo", "박민우"),
        ("Eleni Papadaki", "Ελένη Παπαδάκη"),
        ("Nino Tabidze", "ნინო ტაბიძე"),
        ("Dawid Rosenfeld", "דוד רוזנפלד"),
        ("Martina Knox", "マルティナ・ノックス"),
        ("Martina Knox", "مارتینا ناکس"),
        ("Mohamad Salim Kasim", "莫哈末沙林卡欣"),
        ("LEE Myung Soo", "이명수"),
    ],
)
def test_word_order_titles_and_scripts_do_not_hide_a_person(asked, stored):
    found = first(asked, Candidate("other", ("Jana Kowalczuk",)), Candidate("same", (stored,)))
    assert found.id == "same"
    assert found.near


@pytest.mark.parametrize(
    ("asked", "stored"),
    [
        ("Test Person A", "Test Person B"),
        ("Test Person Я", "Test Person B"),
        ("Unknown Person x1", "Unknown Person x2"),
        ("Unknown Person 1", "Unknown Person 12"),
        ("Marek Dolinski 7", "Marek Dolinski"),
        ("Marek A. Dolinski", "Marek B. Dolinski"),
        ("Sergei Aleinik", "Sergei Aleinikov"),
        ("Sergei Aleinik", "Sergei Alekhnovich"),
        ("Сергей Алейник", "Sergei Aleinikov"),
    ],
)
def test_other_numbers_initials_or_surnames_are_never_linked(asked, stored):
    person = Candidate(
        "x", (stored,), "BY", positions=(Position("Minister of Health of Belarus", None, "2019"),)
    )
    assert not first(asked, person).would_link
    informed = first(asked, person, country="BY", position="Belarusian health minister", on="2021-05-01")
    assert not informed.would_link


def test_the_same_number_or_initial_does_not_hinder_a_link():
    assert first("Unknown Person x1", Candidate("x", ("Unknown Person X1",))).would_link
    assert first("Dolinski, Marek A.", Candidate("x", ("Marek A. Dolinski",))).would_link


@pytest.mark.parametrize(
    ("asked", "stored"), [("Org abc123", "Org abc124"), ("Group A", "Group B"), ("Channel 4", "Channel")]
)
def test_organisations_with_other_numbers_or_letters_are_never_linked(asked, stored):
    found = rank(Query(asked, country="BY"), [Candidate("x", (stored,), "BY")], kind="organisation")
    assert not found or not found[0].would_link


@pytest.mark.parametrize(
    ("asked", "stored"),
    [
        ("若昂·席尔瓦", "João Silva"),
        ("ジョアン・シルバ", "João Silva"),
        ("جورج سميث", "George Smith"),
        ("ג'ורג' סמית", "George Smith"),
    ],
)
def test_words_that_are_known_as_one_name_are_found_across_scripts(asked, stored):
    assert {key.key for key in lookup(asked, "person")} & {k for k in keys(stored, "person") if k[0] in "pq"}
    found = first(asked, *OTHERS, Candidate("same", (stored,)))
    assert found.id == "same"
    assert found.score > 0.8


def test_another_patronymic_is_told_and_not_linked():
    found = first("Иванов Пётр Сергеевич", Candidate("x", ("Иванов Пётр Алексеевич",)))
    assert not found.would_link
    assert "different_patronymic" in codes(found)


def test_two_namesakes_block_each_other_and_the_reason_says_so():
    found = first("Marek Dolinski", Candidate("a", ("Марек Долинский",)), Candidate("b", ("Marek Dolinski",)))
    assert not found.would_link
    assert "rivals" in codes(found)


def test_the_country_and_the_office_decide_between_namesakes():
    here = Candidate(
        "a",
        ("Marek Dolinski",),
        "PL",
        positions=(Position("Minister of Health of Poland", None, "2019", "2023"),),
    )
    there = Candidate("b", ("Marek Dolinski",), "CZ", positions=(Position("coach", None, "2001"),))
    found = first(
        "Marek Dolinski", there, here, country="PL", position="Polish health minister", on="2021-05-01"
    )
    assert found.id == "a"
    assert {"country_same", "position_alike", "position_held"} <= codes(found)


def test_an_office_that_contradicts_the_record_lowers_the_score():
    person = Candidate(
        "a", ("Marek Dolinski",), positions=(Position("Minister of Health", None, "2019", "2023"),)
    )
    with_office = first("Marek Dolinski", person, position="striker")
    assert with_office.score < first("Marek Dolinski", person).score
    assert "position_differs" in codes(with_office)


def test_a_shared_identifier_decides():
    people = [
        Candidate("a", ("Marek Dolinski",)),
        Candidate("b", ("M. D.",), identifiers=(("wikidata", "Q1"),)),
    ]
    found = first("Marek Dolinski", *people, identifiers=(("wikidata", "Q1"),))
    assert found.id == "b"
    assert found.would_link


def test_another_identifier_of_the_same_scheme_forbids_the_link():
    person = Candidate("a", ("Marek Dolinski",), identifiers=(("wikidata", "Q2"),))
    assert not first("Marek Dolinski", person, identifiers=(("wikidata", "Q1"),)).would_link


@pytest.mark.parametrize(
    ("asked", "stored"),
    [
        ("Russian Foreign Ministry", "Ministry of Foreign Affairs of Russia"),
        ("Russia’s Foreign Ministry", "Ministry of Foreign Affairs of Russia"),
        ("Russisches Außenministerium", "МЗС Росії"),
        ("МИД России", "Ministry of Foreign Affairs of the Russian Federation"),
        ("the Belarusian foreign ministry", "Міністэрства замежных спраў Рэспублікі Беларусь"),
        ("Zorvex AG", "Zorvex"),
        ("ПАО «Зорвекс»", "Zorvex PJSC"),
    ],
)
def test_an_organisation_is_one_in_any_language_and_legal_form(asked, stored):
    people = [Candidate("x", ("Ministry of Defence of Ukraine",)), Candidate("same", (stored,))]
    found = rank(Query(asked), people, kind="organisation")
    assert found[0].id == "same"
    assert found[0].would_link


def test_the_same_ministry_of_another_country_is_not_linked():
    found = rank(
        Query("Russian Defence Ministry"),
        [Candidate("x", ("Ministry of Defence of Ukraine",))],
        kind="organisation",
    )
    assert not found or not found[0].near


def test_the_dominican_republic_is_not_dominica():
    known = Candidate("x", ("Government of Dominica",))
    found = rank(Query("Government of the Dominican Republic"), [known], kind="organisation")
    assert not found or not found[0].would_link


@pytest.mark.parametrize(
    ("asked", "candidate"),
    [
        (Query("Zorvex Party"), Candidate("x", ("Zorvex Party",), country="AT")),
        (
            Query("Weights", country="US"),
            Candidate("x", ("Committee on Weights", "Weights"), country="US"),
        ),
    ],
)
def test_an_organisation_whose_name_others_may_bear_is_shown_and_not_linked(asked, candidate):
    found = rank(asked, [candidate], kind="organisation")
    assert found[0].near
    assert not found[0].would_link


def test_an_acronym_alone_is_shown_and_not_linked():
    found = rank(Query("OVT"), [Candidate("x", ("Office of Vague Things",))], kind="organisation")
    assert found[0].near
    assert not found[0].would_link


@pytest.mark.parametrize(
    ("name", "others", "place"),
    [
        ("Dolinski", ["Anna Kowal", "Marek Dolinski"], 1),
        ("Долинский", ["Marek Dolinski"], 0),
        ("Dolinski", ["Marek Dolinski", "Anna Dolinski"], None),
        ("M. Dolinski", ["Marek Dolinski"], 0),
        ("Alejnik", ["Siarhiej Alejnik", "Sergei Aleinik"], 0),
        ("Marek Dolinski", ["Marek Dolinski"], None),
        ("Kowal", ["Marek Dolinski"], None),
        ("Dоlinski", ["Marek Dolinski"], None),  # with a Cyrillic letter
        ("", ["Marek Dolinski"], None),
    ],
)
def test_a_surname_alone_stands_for_the_one_fuller_name(name, others, place):
    assert fuller(name, others) == place


@pytest.mark.parametrize(
    "name", ["", " ", "x", "😀", "12345", "Серgей Аleйник", "\u202eSergei\u202c", "a" * 10_000, "ab " * 4000]
)
def test_strange_names_return_quickly(name):
    people = [Candidate(f"c{n}", ("Sergei Aleinik", "x", "😀", "12345", "Ann " * 200)) for n in range(100)]
    start = time.perf_counter()
    found = rank(Query(name), people)
    assert time.perf_counter() - start < 2
    assert not any(one.would_link for one in found)


def test_five_thousand_namesakes_are_ranked_in_bounded_time():
    people = [Candidate(f"c{n}", ("Marek Dolinski",)) for n in range(5000)]
    start = time.perf_counter()
    found = rank(Query("Marek Dolinski"), people)
    assert time.perf_counter() - start < 3
    assert len(found) == 5
    assert not found[0].would_link
