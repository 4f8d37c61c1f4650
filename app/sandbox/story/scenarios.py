"""The ways an order can go, each as the steps it takes; together they visit every state there is.

A scenario begins between `days_ago` before the end of the story: long enough ago for its steps to be over by then, and
recently enough for an order under way to look alive.
"""

from dataclasses import dataclass
from functools import partial

from app.domain.order import HoldReason
from app.domain.returns import Disposition, ReturnReason
from app.sandbox.story import fulfillment as ff
from app.sandbox.story import orders, payments, returns, routing
from app.sandbox.story.play import Step

_PROMISE: tuple[Step, ...] = (routing.promise,)
_PAID: tuple[Step, ...] = (payments.authorize, orders.confirm)
WORKED: tuple[Step, ...] = (routing.route, ff.accept, ff.pick, ff.pack)
_CLOSING: tuple[Step, ...] = (ff.approach, ff.deliver, orders.complete)

TAKEN: tuple[Step, ...] = (*_PROMISE, *_PAID)
PACKED: tuple[Step, ...] = (*TAKEN, *WORKED)
SENT: tuple[Step, ...] = (*PACKED, ff.ship, payments.capture)
MOVING: tuple[Step, ...] = (*SENT, ff.leave, ff.travel)
DELIVERED: tuple[Step, ...] = (*MOVING, *_CLOSING)
_SOLD: tuple[Step, ...] = (*_PROMISE, payments.sell, orders.confirm)
ROAD: tuple[Step, ...] = (ff.leave, ff.travel, *_CLOSING)
_ONWARD: tuple[Step, ...] = (*WORKED, ff.ship, payments.capture, *ROAD)
SPLIT_SENT: tuple[Step, ...] = (partial(routing.promise, split=True), *_PAID, *WORKED, ff.ship, payments.capture)
SPLIT_DELIVERED: tuple[Step, ...] = (*SPLIT_SENT, ff.leave, ff.travel, *_CLOSING)

ASKED: tuple[Step, ...] = (returns.ask,)
ASKED_ONE: tuple[Step, ...] = (partial(returns.ask, units=1, reason=ReturnReason.SIZE_OR_FIT),)
INSPECTED: tuple[Step, ...] = (returns.approve, returns.mail, returns.receive, returns.inspect)
RETURNED: tuple[Step, ...] = (*INSPECTED, returns.settle)


@dataclass(frozen=True, slots=True)
class Scenario:
    count: int
    days_ago: tuple[float, float]
    steps: tuple[Step, ...]
    units_min: int = 1
    is_draft: bool = False
    is_scarce: bool = False
    """The last line is of something there is never enough of."""
    is_mirror: bool = False
    """Another system drives the order; here it is only seen."""


def exchanged(sku: str, *onward: Step) -> tuple[Step, ...]:
    """One unit of the first line comes back, one of `sku` goes out."""
    wish = partial(returns.wish_exchange, sku=sku)
    return (*DELIVERED, *ASKED_ONE, wish, *INSPECTED, returns.exchange, routing.promise, *onward)


_GOING_WELL: tuple[Scenario, ...] = (
    Scenario(400, (4, 700), DELIVERED),
    Scenario(70, (4, 650), (*_SOLD, *WORKED, ff.ship, *ROAD)),
    Scenario(45, (4, 600), SPLIT_DELIVERED, units_min=2),
    Scenario(16, (8, 300), (*MOVING, ff.delay, ff.travel, ff.approach, ff.attempt, *_CLOSING)),
    Scenario(8, (8, 400), (*DELIVERED, orders.adjust, payments.refund_excess)),
    Scenario(12, (5, 300), (*_PROMISE, payments.decline, *_PAID, *_ONWARD)),
    Scenario(24, (20, 700), (), is_mirror=True),
)  # fmt: skip

