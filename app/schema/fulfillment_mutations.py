"""What fulfillment orders and shipments can be asked to do: inputs and payloads."""

from datetime import datetime

import strawberry

from app.access.scopes import Scope
from app.execution.declare import entity, value
from app.schema.enums import ShipmentStatus
from app.schema.fulfillment import FulfillmentOrder, Shipment
from app.schema.inputs import EXPECTED_VERSION, LineQuantityInput, optional, required
from app.schema.mutation_payload import MutationPayload
from app.schema.scalars import CountryCode

AS_IT_IS = "The fulfillment order as it now is; null when it was refused."
PARCEL = "The parcel as it now is; null when it was refused."
FULFILLMENT_ORDER = "Id of the fulfillment order."
SHIPMENT = "Id of the shipment."


@strawberry.input(description="A location begins.")
class FulfillmentOrderAcceptInput:
    fulfillment_order_id: strawberry.ID = required(FULFILLMENT_ORDER)
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.input(description="A location declines, or gives up what it has not shipped: that is routed elsewhere.")
class FulfillmentOrderRejectInput:
    fulfillment_order_id: strawberry.ID = required(FULFILLMENT_ORDER)
    expected_version: int | None = optional(EXPECTED_VERSION)
    reason: str = required("Why, for the event log.")


@strawberry.input(description="Units that were found. What is never picked is missing, and goes elsewhere in the end.")
class FulfillmentOrderPickInput:
    fulfillment_order_id: strawberry.ID = required(FULFILLMENT_ORDER)
    expected_version: int | None = optional(EXPECTED_VERSION)
    lines: list[LineQuantityInput] | None = optional("Units found now, beside those before; all when left out.")


@strawberry.input(description="Units that were put into parcels.")
class FulfillmentOrderPackInput:
    fulfillment_order_id: strawberry.ID = required(FULFILLMENT_ORDER)
    expected_version: int | None = optional(EXPECTED_VERSION)
    lines: list[LineQuantityInput] | None = optional("Units packed now; all that are picked when left out.")


@strawberry.input(
    description="""A parcel. Without `trackingNumber` a label is bought from the carrier; with one, it was labeled
    elsewhere. Where all that was picked has shipped, what was not picked is missing, and routed elsewhere."""
)
class FulfillmentOrderShipInput:
    fulfillment_order_id: strawberry.ID = required(FULFILLMENT_ORDER)
    expected_version: int | None = optional(EXPECTED_VERSION)
    lines: list[LineQuantityInput] | None = optional("Units in this parcel; all that are picked when left out.")
    carrier: str | None = optional("Key of the carrier's source. May be left out where only one sells labels.")
    service: str | None = optional("The carrier's name or code for how fast; the cheapest when left out.")
    tracking_number: str | None = optional("Of a label from elsewhere.")


@strawberry.input(description="Another location is asked for what has not shipped.")
class FulfillmentOrderMoveInput:
    fulfillment_order_id: strawberry.ID = required(FULFILLMENT_ORDER)
    expected_version: int | None = optional(EXPECTED_VERSION)
    to_location_key: str = required("Key of the location; it must have every unit available.")


@strawberry.input(description="A parcel that is called off. Only before the carrier has it; its label is voided.")
class ShipmentCancelInput:
    shipment_id: strawberry.ID = required(SHIPMENT)
    reason: str | None = optional("Why, for the event log.")


@strawberry.input(description="What became of a parcel, from somebody else than its carrier's own tracking.")
class ShipmentRecordEventInput:
    shipment_id: strawberry.ID = required(SHIPMENT)
    status: ShipmentStatus = required("What it says about the parcel; any but CREATED and CANCELED.")
    at: datetime = required("When it happened; events count by this, not by arrival.")
    description: str | None = optional("What happened, in words.")
    city: str | None = optional("City in which it happened.")
    country: CountryCode | None = optional("Country in which it happened.")


@value
class FulfillmentOrderAcceptPayload(MutationPayload):
    """What became of an acceptance."""

    fulfillment_order: FulfillmentOrder | None = entity("fulfillmentOrder", AS_IT_IS, read=Scope.FULFILLMENT)


@value
class FulfillmentOrderRejectPayload(MutationPayload):
    """What became of a rejection."""

    fulfillment_order: FulfillmentOrder | None = entity("fulfillmentOrder", AS_IT_IS, read=Scope.FULFILLMENT)


@value
class FulfillmentOrderPickPayload(MutationPayload):
    """What became of a pick."""

    fulfillment_order: FulfillmentOrder | None = entity("fulfillmentOrder", AS_IT_IS, read=Scope.FULFILLMENT)


@value
class FulfillmentOrderPackPayload(MutationPayload):
    """What became of packing."""

    fulfillment_order: FulfillmentOrder | None = entity("fulfillmentOrder", AS_IT_IS, read=Scope.FULFILLMENT)


@value
class FulfillmentOrderShipPayload(MutationPayload):
    """What became of a parcel."""

    fulfillment_order: FulfillmentOrder | None = entity("fulfillmentOrder", AS_IT_IS, read=Scope.FULFILLMENT)
    shipment: Shipment | None = entity(
        "shipment",
        "The parcel: LABEL_PURCHASED, CREATED while the carrier has not answered, CANCELED where it refused.",
        read=Scope.FULFILLMENT,
    )


@value
class FulfillmentOrderMovePayload(MutationPayload):
    """What became of a move."""

    fulfillment_order: FulfillmentOrder | None = entity(
        "fulfillmentOrder", "The fulfillment order at the other location; null when it was refused.",
        read=Scope.FULFILLMENT,
    )  # fmt: skip


@value
class ShipmentCancelPayload(MutationPayload):
    """What became of a cancellation."""

    shipment: Shipment | None = entity("shipment", PARCEL, read=Scope.FULFILLMENT)


@value
class ShipmentRecordEventPayload(MutationPayload):
    """What became of an event."""

    shipment: Shipment | None = entity("shipment", PARCEL, read=Scope.FULFILLMENT)
