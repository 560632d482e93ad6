# ruff: noqa: RUF001 - other scripts are the subject here
"""Names in a dispatch that no record has exactly: linked to the one surely meant, else shown as near."""

import asyncio
import signal
import time
from typing import Any

import httpx
import pytest

from api.db.pool import Database
from api.entities import candidates, known, match
from api.entities.candidates import MOST_LINKED, Asked, find_alike
from api.names.context import Query
from api.names.matcher import ask
from api.names.matching import Message
from tests.bulk.lines import post_lines
from tests.dispatches import dispatch, ids, mention, post, quote, read
from tests.names.test_matcher import folder, running

__all__ = ["folder"]

SPELLINGS = ["Siarhiej Alejnik", "Sergei Aleinik", "Сергей Алейник", "Сяргей Алейнік"]
OFFICE = {"title": "Foreign Minister of Belarus", "from": "2022-12-13", "until": "2024-06-27"}


async def resolved(client: httpx.AsyncClient, *people: Any, **members: Any) -> list[dict[str, Any]]:
    """Post a dispatch that names people, and tell what became of each."""
    answer = await post(client, people=list(people), **members)
    return answer["resolution"]


@pytest.mark.parametrize("stored", SPELLINGS)
async def test_each_spelling_is_linked_to_the_one_who_is_stored_under_any_other(
    writer: httpx.AsyncClient, stored: str
):
    person = await post(writer, "/v1/people", name=stored)
    for name in ("Sergei Lavrov", "Sergei Alekhnovich"):
        await post(writer, "/v1/people", name=name)
    for name in SPELLINGS:
        (told,) = await resolved(writer, mention(name))
        assert (told["outcome"], told["id"]) == ("linked", person["id"])
        assert told["name"] == stored
        assert told["score"] == 1.0 if name == stored else 0.9 < told["score"] < 1.0
        assert told["reason"].startswith("the same name" if name == stored else "another spelling: ")
        assert "near" not in told


async def test_a_word_of_mixed_alphabets_is_linked_to_those_alone_who_are_written_so(
    writer: httpx.AsyncClient,
):
    person = await post(writer, "/v1/people", name="Mara Venn")
    (told,) = await resolved(writer, mention("Mara Vеnn"))  # with a Cyrillic letter
    assert (told["outcome"], [each["person"]["id"] for each in told["near"]]) == ("created", [person["id"]])
    (again,) = await resolved(writer, mention("Mara Vеnn"))
    assert (again["outcome"], again["id"]) == ("linked", told["id"])


async def test_a_role_and_country_that_are_those_of_the_record_are_told_as_reasons(
    writer: httpx.AsyncClient,
):
    person = await post(writer, "/v1/people", name="Sergei Aleinik", positions=[OFFICE], country="BY")
    await post(writer, "/v1/people", name="Sergei Lavrov")
    (told,) = await resolved(
        writer,
        mention({"name": "Siarhiej Alejnik", "country": "BY"}, role="Belarusian foreign minister"),
        published_at="2023-12-15T10:00:00Z",
    )
    assert (told["outcome"], told["id"]) == ("linked", person["id"])
    assert "held the office on that date" in told["reason"]


async def test_a_role_that_contradicts_the_record_on_the_date_is_not_linked_and_told(
    writer: httpx.AsyncClient,
):
    person = await post(writer, "/v1/people", name="Sergei Aleinik", positions=[OFFICE])
    (told,) = await resolved(
        writer,
        mention("Siarhiej Alejnik", role="Belarusian foreign minister"),
        published_at="2012-12-15T10:00:00Z",
    )
    assert told["outcome"] == "created"
    assert told["near"][0]["person"]["id"] == person["id"]
    assert told["near"][0]["score"] < 1.0
    assert "did not hold the office on that date" in told["reason"]