_UNDER_WAY: tuple[Scenario, ...] = (
    Scenario(6, (0.3, 5), (), is_draft=True),
    Scenario(3, (2, 6), (orders.submit,), is_draft=True),
    Scenario(3, (0.1, 0.4), _PROMISE),
    Scenario(6, (0.1, 1), (*_PROMISE, payments.authorize)),
    Scenario(7, (0.2, 1.5), TAKEN),
    Scenario(8, (0.3, 1), (*TAKEN, routing.route)),
    Scenario(3, (1, 4), (*TAKEN, partial(routing.route, scheduled=True))),
    Scenario(5, (0.5, 1.2), (*TAKEN, routing.route, ff.accept)),
    Scenario(5, (0.6, 1.2), (*TAKEN, routing.route, ff.accept, ff.pick)),
    Scenario(6, (0.7, 1.2), PACKED),
    Scenario(4, (0.7, 1.3), SENT),
    Scenario(4, (1.1, 2), (*SENT, ff.leave)),
    Scenario(14, (1.7, 4), MOVING),
    Scenario(5, (2.6, 5), (*MOVING, ff.delay)),
    Scenario(6, (3, 5), (*MOVING, ff.approach)),
    Scenario(3, (3.2, 5), (*MOVING, ff.approach, ff.attempt)),
    Scenario(5, (1, 2), (partial(routing.promise, split=True), *_PAID, *WORKED, partial(ff.ship, only=0),
                         partial(payments.capture, percent=60)), units_min=2),
    Scenario(4, (3.4, 6), (*SPLIT_SENT, ff.leave, ff.travel, partial(ff.approach, only=0), ff.deliver), units_min=2),
)  # fmt: skip

_HELD: tuple[Scenario, ...] = (
    *(
        Scenario(count, (0.3, 4), (*_PROMISE, payments.authorize, partial(orders.hold, reason=reason, note=note)))
        for count, reason, note in (
            (3, HoldReason.FRAUD_RISK, "billing and shipping country differ"),
            (2, HoldReason.ADDRESS, "the street has no such number"),
            (2, HoldReason.CREDIT, "over the credit limit"),
            (1, HoldReason.VALIDATION, "two orders with the same content within a minute"),
            (1, HoldReason.INVENTORY, "recount under way"),
            (1, HoldReason.OTHER, "asked to wait for a second order"),
        )
    ),
    Scenario(2, (0.3, 3), (*_PROMISE, payments.await_transfer,
                           partial(orders.hold, reason=HoldReason.AWAITING_PAYMENT, note="transfer not yet received"))),
    Scenario(8, (5, 200), (*_PROMISE, payments.authorize,
                           partial(orders.hold, reason=HoldReason.MANUAL, note="large order, called back"),
                           orders.release, orders.confirm, *_ONWARD)),
    Scenario(3, (0.5, 2), (*TAKEN, routing.route, partial(
        orders.hold, reason=HoldReason.ADDRESS, note="apartment number asked for", request=0))),
)  # fmt: skip

_GIVEN_UP: tuple[Scenario, ...] = (
    Scenario(2, (3, 30), (orders.cancel,), is_draft=True),
    Scenario(12, (1, 500), (*_PROMISE, payments.authorize, orders.cancel, payments.void)),
    Scenario(6, (1.5, 300), (*TAKEN, routing.route, ff.call_off, orders.cancel, payments.void)),
    Scenario(6, (1, 400), (*_SOLD, orders.cancel, payments.refund_excess)),
    Scenario(5, (13, 200), (*_PROMISE, payments.authorize, payments.lapse, orders.expire)),
    Scenario(3, (6, 150), (*_PROMISE, payments.decline, orders.expire)),
    Scenario(10, (5, 400), (*_PROMISE, payments.authorize, orders.cancel_unit, orders.confirm, *_ONWARD), units_min=2),
    Scenario(3, (0.5, 2), (*_SOLD, orders.cancel_unit), units_min=2),
)

