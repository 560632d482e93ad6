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
