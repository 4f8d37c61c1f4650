"""What stock can be asked to do: inputs and payloads."""

from datetime import datetime

import strawberry

from app.access.scopes import Scope
from app.execution.declare import entities, entity, value
from app.schema.inputs import optional, required
from app.schema.inventory import InventoryPosition, Reservation
from app.schema.mutation_payload import MutationPayload


@strawberry.input(description="Units of a product that a cart wants.")
class ReservationLineInput:
    sku: str = required("SKU of the product.")
    quantity: int = required("Units, at least 1.")


@strawberry.input(description="What a cart wants held: all of it is, or nothing.")
class ReservationCreateInput:
    lines: list[ReservationLineInput] = required("What is to be held, 1 to 200 lines.")
    location_keys: list[str] | None = optional("The only locations it may be held at; any active one when left out.")
    expires_at: datetime | None = optional(
        "When it ends by itself, within 30 days; after the time that the retailer has set when left out."
    )


@strawberry.input(description="A cart that was given up.")
class ReservationReleaseInput:
    reservation_id: strawberry.ID = required("Id of the reservation.")


@strawberry.input(
    description="""A change of the stock of one product at one location: of what is on hand by `delta` or `setOnHand`,
    of the levels around it, or both. A position that is not there yet begins with nothing."""
)
class InventoryChangeInput:
    sku: str = required("SKU of the product.")
    location_key: str = required("Key of the location.")
    delta: int | None = optional("Units more on hand, or fewer when negative.")
    set_on_hand: int | None = optional("Units that were counted.")
    expected_on_hand: int | None = optional(
        "What you believe is on hand before the change; if it is not, a VERSION_CONFLICT tells what is."
    )
    safety_stock: int | None = optional("Units to withhold from every promise.")
    unavailable: int | None = optional("Units that are there, but not for sale.")
    incoming: int | None = optional("Units on the way.")
    reorder_point: int | None = optional("Order more when availableToFulfill falls below.")


@strawberry.input(description="Changes of stock: all are made, or none.")
class InventoryAdjustInput:
    reason: str = required(
        "Why, for the ledger. One that begins with `receipt` or `received` makes positive deltas goods that came in,"
        " which are then no longer on the way."
    )
    changes: list[InventoryChangeInput] = required("1 to 200 changes, each of another product or location.")


@strawberry.input(description="Units that go from one location to another. Only such as nobody was promised can.")
class InventoryTransferInput:
    sku: str = required("SKU of the product.")
    from_location_key: str = required("Key of the location that they leave.")
    to_location_key: str = required("Key of the location that they go to.")
    quantity: int = required("Units, at least 1.")
    reason: str | None = optional("Why, for the ledger.")


@value
class ReservationCreatePayload(MutationPayload):
    """What became of a reservation."""

    reservation: Reservation | None = entity(
        "reservation", "What is held; null when not all of it could be.", read=Scope.INVENTORY
    )


@value
class ReservationReleasePayload(MutationPayload):
    """What became of a release."""

    reservation: Reservation | None = entity(
        "reservation", "The reservation as it now is; null when it was refused.", read=Scope.INVENTORY
    )


@value
class InventoryAdjustPayload(MutationPayload):
    """What became of changes of stock."""

    positions: list[InventoryPosition] = entities(
        "positions",
        "The positions as they now are, in the order of the changes; none when refused.",
        read=Scope.INVENTORY,
    )


@value
class InventoryTransferPayload(MutationPayload):
    """What became of a transfer."""

    positions: list[InventoryPosition] = entities(
        "positions", "Where the units were, and where they are; none when refused.", read=Scope.INVENTORY
    )
