"""Types of what commands are given: keys of things, by the GraphQL type that their global ids must name."""

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
