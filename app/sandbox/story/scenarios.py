"""The ways an order can go, each as the steps it takes; together they visit every state there is.

A scenario begins within `days_ago` of the end of the story: long enough ago for its steps to be over by then, and
recently enough for an order under way to look alive.
"""

from dataclasses import dataclass
from functools import partial

from app.domain.order import HoldReason
from app.domain.returns import Disposition
from app.sandbox.story import orders, payments, returns, road, routing, warehouse
from app.sandbox.story.sequences import (
    ASKED,
    ASKED_ONE,
    CLOSED,
    DELIVERED,
    HANDLED,
    MOVED,
    MOVING,
    ONWARD,
    PAID,
    RETURNED,
    SHIPPED,
    SOLD,
    SPLIT,
    SPLIT_DELIVERED,
    TAKEN,
    WAITING,
    WORKED,
    Steps,
    exchanged,
)


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    count: int
    """How many orders go this way."""
    days_ago: tuple[float, float]
    steps: Steps
    units_min: int = 1
    is_draft: bool = False
    is_scarce: bool = False
    """The last line is of something there is never enough of."""
    is_mirror: bool = False
    """Another system drives the order; here it is only seen."""


# fmt: off
_GOING_WELL: tuple[Scenario, ...] = (
    Scenario("delivered", 400, (4, 700), DELIVERED),
    Scenario("delivered, paid at once", 70, (4, 650), (*SOLD, *WORKED, warehouse.ship, *MOVED, *CLOSED)),
    Scenario("split over two locations", 45, (4, 600), SPLIT_DELIVERED, units_min=2),
    Scenario("delivered late, at the second attempt", 16, (8, 300),
             (*MOVING, road.delay, road.travel, road.approach, road.attempt, *CLOSED)),
    Scenario("goodwill after delivery", 8, (8, 400), (*DELIVERED, orders.adjust, payments.refund_excess)),
    Scenario("paid with the second card", 12, (5, 300), (routing.promise, payments.decline, *PAID, *ONWARD)),
    Scenario("mirrored", 24, (20, 700), (), is_mirror=True),
)

_UNDER_WAY: tuple[Scenario, ...] = (
    Scenario("draft", 6, (0.3, 5), (), is_draft=True),
    Scenario("draft submitted", 3, (2, 6), (orders.submit, routing.promise), is_draft=True),
    Scenario("placed", 3, (0.1, 0.4), (routing.promise,)),
    Scenario("authorized", 6, (0.1, 1), (routing.promise, payments.authorize)),
    Scenario("confirmed", 7, (0.2, 1.5), TAKEN),
    Scenario("routed", 8, (0.3, 1), (*TAKEN, routing.route)),
    Scenario("scheduled", 3, (1, 4), (*TAKEN, partial(routing.route, scheduled=True))),
    Scenario("accepted", 5, (0.5, 1.2), (*TAKEN, routing.route, warehouse.accept)),
    Scenario("picked", 5, (0.6, 1.2), (*TAKEN, routing.route, warehouse.accept, warehouse.pick)),
    Scenario("packed", 6, (0.7, 1.2), (*TAKEN, *WORKED)),
    Scenario("labeled", 4, (0.7, 1.3), (*TAKEN, *WORKED, *SHIPPED)),
    Scenario("picked up", 4, (1.1, 2), (*TAKEN, *WORKED, *SHIPPED, road.leave)),
    Scenario("in transit", 14, (1.7, 4), MOVING),
    Scenario("delayed", 5, (2.6, 5), (*MOVING, road.delay)),
    Scenario("out for delivery", 6, (3, 5), (*MOVING, road.approach)),
    Scenario("attempted", 3, (3.2, 5), (*MOVING, road.approach, road.attempt)),
    Scenario("one of two parcels shipped", 5, (1, 2),
             (SPLIT, *PAID, *WORKED, partial(warehouse.ship, only=0), partial(payments.capture, percent=60)),
             units_min=2),
    Scenario("one of two parcels delivered", 4, (3.4, 6),
             (SPLIT, *PAID, *WORKED, *SHIPPED, *MOVED, partial(road.approach, only=0), road.deliver),
             units_min=2),
)

