"""What the catalog can be asked to take: inputs and payloads."""

import strawberry
from strawberry.scalars import JSON

from app.access.scopes import Scope
from app.execution.declare import entity, value
from app.schema.catalog import Location, Product
from app.schema.enums import LocationKind
from app.schema.inputs import AddressInput, ExternalKey, MoneyInput, optional, required
from app.schema.mutation_payload import MutationPayload


@strawberry.input(description="A product. What is left out stays as it is, or is unset in a new one.")
class ProductUpsertInput:
    sku: str = required("Its stock keeping unit, exact to the letter's case; one that is not known makes a product.")
    title: str | None = optional("For people. A new product needs one.")
    price: MoneyInput | None = optional("List price.")
    active: bool | None = optional("Whether it can be ordered. A new product can.")
    attributes: JSON | None = optional("An object of whatever else is known of it; it takes the place of the last one.")
    external: ExternalKey | None = optional("What a source calls it. An id that stands for a product keeps doing so.")


@strawberry.input(description="A location. What is left out stays as it is, or is unset in a new one.")
class LocationUpsertInput:
    key: str = required("Its key: letters, digits, dots, hyphens, underscores. One that is not known makes a location.")
    name: str | None = optional("For people. A new location needs one.")
    kind: LocationKind | None = optional("What kind of place. A new location needs one.")
    address: AddressInput | None = optional(
        "Where parcels leave from. Its coordinates are those of its postal code, where that is known."
    )
    active: bool | None = optional(
        "Whether orders are routed to it. It cannot be closed while fulfillment orders are open there."
    )
    daily_capacity: int | None = optional("Units it can ship a day.")


@value
class ProductUpsertPayload(MutationPayload):
    """What became of a product."""

    product: Product | None = entity("product", "The product as it now is; null when refused.", read=Scope.CATALOG)


@value
class LocationUpsertPayload(MutationPayload):
    """What became of a location."""

    location: Location | None = entity("location", "The location as it now is; null when refused.", read=Scope.CATALOG)
