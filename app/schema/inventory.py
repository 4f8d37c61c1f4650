"""Stock: positions, their ledger, reservations, and what can be promised."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from app import models
from app.access.scopes import Scope
from app.execution.declare import attribute, column, connection, many, one, reference, remote, stored, value
from app.execution.filters import condition
from app.resolvers import availability as resolve
from app.resolvers import external_stock
from app.schema.catalog import Location, Product
from app.schema.connection import Log
from app.schema.enums import MovementKind
from app.schema.live import MAX_AGE, ExternalPosition, LiveList
from app.schema.node import Node
from app.schema.value import PART_OF_VALUE, Actor, actor

if TYPE_CHECKING:
    from app.schema.order import Order


@stored(models.InventoryMovement)
class InventoryMovement(Node):
    """One change of a stock position; the position's counters are the sums of these."""

    kind: MovementKind = column(models.InventoryMovement.kind, "What happened.", read=Scope.INVENTORY)
    quantity: int = column(
        models.InventoryMovement.quantity,
        "Units; negative when they leave what the kind is about.",
        read=Scope.INVENTORY,
    )
    at: datetime = column(models.InventoryMovement.at, "When it happened.", read=Scope.INVENTORY)
    reason: str | None = column(models.InventoryMovement.reason, "Why, in somebody's words.", read=Scope.INVENTORY)
    actor: Actor = actor(models.InventoryMovement, "Who caused it.", read=Scope.INVENTORY)
    reference: Node | None = reference(
        models.InventoryMovement.reference_type,
        models.InventoryMovement.reference_id,
        "The order, shipment, return or reservation behind it.",
        read=Scope.INVENTORY,
    )


@stored(models.InventoryPosition)
class InventoryPosition(Node):
    """The stock of one product at one location, in units."""

    version: int = column(models.InventoryPosition.version, "Counts its changes.", read=Scope.INVENTORY)
    product: Product = one(models.InventoryPosition.product_id, "The product that lies there.", read=Scope.INVENTORY)
    location: Location = one(models.InventoryPosition.location_id, "The location where it lies.", read=Scope.INVENTORY)
    on_hand: int = column(models.InventoryPosition.on_hand, "Units that are physically there.", read=Scope.INVENTORY)
    reserved: int = column(
        models.InventoryPosition.reserved, "Promised to carts and orders, not yet assigned.", read=Scope.INVENTORY
    )
    allocated: int = column(
        models.InventoryPosition.allocated, "Assigned to orders, until the parcel leaves.", read=Scope.INVENTORY
    )
    unavailable: int = column(
        models.InventoryPosition.unavailable,
        "There, but not for sale: damaged, in quality control.",
        read=Scope.INVENTORY,
    )
    safety_stock: int = column(
        models.InventoryPosition.safety_stock, "Withheld from every promise.", read=Scope.INVENTORY
    )
    incoming: int = column(models.InventoryPosition.incoming, "On the way here.", read=Scope.INVENTORY)
    available_to_fulfill: int = column(
        resolve.TO_FULFILL,
        "onHand - allocated - reserved - safetyStock - unavailable, never below 0.",
        read=Scope.INVENTORY,
    )
    available_to_promise: int = column(
        resolve.TO_PROMISE,
        "availableToFulfill + incoming, when that is expected within 30 days.",
        read=Scope.INVENTORY,
    )
    reorder_point: int | None = column(
        models.InventoryPosition.reorder_point, "Order more when availableToFulfill falls below.", read=Scope.INVENTORY
    )
    updated_at: datetime = column(
        models.InventoryPosition.updated_at, "When a counter last changed.", read=Scope.INVENTORY
    )
    movements: Log[InventoryMovement] = connection(
        models.InventoryMovement.position_id,
        "Its ledger, newest first.",
        by=models.InventoryMovement.at,
        both_ways=False,
        read=Scope.INVENTORY,
    )
    external: LiveList[ExternalPosition] | None = remote(
        external_stock.of_positions,
        "Live from ERPs, storefronts and inventory systems: what they believe is there.",
        key=external_stock.POSITION,
        arguments={"max_age": MAX_AGE},
        read=Scope.INVENTORY,
    )


@stored(models.ReservationLine)
class ReservationLine:
    """Units held for a cart."""

    sku: str = column(models.ReservationLine.sku, "SKU of the product.", read=Scope.INVENTORY)
    quantity: int = column(models.ReservationLine.quantity, "Units held.", read=Scope.INVENTORY)
    location: Location | None = one(models.ReservationLine.location_id, "Where they are held.", read=Scope.INVENTORY)


@stored(models.Reservation)
class Reservation(Node):
    """Stock held for a cart until it expires, is released, or an order takes it over."""

    lines: list[ReservationLine] = many(
        models.ReservationLine.reservation_id, "What is held.", by=models.ReservationLine.id, read=Scope.INVENTORY
    )
    expires_at: datetime | None = column(models.Reservation.expires_at, "When it ends by itself.", read=Scope.INVENTORY)
    released_at: datetime | None = column(models.Reservation.released_at, "When it was given up.", read=Scope.INVENTORY)
    order: Annotated["Order", strawberry.lazy("app.schema.order")] | None = one(
        models.Reservation.order_id, "The order that took it over.", read=Scope.ORDER
    )


@value
class Availability:
    """What can be sold of a product, summed over locations."""

    sku: str = attribute("SKU of the product.", read=PART_OF_VALUE)
    available_to_fulfill: int = attribute("Units that could ship now.", read=PART_OF_VALUE)
    available_to_promise: int = attribute("Those, and units that are expected within 30 days.", read=PART_OF_VALUE)
    next_receipt_at: datetime | None = attribute("When more is expected first.", read=PART_OF_VALUE)


@strawberry.input(description="Which stock positions. What is left out does not matter.")
class InventoryPositionWhere:
    skus: list[str] | None = condition(resolve.of_skus, "Of any of these products.")
    location_keys: list[str] | None = condition(resolve.at_locations, "At any of these locations.")
    below_reorder_point: bool | None = condition(
        resolve.below_reorder_point,
        "True: only those with less available than their reorder point; false: only others.",
    )
