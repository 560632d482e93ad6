# ruff: noqa: RUF001 - other scripts are the subject here
"""Words: what `q` finds in articles, quotes, people and organisations."""

from typing import Any

import httpx
import pytest

from tests.dispatches import ids, post, quote, read

TEXTS = {
    "en": ("en", "Ministers argue about bridges", "The toll was raised on Friday. Nobody pays."),
    "de": ("de", "Die Brücken am Fluss", "Der Minister sprach von Häusern und Straßen."),
    "ru": ("ru", "Министр о переговорах", "Переговоры прошли в Москве. Министра не было."),
    "zh": ("zh-Hans", "外交部长会见代表团", "双方讨论了水资源问题。"),
    "ja": ("ja", "日本人選手が優勝", "東京で大会が開かれた。"),
    "th": ("th", "รัฐมนตรีเยือนกรุงเทพ", "การประชุมเริ่มขึ้นแล้ว"),
    "km": ("km", "រដ្ឋមន្ត្រីទៅភ្នំពេញ", "កិច្ចប្រជុំបានចាប់ផ្តើម"),
    "my": ("my", "ဝန်ကြီးရန်ကုန်သို့", "အစည်းအဝေးစတင်ပြီ"),
    "tr": ("tr", "İstanbul'da toplantı", "Bakanlar köprüyü konuştu."),
    "lo": ("lo", "ລັດຖະມົນຕີໄປວຽງຈັນ", "ກອງປະຊຸມເລີ່ມ"),
}


async def fill(writer: httpx.AsyncClient) -> dict[str, str]:
    return {
        name: (await post(writer, language=language, headline=headline, body=[body]))["id"]
        for name, (language, headline, body) in TEXTS.items()
    }


FOUND = [
    ("minister", {}, {"en", "de"}),
    ("MINISTER", {"language": "de"}, {"de"}),
    ("bridge", {}, {"en"}),
    ("bridge tolls", {}, {"en"}),
    ("bridge -toll", {}, set()),
    ("bridges or haus", {}, {"en", "de"}),
    ('"raised on friday"', {}, {"en"}),
    ('"friday raised"', {}, set()),
    ("brücke", {}, {"de"}),
    ("переговоров", {}, {"ru"}),
    ("министру -москва", {}, set()),
    ("the ministers", {}, {"en"}),
    ("外交部长", {}, {"zh"}),
    ("部长", {}, {"zh"}),
    ("水", {}, {"zh"}),
    ("题", {}, {"zh"}),
    ("长部", {}, set()),
    ("日本人", {}, {"ja"}),
    ("日本 優勝", {}, {"ja"}),
    ("東京 -優勝", {}, set()),
    ("กรุงเทพ", {}, {"th"}),
    ("ភ្នំពេញ", {}, {"km"}),
    ("ရန်ကုန်", {}, {"my"}),
    ("ວຽງຈັນ", {}, {"lo"}),
    ("istanbul", {}, {"tr"}),
    ("İSTANBUL", {"language": "tr"}, {"tr"}),
    ("nowhere", {}, set()),
    ("bri:*", {}, set()),
    ("-nowhere", {}, set(TEXTS)),
]


