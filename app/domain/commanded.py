"""Types of what commands are given: keys of things, by the GraphQL type that their global ids must name."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

CustomerId = Annotated[UUID, "Customer"]
ExceptionId = Annotated[UUID, "OrderException"]
FulfillmentOrderId = Annotated[UUID, "FulfillmentOrder"]
HoldId = Annotated[UUID, "Hold"]
OrderId = Annotated[UUID, "Order"]
OrderLineId = Annotated[UUID, "OrderLine"]
PaymentId = Annotated[UUID, "Payment"]
ReservationId = Annotated[UUID, "Reservation"]
ReturnId = Annotated[UUID, "Return"]
ReturnLineId = Annotated[UUID, "ReturnLine"]
ShipmentId = Annotated[UUID, "Shipment"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineQuantity:
    """Units of a line of an order."""

    order_line_id: OrderLineId
    quantity: int
