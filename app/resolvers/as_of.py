"""What was: the rows that make up an order, and the log that has their images."""

from typing import Any

from sqlalchemy import ColumnElement, any_, func, select

from app import models
from app.domain.order import OrderManagement
from app.execution.as_of import History
from app.execution.sources import column_of, table_of
from app.models import Event, Order, Return

PARTS = (
    models.OrderLine,
    models.OrderChange,
    models.OrderChangeLine,
    models.Hold,
    models.OrderException,
    models.Payment,
    models.PaymentTransaction,
    models.FulfillmentOrder,
    models.FulfillmentOrderLine,
    models.Shipment,
    models.ShipmentLine,
    models.TrackingEvent,
    models.RoutingDecision,
    models.RoutingAssignment,
    models.RoutingCandidate,
    models.Return,
    models.ReturnLine,
    models.ReturnDisposition,
    models.ExchangeLine,
)


def _happened_to(order_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """What happened to its returns has images of the order's rows, too."""
    returns = select(Return.id).where(Return.order_id == order_id)
    subjects = func.array(select(order_id).union_all(returns).scalar_subquery())
    return Event.subject_id == any_(subjects)


ORDER_HISTORY = History(
    noun="order",
    root=table_of(Order),
    key=column_of(Order.id),
    parts=frozenset(map(table_of, PARTS)),
    log=table_of(Event),
    is_of=_happened_to,
    # What another system runs had a life before it came here.
    is_whole=Order.management == OrderManagement.MANAGED,
)