async def test_articles_are_found_by_their_words(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    written = await fill(writer)
    names = {id: name for name, id in written.items()}
    for q, filters, expected in FOUND:
        found = {names[id] for id in await ids(client, "/v1/articles", q=q, **filters)}
        assert found == expected, q


BESIDE_SIGNS = [
    ("en", "“Quarrel” over—done…", ["quarrel", "done"]),
    ("fr", "Le prix de l’essence « monte »", ["essence", "monte"]),
    ("ru", "«Паром отменён», — сказал он", ["паром", "отменён"]),
    ("de", "„Fähre“ ‚fährt‘", ["fähre", "fährt"]),
    ("ar", "كلمة، أخرى؟", ["كلمة", "أخرى"]),
    ("he", "צפון־דרום", ["צפון", "דרום"]),
    ("hi", "परिषद। “बैठक”", ["परिषद", "बैठक"]),
    ("zh", "“我们不付钱”，Venn说。", ["Venn", "付钱", "说"]),
    ("ja", "ジョン・スミスは「Venn」と", ["Venn", "ジョン・スミス", "スミス"]),
    ("km", "ផ្សារ។ Venn", ["ផ្សារ", "Venn"]),
]


@pytest.mark.parametrize(("language", "text", "words"), BESIDE_SIGNS)
async def test_words_are_found_beside_the_signs_of_every_script(
    language: str, text: str, words: list[str], writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    written = await post(writer, language=language, headline="x", body=["y", text], quotes=[])
    for word in words:
        assert await ids(client, "/v1/articles", q=word) == [written["id"]], word
        assert not await ids(client, "/v1/articles", q=f"y -{word}"), word


async def test_a_name_is_found_in_any_script(writer: httpx.AsyncClient, client: httpx.AsyncClient) -> None:
    names = [{"value": "Мара Вен", "language": "ru"}, {"value": "Mara Venn", "language": "en"}]
    mara = (await post(writer, "/v1/people", name="Mara Venn", names=names))["id"]
    body = ["«Мы готовы», — сказала Мара Вен в пятницу."]
    russian = await post(
        writer,
        language="ru",
        headline="Паром снова в пути",
        body=body,
        quotes=[quote("Мы готовы", {"id": mara}, cue="сказала")],
    )
    other = await post(writer, headline="Nothing of the kind", body=["Mara Lind is somebody else."])
    for q in ("Mara Venn", "venn", "Вен", '"Mara Venn" паром', "venn паром", "ferry or venn"):
        assert await ids(client, "/v1/articles", q=q) == [russian["id"]], q
        if "паром" not in q:
            assert await ids(client, "/v1/quotes", q=q) == [russian["quotes"][0]["id"]], q
            assert await ids(client, "/v1/people", q=q.removeprefix("ferry or ")) == [mara], q
    assert await ids(client, "/v1/articles", q="mara") == [other["id"], russian["id"]]
    assert await ids(client, "/v1/articles", q="ferry venn") == []
    assert await ids(client, "/v1/articles", q="paром -venn") == []


async def test_a_renamed_person_is_found_at_once(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    posted = await post(writer, people=[{"person": {"name": "Ada Quill"}}])
    person = posted["people"][0]["person"]
    changed = await writer.patch(
        person["href"],
        json={"name": "Ada Marlowe"},
        headers={"If-Match": "*", "Content-Type": "application/merge-patch+json"},
    )
    assert changed.status_code == 200, changed.text
    for q in ("marlowe", "quill"):
        assert await ids(client, "/v1/articles", q=q) == [posted["id"]]
        assert await ids(client, "/v1/people", q=q) == [person["id"]]


async def test_quotes_are_found_by_their_words_and_by_who_said_them(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    said = quote("We are ready,", speaker="Mara Venn")
    said["speaker"] |= {"role": "transport minister"}
    posted = await post(writer, quotes=[said])
    found = [posted["quotes"][0]["id"]]
    for q in ("ready", '"we are ready"', "Mara Venn", "venn ready", "ministers", "venn -tired"):
        assert await ids(client, "/v1/quotes", q=q) == found, q
    for q in ("ferry", "ready -venn", "tired"):
        assert await ids(client, "/v1/quotes", q=q) == [], q


async def test_a_change_is_found_at_once_and_a_kill_hides_at_once(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    posted = await post(writer, headline="Old words", quotes=[quote()])
    changed = await writer.patch(
        posted["href"],
        json={"headline": "Fresh thoughts"},
        headers={"If-Match": "*", "Content-Type": "application/merge-patch+json"},
    )
    assert changed.status_code == 200, changed.text
    assert await ids(client, "/v1/articles", q="fresh") == [posted["id"]]
    assert await ids(client, "/v1/articles", q='"old words"') == []
    assert (await writer.post(f"{posted['href']}/kill", json={"note": "wrong"})).status_code == 200
    for path in ("/v1/articles", "/v1/quotes"):
        for params in ({"q": "fresh"}, {"q": "ready"}, {}, {"language": "en"}):
            assert await ids(client, path, **params) == []


async def test_held_words_and_languages_change_nothing_for_others(
    embargo: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    plain = await post(embargo, headline="Ferries", language="en")
    held: dict[str, Any] = {"pub_status": "withheld", "language": "sv", "headline": "Färjorna"}
    hidden = await post(embargo, **held, people=[{"person": {"name": "Nils Holm"}}])
    assert await ids(embargo, "/v1/articles", q="färja") == [hidden["id"]]
    for q in ("färja", "färjorna", "holm"):
        assert await ids(client, "/v1/articles", q=q) == []
        assert await ids(client, "/v1/people", q=q) == []
    assert await ids(client, "/v1/articles", q="ferry") == [plain["id"]]


@pytest.mark.parametrize("q", ["!!!", "_", '"" -', "or", "…", "a " * 33, "x" * 501])
async def test_a_query_without_words_or_with_too_many_is_refused(q: str, client: httpx.AsyncClient) -> None:
    for path in ("/v1/articles", "/v1/quotes", "/v1/people", "/v1/organisations"):
        answer = await client.get(path, params={"q": q})
        assert answer.status_code == 400, answer.text
        assert answer.json()["errors"][0]["parameter"] == "q"


async def test_a_very_long_text_is_searched_as_far_as_it_is_indexed(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    words = " ".join(f"w{number:x}" for number in range(70_000))
    blocks = [words[at : at + 90_000] for at in range(0, len(words), 90_000)]
    posted = await post(writer, headline="Long", body=["lead", *blocks])
    assert await ids(client, "/v1/articles", q="w1f") == [posted["id"]]
    found = await read(client, "/v1/articles", q="w1116f")
    assert found["items"] == []
