# ruff: noqa: RUF001 - other scripts are the subject here
"""What is never linked, however much else is the same."""

import pytest

from api.names.context import Candidate, Query
from api.names.guard import may_link


@pytest.mark.parametrize(
    ("asked", "stored"),
    [
        ("Test Person A", "Test Person B"),
        ("Unknown Person x1", "Unknown Person x2"),
        ("Mara Venn 2", "Mara Venn"),
        ("Juan A. Perez", "Juan B. Perez"),
        ("Аleйник Mara", "Aleinik Mara"),
        ("Mara Venn", "Mara Vеnn"),
        ("King Corvin III", "King Corvin II"),
        ("Pope Mara Venn I", "Pope Mara Venn II"),
        ("Mara Venn Jr.", "Mara Venn, Sr."),
        ("Marek Dolin Neto", "Marek Dolin Filho"),
        ("Marek Jan Dolin", "Marek K. Dolin"),
    ],
)
def test_people_told_apart_by_a_digit_or_a_letter_are_two(asked, stored):
    assert not may_link(Query(asked), Candidate("a", (stored,)), "person")


@pytest.mark.parametrize(
    ("asked", "stored"),
    [
        ("Александр Воронин", "Aleksandra Voronina"),
        ("Валентин Воронин", "Валентина Воронина"),
        ("Daniela Marchett", "Daniel Marchett"),
        ("Danielle Marchett", "Daniel Marchett"),
        ("Paulo Vasconcelar", "Paula Vasconcelar"),
        ("Louis Harbing", "Louise Harbing"),
        ("Francis Holmgard", "Frances Holmgard"),
        ("Denis Halvers", "Denise Halvers"),
        ("President Dolinska", "President Dolinsk"),
    ],
)
def test_sisters_and_brothers_are_two(asked, stored):
    for one, other in ((asked, stored), (stored, asked)):
        assert not may_link(Query(one), Candidate("a", (other,)), "person")


def test_a_woman_who_is_called_in_both_ways_is_one():
    she = Candidate("a", ("Мария Завражина", "Maria Zavrazhin"), "BY")
    assert may_link(Query("Mariya Zavrazhin"), she, "person")


def test_short_names_in_han_are_those_of_the_very_signs():
    assert not may_link(Query("李娜"), Candidate("a", ("李纳",)), "person")
    assert may_link(Query("王建國"), Candidate("a", ("王建国",)), "person")
    assert may_link(Query("李娜"), Candidate("a", ("Li Na",)), "person")


@pytest.mark.parametrize(
    ("asked", "stored"),
    [
        ("Сергей Алейник", "Siarhiej Alejnik"),
        ("Данила Воронин", "Данил Воронин"),
        ("Ann Cogswell", "Anna Cogswell"),
        ("Marek K. Dolin", "Marek Karol Dolin"),
        ("Mara Venn III", "Mara Venn"),
        ("Корвин III", "King Corvin III"),
        ("Mara Venn Junior", "Mara Venn Jr."),
        ("Xi Venn", "Venn Xi"),
    ],
)
def test_another_spelling_may_be_the_same_person(asked, stored):
    assert may_link(Query(asked), Candidate("a", (stored,)), "person")


@pytest.mark.parametrize(
    ("asked", "stored", "country", "allowed"),
    [
        ("Russian Foreign Ministry", "Ministry of Foreign Affairs of Russia", None, True),
        ("МИД России", "Ministry of Foreign Affairs of the Russian Federation", None, True),
        ("Foreign Ministry", "Ministry of Foreign Affairs", "RU", True),
        ("МИД", "Ministry of Foreign Affairs of Russia", "RU", False),
        ("Conservative Party", "Parti conservateur", None, False),
        ("Zorvex AG", "Zorvex PJSC", None, False),
        ("Zorvex AG", "Zorvex PJSC", "RU", True),
        ("Zorvex", "Zorvex PJSC", None, True),
        ("ПАО «Волмет»", "Volmet", None, True),
        ("Zorvex", "Zorvex Energy PJSC", None, False),
        ("Conservative Party", "Conservative Party Ltd", None, False),
        ("Org abc123", "Org abc124", "RU", False),
    ],
)
def test_an_organisation_needs_its_country_or_the_same_concepts(asked, stored, country, allowed):
    query, candidate = Query(asked, country=country), Candidate("a", (stored,), country="RU")
    if country is None:
        candidate = Candidate("a", (stored,))
    assert may_link(query, candidate, "organisation") is allowed
