"""Answers with the names that a client prefers."""

from api.db.pool import Database
from api.entities.spelling import spelled
from api.http.answers import Answer
from api.http.conditional import etag


async def answered(db: Database, answer: Answer, tag: str | None) -> Answer:
    """Give an answer with the names that a client prefers; its entity tag tells this variant from others."""
    if tag is None:
        return answer
    async with db.read() as conn:
        body = await spelled(conn, answer.body, tag)
    fields = dict(answer.headers)
    fields[b"content-length"] = b"%d" % len(body)
    version = fields.get(b"etag", b"").strip(b'"').partition(b".")[0]
    if version:
        fields[b"etag"] = etag(int(version), body).encode()
    return Answer(answer.status, list(fields.items()), body)
