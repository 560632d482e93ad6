"""Articles through HTTP."""

import httpx

DISPATCH = {
    "headline": "Ferry to run again",
    "language": "en",
    "body": [
        "The ferry will run again on Monday, the minister said.",
        "“We are ready,” Mara Venn told reporters.",
    ],
    "people": [{"person": {"name": "Mara Venn"}, "as_printed": ["Mara Venn"], "role": "minister"}],
    "quotes": [
        {
            "form": "direct",
            "fragments": [{"text": "We are ready,"}],
            "speaker": {"kind": "person", "as_printed": "Mara Venn", "person": {"name": "Mara Venn"}},
            "chain": [{"as_printed": "Osta", "organisation": {"name": "Osta News"}}],
            "cue": "told",
        }
    ],
}


async def test_a_posted_dispatch_is_read_back(writer: httpx.AsyncClient, client: httpx.AsyncClient) -> None:
    posted = await writer.post("/v1/articles", json=DISPATCH)
    assert posted.status_code == 201, posted.text
    document = posted.json()
    resolution = document.pop("resolution")
    read = await client.get(posted.headers["location"])
    assert read.status_code == 200
    assert read.json() == document
    assert read.headers["etag"] == posted.headers["etag"]
    assert [(r["pointer"], r["outcome"], r["name"]) for r in resolution] == [
        ("#/people/0/person", "created", "Mara Venn"),
        ("#/quotes/0/speaker/person", "created", "Mara Venn"),
        ("#/quotes/0/chain/0/organisation", "created", "Osta News"),
    ]
