"""What orders can be asked to do: inputs and payloads."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from app.access.scopes import Scope
from app.execution.declare import entity, value
from app.schema.enums import HoldReason
from app.schema.fulfillment import RoutingDecision
from app.schema.inputs import (
    EXPECTED_VERSION,
    AddressInput,
    ExternalKey,
    LineQuantityInput,
    MoneyInput,
    PaymentInput,
    optional,
    required,
)
from app.schema.mutation_payload import MutationPayload
from app.schema.order import Hold, Order, OrderChange

AS_IT_IS = "The order as it now is; null when it was refused."
ORDER = "Id of the order."


@strawberry.input(description="A line of an order as the channel sold it.")
class OrderPlaceLineInput:
    sku: str = required("As the catalog has it. One that it does not have is a finding, not an error.")
    quantity: int = required("Units, at least 1.")
    unit_price: MoneyInput = required("Of one unit, before discount and tax.")
    discount: MoneyInput | None = optional("Off the whole line.")
    tax: MoneyInput | None = optional("On the whole line.")


@strawberry.input(description="Who ordered, without an id of theirs. A known customer is found by source or e-mail.")
class OrderCustomerInput:
    email: str | None = optional("E-mail address.")
    phone: str | None = optional("Telephone number.")
    given_name: str | None = optional("Given name.")
    family_name: str | None = optional("Family name.")
    company: str | None = optional("Company, where one buys.")
    external: ExternalKey | None = optional("The customer as a source names them.")


@strawberry.input(
    description="""An order from any channel. What is wrong with it puts it ON_HOLD with a hold for each finding; only
    what cannot be an order at all is refused in `userErrors`."""
)
class OrderPlaceInput:
    channel: str = required("Where it comes from, for instance `web` or `shopify`.")
    external: ExternalKey | None = optional(
        "The channel's own order id; placing the same one twice answers with the first order."
    )
    customer_id: strawberry.ID | None = optional("Id of who ordered. Exactly one of `customerId` and `customer`.")
    customer: OrderCustomerInput | None = optional("Who ordered. Exactly one of `customerId` and `customer`.")
    lines: list[OrderPlaceLineInput] = required("What was ordered, 1 to 200 lines in one currency.")
    shipping_address: AddressInput = required("Where it goes.")
    billing_address: AddressInput | None = optional("Where the invoice goes; the shipping address when left out.")
    shipping_method: str | None = optional("As the channel names it, for instance `standard`.")
    shipping_price: MoneyInput | None = optional("What shipping costs the customer.")
    discount: MoneyInput | None = optional("Off the whole order; it is spread over the lines by what they are worth.")
    payment: PaymentInput | None = optional("What is to be authorized. Without one the order is paid on other terms.")
    placed_at: datetime | None = optional("When it was placed in its channel; now when left out.")
    draft: bool | None = optional("A draft reserves nothing and charges nothing until `orderSubmit`.", default=False)
    reservation_id: strawberry.ID | None = optional("Takes over the units that the cart had reserved.")
    metadata: JSON | None = optional("Whatever the channel wants to find again.")


@strawberry.input(description="A draft that becomes an order.")
class OrderSubmitInput:
    order_id: strawberry.ID = required(ORDER)
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.input(description="Changes of an order that has not been shipped. Each is an entry of its change ledger.")
class OrderEditInput:
    order_id: strawberry.ID = required(ORDER)
    expected_version: int | None = optional(EXPECTED_VERSION)
    add_lines: list[OrderPlaceLineInput] | None = optional("Lines to add.")
    set_quantities: list[LineQuantityInput] | None = optional(
        "What lines are to have: more units are added, fewer are canceled."
    )
    shipping_address: AddressInput | None = optional("Where it goes instead, as long as nothing has shipped.")
    reason: str | None = optional("Why, for the change ledger.")


@strawberry.input(description="What is to be canceled: without `lines` everything that has not shipped.")
class OrderCancelInput:
    order_id: strawberry.ID = required(ORDER)
    expected_version: int | None = optional(EXPECTED_VERSION)
    lines: list[LineQuantityInput] | None = optional("Units to cancel.")
    reason: str = required("Why, for the change ledger.")


@strawberry.input(description="A reason to stop an order.")
class OrderHoldInput:
    order_id: strawberry.ID = required(ORDER)
    expected_version: int | None = optional(EXPECTED_VERSION)
    reason: HoldReason = required("Why the order is held.")
    note: str | None = optional("More about it, for people.")


@strawberry.input(description="A hold that no longer stands.")
class OrderReleaseHoldInput:
    order_id: strawberry.ID = required(ORDER)
    expected_version: int | None = optional(EXPECTED_VERSION)
    hold_id: strawberry.ID = required("Id of the hold.")
    note: str | None = optional("Why it may be released, for the event log.")


@strawberry.input(description="Where an order's units are to ship from. What locations have begun stays with them.")
class OrderRouteInput:
    order_id: strawberry.ID = required(ORDER)
    expected_version: int | None = optional(EXPECTED_VERSION)
    exclude_location_keys: list[str] | None = optional("Locations that are not to ship any of it.")
    only_location_keys: list[str] | None = optional(
        "The only locations that may, also if they have declined it before."
    )
    policy: str | None = optional("Name of a routing policy; the one in force when left out.")


@value
class OrderPlacePayload(MutationPayload):
    """What became of an order that was placed."""

    order: Order | None = entity("order", AS_IT_IS, read=Scope.ORDER)


@value
class OrderSubmitPayload(MutationPayload):
    """What became of a draft that was submitted."""

    order: Order | None = entity("order", AS_IT_IS, read=Scope.ORDER)


@value
class OrderEditPayload(MutationPayload):
    """What became of an edit."""

    order: Order | None = entity("order", AS_IT_IS, read=Scope.ORDER)
    change: OrderChange | None = entity("change", "The entry of the change ledger.", read=Scope.ORDER)


@value
class OrderCancelPayload(MutationPayload):
    """What became of a cancellation."""

    order: Order | None = entity("order", AS_IT_IS, read=Scope.ORDER)
    change: OrderChange | None = entity("change", "The entry of the change ledger.", read=Scope.ORDER)


@value
class OrderHoldPayload(MutationPayload):
    """What became of a hold."""

    order: Order | None = entity("order", AS_IT_IS, read=Scope.ORDER)
    hold: Hold | None = entity("hold", "The hold.", read=Scope.ORDER)


@value
class OrderReleaseHoldPayload(MutationPayload):
    """What became of a release."""

    order: Order | None = entity("order", AS_IT_IS, read=Scope.ORDER)


@value
class OrderRoutePayload(MutationPayload):
    """What became of a route."""

    order: Order | None = entity("order", AS_IT_IS, read=Scope.ORDER)
    decision: RoutingDecision | None = entity(
        "decision", "Which locations ship what, and why not others.", read=Scope.FULFILLMENT
    )
