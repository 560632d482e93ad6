"""The route of subjects."""

from litestar import get

from api.http.answers import Answer
from api.http.operations import PAGE, Operation, Page, operation
from api.http.params import read_params
from api.keys.guard import require
from api.requests import AnyRequest, Db, page_answer, pager_of, reader_of
from api.subjects.queries import select_subjects
from api.subjects.schemas import SubjectParams, SubjectTerm


@get(
    "/subjects",
    **operation(
        Operation(
            summary="List subjects",
            tag="Subjects",
            params=SubjectParams,
            answer=Page[SubjectTerm],
            headers=PAGE,
            problems=("invalid-cursor",),
        )
    ),
)
async def list_subjects(request: AnyRequest, db: Db) -> Answer:
    """List the terms of the vocabularies of subjects, with their labels, in the order of their ids."""
    require(reader_of(request), "read")
    params = read_params(request, SubjectParams)
    page = pager_of(request, db, params)
    start = page.start(tuple[str])
    async with db.read() as conn:
        rows = await select_subjects(
            conn,
            ids=params.id,
            scheme=params.scheme,
            broader=params.broader,
            text=params.q,
            after=start[0] if start else None,
            limit=page.limit + 1,
        )
    return page_answer(page, rows)


HANDLERS = [list_subjects]
