"""Where a customer's values come from: the linked source records, and which of them won each field."""

from datetime import datetime

from strawberry.scalars import JSON

from app import models
from app.access.scopes import Scope
from app.execution.declare import attribute, column, one, stored, value
from app.schema.source import Source
from app.schema.value import PART_OF_VALUE


@stored(models.CustomerSourceRecord)
class CustomerIdentity:
    """One system's record of the customer, and why it is linked to them."""

    source: Source = one(models.CustomerSourceRecord.source_key, "The system that has the record.", read=Scope.CUSTOMER)
    external_id: str = column(models.CustomerSourceRecord.external_id, "The customer's id there.", read=Scope.CUSTOMER)
    linked_at: datetime = column(models.CustomerSourceRecord.linked_at, "Since when it is linked.", read=Scope.CUSTOMER)
    linked_by: str = column(
        models.CustomerSourceRecord.linked_by, "The rule or agent that linked it.", read=Scope.CUSTOMER
    )
    confidence: float = column(
        models.CustomerSourceRecord.confidence, "Match score from 0 to 1; 1 is certain.", read=Scope.CUSTOMER
    )
    last_observed_at: datetime = column(
        models.CustomerSourceRecord.observed_at, "When the record was last seen there.", read=Scope.CUSTOMER
    )
    record: JSON | None = column(
        models.CustomerSourceRecord.record, "As received, in the system's own words.", read=Scope.CUSTOMER_PII
    )


@value
class FieldAlternative:
    """What another source says of the same field."""

    value: JSON | None = attribute("What it says.", read=PART_OF_VALUE)
    source: Source = attribute("Who says it.", read=PART_OF_VALUE)
    external_id: str = attribute("In which of its records.", read=PART_OF_VALUE)
    observed_at: datetime = attribute("When it was last seen there.", read=PART_OF_VALUE)


@value
class FieldProvenance:
    """Which system said this, when, and by which survivorship rule it won."""

    field: str = attribute("Name of the customer's field.", read=PART_OF_VALUE)
    value: JSON | None = attribute("Its value.", read=PART_OF_VALUE)
    source: Source = attribute("Who says it.", read=PART_OF_VALUE)
    external_id: str = attribute("In which of its records.", read=PART_OF_VALUE)
    observed_at: datetime = attribute("When it was last seen there.", read=PART_OF_VALUE)
    rule: str = attribute("The survivorship rule by which it won.", read=PART_OF_VALUE)
    alternatives: list[FieldAlternative] = attribute("What the others say.", read=PART_OF_VALUE)