_IN_TROUBLE: tuple[Scenario, ...] = (
    Scenario(5, (0.5, 9), (partial(routing.promise, waiting=True), *_PAID), is_scarce=True),
    Scenario(4, (6, 12), (partial(routing.promise, waiting=True), *_PAID, *WORKED, ff.ship,
                          partial(payments.capture, percent=50), ff.leave, ff.travel, ff.approach, ff.deliver),
             units_min=2, is_scarce=True),
    Scenario(6, (16, 200), (partial(routing.promise, waiting=True), *_PAID, routing.supply, *_ONWARD), is_scarce=True),
    Scenario(7, (5, 300), (*TAKEN, routing.route, routing.reject, ff.accept, ff.pick, ff.pack, ff.ship,
                           payments.capture, *ROAD)),
    Scenario(4, (5, 300), (*TAKEN, routing.route, ff.accept, partial(ff.pick, missing=1), ff.pack, ff.ship,
                           ff.reroute_rest, ff.accept, ff.pick, ff.pack, ff.ship, payments.capture, ff.leave, ff.travel,
                           *_CLOSING), units_min=2),
    Scenario(3, (5, 100), (*PACKED, ff.ship, ff.void_label, ff.ship, payments.capture, *ROAD)),
    Scenario(4, (1, 3), (*_SOLD, partial(orders.edit, sku="APP-SOCK"), routing.promise)),
    Scenario(2, (0.8, 2), (*PACKED, ff.make_parcel, partial(
        orders.fail, category="label_purchase", message="UPS refused the label: postal code and state disagree",
        suggested_action="fulfillmentOrderShip"))),
    Scenario(2, (11, 15), (*MOVING, ff.lose, partial(
        orders.fail, category="parcel_lost", message="The carrier lost the parcel; a replacement or a refund is due",
        suggested_action="paymentRefund"))),
    Scenario(2, (6, 10), (*MOVING, ff.approach, ff.attempt, ff.bounce, partial(
        orders.fail, category="parcel_returned", message="The parcel came back: the recipient refused it",
        suggested_action="paymentRefund"))),
    Scenario(3, (6, 120), (*TAKEN, partial(
        orders.fail, category="erp_document", message="SAP did not answer in time: the sales order may exist",
        suggested_action="exceptionResolve", resolved=True), *_ONWARD)),
    Scenario(2, (0.5, 2), (*_PROMISE, payments.break_off, partial(
        orders.fail, category="payment", message="The gateway refused the request twice",
        suggested_action="paymentAuthorize"))),
    Scenario(2, (0.2, 1), (*_PROMISE, payments.ask_for_action)),
    Scenario(2, (0.2, 1), (*_PROMISE, payments.lose_answer)),
    Scenario(2, (25, 90), (*DELIVERED, payments.charge_back)),
)  # fmt: skip

_COMING_BACK: tuple[Scenario, ...] = (
    Scenario(5, (8, 12), (*DELIVERED, *ASKED)),
    Scenario(3, (10, 60), (*DELIVERED, *ASKED, returns.decline)),
    Scenario(5, (9, 14), (*DELIVERED, *ASKED_ONE, returns.approve)),
    Scenario(3, (11, 60), (*DELIVERED, *ASKED, returns.approve, returns.withdraw)),
    Scenario(4, (11, 16), (*DELIVERED, *ASKED, returns.approve, returns.mail)),
    Scenario(3, (15, 18), (*DELIVERED, *ASKED, returns.approve, returns.mail, partial(returns.receive, missing=1)),
             units_min=2),
    Scenario(3, (15, 18), (*DELIVERED, *ASKED, returns.approve, returns.mail, returns.receive)),
    Scenario(3, (15, 20), (*DELIVERED, *ASKED, *INSPECTED)),
    Scenario(12, (17, 400), (*DELIVERED, *ASKED, *RETURNED)),
    Scenario(18, (17, 500), (*DELIVERED, *ASKED_ONE, partial(returns.approve, fee=True), returns.mail, returns.receive,
                             returns.inspect, returns.settle), units_min=2),
    Scenario(6, (17, 300), (*DELIVERED, *ASKED, returns.approve, returns.mail, returns.receive,
                            partial(returns.inspect, verdicts=(Disposition.SCRAP, Disposition.REFURBISH)),
                            returns.settle)),
    Scenario(3, (17, 300), (*DELIVERED, *ASKED, returns.approve, returns.mail, partial(returns.receive, missing=1),
                            returns.inspect, returns.settle), units_min=3),
    Scenario(4, (22, 250), exchanged("APP-BEAN", *WORKED, ff.ship, *ROAD)),
    Scenario(2, (18, 22), exchanged("APP-BEAN", routing.route, ff.accept)),
)  # fmt: skip

SCENARIOS: tuple[Scenario, ...] = (*_GOING_WELL, *_UNDER_WAY, *_HELD, *_GIVEN_UP, *_IN_TROUBLE, *_COMING_BACK)
