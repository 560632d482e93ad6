"""The same data with Django and django-ninja, as their documentation teaches it, in one file."""

import os
import uuid
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import django
from django.conf import settings

address = urlsplit(os.environ["BENCH_DATABASE_URL"])
host = dict(part.split("=") for part in address.query.split("&") if part).get("host")
settings.configure(
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="bench",
    USE_TZ=True,
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": address.path[1:],
            "USER": address.username,
            "PASSWORD": address.password,
            "HOST": address.hostname or (host or "").replace("%2F", "/"),
            "PORT": address.port or "",
            "OPTIONS": {"pool": {"min_size": 2, "max_size": 10}, "options": "-c search_path=peer"},
        }
    },
)
django.setup()

from django.core.wsgi import get_wsgi_application
from django.db import models
from django.shortcuts import get_object_or_404
from django.urls import path
from ninja import NinjaAPI, Schema


class Person(models.Model):
    id = models.UUIDField(primary_key=True)
    name = models.TextField()

    class Meta:
        app_label, db_table = "peer", "people"


class Article(models.Model):
    id = models.UUIDField(primary_key=True)
    version = models.IntegerField()
    uri = models.TextField()
    headline = models.TextField()
    slugline = models.TextField(null=True)
    summary = models.TextField(null=True)
    language = models.TextField()
    byline = models.TextField(null=True)
    urgency = models.IntegerField(null=True)
    published_at = models.DateTimeField()
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    keywords = models.JSONField()
    body = models.JSONField()

    class Meta:
        app_label, db_table = "peer", "articles"


class Quote(models.Model):
    id = models.UUIDField(primary_key=True)
    article = models.ForeignKey(Article, models.CASCADE, related_name="quotes")
    position = models.IntegerField()
    form = models.TextField()
    text = models.TextField()
    cue = models.TextField(null=True)
    status = models.TextField()
    fragments = models.JSONField()
    speaker_as_printed = models.TextField(null=True)
    speaker = models.ForeignKey(Person, models.CASCADE, null=True)

    class Meta:
        app_label, db_table = "peer", "quotes"
        ordering = ["position"]


class PersonOut(Schema):
    id: uuid.UUID
    name: str


class QuoteOut(Schema):
    id: uuid.UUID
    form: str
    text: str
    cue: str | None
    status: str
    fragments: list[Any]
    speaker_as_printed: str | None
    speaker: PersonOut | None


class Summary(Schema):
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


api = NinjaAPI(docs_url=None, openapi_url=None)


@api.get("/articles/{id}", response=ArticleOut)
def get_article(request: Any, id: uuid.UUID) -> Any:
    return get_object_or_404(Article.objects.prefetch_related("quotes__speaker"), id=id)


@api.get("/articles", response=list[Summary])
def list_articles(
    request: Any, limit: int = 50, language: str | None = None, urgency: int | None = None
) -> Any:
    given = {"language": language, "urgency": urgency}
    wanted = {name: value for name, value in given.items() if value is not None}
    return Article.objects.filter(**wanted).order_by("-published_at", "-id")[:limit]


@api.get("/people/{id}/quotes", response=list[QuoteOut])
def list_quotes(request: Any, id: uuid.UUID, limit: int = 50) -> Any:
    said = Quote.objects.filter(speaker_id=id).select_related("speaker")
    return said.order_by("-article__published_at", "-id")[:limit]


urlpatterns = [path("v1/", api.urls)]
app = get_wsgi_application()
