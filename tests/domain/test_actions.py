"""What something may be asked for, and what is said against it."""

import re
from dataclasses import replace
from typing import Any

import pytest

from app.domain.actions import Actions, available, require
from app.domain.fulfillment import FulfillmentOrderStatus, ShipmentStatus
from app.domain.fulfillment_lifecycle import FULFILLMENT_ACTIONS, FulfillmentFacts
from app.domain.order import OrderManagement, OrderStatus
from app.domain.order_lifecycle import ORDER_ACTIONS, OrderFacts
from app.domain.payment import PaymentStatus
from app.domain.payment_lifecycle import PAYMENT_ACTIONS, PaymentFacts
from app.domain.refusals import IllegalTransition, Refusal, RefusalCode, Refused
from app.domain.return_lifecycle import RETURN_ACTIONS, ReturnFacts
from app.domain.returns import ReturnStatus
from app.domain.shipment_lifecycle import SHIPMENT_ACTIONS, ShipmentFacts

MANAGED = OrderManagement.MANAGED
ORDER = OrderFacts(number="1001", status=OrderStatus.PROCESSING, management=MANAGED, lines=1, open_units=3)
PAYMENT = PaymentFacts(order_number="1001", status=PaymentStatus.AUTHORIZED, management=MANAGED, capturable_minor=100)
FULFILLMENT = FulfillmentFacts(
    number="1001-F1", status=FulfillmentOrderStatus.OPEN, management=MANAGED, order_number="1001",
    order_status=OrderStatus.PROCESSING, unpicked_units=2, unshipped_units=2,
)  # fmt: skip
SHIPMENT = ShipmentFacts(number="1001-S1", status=ShipmentStatus.LABEL_PURCHASED, management=MANAGED)
RETURN = ReturnFacts(
    number="1001-R1", status=ReturnStatus.OPEN, management=MANAGED, awaited_units=2, uninspected_units=2
)

