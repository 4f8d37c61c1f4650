"""Inputs that more than one query takes."""

from datetime import datetime

import strawberry


@strawberry.input(description="A thing as another system names it.")
class ExternalKey:
    source: str = strawberry.field(description="Key of the source, for instance `shopify`.")
    external_id: str = strawberry.field(description="Its id there.")


@strawberry.input(description="A range of time. An end that is left out is open.")
class DateTimeRange:
    from_: datetime | None = strawberry.field(name="from", description="At or after.", default=strawberry.UNSET)
    to: datetime | None = strawberry.field(description="Before.", default=strawberry.UNSET)