@pytest.mark.parametrize(
    ("role", "year", "score", "said"),
    [
        ("Belarusian foreign minister", 2023, 1.0, None),
        ("Belarusian foreign minister", 2012, 0.9, "did not hold the office on that date"),
        ("chess player", 2023, 0.9, "held another office on that date"),
        ("chess player", 2012, 1.0, None),
        ("шахматист", 2023, 1.0, None),
        (None, 2012, 1.0, None),
    ],
)
async def test_the_very_name_is_linked_and_a_role_that_contradicts_the_record_on_the_date_told(
    writer: httpx.AsyncClient, role: str | None, year: int, score: float, said: str | None
):
    person = await post(writer, "/v1/people", name="Sergei Aleinik", positions=[OFFICE])
    named = mention("Sergei Aleinik", role=role) if role else mention("Sergei Aleinik")
    given = dispatch(people=[named], published_at=f"{year}-12-15T10:00:00Z")
    (told,) = (await post(writer, **given))["resolution"]
    assert (told["outcome"], told["id"], told["score"]) == ("linked", person["id"], score)
    assert told["reason"].startswith("the same name")
    assert told["reason"] == "the same name" if said is None else said in told["reason"]
    assert [answer["status"] for answer in await post_lines(writer, [given, given])] == [201, 201]


@pytest.mark.parametrize("other", ["Sergei Aleinikov", "Sergei Lavrov", "Sergei Alekhnovich", "Sergei"])
async def test_another_of_the_same_given_name_is_not_linked(writer: httpx.AsyncClient, other: str):
    person = await post(writer, "/v1/people", name="Сергей Алейник")
    (told,) = await resolved(writer, mention(other))
    assert told["outcome"] == "created"
    assert told["id"] != person["id"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Test Person A", "Test Person B"),
        ("Unknown Person x1", "Unknown Person x2"),
        ("Speaker 17", "Speaker 18"),
    ],
)
async def test_names_that_differ_in_a_digit_or_a_letter_are_two_people(
    writer: httpx.AsyncClient, one: str, other: str
):
    (first,) = await resolved(writer, mention(one))
    (second,) = await resolved(writer, mention(other))
    assert second["outcome"] == "created"
    assert first["id"] != second["id"]


async def test_another_birth_date_or_identifier_is_another_person(writer: httpx.AsyncClient):
    person = await post(
        writer,
        "/v1/people",
        name="Сергей Алейник",
        born="1965-01-28",
        identifiers=[{"scheme": "desk", "value": "7"}],
    )
    (born,) = await resolved(writer, mention({"name": "Siarhiej Alejnik", "born": "1971"}))
    marked = {"name": "Sergei Aleinik", "identifiers": [{"scheme": "desk", "value": "8"}]}
    (other,) = await resolved(writer, mention(marked))
    assert person["id"] not in (born["id"], other["id"])


async def test_an_organisation_is_linked_by_its_concepts_and_never_by_an_acronym(writer: httpx.AsyncClient):
    ministry = await post(writer, "/v1/organisations", name="Ministry of Foreign Affairs of Russia")
    for name, outcome in {
        "Russian Foreign Ministry": "linked",
        "МИД России": "linked",
        "МИД": "created",
    }.items():
        (told,) = (await post(writer, organisations=[{"organisation": {"name": name}}]))["resolution"]
        assert told["outcome"] == outcome, name
        assert (told["id"] == ministry["id"]) is (outcome == "linked")


async def test_the_speaker_of_a_quote_is_linked_by_the_printed_role(writer: httpx.AsyncClient):
    person = await post(writer, "/v1/people", name="Sergei Aleinik", positions=[OFFICE], country="BY")
    said = quote(
        speaker={"name": "Siarhiej Alejnik", "country": "BY"},
        said_on={"value": "2023-12-15", "precision": "day"},
    )
    said["speaker"]["role"] = "Foreign Minister of Belarus"
    article = await post(writer, quotes=[said])
    assert article["quotes"][0]["speaker"]["person"]["id"] == person["id"]
    assert article["quotes"][0]["speaker"]["position"]["title"] == OFFICE["title"]


async def test_a_dry_run_links_as_the_post_does_and_unknown_reject_shows_who_is_near(
    writer: httpx.AsyncClient,
):
    person = await post(writer, "/v1/people", name="Сергей Алейник")
    given = dispatch(people=[mention("Siarhiej Alejnik")])
    tried = await writer.post("/v1/articles", json=given, params={"dry_run": "true"})
    assert tried.json()["resolution"][0]["id"] == person["id"]
    given = dispatch(people=[mention("Sergei Aleinikov")])
    refused = await writer.post("/v1/articles", json=given, params={"unknown": "reject"})
    assert refused.status_code == 422
    (error,) = refused.json()["errors"]
    assert error["candidates"][0]["person"]["id"] == person["id"]


