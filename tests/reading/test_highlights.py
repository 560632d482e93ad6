# ruff: noqa: RUF001 - other scripts are the subject here
"""Highlights point at what was searched for, wherever it stands and whatever stands before it."""

from itertools import pairwise

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.dispatches import post, quote, read

# Words that each query means, as they may be printed; what stands between them means nothing to it.
MEANT = {
    "ferry": ("en", ["ferry", "Ferries", "FERRY"]),
    "минист": ("ru", ["минист", "Минист"]),
    "部长": ("zh-Hans", ["部长"]),
    "กรุงเทพ": ("th", ["กรุงเทพ"]),
    "brücke": ("de", ["Brücke", "Brücken", "Bru\u0308cke"]),
}
BETWEEN = st.sampled_from(
    ["🌬", "é", "e\u0301", "𝔘𝔫𝔦", "一", "…", "<b>", "&", "the", "\u200d", "&amp;", "নদী"]
)


@st.composite
def texts(draw: st.DrawFn, words: list[str]) -> str:
    """Draw a text with some of the words in it, among others."""
    parts = draw(st.lists(BETWEEN | st.sampled_from(words), min_size=1, max_size=40))
    return " ".join([draw(st.sampled_from(words)), *parts])


@pytest.mark.parametrize("q", MEANT)
@given(data=st.data())
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_what_is_highlighted_is_what_was_searched_for(
    q: str, data: st.DataObject, writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    language, words = MEANT[q]
    headline, lead, body = (data.draw(texts(words)) for _ in range(3))
    said = quote(body)
    posted = await post(
        writer, language=language, headline=headline, summary=lead, body=["x", body], quotes=[said]
    )
    params = {"q": q, "language": language, "id": posted["id"], "highlight": "true", "fields": "headline"}
    (item,) = (await read(client, "/v1/articles", **params))["items"]
    in_quotes = {"q": q, "language": language, "article": posted["id"], "highlight": "true"}
    (of_quote,) = (await read(client, "/v1/quotes", **in_quotes))["items"]
    for found in (item, of_quote):
        places = [(each["field"], each["start"], each["end"]) for each in found["highlights"]]
        shown = [found[field][start:end] for field, start, end in places]
        assert set(shown) <= set(words), shown
        assert all(one[0] != two[0] or one[2] <= two[1] for one, two in pairwise(places))
    assert {each["field"] for each in item["highlights"]} == {"headline", "snippet"}
    in_headline = [each for each in item["highlights"] if each["field"] == "headline"]
    assert len(in_headline) == sum(headline.split(" ").count(word) for word in words)
    assert item["snippet"].strip("…") in (lead, body) or item["snippet"].strip("…") in lead + "\n" + body


# A text and a query that finds it, and how what was found is printed there.
PRINTED = {
    "letters beside signs": ("ja", "東京オリンピック2024開催", "2024", {"2024"}),
    "a number": ("en", "It costs 5.50 now", "5.50", {"5.50"}),
    "a host": ("en", "As example.org wrote", "example.org", {"example.org"}),
    "an abbreviation": ("en", "The U.S. plan", "U.S.", {"U.S"}),
    "a part of a compound": ("en", "The COVID-19 wave", "covid", {"COVID"}),
    "an umlaut that the stem has lost": ("de", "Die Häfen warten", "Hafen", {"Häfen"}),
    "an accent that the stem has lost": ("el", "Οι άνθρωποι εδώ", "ανθρωπος", {"άνθρωποι"}),
    "a prefix that the stem has lost": ("ar", "إن الميناء مغلق", "ميناء", {"الميناء"}),
    "a prefix of a verb": ("id", "Mereka membaca buku", "baca", {"membaca"}),
}


@pytest.mark.parametrize("case", PRINTED)
async def test_a_word_is_highlighted_as_the_search_found_it(
    case: str, writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    language, text, q, printed = PRINTED[case]
    posted = await post(writer, language=language, headline=text, body=[text], quotes=[])
    params = {"q": q, "language": language, "id": posted["id"], "highlight": "true"}
    (found,) = (await read(client, "/v1/articles", **params))["items"]
    shown = {
        (each["field"], found[each["field"]][each["start"] : each["end"]]) for each in found["highlights"]
    }
    assert shown == {(field, word) for field in ("headline", "snippet") for word in printed}
