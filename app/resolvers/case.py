"""A case that was just opened, as the CRM shows it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.connectors.contract import Window
from app.connectors.reads import Cases
from app.models import OutgoingDocument
from app.resolvers.context import Context
from app.resolvers.live import case_value, source_row
from app.workflows.command import Answer

LOOKED_THROUGH_MAX = 20
"""The newest cases of the customer: it was opened a moment ago."""
NOTHING: Mapping[str, Any] = {"case": None, "externalId": None, "url": None}


async def opened_case(answer: Answer, context: Context) -> Mapping[str, Any]:
    """Values of the payload."""
    document_id = answer.values.get("document")
    if document_id is None or answer.dry_run:
        return NOTHING
    document = OutgoingDocument
    columns = (document.source_key, document.external_id, document.url, document.content)
    found = await context.fetch(select(*columns).where(document.id == UUID(document_id)))
    for source_key, external_id, url, content in found:
        if external_id is not None:
            case = await _case(source_key, external_id, content["customer_external_id"], context)
            return {"case": case, "externalId": external_id, "url": url}
    return NOTHING


async def _case(
    source_key: str, external_id: str, customer_external_id: str | None, context: Context
) -> Mapping[str, Any] | None:
    if customer_external_id is None:
        return None
    readings = await context.reads.read(
        Cases(Window(LOOKED_THROUGH_MAX)), {source_key: [customer_external_id]}, deadline=context.sources_deadline
    )
    reading = readings.get((source_key, customer_external_id))
    if reading is None or reading.value is None:
        return None
    info = next(info for info in context.registry.sources if info.key == source_key)
    source = source_row(info.key, info.name, info.kind)
    mine = (case_value(each, source) for each in reading.value.items if each.external_id == external_id)
    return next(mine, None)
