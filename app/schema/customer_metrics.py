"""What a customer's orders add up to."""

from datetime import datetime

from app.execution.declare import attribute, value
from app.schema.value import PART_OF_VALUE, Money


@value
class RfmScore:
    """Quintiles 1 (worst) to 5 (best) of recency, frequency and monetary value."""

    recency: int = attribute("How lately they ordered.", read=PART_OF_VALUE)
    frequency: int = attribute("How often they ordered.", read=PART_OF_VALUE)
    monetary: int = attribute("How much they spent.", read=PART_OF_VALUE)
    label: str = attribute("What the three say together, for instance `champions`.", read=PART_OF_VALUE)


@value
class CustomerMetrics:
    """What a customer's orders add up to. Drafts, expired and canceled orders do not count."""

    order_count: int = attribute("Orders that count.", read=PART_OF_VALUE)
    lifetime_value: list[Money] = attribute("Paid minus refunded, for each currency.", read=PART_OF_VALUE)
    average_order_value: list[Money] = attribute(
        "Total over orders that count, for each currency, rounded to its smallest unit.",
        read=PART_OF_VALUE,
    )
    return_rate: float = attribute("Units returned of units delivered, from 0 to 1.", read=PART_OF_VALUE)
    first_order_at: datetime | None = attribute("When the first was placed.", read=PART_OF_VALUE)
    last_order_at: datetime | None = attribute("When the last was placed.", read=PART_OF_VALUE)
    open_order_count: int = attribute("Orders still under way.", read=PART_OF_VALUE)
    rfm: RfmScore | None = attribute("As last computed; null without an order then.", read=PART_OF_VALUE)
