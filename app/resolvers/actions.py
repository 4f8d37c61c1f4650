"""Actions: what may be asked of a row as it now is. Its facts are columns, and a subquery for each table of parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Text, cast, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.types import TypeEngine

from app.domain.actions import Actions, F, available
from app.domain.fulfillment import FulfillmentOrderStatus, ShipmentStatus
from app.domain.fulfillment_lifecycle import FULFILLMENT_ACTIONS, FulfillmentFacts
from app.domain.order import OrderManagement, OrderStatus
from app.domain.order_lifecycle import ORDER_ACTIONS, OrderFacts
from app.domain.order_summary import HELD
from app.domain.payment import PaymentStatus
from app.domain.return_lifecycle import RETURN_ACTIONS, ReturnFacts
from app.domain.returns import Disposition, ReturnStatus
from app.execution.sources import Expression
from app.models import (
    FulfillmentOrder,
    FulfillmentOrderLine,
    Hold,
    Order,
    OrderLine,
    Payment,
    Return,
    ReturnDisposition,
    ReturnLine,
    Shipment,
    ShipmentLine,
)
from app.resolvers.order import BALANCE_MINOR
from app.resolvers.user_error import UserError, user_error


@dataclass(frozen=True, slots=True)
class ActionView:
    name: str
    allowed: bool
    blocked_by: Sequence[UserError]


def order_actions(
    number: str,
    status: OrderStatus,
    management: OrderManagement,
    balance_minor: int,
    units: Sequence[int],
    open_holds: int,
    money: Sequence[int],
) -> list[ActionView]:
    lines, open_units, in_fulfillment, shipped, returnable = units
    held_minor, undecided = money
    facts = OrderFacts(
        number=number, status=status, management=management, lines=lines, open_units=open_units,
        in_fulfillment_units=in_fulfillment, shipped_units=shipped, returnable_units=returnable, open_holds=open_holds,
        balance_minor=balance_minor, held_minor=held_minor, undecided_payments=undecided,
    )  # fmt: skip
    return _views(ORDER_ACTIONS, facts)


def fulfillment_order_actions(
    number: str,
    status: FulfillmentOrderStatus,
    order: Sequence[str],
    units: Sequence[int],
    labeling: int,
) -> list[ActionView]:
    management, order_number, order_status = order
    unpicked, unpacked, packed, unshipped = units
    facts = FulfillmentFacts(
        number=number, status=status, management=OrderManagement(management), order_number=order_number,
        order_status=OrderStatus(order_status), unpicked_units=unpicked, unpacked_units=unpacked,
        packed_units=packed - labeling, labeling_units=labeling, unshipped_units=unshipped,
    )  # fmt: skip
    return _views(FULFILLMENT_ACTIONS, facts)


def return_actions(
    number: str, status: ReturnStatus, management: OrderManagement, units: Sequence[int], inspected: Sequence[int]
) -> list[ActionView]:
    announced, received = units
    missing, judged = inspected
    facts = ReturnFacts(
        number=number, status=status, management=management, awaited_units=announced - received - missing,
        received_units=received, uninspected_units=announced - judged,
    )  # fmt: skip
    return _views(RETURN_ACTIONS, facts)


def _views(actions: Actions[F], facts: F) -> list[ActionView]:
    return [
        ActionView(each.name, each.is_allowed, [user_error(refusal) for refusal in each.refusals])
        for each in available(actions, facts)
    ]


# ── where the facts are


def _total(amount: Any) -> ColumnElement[Any]:
    return func.coalesce(func.sum(amount), 0)


def _in_one(*values: Any, type_: TypeEngine[Any]) -> ColumnElement[Any]:
    """As an array, so that several are one subquery."""
    return cast(array(values), ARRAY(type_))


def _sums(*sums: ColumnElement[Any], of: ColumnElement[bool]) -> ColumnElement[Any]:
    return select(_in_one(*sums, type_=BigInteger())).where(of).scalar_subquery()


ORDER_FACTS: Sequence[Expression] = (
    Order.number,
    Order.status,
    Order.management,
    BALANCE_MINOR,
    _sums(
        func.count(),
        _total(OrderLine.ordered - OrderLine.canceled - OrderLine.shipped),
        _total(OrderLine.in_fulfillment),
        _total(OrderLine.shipped),
        _total(func.greatest(0, OrderLine.delivered - OrderLine.return_requested - OrderLine.returned)),
        of=OrderLine.order_id == Order.id,
    ),
    select(func.count())
    .where(Hold.order_id == Order.id, Hold.released_at.is_(None), Hold.fulfillment_order_id.is_(None))
    .scalar_subquery(),
    _sums(
        func.coalesce(
            func.sum(Payment.authorized_minor - Payment.captured_minor - Payment.released_minor).filter(
                or_(*(Payment.status == status for status in sorted(HELD)))
            ),
            0,
        ),
        func.count().filter(Payment.status == PaymentStatus.PENDING),
        of=Payment.order_id == Order.id,
    ),
)
"""What `order_actions` takes, in its order."""

FULFILLMENT_ORDER_FACTS: Sequence[Expression] = (
    FulfillmentOrder.number,
    FulfillmentOrder.status,
    select(_in_one(Order.management, Order.number, Order.status, type_=Text()))
    .where(Order.id == FulfillmentOrder.order_id)
    .scalar_subquery(),
    _sums(
        _total(FulfillmentOrderLine.quantity - FulfillmentOrderLine.picked),
        _total(FulfillmentOrderLine.picked - FulfillmentOrderLine.packed),
        _total(FulfillmentOrderLine.packed - FulfillmentOrderLine.shipped),
        _total(FulfillmentOrderLine.quantity - FulfillmentOrderLine.shipped),
        of=FulfillmentOrderLine.fulfillment_order_id == FulfillmentOrder.id,
    ),
    select(_total(ShipmentLine.quantity))
    .join_from(ShipmentLine, Shipment)
    .where(Shipment.fulfillment_order_id == FulfillmentOrder.id, Shipment.status == ShipmentStatus.CREATED)
    .scalar_subquery(),
)
"""What `fulfillment_order_actions` takes, in its order."""

RETURN_FACTS: Sequence[Expression] = (
    Return.number,
    Return.status,
    select(Order.management).where(Order.id == Return.order_id).scalar_subquery(),
    _sums(_total(ReturnLine.quantity), _total(ReturnLine.received), of=ReturnLine.return_id == Return.id),
    select(
        _in_one(
            func.coalesce(
                func.sum(ReturnDisposition.quantity).filter(ReturnDisposition.disposition == Disposition.MISSING), 0
            ),
            _total(ReturnDisposition.quantity),
            type_=BigInteger(),
        )
    )
    .join_from(ReturnDisposition, ReturnLine)
    .where(ReturnLine.return_id == Return.id)
    .scalar_subquery(),
)
"""What `return_actions` takes, in its order."""