async def test_a_hidden_person_is_not_linked_for_those_who_do_not_see_it(
    writer: httpx.AsyncClient, embargo: httpx.AsyncClient
):
    await post(embargo, pub_status="withheld", people=[mention("Сергей Алейник")])
    (told,) = await resolved(writer, mention("Siarhiej Alejnik"))
    assert told["outcome"] == "created"
    assert "near" not in told
    assert told["reason"] == "no entity has this name"


async def test_fifty_dispatches_at_once_with_one_new_name_make_one_person(
    writer: httpx.AsyncClient, store: Database
):
    answers = await asyncio.gather(
        *(writer.post("/v1/articles", json=dispatch(people=[mention("Ilva Terrant")])) for _ in range(50))
    )
    assert {answer.status_code for answer in answers} <= {201, 503}
    made = {a.json()["resolution"][0]["id"] for a in answers if a.status_code == 201}
    assert len(made) == 1


async def test_dispatches_at_once_with_two_spellings_of_a_new_name_make_one_person(writer: httpx.AsyncClient):
    await resolved(writer, mention("Somebody Else"))
    answers = await asyncio.gather(
        *(
            writer.post("/v1/articles", json=dispatch(people=[mention(name)]))
            for name in ["Siarhiej Alejnik", "Сергей Алейник"] * 4
        )
    )
    assert [answer.status_code for answer in answers] == [201] * 8
    assert len({answer.json()["resolution"][0]["id"] for answer in answers}) == 1


async def test_spellings_of_one_new_person_in_a_dispatch_are_one_person(writer: httpx.AsyncClient):
    names = ["Сергей Алейник", "Siarhiej Alejnik", "Sergei Lavrov", "Sergei Aleinik", "Sergei Aleinikov"]
    told = await resolved(writer, *map(mention, names))
    assert [each["outcome"] for each in told] == ["created", "linked", "created", "linked", "created"]
    assert {told[0]["id"]} == {told[1]["id"], told[3]["id"]}
    assert told[1]["reason"].startswith("another spelling in the same dispatch: ")
    assert 0.9 < told[1]["score"] < 1.0
    listed = (await writer.get("/v1/people")).json()["items"]
    assert len(listed) == 3


async def test_what_is_said_of_a_person_under_two_spellings_is_kept_of_one(
    writer: httpx.AsyncClient, store: Database
):
    identifiers = [{"scheme": "desk", "value": "7"}]
    second: dict[str, Any] = {
        "name": "Сергей Алейник",
        "names": [{"value": "С. Ф. Алейник"}],
        "identifiers": identifiers,
        "positions": [{"title": "Consul", "organisation": {"name": "Consulate of Ardel"}}],
    }
    told = await resolved(writer, mention("Siarhiej Alejnik"), mention(second), mention("Sergei Aleinik"))
    assert [each["pointer"] for each in told] == [
        *(f"#/people/{each}/person" for each in range(3)),
        "#/people/1/person/positions/0/organisation",
    ]
    assert len({each["id"] for each in told[:3]}) == 1
    person = await read(writer, f"/v1/people/{told[0]['id']}")
    assert [(each["value"], each["kind"], each["script"]) for each in person["names"]] == [
        ("Siarhiej Alejnik", "primary", "Latn"),
        ("Сергей Алейник", "alias", "Cyrl"),
        ("С. Ф. Алейник", "alias", "Cyrl"),
        ("Sergei Aleinik", "alias", "Latn"),
    ]
    assert person["identifiers"] == identifiers
    assert person["positions"][0]["organisation"]["id"] == told[3]["id"]
    for name in ("Сергей Алейник", "Sergei Aleinik", "Sergei Al", "Алей"):
        assert await ids(writer, "/v1/people", name=name) == [person["id"]], name
    for name in ("Сергей Алейник", "Sergei Aleinik"):
        [found, *_] = (await read(writer, "/v1/search", q=name))["items"]
        assert found["resource"]["id"] == person["id"]
    async with store.read() as conn:
        folds = await conn.fetch("select fold from entity_names where entity_id = $1", person["id"])
    assert len(folds) == 4


