"""Routes of the lists of people and organisations."""

from typing import Annotated, Literal

from litestar import get
from msgspec import Meta

from api.entities.examples import ORGANISATION, PERSON
from api.entities.filters import OrganisationFilters, PersonFilters
from api.entities.list_items import as_asked
from api.entities.lists import Place, conditions_of, find_page, listing, select_documents
from api.entities.schemas import Organisation, Person
from api.entities.spelled_answers import answered
from api.entities.spelling import Spelling, check_spelling
from api.http.answers import Answer
from api.http.params import read_params
from api.keys.guard import require
from api.lists.members import check_members
from api.lists.newest import count
from api.lists.params import Counted, Members, list_operation, listed_as
from api.requests import AnyRequest, Db, page_answer, pager_of, reader_of
from api.wire import EntityType, check_all

Expandable = Annotated[
    list[Literal["organisations"]],
    Meta(min_length=1, max_length=1, description="Answer these whole where an item refers to them."),
]


class PersonListParams(PersonFilters, frozen=True, kw_only=True):
    """The parameters of the list of people."""

    count: Counted = None
    fields: Members | None = None
    expand: Expandable | None = None
    names: Spelling = None

    def __post_init__(self) -> None:
        """Refuse members that a person has not."""
        check_all(
            super().__post_init__,
            lambda: check_spelling(self.names),
            lambda: check_members(self.fields, Person),
        )


class OrganisationListParams(OrganisationFilters, frozen=True, kw_only=True):
    """The parameters of the list of organisations."""

    count: Counted = None
    fields: Members | None = None
    expand: Expandable | None = None
    names: Spelling = None

    def __post_init__(self) -> None:
        """Refuse members that an organisation has not."""
        check_all(
            super().__post_init__,
            lambda: check_spelling(self.names),
            lambda: check_members(self.fields, Organisation),
        )


ListParams = PersonListParams | OrganisationListParams
ListedPerson, ListedOrganisation = listed_as(Person), listed_as(Organisation)


@get(
    "/people",
    **list_operation("List people", "People", params=PersonListParams, item=ListedPerson, example=PERSON),
)
async def list_people(request: AnyRequest, db: Db) -> Answer:
    """List people, newest record first. All filters combine.

    `name` finds them under any of their names, in any spelling and script, also while it is being typed:
    those first who have the very name, then those of whom a name begins like it, then other spellings.
    """
    return await _list(request, db, "person", PersonListParams)


@get(
    "/organisations",
    **list_operation(
        "List organisations",
        "Organisations",
        params=OrganisationListParams,
        item=ListedOrganisation,
        example=ORGANISATION,
    ),
)
async def list_organisations(request: AnyRequest, db: Db) -> Answer:
    """List organisations, newest record first; `name` finds them as it finds people."""
    return await _list(request, db, "organisation", OrganisationListParams)


async def _list(request: AnyRequest, db: Db, kind: EntityType, struct: type[ListParams]) -> Answer:
    """Answer a page of entities."""
    reader = reader_of(request)
    require(reader, "read")
    params = read_params(request, struct)
    page = pager_of(request, db, params)
    start = page.start(Place) if params.name else page.start(tuple[str])
    async with db.read() as conn:
        found = await conditions_of(conn, kind, params, sees_held=reader.sees_held)
        places = await find_page(conn, found, start, page.limit + 1)
        ids = [place[-1] for place in places]
        documents = await select_documents(conn, ids[: page.limit], sees_held=reader.sees_held)
        shown = await as_asked(conn, documents, params.fields, params.expand, sees_held=reader.sees_held)
        counted = await count(listing(conn, found), params.count) if params.count else None
    beside = {"count": counted} if counted else None
    answer = page_answer(
        page, [(shown.get(id), place) for id, place in zip(ids, places, strict=True)], beside
    )
    return await answered(db, answer, params.names)


HANDLERS = [list_people, list_organisations]
