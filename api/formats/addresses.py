"""Addresses in other formats: those of this site made absolute, and concepts of vocabularies as URIs."""

import re

from api.articles.schemas import Article, Subject
from api.wire import Ref

# IPTC publishes its vocabularies under this address; the alias is the catalogue's.
NEWSCODES = "http://cv.iptc.org/newscodes/"
ALIASES = {"medtop": f"{NEWSCODES}mediatopic/", "subj": f"{NEWSCODES}subjectcode/"}
PREFIXES = {prefix: alias for alias, prefix in ALIASES.items()}
WIKIDATA = re.compile(r"^https?://(?:www\.)?wikidata\.org/(?:entity|wiki)/(Q[0-9]+)$")
QCODE = re.compile(r"^([A-Za-z0-9_.-]+):(\S+)$")
ADDRESS = re.compile(r"^https?://\S+$")


def concept_uri(subject: Subject) -> str | None:
    """Give a subject as a URI, None when its scheme has none."""
    uri = ALIASES.get(subject.scheme, subject.scheme) + subject.code
    return uri if identifier_of(uri) == (subject.scheme, subject.code) else None


def identifier_of(uri: str) -> tuple[str, str]:
    """Split a URI into a scheme and a code: known schemes by their alias, others at the last separator."""
    wikidata = WIKIDATA.match(uri)
    if wikidata:
        return "wikidata", wikidata[1]
    cut = max(uri.rfind(mark) for mark in "/#:=") + 1
    prefix, code = uri[:cut], uri[cut:]
    if not prefix or not code:
        return "uri", uri
    return PREFIXES.get(prefix, prefix), code


def identifier_in(scheme: str, code: str) -> tuple[str, str]:
    """Give an identifier whose scheme stands apart, as ninjs 1.x has it: known schemes by their alias."""
    joined = identifier_of(scheme.rstrip("/") + "/" + code)
    return joined if joined[0] == "wikidata" or joined[0] in ALIASES else (scheme, code)


def own_id(uri: str, site: str, plural: str) -> str | None:
    """Give the id of one of our own resources, None for another's address."""
    prefix = f"{site}/v1/{plural}/"
    return uri.removeprefix(prefix) if site and uri.startswith(prefix) else None


def absolute(site: str, ref: Ref) -> str:
    """Give the absolute address of a resource."""
    return site + ref.href


def canonical(article: Article, own: str) -> str:
    """Give where an article is read: its canonical page, else its `own` address here."""
    return next((link.href for link in article.links if link.rel == "canonical"), own)