_HELD: tuple[Scenario, ...] = (
    *(
        Scenario(f"on hold, {reason.lower()}", count, (0.3, 4),
                 (routing.promise, payments.authorize, partial(orders.hold, reason=reason, note=note)))
        for count, reason, note in (
            (3, HoldReason.FRAUD_RISK, "billing and shipping country differ"),
            (2, HoldReason.ADDRESS, "the street has no such number"),
            (2, HoldReason.CREDIT, "over the credit limit"),
            (1, HoldReason.VALIDATION, "two orders with the same content within a minute"),
            (1, HoldReason.INVENTORY, "recount under way"),
            (1, HoldReason.OTHER, "asked to wait for a second order"),
        )
    ),
    Scenario("awaiting a transfer", 2, (0.3, 3),
             (routing.promise, payments.await_transfer,
              partial(orders.hold, reason=HoldReason.AWAITING_PAYMENT, note="transfer not yet received"))),
    Scenario("held and released", 8, (5, 200),
             (routing.promise, payments.authorize,
              partial(orders.hold, reason=HoldReason.MANUAL, note="large order, called back"),
              orders.release, orders.confirm, *ONWARD)),
    Scenario("fulfillment on hold", 3, (0.5, 2),
             (*TAKEN, routing.route,
              partial(orders.hold, reason=HoldReason.ADDRESS, note="apartment number asked for", request=0))),
)

_GIVEN_UP: tuple[Scenario, ...] = (
    Scenario("draft discarded", 2, (3, 30), (orders.cancel,), is_draft=True),
    Scenario("canceled before capture", 12, (1, 500),
             (routing.promise, payments.authorize, orders.cancel, payments.void)),
    Scenario("canceled after routing", 6, (1.5, 300),
             (*TAKEN, routing.route, warehouse.call_off, orders.cancel, payments.void)),
    Scenario("canceled after payment", 6, (1, 400), (*SOLD, orders.cancel, payments.refund_excess)),
    Scenario("authorization lapsed", 5, (13, 200),
             (routing.promise, payments.authorize, payments.lapse, orders.expire)),
    Scenario("declined and expired", 3, (6, 150), (routing.promise, payments.decline, orders.expire)),
    Scenario("one unit canceled", 10, (5, 400),
             (routing.promise, payments.authorize, orders.cancel_unit, orders.confirm, *ONWARD), units_min=2),
    Scenario("one unit canceled, credit owed", 3, (0.5, 2), (*SOLD, orders.cancel_unit), units_min=2),
)

