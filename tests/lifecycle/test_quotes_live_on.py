"""What becomes of quotes when the body of their article changes, and what their history tells of it."""

from typing import Any

import httpx
import pytest

from api.db.pool import Database
from tests.lifecycle.dispatches import SPEAKER, dispatch, get, patch, post, quote, status, told

OTHER = "The boats of Osk lay in the harbour."
SAID = "“The lamp burns all night,” the keeper said."
WORDS = "The lamp burns all night,"


def place(article: dict[str, Any], index: int = 0) -> list[tuple[int, str]]:
    """Where a quote stands; checks the verbatim rule on the way."""
    found = article["quotes"][index]["fragments"]
    for part in found:
        text = article["body"][part["block"]]["text"]
        assert text[part["start"] : part["end"]] == part["text"]
    return [(part["block"], part["text"]) for part in found]


async def moved(
    client: httpx.AsyncClient, old: list[str], new: list[str], *texts: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Post an article with one quote of these fragments, change its body, and give both versions."""
    fragments = [text if isinstance(text, dict) else {"text": text} for text in texts]
    given = {"form": "direct", "fragments": fragments, "speaker": SPEAKER}
    before = await post(client, dispatch(*old, quotes=[given]))
    return before, await patch(client, before, {"body": new})


@pytest.mark.parametrize(
    ("new", "block"),
    [
        ([OTHER, "A storm came.", SAID], 2),  # a block was put in
        ([SAID], 0),  # a block was taken out
        ([SAID, OTHER], 0),  # blocks changed places
        ([OTHER + " " + SAID], 0),  # blocks were merged
        ([OTHER, "It was late.", "There was wind.", "In the tower: " + SAID], 3),  # it moved within new text
        (["The boats of Osk lay", "in the harbour.", SAID], 2),  # another block was split
    ],
)
async def test_the_same_words_keep_their_quote_wherever_they_stand(
    writer: httpx.AsyncClient, client: httpx.AsyncClient, new: list[str], block: int
) -> None:
    before, after = await moved(writer, [OTHER, SAID], new, WORDS)
    (quoted,) = after["quotes"]
    assert (quoted["id"], quoted["status"]) == (before["quotes"][0]["id"], "current")
    assert place(after) == [(block, WORDS)]
    read = await get(client, quoted["href"])
    assert read == quoted
    assert read["article_version"] == 2


async def test_a_block_split_within_a_quote_splits_its_fragment(writer: httpx.AsyncClient) -> None:
    before, after = await moved(
        writer,
        [OTHER, "“The lamp burns all night. The boats come home by it,” the keeper said."],
        [OTHER, "“The lamp burns all night.", "The boats come home by it,” the keeper said."],
        "The lamp burns all night. The boats come home by it,",
    )
    assert after["quotes"][0]["id"] == before["quotes"][0]["id"]
    assert after["quotes"][0]["status"] == "current"
    assert place(after) == [(1, "The lamp burns all night."), (2, "The boats come home by it,")]


async def test_a_quote_of_one_word_follows_its_sentence(writer: httpx.AsyncClient) -> None:
    before, after = await moved(
        writer,
        ["The keeper called the night “cold”. The harbour was cold too."],
        ["It was late.", "The harbour was cold too. The keeper called the night “cold”."],
        {"block": 0, "start": 29, "end": 33, "text": "cold"},
    )
    assert after["quotes"][0]["id"] == before["quotes"][0]["id"]
    fragment = after["quotes"][0]["fragments"][0]
    assert (fragment["block"], fragment["start"]) == (1, after["body"][1]["text"].index("“cold”") + 1)
    assert after["quotes"][0]["status"] == "current"


async def test_a_quote_of_one_word_that_is_gone_does_not_go_to_another_place_of_the_word(
    writer: httpx.AsyncClient,
) -> None:
    _, after = await moved(
        writer,
        ["The keeper called the night “cold”. The harbour was cold too."],
        ["The keeper went home. The harbour was cold too."],
        {"block": 0, "start": 29, "end": 33, "text": "cold"},
    )
    assert after["quotes"] == []


async def test_words_that_stand_elsewhere_too_keep_their_own_place(writer: httpx.AsyncClient) -> None:
    one = "“No comment,” said the mayor of Osk."
    two = "“No comment,” said the harbour master."
    _, after = await moved(
        writer,
        [one, OTHER, two],
        [two, OTHER, "It rained.", one],
        {"block": 2, "start": 1, "end": 12, "text": "No comment,"},
    )
    assert place(after) == [(0, "No comment,")]
    assert after["quotes"][0]["status"] == "current"


async def test_edited_words_make_a_quote_changed_and_its_history_keeps_the_former_ones(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    edited = "“The lamp burned all night,” the keeper said."
    before, after = await moved(writer, [OTHER, SAID], [OTHER, edited], WORDS)
    (quoted,) = after["quotes"]
    assert (quoted["id"], quoted["status"], quoted["version"]) == (before["quotes"][0]["id"], "changed", 2)
    assert place(after) == [(1, "The lamp burned all night,")]
    states = (await get(client, f"{quoted['href']}/history"))["items"]
    assert [state["version"] for state in states] == [2, 1]
    assert states[0] == {
        "version": 2,
        "at": quoted["updated_at"],
        "article_version": 2,
        "reason": None,
        "quote": quoted,
    }
    assert states[1]["quote"] == before["quotes"][0]
    assert states[1]["quote"]["text"] == WORDS
    assert (await get(writer, f"{quoted['href']}/history"))["items"][0]["by"]["name"] == "write"
    # It stays changed until an editor sends its words.
    third = await patch(writer, after, {"headline": "Light"})
    assert third["quotes"][0]["status"] == "changed"
    sent = {**{key: value for key, value in third["quotes"][0].items() if key in ("id", "form")}}
    sent |= {"fragments": [{"text": "all night,"}], "speaker": SPEAKER}
    fourth = await patch(writer, third, {"quotes": [sent]})
    assert (fourth["quotes"][0]["id"], fourth["quotes"][0]["status"]) == (quoted["id"], "current")


async def test_a_quote_whose_words_are_gone_is_withdrawn_and_its_address_says_so(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    before, after = await moved(writer, [OTHER, SAID], [OTHER], WORDS)
    assert after["quotes"] == []
    href = before["quotes"][0]["href"]
    quoted = await get(client, href)
    assert (quoted["status"], quoted["article_version"], quoted["text"]) == ("withdrawn", 1, WORDS)
    assert (await get(client, f"{after['href']}/quotes"))["items"] == []
    assert (await get(client, "/v1/quotes"))["items"] == []
    newest, oldest = (await get(client, f"{href}/history"))["items"]
    assert newest["article_version"] == 2
    assert newest["reason"] == "The words of fragment 0 are gone, and none like them are in their place."
    assert newest["quote"]["status"] == "withdrawn"
    assert (oldest["reason"], oldest["quote"]["status"]) == (None, "current")
    third = await patch(writer, after, {"headline": "Osk at night"})
    assert (await get(client, href))["status"] == "withdrawn"
    assert third["quotes"] == []


@pytest.mark.parametrize("by", ["id", "words"])
async def test_a_withdrawn_quote_that_is_sent_again_is_the_same_quote(
    writer: httpx.AsyncClient, client: httpx.AsyncClient, by: str
) -> None:
    before, after = await moved(writer, [OTHER, SAID], [OTHER], WORDS)
    id, href = before["quotes"][0]["id"], before["quotes"][0]["href"]
    again = quote(WORDS, id=id) if by == "id" else quote(WORDS)
    restored = await patch(writer, after, {"body": [SAID], "quotes": [again]})
    (quoted,) = restored["quotes"]
    assert (quoted["id"], quoted["status"], quoted["version"]) == (id, "current", 3)
    assert await get(client, href) == quoted
    states = (await get(client, f"{href}/history"))["items"]
    assert [state["quote"]["status"] for state in states] == ["current", "withdrawn", "current"]
    assert [state["article_version"] for state in states] == [3, 2, 1]


async def test_words_that_come_back_by_themselves_bring_no_quote_back(writer: httpx.AsyncClient) -> None:
    """What is withdrawn comes back when somebody says so: its words alone do not tell that it is meant."""
    before, after = await moved(writer, [OTHER, SAID], [OTHER], WORDS)
    again = await patch(writer, after, {"body": [OTHER, SAID]})
    assert again["quotes"] == []
    assert (await get(writer, before["quotes"][0]["href"]))["status"] == "withdrawn"


async def test_a_quote_that_is_left_out_is_withdrawn_with_that_reason(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    before = await post(writer, dispatch(OTHER, SAID, quotes=[quote(WORDS)]))
    await patch(writer, before, {"quotes": []})
    newest = (await get(client, f"{before['quotes'][0]['href']}/history"))["items"][0]
    assert newest["reason"] == "The article was sent without it."


async def test_one_lost_fragment_withdraws_the_whole_quote(writer: httpx.AsyncClient) -> None:
    before, after = await moved(
        writer,
        ["“The lamp burns,” the keeper said. “Nobody sees it.”"],
        ["“The lamp burns,” the keeper said."],
        "The lamp burns,",
        "Nobody sees it.",
    )
    assert after["quotes"] == []
    newest = (await get(writer, f"{before['quotes'][0]['href']}/history"))["items"][0]
    assert newest["reason"].startswith("The words of fragment 1 are gone")


async def test_a_corrected_attribution_is_a_state_of_the_quote(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    article = await post(writer, dispatch(SAID, quotes=[quote(WORDS)]))
    href = article["quotes"][0]["href"]
    for place in ("Osk", "Osk harbour"):
        tag = (await writer.get(href)).headers["etag"]
        answer = await writer.patch(href, json={"place": place}, headers={"If-Match": tag})
        assert answer.status_code == 200, answer.text
    page = await client.get(f"{href}/history", params={"limit": 2})
    assert [state["quote"]["place"] for state in page.json()["items"]] == ["Osk harbour", "Osk"]
    rest = await client.get(f"{href}/history", params={"cursor": page.json()["next"]})
    assert [state["quote"]["place"] for state in rest.json()["items"]] == [None]


async def test_states_of_a_held_article_stay_with_its_readers(
    embargo: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    held = await post(
        embargo,
        dispatch(
            SAID,
            "“Ilko did it,” he said.",
            quotes=[quote(WORDS), quote("Ilko did it,")],
            pub_status="withheld",
        ),
    )
    kept, dropped = (each["href"] for each in held["quotes"])
    edited = "“The lamp burned all night,” the keeper said."
    held = await patch(embargo, held, {"body": [edited]})
    assert [await status(client, href) for href in (kept, dropped, f"{kept}/history")] == [404, 404, 404]
    public = await patch(embargo, held, {"pub_status": "usable"})
    assert public["quotes"][0]["status"] == "changed"
    states = (await get(client, f"{kept}/history"))["items"]
    assert [state["quote"]["text"] for state in states] == ["The lamp burned all night,"]
    assert len((await get(embargo, f"{kept}/history"))["items"]) == 2
    # What was withdrawn before the publication was never public.
    assert [await status(client, path) for path in (dropped, f"{dropped}/history")] == [404, 404]
    assert (await get(embargo, dropped))["status"] == "withdrawn"


async def test_a_quote_that_is_left_out_at_publication_was_never_public(
    embargo: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    held = await post(embargo, dispatch(SAID, quotes=[quote(WORDS)], pub_status="withheld"))
    await patch(embargo, held, {"pub_status": "usable", "quotes": []})
    href = held["quotes"][0]["href"]
    assert (await status(client, href), await status(embargo, href)) == (404, 200)


async def test_quote_events_tell_what_became_of_each(writer: httpx.AsyncClient, store: Database) -> None:
    body = [SAID, "“Nobody came,” he said.", "“It rained,” he said."]
    quotes = [quote(WORDS), quote("Nobody came,"), quote("It rained,")]
    article = await post(writer, dispatch(*body, quotes=quotes))
    ids = [each["id"] for each in article["quotes"]]
    new = ["A storm came.", "“The lamp burned all night,” the keeper said.", "“It rained,” he said."]
    await patch(writer, article, {"body": new})
    events = await told(store)
    assert [type for type, id in events if id == ids[0]] == ["quote.created", "quote.changed"]
    assert [type for type, id in events if id == ids[1]] == ["quote.created", "quote.withdrawn"]
    assert [type for type, id in events if id == article["id"]] == [
        "article.created",
        "article.published",
        "article.updated",
    ]
