"""The tables themselves: what they refuse to be made of, and that they are those of the domain."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import pytest

from app.domain.fulfillment import FulfillmentOrderStatus
from app.domain.fulfillment_lifecycle import FULFILLMENT_LIFECYCLE
from app.domain.lifecycle import IllegalMove, InvalidLifecycle, Lifecycle, Move, stays
from app.domain.order import OrderStatus
from app.domain.order_lifecycle import ORDER_LIFECYCLE, OrderTrigger
from app.domain.payment import PaymentStatus, TransactionStatus
from app.domain.payment_lifecycle import PAYMENT_LIFECYCLE, TRANSACTION_LIFECYCLE
from app.domain.return_lifecycle import RETURN_LIFECYCLE, ReturnTrigger
from app.domain.returns import ReturnStatus
from app.domain.shipment_lifecycle import SHIPMENT_LIFECYCLE

ALL = (
    ORDER_LIFECYCLE,
    PAYMENT_LIFECYCLE,
    TRANSACTION_LIFECYCLE,
    FULFILLMENT_LIFECYCLE,
    SHIPMENT_LIFECYCLE,
    RETURN_LIFECYCLE,
)


class Light(StrEnum):
    RED = "RED"
    GREEN = "GREEN"
    BROKEN = "BROKEN"


class Turn(StrEnum):
    MAKE = "MAKE"
    GO = "GO"
    STOP = "STOP"
    BREAK = "BREAK"
    MEND = "MEND"


SOUND: tuple[Move[Light, Turn], ...] = (
    Move((None,), Turn.MAKE, (Light.RED,), "built"),
    Move((Light.RED,), Turn.GO, (Light.GREEN,), "nobody crosses"),
    Move((Light.GREEN,), Turn.STOP, (Light.RED,), "somebody crosses"),
    Move((Light.RED, Light.GREEN), Turn.BREAK, (Light.BROKEN, Light.RED), "hit by a car"),
)


def light(moves: Sequence[Move[Light, Turn]] = SOUND, *terminal: Light) -> Lifecycle[Light, Turn]:
    return Lifecycle("Light", Light, moves, terminal=terminal or (Light.BROKEN,))


def test_a_trigger_leads_where_the_table_says() -> None:
    assert light().move(None, Turn.MAKE) is Light.RED
    assert light().move(Light.RED, Turn.GO) is Light.GREEN
    assert light().move(Light.GREEN, Turn.BREAK, to=Light.BROKEN) is Light.BROKEN
    assert light().triggers(Light.GREEN) == (Turn.STOP, Turn.BREAK)
    assert light().sources(Turn.GO, Turn.STOP) == {Light.RED, Light.GREEN}
    assert light().can(Light.RED, Turn.GO)
    assert not light().can(Light.BROKEN, Turn.GO)


def test_a_trigger_with_several_targets_is_not_guessed_at() -> None:
    with pytest.raises(ValueError, match=r"^BREAK may lead from RED to BROKEN, RED: name one$"):
        light().move(Light.RED, Turn.BREAK)


@pytest.mark.parametrize(
    ("state", "trigger", "to", "allowed"),
    [
        (Light.GREEN, Turn.GO, None, (Turn.STOP, Turn.BREAK)),
        (Light.RED, Turn.GO, Light.BROKEN, (Turn.GO, Turn.BREAK)),
        (Light.BROKEN, Turn.STOP, None, ()),
        (None, Turn.STOP, None, (Turn.MAKE,)),
    ],
)
def test_an_illegal_move_names_what_would_be_possible(
    state: Light | None, trigger: Turn, to: Light | None, allowed: tuple[Turn, ...]
) -> None:
    with pytest.raises(IllegalMove) as caught:
        light().move(state, trigger, to)
    assert (caught.value.state, caught.value.trigger, caught.value.allowed) == (state, trigger, allowed)


MEND = Move((Light.BROKEN,), Turn.MEND, (Light.RED,), "the electrician came")
REOPENED = Move((Light.BROKEN,), Turn.MEND, (Light.RED,), "the electrician came", reopens=True)
NEEDLESS = Move((Light.GREEN,), Turn.MEND, (Light.RED,), "the electrician came", reopens=True)
RUSTED = Move((Light.RED,), Turn.BREAK, (Light.BROKEN,), "rust")
STRANGER: Any = Move((Light.RED,), Turn.MEND, (OrderStatus.DRAFT,), "nonsense")


@pytest.mark.parametrize(
    ("moves", "terminal", "fault"),
    [
        ((*SOUND, STRANGER), Light.BROKEN, "RED -MEND-> DRAFT names an unknown state"),
        ((*SOUND, MEND), Light.BROKEN, "BROKEN -MEND-> RED leads out of a terminal state unmarked"),
        ((*SOUND, NEEDLESS), Light.BROKEN, "MEND is marked as reopening, but GREEN is not terminal"),
        (SOUND[:3], Light.BROKEN, "BROKEN unreachable"),
        ((*SOUND[:1], *SOUND[3:]), Light.BROKEN, "GREEN unreachable"),
        ((*SOUND[:2], RUSTED, *stays((Light.GREEN,), Turn.STOP, "")), Light.BROKEN, "GREEN without a way"),
        ((*SOUND, SOUND[1]), Light.BROKEN, "two rows for GO from RED"),
    ],
)
def test_an_unsound_table_is_refused(moves: Sequence[Move[Light, Turn]], terminal: Light, fault: str) -> None:
    with pytest.raises(InvalidLifecycle, match=f"^Light: {fault}"):
        light(moves, terminal)


def test_a_marked_row_may_leave_a_terminal_state() -> None:
    assert light((*SOUND, REOPENED)).move(Light.BROKEN, Turn.MEND) is Light.RED


@pytest.mark.parametrize("lifecycle", ALL, ids=lambda each: each.name)
def test_no_state_is_a_trap(lifecycle: Lifecycle[Any, Any]) -> None:
    """By walking on from each state, independently of the check that runs when a table is made."""
    for state in lifecycle.states:
        walked: set[str] = set()
        found = {state}
        while found - walked:
            here = (found - walked).pop()
            walked.add(here)
            found |= {target for source, target, move in lifecycle.edges() if source == here and not move.reopens}
        assert walked & lifecycle.terminal, f"{lifecycle.name} {state} has no way out"
        leaving = {target for source, target, move in lifecycle.edges() if source == state and not move.reopens}
        assert (leaving - {state} == set()) == (state in lifecycle.terminal)


def reached(lifecycle: Lifecycle[Any, Any]) -> dict[str | None, set[str]]:
    """For each state, where it can go to in one move, itself left out."""
    found: dict[str | None, set[str]] = {}
    for source, target, _ in lifecycle.edges():
        if source != target:
            found.setdefault(source, set()).add(target)
    return found


def test_orders_move_as_the_domain_says() -> None:
    assert reached(ORDER_LIFECYCLE) == {
        None: {"DRAFT", "PENDING"},
        "DRAFT": {"PENDING", "CANCELED"},
        "PENDING": {"CONFIRMED", "ON_HOLD", "EXPIRED", "CANCELED"},
        "ON_HOLD": {"PENDING", "CONFIRMED", "PROCESSING", "CANCELED"},
        "CONFIRMED": {"PROCESSING", "ON_HOLD", "CANCELED"},
        "PROCESSING": {"COMPLETED", "ON_HOLD", "CANCELED"},
        "COMPLETED": {"PROCESSING"},
    }
    assert ORDER_LIFECYCLE.terminal == {OrderStatus.COMPLETED, OrderStatus.CANCELED, OrderStatus.EXPIRED}
    assert ORDER_LIFECYCLE.move(OrderStatus.COMPLETED, OrderTrigger.REOPEN) is OrderStatus.PROCESSING


def test_payments_move_as_the_domain_says() -> None:
    assert reached(PAYMENT_LIFECYCLE) == {
        None: {"PENDING"},
        "PENDING": {"AUTHORIZED", "CAPTURED", "DECLINED", "ERROR", "VOIDED"},
        "AUTHORIZED": {"PARTIALLY_CAPTURED", "CAPTURED", "VOIDED", "EXPIRED"},
        "PARTIALLY_CAPTURED": {"CAPTURED", "PARTIALLY_REFUNDED", "REFUNDED"},
        "CAPTURED": {"PARTIALLY_REFUNDED", "REFUNDED"},
        "PARTIALLY_REFUNDED": {"REFUNDED"},
    }
    assert PAYMENT_LIFECYCLE.terminal == {
        PaymentStatus.REFUNDED,
        PaymentStatus.VOIDED,
        PaymentStatus.EXPIRED,
        PaymentStatus.DECLINED,
        PaymentStatus.ERROR,
    }


def test_transactions_move_as_the_domain_says() -> None:
    assert reached(TRANSACTION_LIFECYCLE) == {
        None: {"PENDING"},
        "PENDING": {"SUCCESS", "FAILURE", "ACTION_REQUIRED", "UNKNOWN"},
        "ACTION_REQUIRED": {"SUCCESS", "FAILURE", "UNKNOWN"},
        "UNKNOWN": {"SUCCESS", "FAILURE", "ACTION_REQUIRED", "PENDING"},
    }
    assert TRANSACTION_LIFECYCLE.terminal == {TransactionStatus.SUCCESS, TransactionStatus.FAILURE}


def test_fulfillment_orders_move_as_the_domain_says() -> None:
    assert reached(FULFILLMENT_LIFECYCLE) == {
        None: {"SCHEDULED", "OPEN"},
        "SCHEDULED": {"OPEN", "CANCELED"},
        "OPEN": {"ON_HOLD", "IN_PROGRESS", "REJECTED", "CANCELED"},
        "ON_HOLD": {"OPEN", "CANCELED"},
        "IN_PROGRESS": {"CLOSED", "INCOMPLETE", "CANCELED"},
        "INCOMPLETE": {"IN_PROGRESS"},
        "CLOSED": {"IN_PROGRESS"},
    }
    assert FULFILLMENT_LIFECYCLE.terminal == {
        FulfillmentOrderStatus.CLOSED,
        FulfillmentOrderStatus.INCOMPLETE,
        FulfillmentOrderStatus.REJECTED,
        FulfillmentOrderStatus.CANCELED,
    }


def test_shipments_move_as_the_domain_says() -> None:
    assert reached(SHIPMENT_LIFECYCLE) == {
        None: {"CREATED"},
        "CREATED": {"LABEL_PURCHASED", "CANCELED"},
        "LABEL_PURCHASED": {"PICKED_UP", "CANCELED"},
        "PICKED_UP": {"IN_TRANSIT", "LOST"},
        "IN_TRANSIT": {"OUT_FOR_DELIVERY", "DELAYED", "LOST"},
        "OUT_FOR_DELIVERY": {"DELIVERED", "ATTEMPTED", "DELAYED", "LOST"},
        "ATTEMPTED": {"OUT_FOR_DELIVERY", "RETURNED_TO_SENDER", "LOST"},
        "DELAYED": {"IN_TRANSIT", "LOST"},
        "LOST": {"IN_TRANSIT", "DELIVERED"},
    }


def test_returns_move_as_the_domain_says() -> None:
    assert reached(RETURN_LIFECYCLE) == {
        None: {"REQUESTED", "OPEN"},
        "REQUESTED": {"OPEN", "DECLINED", "CANCELED"},
        "OPEN": {"IN_TRANSIT", "PARTIALLY_RECEIVED", "RECEIVED", "CANCELED"},
        "IN_TRANSIT": {"PARTIALLY_RECEIVED", "RECEIVED", "CANCELED"},
        "PARTIALLY_RECEIVED": {"RECEIVED", "INSPECTED"},
        "RECEIVED": {"INSPECTED"},
        "INSPECTED": {"CLOSED"},
        "CLOSED": {"OPEN"},
    }
    assert RETURN_LIFECYCLE.terminal == {ReturnStatus.CLOSED, ReturnStatus.DECLINED, ReturnStatus.CANCELED}
    assert RETURN_LIFECYCLE.move(ReturnStatus.CLOSED, ReturnTrigger.REOPEN) is ReturnStatus.OPEN