ALLOWED: list[tuple[Actions[Any], Any, set[str]]] = [
    (ORDER_ACTIONS, ORDER, {"orderEdit", "orderCancel", "orderHold", "orderRoute"}),
    (
        ORDER_ACTIONS,
        replace(ORDER, balance_minor=10, in_fulfillment_units=3, returnable_units=1),
        {"orderEdit", "orderHold", "paymentAuthorize", "returnRequest"},
    ),
    (ORDER_ACTIONS, replace(ORDER, status=OrderStatus.DRAFT, lines=0), {"orderEdit", "orderCancel"}),
    (ORDER_ACTIONS, replace(ORDER, status=OrderStatus.DRAFT), {"orderSubmit", "orderEdit", "orderCancel"}),
    (
        ORDER_ACTIONS,
        replace(ORDER, status=OrderStatus.ON_HOLD, open_holds=1),
        {"orderEdit", "orderCancel", "orderHold", "orderReleaseHold"},
    ),
    (
        ORDER_ACTIONS,
        replace(ORDER, status=OrderStatus.COMPLETED, open_units=0, shipped_units=3, returnable_units=3),
        {"returnRequest"},
    ),
    (ORDER_ACTIONS, replace(ORDER, status=OrderStatus.CANCELED, balance_minor=10), set()),
    (ORDER_ACTIONS, replace(ORDER, management=OrderManagement.UNMANAGED), set()),
    (PAYMENT_ACTIONS, PAYMENT, {"paymentCapture", "paymentVoid"}),
    (PAYMENT_ACTIONS, replace(PAYMENT, unanswered_transactions=1), set()),
    (PAYMENT_ACTIONS, replace(PAYMENT, status=PaymentStatus.PENDING, capturable_minor=0), {"paymentVoid"}),
    (
        PAYMENT_ACTIONS,
        replace(PAYMENT, status=PaymentStatus.PARTIALLY_CAPTURED, capturable_minor=40, refundable_minor=60),
        {"paymentCapture", "paymentRefund"},
    ),
    (
        PAYMENT_ACTIONS,
        replace(PAYMENT, status=PaymentStatus.PARTIALLY_REFUNDED, capturable_minor=0, refundable_minor=60),
        {"paymentRefund"},
    ),
    (
        FULFILLMENT_ACTIONS,
        FULFILLMENT,
        {"fulfillmentOrderAccept", "fulfillmentOrderReject", "fulfillmentOrderMove"},
    ),
    (
        FULFILLMENT_ACTIONS,
        replace(FULFILLMENT, order_status=OrderStatus.ON_HOLD),
        {"fulfillmentOrderReject", "fulfillmentOrderMove"},
    ),
    (
        FULFILLMENT_ACTIONS,
        replace(FULFILLMENT, status=FulfillmentOrderStatus.IN_PROGRESS, unpacked_units=1, packed_units=1),
        {
            "fulfillmentOrderReject",
            "fulfillmentOrderPick",
            "fulfillmentOrderPack",
            "fulfillmentOrderShip",
            "fulfillmentOrderMove",
        },
    ),
    (
        FULFILLMENT_ACTIONS,
        replace(FULFILLMENT, status=FulfillmentOrderStatus.IN_PROGRESS, unpacked_units=1, labeling_units=1),
        {"fulfillmentOrderPick", "fulfillmentOrderPack", "fulfillmentOrderShip"},
    ),
    (FULFILLMENT_ACTIONS, replace(FULFILLMENT, status=FulfillmentOrderStatus.ON_HOLD), {"fulfillmentOrderMove"}),
    (SHIPMENT_ACTIONS, SHIPMENT, {"shipmentCancel", "shipmentRecordEvent"}),
    (SHIPMENT_ACTIONS, replace(SHIPMENT, status=ShipmentStatus.CREATED), {"shipmentCancel"}),
    (SHIPMENT_ACTIONS, replace(SHIPMENT, status=ShipmentStatus.DELIVERED), {"shipmentRecordEvent"}),
    (SHIPMENT_ACTIONS, replace(SHIPMENT, status=ShipmentStatus.CANCELED), set()),
    (RETURN_ACTIONS, RETURN, {"returnApprove", "returnReceive", "returnCancel"}),
    (
        RETURN_ACTIONS,
        replace(RETURN, status=ReturnStatus.REQUESTED),
        {"returnApprove", "returnDecline", "returnCancel"},
    ),
    (
        RETURN_ACTIONS,
        replace(RETURN, status=ReturnStatus.PARTIALLY_RECEIVED, awaited_units=1, received_units=1),
        {"returnReceive", "returnInspect"},
    ),
    (
        RETURN_ACTIONS,
        replace(RETURN, status=ReturnStatus.INSPECTED, awaited_units=0, received_units=2, uninspected_units=0),
        {"returnClose"},
    ),
]


@pytest.mark.parametrize(("actions", "facts", "allowed"), ALLOWED)
def test_what_is_available_is_what_is_required(actions: Actions[Any], facts: Any, allowed: set[str]) -> None:
    found = available(actions, facts)
    assert [each.name for each in found] == list(actions)
    assert {each.name for each in found if each.is_allowed} == allowed
    for each in found:
        if each.is_allowed:
            require(actions, each.name, facts)
        else:
            with pytest.raises(Refused) as caught:
                require(actions, each.name, facts)
            assert tuple(caught.value.refusals) == each.refusals


