"""Products and locations."""

from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry.scalars import JSON

from app import models
from app.access.scopes import Scope
from app.execution.declare import batched, column, many, stored
from app.resolvers import availability as resolve
from app.schema.enums import LocationKind
from app.schema.node import Node
from app.schema.value import Address, Money, money

if TYPE_CHECKING:
    from app.schema.inventory import Availability, InventoryPosition


@stored(models.Location)
class Location(Node):
    """A place that holds stock and ships it."""

    key: str = column(
        models.Location.key, "Stable and unique; what arguments called `locationKey` take.", read=Scope.CATALOG
    )
    name: str = column(models.Location.name, "What it is called.", read=Scope.CATALOG)
    kind: LocationKind = column(models.Location.kind, "What kind of place.", read=Scope.CATALOG)
    address: Address | None = column(models.Location.address, "Where parcels leave from.", read=Scope.CATALOG)
    latitude: float | None = column(models.Location.latitude, "In degrees, north positive.", read=Scope.CATALOG)
    longitude: float | None = column(models.Location.longitude, "In degrees, east positive.", read=Scope.CATALOG)
    active: bool = column(models.Location.active, "Whether new orders are routed to it.", read=Scope.CATALOG)
    daily_capacity: int | None = column(
        models.Location.daily_capacity, "Units it can ship a day; unbounded when null.", read=Scope.CATALOG
    )


@stored(models.Product)
class Product(Node):
    """Something that can be ordered."""

    sku: str = column(
        models.Product.sku, "Stock keeping unit: unique, and exact to the letter's case.", read=Scope.CATALOG
    )
    title: str = column(models.Product.title, "What it is called.", read=Scope.CATALOG)
    price: Money | None = money(models.Product.price_minor, models.Product.currency, "List price.", read=Scope.CATALOG)
    active: bool = column(models.Product.active, "Whether it can be ordered.", read=Scope.CATALOG)
    attributes: JSON | None = column(models.Product.attributes, "What else is known of it.", read=Scope.CATALOG)
    positions: list[Annotated["InventoryPosition", strawberry.lazy("app.schema.inventory")]] = many(
        models.InventoryPosition.product_id,
        "Its stock, a position for each location.",
        by=models.InventoryPosition.id,
        read=Scope.INVENTORY,
    )
    availability: Annotated["Availability", strawberry.lazy("app.schema.inventory")] = batched(
        resolve.of_products, "What can be sold over all active locations.", key=models.Product.id, read=Scope.INVENTORY
    )