async def test_new_people_of_a_dispatch_who_may_be_one_tell_of_each_other(writer: httpx.AsyncClient):
    names = ["Ivan Petrov", "Iwan Petrow", "Vitali Klitschko"]
    given = dispatch(people=[mention(name) for name in names])
    for query in ("?dry_run=true", ""):
        told = (await writer.post(f"/v1/articles{query}", json=given)).json()["resolution"]
        assert [each["outcome"] for each in told] == ["created"] * 3
        assert [[near["person"]["id"] for near in each.get("near", [])] for each in told] == [
            [told[1]["id"]],
            [told[0]["id"]],
            [],
        ]
        assert told[1]["reason"].startswith("no entity has this name; the nearest in the same dispatch: ")
    others = dispatch(people=[mention("Aleś Nowik"), mention("Ales Novikau")])
    refused = await writer.post("/v1/articles?unknown=reject", json=others)
    assert all("candidates" not in each for each in refused.json()["errors"])


@pytest.mark.parametrize(
    ("others", "counts"),
    [
        ("Foreign Minister", True),
        ("foreign minister", True),
        (None, False),
        ("deputy foreign minister", False),
        ("minister", False),
    ],
)
async def test_the_same_role_beside_two_spellings_makes_it_likelier_that_they_are_one(
    writer: httpx.AsyncClient, others: str | None, counts: bool
):
    async def likeness(*roles: str | None) -> float:
        people = [
            mention(name, role=role) for name, role in zip(["Ivan Petrov", "Iwan Petrow"], roles, strict=True)
        ]
        answer = await writer.post("/v1/articles?dry_run=true", json=dispatch(people=people))
        [one, two] = answer.json()["resolution"]
        assert one["near"][0]["person"]["id"] == two["id"]
        return one["near"][0]["score"]

    plain, beside = await likeness(None, None), await likeness("foreign minister", others)
    assert (beside > plain) is counts
    assert beside >= plain


@pytest.mark.parametrize(
    ("full", "alone", "same"),
    [
        (["Sergey Lavrov"], "Lavrov", True),
        (["Sergey Lavrov"], "Лавров", True),
        (["Siarhiej Alejnik"], "Алейник", True),
        (["Siarhiej Alejnik", "Ivan Aleinik"], "Алейник", False),
        (["Siarhiej Alejnik"], "Алейников", False),
        (["Petr Kowaliow"], "Ковалёва", False),
    ],
)
async def test_a_surname_alone_means_the_one_fuller_name_in_whatever_script(
    writer: httpx.AsyncClient, full: list[str], alone: str, same: bool
):
    *fuller, short = await resolved(writer, *map(mention, [*full, alone]))
    assert (short["id"] == fuller[0]["id"]) is same
    assert short["outcome"] == ("linked" if same else "created")
    assert (short["reason"] == "a fuller name in the same dispatch") is same


async def test_names_in_a_dispatch_that_differ_by_a_digit_a_birth_date_or_an_identifier_are_two_people(
    writer: httpx.AsyncClient,
):
    people = [
        "Speaker 17",
        "Speaker 18",
        {"name": "Сергей Алейник", "born": "1965"},
        {"name": "Siarhiej Alejnik", "born": "1971"},
        {"name": "Мария Ковальчук", "identifiers": [{"scheme": "desk", "value": "7"}]},
        {"name": "Maria Kowalczuk", "identifiers": [{"scheme": "desk", "value": "8"}]},
    ]
    told = await resolved(writer, *map(mention, people))
    assert len({each["id"] for each in told}) == 6


async def test_lines_find_what_the_lines_before_them_create(writer: httpx.AsyncClient, store: Database):
    lines = [
        dispatch(headline=name, people=[mention(name)]) for name in ("Сергей Алейник", "Siarhiej Alejnik")
    ]
    answers = await post_lines(writer, lines)
    assert [answer["status"] for answer in answers] == [201, 201]
    listed = (await writer.get("/v1/people")).json()["items"]
    assert [person["name"] for person in listed] == ["Сергей Алейник"]


