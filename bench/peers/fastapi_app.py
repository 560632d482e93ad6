"""The same data with FastAPI, SQLAlchemy 2 and pydantic, as their documentation teaches it."""

import os
import uuid
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Query
from pydantic import BaseModel, ConfigDict
from sqlalchemy import ForeignKey, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, selectinload

engine = create_async_engine(
    os.environ["BENCH_DATABASE_URL"].replace("postgresql://", "postgresql+asyncpg://"),
    pool_size=10,
    max_overflow=0,
)
Session = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    pass


class Person(Base):
    __tablename__ = "people"
    __table_args__ = {"schema": "peer"}
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    name: Mapped[str]


class Quote(Base):
    __tablename__ = "quotes"
    __table_args__ = {"schema": "peer"}
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    article_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("peer.articles.id"))
    position: Mapped[int]
    form: Mapped[str]
    text: Mapped[str]
    cue: Mapped[str | None]
    status: Mapped[str]
    fragments: Mapped[list[Any]] = mapped_column(JSONB)
    speaker_as_printed: Mapped[str | None]
    speaker_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("peer.people.id"))
    speaker: Mapped[Person | None] = relationship()
    article: Mapped["Article"] = relationship(back_populates="quotes")


class Article(Base):
    __tablename__ = "articles"
    __table_args__ = {"schema": "peer"}
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    uri: Mapped[str]
    headline: Mapped[str]
    slugline: Mapped[str | None]
    summary: Mapped[str | None]
    language: Mapped[str]
    byline: Mapped[str | None]
    urgency: Mapped[int | None]
    published_at: Mapped[datetime]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    keywords: Mapped[list[Any]] = mapped_column(JSONB)
    body: Mapped[list[Any]] = mapped_column(JSONB)
    quotes: Mapped[list[Quote]] = relationship(order_by=Quote.position, back_populates="article")


class Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class PersonOut(Out):
    id: uuid.UUID
    name: str


class QuoteOut(Out):
    id: uuid.UUID
    form: str
    text: str
    cue: str | None
    status: str
    fragments: list[Any]
    speaker_as_printed: str | None
    speaker: PersonOut | None


class Summary(Out):
    id: uuid.UUID
    version: int
    uri: str
    headline: str
    slugline: str | None
    summary: str | None
    language: str
    byline: str | None
    urgency: int | None
    published_at: datetime
    created_at: datetime
    updated_at: datetime
    keywords: list[Any]


class ArticleOut(Summary):
    body: list[Any]
    quotes: list[QuoteOut]


async def session() -> AsyncIterator[AsyncSession]:
    async with Session() as open_session:
        yield open_session


Db = Annotated[AsyncSession, Depends(session)]
app = FastAPI()


@app.get("/v1/articles/{id}", response_model=ArticleOut)
async def get_article(id: uuid.UUID, db: Db) -> Any:
    statement = select(Article).where(Article.id == id)
    found = await db.scalar(statement.options(selectinload(Article.quotes).selectinload(Quote.speaker)))
    if found is None:
        raise HTTPException(404)
    return found


@app.get("/v1/articles", response_model=list[Summary])
async def list_articles(
    db: Db,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    language: str | None = None,
    urgency: int | None = None,
) -> Any:
    statement = select(Article).order_by(Article.published_at.desc(), Article.id.desc()).limit(limit)
    if language:
        statement = statement.where(Article.language == language)
    if urgency:
        statement = statement.where(Article.urgency == urgency)
    return (await db.scalars(statement)).all()


@app.get("/v1/people/{id}/quotes", response_model=list[QuoteOut])
async def list_quotes(id: uuid.UUID, db: Db, limit: Annotated[int, Query(ge=1, le=200)] = 50) -> Any:
    statement = select(Quote).join(Quote.article).where(Quote.speaker_id == id)
    newest = statement.order_by(Article.published_at.desc(), Quote.id.desc()).limit(limit)
    return (await db.scalars(newest.options(selectinload(Quote.speaker)))).all()