REFUSED: list[tuple[Actions[Any], str, Any, Refusal]] = [
    (
        ORDER_ACTIONS,
        "orderCancel",
        replace(ORDER, open_units=0, shipped_units=3, returnable_units=3),
        IllegalTransition(
            message="order 1001 has no units left to ship: 3 have shipped; request a return instead",
            state="PROCESSING",
            allowed=("orderEdit", "returnRequest"),
        ),
    ),
    (
        ORDER_ACTIONS,
        "orderSubmit",
        ORDER,
        IllegalTransition(
            message="order 1001 is PROCESSING; orderSubmit needs it to be DRAFT",
            state="PROCESSING",
            allowed=("orderEdit", "orderCancel", "orderHold", "orderRoute"),
        ),
    ),
    (
        ORDER_ACTIONS,
        "orderCancel",
        replace(ORDER, management=OrderManagement.UNMANAGED),
        IllegalTransition(
            message="order 1001 is a mirror of another system's: change it there", state="PROCESSING", allowed=()
        ),
    ),
    (
        ORDER_ACTIONS,
        "orderRoute",
        replace(ORDER, in_fulfillment_units=3),
        IllegalTransition(
            message="all 3 open units of order 1001 are being picked and packed;"
            " fulfillmentOrderMove takes them from their location",
            state="PROCESSING",
            allowed=("orderEdit", "orderHold"),
        ),
    ),
    (
        ORDER_ACTIONS,
        "paymentAuthorize",
        replace(ORDER, balance_minor=10, undecided_payments=1),
        Refusal(
            code=RefusalCode.PAYMENT_UNAVAILABLE,
            message="the gateway has not decided a payment of order 1001 yet: wait, or void it",
        ),
    ),
    (
        ORDER_ACTIONS,
        "paymentAuthorize",
        replace(ORDER, balance_minor=10, held_minor=10),
        Refusal(
            code=RefusalCode.ALREADY_DONE,
            message="order 1001 is paid, or enough is held for it: nothing is left to authorize",
        ),
    ),
    (
        ORDER_ACTIONS,
        "returnRequest",
        ORDER,
        Refusal(
            code=RefusalCode.NOT_RETURNABLE,
            message="order 1001 has no delivered units that are not returned, or announced to be, already",
        ),
    ),
    (
        FULFILLMENT_ACTIONS,
        "fulfillmentOrderAccept",
        replace(FULFILLMENT, order_status=OrderStatus.ON_HOLD),
        IllegalTransition(
            message="fulfillment order 1001-F1 waits: order 1001 is on hold; release it with orderReleaseHold",
            state="OPEN",
            allowed=("fulfillmentOrderReject", "fulfillmentOrderMove"),
        ),
    ),
    (
        FULFILLMENT_ACTIONS,
        "fulfillmentOrderMove",
        replace(FULFILLMENT, status=FulfillmentOrderStatus.CLOSED),
        IllegalTransition(
            message="fulfillment order 1001-F1 is CLOSED;"
            " fulfillmentOrderMove needs it to be SCHEDULED, OPEN, ON_HOLD or IN_PROGRESS",
            state="CLOSED",
            allowed=(),
        ),
    ),
    (
        RETURN_ACTIONS,
        "returnCancel",
        replace(RETURN, received_units=1),
        IllegalTransition(
            message="units of return 1001-R1 have arrived (1): inspect and close it instead",
            state="OPEN",
            allowed=("returnApprove", "returnReceive"),
        ),
    ),
]


@pytest.mark.parametrize(("actions", "name", "facts", "refusal"), REFUSED, ids=lambda each: str(each)[:20])
def test_a_refusal_says_what_is_wrong_and_what_would_do(
    actions: Actions[Any], name: str, facts: Any, refusal: Refusal
) -> None:
    with pytest.raises(Refused, match=f"^{re.escape(refusal.message)}$") as caught:
        require(actions, name, facts)
    assert list(caught.value.refusals) == [refusal]


def test_everything_that_is_missing_is_told_at_once() -> None:
    facts = replace(ORDER, balance_minor=0, undecided_payments=1)
    (found,) = [each for each in available(ORDER_ACTIONS, facts) if each.name == "paymentAuthorize"]
    assert [each.code for each in found.refusals] == [RefusalCode.PAYMENT_UNAVAILABLE, RefusalCode.ALREADY_DONE]