async def test_names_that_records_have_exactly_cost_one_look_up(
    writer: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    given = dispatch(people=[mention(name) for name in ("Mara Venn", "Ilva Terrant", "Сергей Алейник")])
    await post(writer, **given)

    async def unasked(*_: Any, **__: Any) -> Any:
        raise AssertionError

    for module, name in (
        (match, "ask"),
        (candidates, "find_alike"),
        (candidates, "select_known"),
        (known, "lock_names"),
        (known, "identifiers_of"),
    ):
        monkeypatch.setattr(module, name, unasked)
    answer = await post(writer, **given)
    assert [told["outcome"] for told in answer["resolution"]] == ["linked"] * 3


async def test_the_new_names_of_many_lines_are_one_question_to_the_matcher(
    writer: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    sizes: list[int] = []

    async def counted(message: Message, patience: float) -> Any:
        sizes.append(len(message.questions))
        return await ask(message, patience)

    people = [await post(writer, "/v1/people", name=name) for name in ("Сергей Алейник", "Мара Венн")]
    monkeypatch.setattr(match, "ask", counted)
    names = ["Siarhiej Alejnik", "Mara Venn", "Siarhiej Alejnik", "Ilva Terrant", "Ilva Terrant"]
    answers = await post_lines(
        writer, [dispatch(headline=f"{i}", people=[mention(name)]) for i, name in enumerate(names)]
    )
    assert [answer["status"] for answer in answers] == [201] * 5
    assert sizes == [2]  # the other known name is the very same, folded
    for person, name in zip(people, ("Siarhiej Alejnik", "Mara Venn"), strict=True):
        mentioned = (await writer.get("/v1/articles", params={"person": person["id"]})).json()["items"]
        assert len(mentioned) == names.count(name)


async def test_with_the_matcher_killed_exact_names_are_linked_and_others_created(
    writer: httpx.AsyncClient, folder: Any
):
    person = await post(writer, "/v1/people", name="Сергей Алейник")
    await resolved(writer, mention("Siarhiej Alejnik"))
    (process,) = running(folder)
    process.send_signal(signal.SIGSTOP)
    posting = asyncio.create_task(resolved(writer, mention("Сергей Алейник"), mention("Sergei Aleinik")))
    await asyncio.sleep(0.3)
    assert not posting.done()
    process.kill()
    same, spelled = await posting
    assert same["id"] == person["id"]
    assert spelled["outcome"] == "created"
    assert "could not be compared" in spelled["reason"]
    (told,) = await resolved(writer, mention("Сяргей Алейнік"))
    # Two records may be meant now: that is for an editor.
    assert told["outcome"] == "created"
    assert {each["person"]["id"] for each in told["near"]} == {person["id"], spelled["id"]}


STRANGE = [
    "x",
    "😀",
    "12345",
    "Серgей Аleйник",
    "\u202eSergei\u202c Alejnikau",
    "a " * 250,
    "Ann-" * 125,
    "王" * 400,
]


async def test_a_dispatch_of_strange_names_is_taken_in_little_time(writer: httpx.AsyncClient):
    await post(writer, "/v1/people", name="Sergei Aleinik")
    started = time.monotonic()
    for told in await resolved(writer, *map(mention, STRANGE)):
        assert told["outcome"] == "created"
    again = await resolved(writer, *map(mention, STRANGE))
    assert {told["outcome"] for told in again} == {"linked"}
    assert time.monotonic() - started < 10


async def test_a_hundred_equal_names_are_one_person(writer: httpx.AsyncClient):
    told = await resolved(writer, *[mention("Mara Venn")] * 100)
    assert len({each["id"] for each in told}) == 1


async def test_of_very_many_new_names_the_first_hundred_are_compared(writer: httpx.AsyncClient):
    names = [f"Mara {first}{second}an" for first in "bcdfghklmnpr" for second in ("ol", "av", "in", "es")]
    people = [{"name": name, "identifiers": [{"scheme": "n", "value": name[5:]}]} for name in names]
    told = await resolved(writer, *map(mention, [*people, *(f"{name} Tarn" for name in names), *"ABCDEFGH"]))
    assert {each["outcome"] for each in told} == {"created"}
    assert "could not be compared" not in told[0]["reason"]
    assert "could not be compared" in told[-1]["reason"]


@pytest.mark.parametrize(
    ("families", "given", "more"),
    [
        (["김", "금", "감"], ["민수", "문수", "만수", "민서"], True),
        (["Kim", "Kum", "Kam"], ["Minsu", "Munsu", "Mansu", "Minso"], False),
    ],
)
async def test_more_candidates_are_compared_across_scripts_whose_keys_say_little(
    writer: httpx.AsyncClient, store: Database, families: list[str], given: list[str], more: bool
):
    for name in (f"{first} {last}" for first in families for last in given):
        await post(writer, "/v1/people", name=name)
    async with store.read() as conn:
        (found,) = await find_alike(conn, [Asked(type="person", query=Query("Kim Minsu"))], sees_held=False)
    assert (len(found) > MOST_LINKED) is more
