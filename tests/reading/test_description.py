"""What the API description says of the lists: each parameter with what it does and an example."""

from typing import Any

import pytest

from api.app import create_routes
from api.db.pool import Database
from api.http.openapi import document
from api.settings import Settings

FILTERED = "count fields expand highlight facets names"
LISTS = {
    "/v1/articles": "q id uri language provider source person organisation subject keyword genre urgency "
    f"pub_status published_after published_before updated_after has_quotes_by via sort {FILTERED}",
    "/v1/quotes": "q id speaker speaker_kind organisation via form attribution article said_after "
    f"said_before language status first_hand {FILTERED}",
    "/v1/people": "q id name identifier position organisation country at count fields expand names",
    "/v1/organisations": "q id name identifier organisation country kind count fields expand names",
    "/v1/search": "q types language names",
    "/v1/subjects": "id scheme broader q",
}


@pytest.fixture(scope="module")
def paths() -> dict[str, Any]:
    return document(create_routes(Database("", 1)), Settings())["paths"]


def example(schema: dict[str, Any]) -> Any:
    """Give an example of a value: one that is written down, or the first that is allowed."""
    if "examples" in schema or "enum" in schema:
        return (schema.get("examples") or schema["enum"])[0]
    if "default" in schema:
        return schema["default"]
    if schema.get("type") == "boolean":
        return True
    return example(schema["items"]) if "items" in schema else None


@pytest.mark.parametrize("path", LISTS)
def test_each_parameter_says_what_it_does_with_an_example(path: str, paths: dict[str, Any]) -> None:
    parameters = [each for each in paths[path]["get"]["parameters"] if "name" in each]
    assert {each["name"] for each in parameters} == {*LISTS[path].split(), "limit", "cursor"}
    for each in parameters:
        assert each.get("description"), each["name"]
        assert example(each["schema"]) is not None, each


@pytest.mark.parametrize("path", ["/v1/articles", "/v1/quotes"])
def test_the_lists_of_one_person_or_article_take_what_the_whole_list_takes(
    path: str, paths: dict[str, Any]
) -> None:
    kind = path.rpartition("/")[2]
    for owner in ("people", "organisations", *(["articles"] if kind == "quotes" else [])):
        own = [
            each
            for each in paths[f"/v1/{owner}/{{id}}/{kind}"]["get"]["parameters"]
            if each.get("in") == "query"
        ]
        assert own == [each for each in paths[path]["get"]["parameters"] if each.get("in") == "query"]


STREAMED = (
    *tuple(LISTS)[:4],
    "/v1/people/{id}/quotes",
    "/v1/organisations/{id}/articles",
    "/v1/articles/{id}/quotes",
)


@pytest.mark.parametrize("path", LISTS)
def test_each_list_tells_its_entity_tag_its_next_page_and_what_is_left_of_the_rate_limit(
    path: str, paths: dict[str, Any]
) -> None:
    answers = paths[path]["get"]["responses"]
    told = {"ETag", "RateLimit", "RateLimit-Policy", "Cache-Control"}
    assert told | {"Link"} <= set(answers["200"]["headers"])
    assert told <= set(answers["304"]["headers"])
    assert {"$ref": "#/components/parameters/If-None-Match"} in paths[path]["get"]["parameters"]


@pytest.mark.parametrize("path", STREAMED)
def test_lists_can_be_had_as_lines_with_the_cursor_to_go_on_from(path: str, paths: dict[str, Any]) -> None:
    whole = paths[path]["get"]["responses"]["200"]
    assert list(whole["content"]) == ["application/json", "application/x-ndjson"]
    assert whole["content"]["application/x-ndjson"]["schema"]["$ref"].startswith("#/components/schemas/")
    assert "Dateline-Changes-Cursor" in whole["headers"]
