"""Examples of the API description: a person and an organisation, as posted and as answered."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from api.entities.compose import compose
from api.entities.schemas import OrganisationCreate, PersonCreate
from api.wire import entity_ref

WHEN = datetime(2026, 3, 3, 15, 4, 5, tzinfo=UTC)
OFFICE = entity_ref("organisation", "019cb48f-d5b3-7a10-8c3e-5f0d1b2a4c6e", "Ministry of Transport")

ORGANISATION_POSTED: dict[str, Any] = {
    "name": "Osta",
    "names": [{"value": "Osta News Agency", "language": "en"}, {"value": "Оста", "language": "ru"}],
    "kind": "agency",
    "founded": "1931",
    "identifiers": [{"scheme": "isil", "value": "XX-OSTA"}],
}
PERSON_POSTED: dict[str, Any] = {
    "name": "Mara Venn",
    "names": [{"value": "Мара Венн", "language": "ru", "kind": "transliteration"}],  # noqa: RUF001 - a name in another script
    "born": "1971-05",
    "positions": [
        {"title": "Secretary of Transport", "organisation": {"id": OFFICE.id}, "from": "2024-10-01"}
    ],
}
ORGANISATION = compose(
    msgspec.convert(ORGANISATION_POSTED, OrganisationCreate),
    {},
    id="019cb48f-d5b3-7c41-9d2f-0a1b2c3d4e5f",
    version=1,
    created_at=WHEN,
    updated_at=WHEN,
)
PERSON = compose(
    msgspec.convert(PERSON_POSTED, PersonCreate),
    {"/positions/0/organisation": OFFICE},
    id="019cb48f-d5b3-7d52-a1b0-6c7d8e9f0a1b",
    version=1,
    created_at=WHEN,
    updated_at=WHEN,
)