_IN_TROUBLE: tuple[Scenario, ...] = (
    Scenario("backordered", 5, (0.5, 9), (WAITING, *PAID), is_scarce=True),
    Scenario("partly backordered", 4, (6, 12),
             (WAITING, *PAID, *WORKED, warehouse.ship, partial(payments.capture, percent=50), *MOVED,
              road.approach, road.deliver),
             units_min=2, is_scarce=True),
    Scenario("backordered and supplied", 6, (16, 200), (WAITING, *PAID, routing.supply, *ONWARD), is_scarce=True),
    Scenario("rejected and rerouted", 7, (5, 300),
             (*TAKEN, routing.route, routing.reject, *HANDLED, *SHIPPED, *MOVED, *CLOSED)),
    Scenario("incomplete and rerouted", 4, (5, 300),
             (*TAKEN, routing.route, warehouse.accept, partial(warehouse.pick, missing=1), warehouse.pack,
              warehouse.ship, warehouse.reroute_rest, *HANDLED, *SHIPPED, *MOVED, *CLOSED),
             units_min=2),
    Scenario("relabeled", 3, (5, 100),
             (*TAKEN, *WORKED, warehouse.ship, warehouse.void_label, *SHIPPED, *MOVED, *CLOSED)),
    Scenario("edited, balance due", 4, (1, 3), (*SOLD, partial(orders.edit, sku="APP-SOCK"), routing.promise)),
    Scenario("label refused", 2, (0.8, 2),
             (*TAKEN, *WORKED, warehouse.make_parcel,
              partial(orders.fail, category="label_purchase", suggested_action="fulfillmentOrderShip",
                      message="UPS refused the label: postal code and state disagree"))),
    Scenario("lost", 2, (11, 15),
             (*MOVING, road.lose,
              partial(orders.fail, category="shipment.lost", suggested_action="orderRoute",
                      message="The carrier lost the parcel: send its units again, or cancel them"))),
    Scenario("returned to sender", 2, (6, 10),
             (*MOVING, road.approach, road.attempt, road.bounce,
              partial(orders.fail, category="shipment.returned_to_sender", suggested_action="orderRoute",
                      message="The parcel came back, since the recipient refused it: send it again, or cancel it"))),
    Scenario("ERP answered late", 3, (6, 120),
             (*TAKEN,
              partial(orders.fail, category="erp_document", suggested_action="exceptionResolve", resolved=True,
                      message="SAP did not answer in time: the sales order may exist"),
              *ONWARD)),
    Scenario("payment broken off", 2, (0.5, 2),
             (routing.promise, payments.break_off,
              partial(orders.fail, category="payment", suggested_action="paymentAuthorize",
                      message="The gateway refused the request twice"))),
    Scenario("payment needs the buyer", 2, (0.2, 1), (routing.promise, payments.ask_for_action)),
    Scenario("payment without answer", 2, (0.2, 1), (routing.promise, payments.lose_answer)),
    Scenario("charged back", 2, (25, 90), (*DELIVERED, payments.charge_back)),
)

_COMING_BACK: tuple[Scenario, ...] = (
    Scenario("return requested", 5, (8, 12), ASKED),
    Scenario("return declined", 3, (10, 60), (*ASKED, returns.decline)),
    Scenario("return open", 5, (9, 14), (*ASKED_ONE, returns.approve)),
    Scenario("return canceled", 3, (11, 60), (*ASKED, returns.approve, returns.withdraw)),
    Scenario("return in transit", 4, (11, 16), (*ASKED, returns.approve, returns.mail)),
    Scenario("return partly received", 3, (15, 18),
             (*ASKED, returns.approve, returns.mail, partial(returns.receive, missing=1)), units_min=2),
    Scenario("return received", 3, (15, 18), (*ASKED, returns.approve, returns.mail, returns.receive)),
    Scenario("return inspected", 3, (15, 20),
             (*ASKED, returns.approve, returns.mail, returns.receive, returns.inspect)),
    Scenario("returned", 12, (17, 400), (*ASKED, *RETURNED)),
    Scenario("one unit returned for a fee", 18, (17, 500),
             (*ASKED_ONE, partial(returns.approve, fee=True), *RETURNED[1:]), units_min=2),
    Scenario("returned damaged", 6, (17, 300),
             (*DELIVERED, partial(returns.ask, reasons=returns.DAMAGES), returns.approve, returns.mail,
              returns.receive,
              partial(returns.inspect, verdicts=(Disposition.SCRAP, Disposition.REFURBISH)), returns.settle)),
    Scenario("returned with a unit missing", 3, (17, 300),
             (*ASKED, returns.approve, returns.mail, partial(returns.receive, missing=1), returns.inspect,
              returns.settle),
             units_min=3),
    Scenario("exchanged", 4, (22, 250), exchanged("APP-BEAN", *WORKED, warehouse.ship, *MOVED, *CLOSED)),
    Scenario("exchange under way", 2, (18, 22), exchanged("APP-BEAN", routing.route, warehouse.accept)),
)
# fmt: on

SCENARIOS: tuple[Scenario, ...] = (*_GOING_WELL, *_UNDER_WAY, *_HELD, *_GIVEN_UP, *_IN_TROUBLE, *_COMING_BACK)
