"""What returns can be asked to do: inputs and payloads."""

import strawberry

from app.access.scopes import Scope
from app.execution.declare import entity, value
from app.schema.enums import Disposition, ReturnReason
from app.schema.inputs import EXPECTED_VERSION, MoneyInput, optional, required
from app.schema.mutation_payload import MutationPayload
from app.schema.order import Order
from app.schema.order_mutations import OrderPlaceLineInput
from app.schema.returns import Return

AS_IT_IS = "The return as it now is; null when it was refused."
RETURN = "Id of the return."
RETURN_LINE = "Id of the return's line."


@strawberry.input(description="Units of an order's line that come back. One line for each reason.")
class ReturnLineInput:
    order_line_id: strawberry.ID = required("Id of the order's line.")
    quantity: int = required("Units: delivered, within the return window, neither returned nor announced to be.")
    reason: ReturnReason = required("Why they come back.")
    note: str | None = optional("What else there is to say, in the customer's words.")


@strawberry.input(
    description="""What comes back, and what is wanted instead. What a customer or a partner asks for is REQUESTED and
    waits for `returnApprove`; what an agent or a system announces is OPEN."""
)
class ReturnRequestInput:
    order_id: strawberry.ID = required("Id of the order.")
    lines: list[ReturnLineInput] = required("What comes back.")
    exchange_lines: list[OrderPlaceLineInput] | None = optional(
        "What replaces it: lines of the same order once the return is closed."
    )
    note: str | None = optional("More about it, for people.")


@strawberry.input(description="A return that may be sent. Approving it again sets another fee, or buys a label.")
class ReturnApproveInput:
    return_id: strawberry.ID = required(RETURN)
    expected_version: int | None = optional(EXPECTED_VERSION)
    restocking_fee: MoneyInput | None = optional("Kept of the refund; at most what the goods are worth.")
    buy_label: bool | None = optional("Buys a label that brings the parcel back at our expense.", default=False)


@strawberry.input(description="A return that is not accepted.")
class ReturnDeclineInput:
    return_id: strawberry.ID = required(RETURN)
    expected_version: int | None = optional(EXPECTED_VERSION)
    reason: str = required("Why, for the customer.")


@strawberry.input(description="Units of a return's line.")
class ReturnQuantityInput:
    return_line_id: strawberry.ID = required(RETURN_LINE)
    quantity: int = required("Units that arrived now.")


@strawberry.input(description="What arrived. Each call adds; what never arrives is MISSING in `returnInspect`.")
class ReturnReceiveInput:
    return_id: strawberry.ID = required(RETURN)
    expected_version: int | None = optional(EXPECTED_VERSION)
    location_key: str = required("Key of the location where it arrived.")
    lines: list[ReturnQuantityInput] = required("Units that arrived, at most those announced.")


@strawberry.input(description="A verdict on units of a return's line.")
class ReturnInspectLineInput:
    return_line_id: strawberry.ID = required(RETURN_LINE)
    quantity: int = required("Units: of those that arrived, or for MISSING of those that have not.")
    disposition: Disposition = required("The verdict. RESTOCK puts them on hand.")
    location_key: str | None = optional("Key of the location where they are now; where they arrived when left out.")


@strawberry.input(description="Verdicts. With the last unit's the return is INSPECTED.")
class ReturnInspectInput:
    return_id: strawberry.ID = required(RETURN)
    expected_version: int | None = optional(EXPECTED_VERSION)
    lines: list[ReturnInspectLineInput] = required("What became of which units.")


@strawberry.input(description="Settles the money: refunds or charges `outcome.net`, and places the exchange lines.")
class ReturnCloseInput:
    return_id: strawberry.ID = required(RETURN)
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.input(description="A return that is withdrawn before anything has arrived.")
class ReturnCancelInput:
    return_id: strawberry.ID = required(RETURN)
    expected_version: int | None = optional(EXPECTED_VERSION)
    reason: str | None = optional("Why, for the event log.")


@value
class ReturnRequestPayload(MutationPayload):
    """What became of a return that was announced."""

    return_: Return | None = entity("return", AS_IT_IS, read=Scope.RETURN, name="return")


@value
class ReturnApprovePayload(MutationPayload):
    """What became of an approval."""

    return_: Return | None = entity("return", AS_IT_IS, read=Scope.RETURN, name="return")


@value
class ReturnDeclinePayload(MutationPayload):
    """What became of a refusal."""

    return_: Return | None = entity("return", AS_IT_IS, read=Scope.RETURN, name="return")


@value
class ReturnReceivePayload(MutationPayload):
    """What became of goods that arrived."""

    return_: Return | None = entity("return", AS_IT_IS, read=Scope.RETURN, name="return")


@value
class ReturnInspectPayload(MutationPayload):
    """What became of an inspection."""

    return_: Return | None = entity("return", AS_IT_IS, read=Scope.RETURN, name="return")


@value
class ReturnClosePayload(MutationPayload):
    """What became of the settlement."""

    return_: Return | None = entity("return", AS_IT_IS, read=Scope.RETURN, name="return")
    exchange_order: Order | None = entity(
        "exchangeOrder", "The order, reopened by the goods in exchange; null without any.", read=Scope.ORDER
    )


@value
class ReturnCancelPayload(MutationPayload):
    """What became of a withdrawal."""

    return_: Return | None = entity("return", AS_IT_IS, read=Scope.RETURN, name="return")
