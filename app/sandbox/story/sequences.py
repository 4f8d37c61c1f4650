"""Steps that often follow each other; scenarios are made of these."""

from functools import partial

from app.domain.returns import ReturnReason
from app.sandbox.story import orders, payments, returns, road, routing, warehouse
from app.sandbox.story.play import Step

Steps = tuple[Step, ...]

SPLIT: Step = partial(routing.promise, split=True)
WAITING: Step = partial(routing.promise, waiting=True)

PAID: Steps = (payments.authorize, orders.confirm)
TAKEN: Steps = (routing.promise, *PAID)
SOLD: Steps = (routing.promise, payments.sell, orders.confirm)

HANDLED: Steps = (warehouse.accept, warehouse.pick, warehouse.pack)
WORKED: Steps = (routing.route, *HANDLED)
SHIPPED: Steps = (warehouse.ship, payments.capture)
MOVED: Steps = (road.leave, road.travel)
CLOSED: Steps = (road.approach, road.deliver, orders.complete)
ONWARD: Steps = (*WORKED, *SHIPPED, *MOVED, *CLOSED)
"""From routing to the end."""

MOVING: Steps = (*TAKEN, *WORKED, *SHIPPED, *MOVED)
DELIVERED: Steps = (*TAKEN, *ONWARD)
SPLIT_DELIVERED: Steps = (SPLIT, *PAID, *ONWARD)

ASK_ONE: Step = partial(returns.ask, units=1, reasons=(ReturnReason.SIZE_OR_FIT,))
ASKED: Steps = (*DELIVERED, returns.ask)
ASKED_ONE: Steps = (*DELIVERED, ASK_ONE)
RETURNED: Steps = (returns.approve, returns.mail, returns.receive, returns.inspect, returns.settle)


def exchanged(sku: str, *onward: Step) -> Steps:
    """One unit of the first line comes back, one of `sku` goes out."""
    wish = partial(returns.wish_exchange, sku=sku)
    back = (returns.approve, returns.mail, returns.receive, returns.inspect, returns.exchange)
    return (*ASKED_ONE, wish, *back, routing.promise, *onward)
