"""What payments can be asked to do: inputs and payloads."""

import strawberry

from app.access.scopes import Scope
from app.execution.declare import entity, value
from app.schema.inputs import EXPECTED_VERSION, MoneyInput, PaymentInput, optional, required
from app.schema.mutation_payload import MutationPayload
from app.schema.order import Order
from app.schema.payment import Payment, PaymentTransaction

PAYMENT = "Id of the payment."
AS_IT_IS = "The payment as it now is; null when it was refused."
TRANSACTION = "The request to the gateway, and what became of it."


@strawberry.input(description="A further payment for an order: after a decline, for a balance due, in parts.")
class PaymentAuthorizeInput:
    order_id: strawberry.ID = required("Id of the order.")
    expected_version: int | None = optional(EXPECTED_VERSION)
    payment: PaymentInput = required("What is to be authorized: at most what is due and not held already.")


@strawberry.input(description="Held money that is to be taken before a parcel leaves.")
class PaymentCaptureInput:
    payment_id: strawberry.ID = required(PAYMENT)
    amount: MoneyInput | None = optional("How much; all that is held when left out.")


@strawberry.input(description="A hold that is to be let go of.")
class PaymentVoidInput:
    payment_id: strawberry.ID = required(PAYMENT)
    reason: str | None = optional("Why, for the event log.")


@strawberry.input(description="Money that is to be given back.")
class PaymentRefundInput:
    payment_id: strawberry.ID = required(PAYMENT)
    amount: MoneyInput = required("At most what was taken, and is neither given back nor on its way back.")
    reason: str = required("Why, for the change ledger.")


@value
class PaymentAuthorizePayload(MutationPayload):
    """What became of a further payment."""

    order: Order | None = entity("order", "The order as it now is; null when it was refused.", read=Scope.ORDER)
    payment: Payment | None = entity("payment", AS_IT_IS, read=Scope.PAYMENT)
    transaction: PaymentTransaction | None = entity("transaction", TRANSACTION, read=Scope.PAYMENT)


@value
class PaymentCapturePayload(MutationPayload):
    """What became of a capture."""

    payment: Payment | None = entity("payment", AS_IT_IS, read=Scope.PAYMENT)
    transaction: PaymentTransaction | None = entity("transaction", TRANSACTION, read=Scope.PAYMENT)


@value
class PaymentVoidPayload(MutationPayload):
    """What became of a void."""

    payment: Payment | None = entity("payment", AS_IT_IS, read=Scope.PAYMENT)
    transaction: PaymentTransaction | None = entity(
        "transaction", f"{TRANSACTION} Null where the gateway had nothing to let go of.", read=Scope.PAYMENT
    )


@value
class PaymentRefundPayload(MutationPayload):
    """What became of a refund."""

    payment: Payment | None = entity("payment", AS_IT_IS, read=Scope.PAYMENT)
    transaction: PaymentTransaction | None = entity("transaction", TRANSACTION, read=Scope.PAYMENT)
