"""Random commands, possible and impossible ones, on a small shop: after each of them everything adds up.

Hypothesis finds the shortest row of commands that breaks something. STATEFUL_EXAMPLES sets how many rows it tries.
"""

import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from anyio.from_thread import start_blocking_portal
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule, run_state_machine_as_test

from app.domain.fulfillment import ShipmentStatus
from app.domain.returns import Disposition
from tests.faults.judged import Judged, of
from tests.faults.trial import ref, running_trial
from tests.fixtures_shop import line, order_input, usd

EXAMPLES = int(os.environ.get("STATEFUL_EXAMPLES", "12"))
STEPS = 30
SKUS = st.sampled_from(["MUG", "LAMP", "PEN"])
PLACES = st.sampled_from(["east", "west"])
UNITS = st.integers(1, 6)
SOME = st.none() | st.integers(1, 4)
WHICH = st.integers(0, 5)
"""Of those that there are, from the newest on, and around again."""
AMOUNTS = st.sampled_from(["0.01", "4.95", "13.51", "70.00"])
CARDS = st.sampled_from(["pm_card_visa", "pm_card_visa", "pm_card_chargeDeclined"])


class Commands(Judged):
    @initialize(is_under_way=st.booleans())
    def open(self, is_under_way: bool) -> None:
        """Empty, or with an order that was delivered: it takes a long row of commands to come so far."""
        self.begin()
        if is_under_way:
            card = {"gateway": "stripe", "method": "card", "token": "pm_card_visa"}
            lines = (line("MUG", 3, "12.50", tax=usd("1.01")), line("LAMP", 2, "40.00"))
            self.send("orderPlace", **order_input(*lines, payment=card, shippingPrice=usd("4.95")))
            self.work()
            for _ in self.seen.requests:
                self.hurry(0)
                self.deliver(0)
            self.work()

    # ── orders

    @rule(wanted=st.lists(st.tuples(SKUS, UNITS), min_size=1, max_size=3), card=st.none() | CARDS, draft=st.booleans())
    def order_place(self, wanted: list[tuple[str, int]], card: str | None, draft: bool) -> None:
        paying = {"payment": {"gateway": "stripe", "method": "card", "token": card}} if card else {}
        lines = [line(sku, units, "12.50", tax=usd("1.01")) for sku, units in wanted]
        self.send("orderPlace", **order_input(*lines, draft=draft, shippingPrice=usd("4.95"), **paying))

    @rule(which=WHICH)
    @precondition(lambda self: self.seen.orders)
    def order_submit(self, which: int) -> None:
        self.send("orderSubmit", orderId=self.order(which))

    @rule(which=WHICH, sku=SKUS, units=UNITS)
    @precondition(lambda self: self.seen.orders)
    def order_edit(self, which: int, sku: str, units: int) -> None:
        self.send("orderEdit", orderId=self.order(which), addLines=[line(sku, units, "9.99")])

    @rule(which=WHICH, units=SOME)
    @precondition(lambda self: self.seen.lines)
    def order_cancel(self, which: int, units: int | None) -> None:
        self.send("orderCancel", **self.some_of_an_order(which, units), reason="changed their mind")

    @rule(which=WHICH)
    @precondition(lambda self: self.seen.orders)
    def order_hold(self, which: int) -> None:
        self.send("orderHold", orderId=self.order(which), reason="MANUAL")

    @rule(which=WHICH)
    @precondition(lambda self: self.seen.holds)
    def order_release_hold(self, which: int) -> None:
        hold = of(self.seen.holds, which)
        self.send("orderReleaseHold", orderId=ref("Order", hold["order_id"]), holdId=ref("Hold", hold["id"]))

    @rule(which=WHICH)
    @precondition(lambda self: self.seen.orders)
    def order_route(self, which: int) -> None:
        self.send("orderRoute", orderId=self.order(which))

    @rule()
    def work_off(self) -> None:
        self.work()

    # ── money

    @rule(which=WHICH, card=CARDS, amount=st.none() | AMOUNTS)
    @precondition(lambda self: self.seen.orders)
    def payment_authorize(self, which: int, card: str, amount: str | None) -> None:
        payment = {"gateway": "stripe", "method": "card", "token": card} | ({"amount": usd(amount)} if amount else {})
        self.send("paymentAuthorize", orderId=self.order(which), payment=payment)

    @rule(which=WHICH, amount=st.none() | AMOUNTS)
    @precondition(lambda self: self.seen.payments)
    def payment_capture(self, which: int, amount: str | None) -> None:
        self.send("paymentCapture", **self.payment(which), **({"amount": usd(amount)} if amount else {}))

    @rule(which=WHICH)
    @precondition(lambda self: self.seen.payments)
    def payment_void(self, which: int) -> None:
        self.send("paymentVoid", **self.payment(which))

    @rule(which=WHICH, amount=AMOUNTS)
    @precondition(lambda self: self.seen.payments)
    def payment_refund(self, which: int, amount: str) -> None:
        self.send("paymentRefund", **self.payment(which), amount=usd(amount), reason="goodwill")

    # ── the warehouse

    @rule(which=WHICH, verb=st.sampled_from(["Accept", "Pick", "Pack", "Reject"]), units=SOME)
    @precondition(lambda self: self.seen.requests)
    def fulfill(self, which: int, verb: str, units: int | None) -> None:
        request = of(self.seen.requests, which)
        given: dict[str, Any] = {"fulfillmentOrderId": ref("FulfillmentOrder", request["id"])}
        if verb in ("Pick", "Pack"):
            given |= self.some_lines(request["order_id"], units)
        self.send(f"fulfillmentOrder{verb}", **given | ({"reason": "too busy"} if verb == "Reject" else {}))

    @rule(which=WHICH, units=SOME, buys_label=st.booleans())
    @precondition(lambda self: self.seen.requests)
    def ship(self, which: int, units: int | None, buys_label: bool) -> None:
        request = of(self.seen.requests, which)
        given = {"fulfillmentOrderId": ref("FulfillmentOrder", request["id"])}
        label = {"carrier": "ups"} if buys_label else {"trackingNumber": f"T{self.sent}"}
        self.send("fulfillmentOrderShip", **given, **self.some_lines(request["order_id"], units), **label)

    @rule(which=WHICH, place=PLACES)
    @precondition(lambda self: self.seen.requests)
    def move(self, which: int, place: str) -> None:
        given = {"fulfillmentOrderId": ref("FulfillmentOrder", of(self.seen.requests, which)["id"])}
        self.send("fulfillmentOrderMove", **given, toLocationKey=place)

    @rule(which=WHICH)
    @precondition(lambda self: self.seen.requests)
    def hurry(self, which: int) -> None:
        """One more station on the way that orders usually go."""
        request = of(self.seen.requests, which)
        given = {"fulfillmentOrderId": ref("FulfillmentOrder", request["id"])}
        if request["status"] == "OPEN":
            self.send("fulfillmentOrderAccept", **given)
        self.send("fulfillmentOrderPick", **given)
        self.send("fulfillmentOrderShip", **given, trackingNumber=f"T{self.sent}")

    @rule(which=WHICH)
    @precondition(lambda self: any(each["status"] == "LABEL_PURCHASED" for each in self.seen.parcels))
    def deliver(self, which: int) -> None:
        """As parcels usually end."""
        parcel = of([each for each in self.seen.parcels if each["status"] == "LABEL_PURCHASED"], which)
        now = datetime.now(UTC).isoformat()
        self.send("shipmentRecordEvent", shipmentId=ref("Shipment", parcel["id"]), status="DELIVERED", at=now)

    @rule(which=WHICH)
    @precondition(lambda self: self.seen.parcels)
    def shipment_cancel(self, which: int) -> None:
        self.send("shipmentCancel", shipmentId=ref("Shipment", of(self.seen.parcels, which)["id"]))

    @rule(
        which=WHICH,
        status=st.sampled_from([ShipmentStatus.DELIVERED] * 4 + list(ShipmentStatus)),
        minutes_ago=st.integers(0, 60),
    )
    @precondition(lambda self: self.seen.parcels)
    def shipment_record_event(self, which: int, status: ShipmentStatus, minutes_ago: int) -> None:
        at = (datetime.now(UTC) - timedelta(minutes=minutes_ago)).isoformat()
        parcel = ref("Shipment", of(self.seen.parcels, which)["id"])
        self.send("shipmentRecordEvent", shipmentId=parcel, status=status.name, at=at)

    # ── returns

    @rule(which=WHICH, units=UNITS, instead=st.none() | SKUS)
    @precondition(lambda self: any(each["delivered"] for each in self.seen.lines))
    def return_request(self, which: int, units: int, instead: str | None) -> None:
        delivered = of([each for each in self.seen.lines if each["delivered"]], which)
        wanted = {"orderLineId": ref("OrderLine", delivered["id"]), "quantity": units, "reason": "UNWANTED"}
        exchange = {"exchangeLines": [line(instead, 1, "20.00")]} if instead else {}
        self.send("returnRequest", orderId=ref("Order", delivered["order_id"]), lines=[wanted], **exchange)

    @rule(which=WHICH, fee=st.none() | AMOUNTS)
    @precondition(lambda self: self.seen.returns)
    def return_approve(self, which: int, fee: str | None) -> None:
        self.send("returnApprove", **self.returned(which), **({"restockingFee": usd(fee)} if fee else {}))

    @rule(which=WHICH, verb=st.sampled_from(["Decline", "Cancel"]))
    @precondition(lambda self: self.seen.returns)
    def return_call_off(self, which: int, verb: str) -> None:
        self.send(f"return{verb}", **self.returned(which), reason="no")

    @rule(which=WHICH, units=UNITS, place=PLACES)
    @precondition(lambda self: self.seen.returns)
    def return_receive(self, which: int, units: int, place: str) -> None:
        arrived = {"returnLineId": self.return_line(which), "quantity": units}
        self.send("returnReceive", **self.returned(which), locationKey=place, lines=[arrived])

    @rule(which=WHICH, units=UNITS, place=PLACES, disposition=st.sampled_from(Disposition))
    @precondition(lambda self: self.seen.returns)
    def return_inspect(self, which: int, units: int, place: str, disposition: Disposition) -> None:
        verdict = {"returnLineId": self.return_line(which), "quantity": units, "disposition": disposition.name}
        at = {} if disposition is Disposition.MISSING else {"locationKey": place}
        self.send("returnInspect", **self.returned(which), lines=[verdict | at])

    @rule(which=WHICH)
    @precondition(lambda self: self.seen.returns)
    def return_close(self, which: int) -> None:
        self.send("returnClose", **self.returned(which))

    # ── stock

    @rule(sku=SKUS, place=PLACES, units=st.integers(-6, 12), safety=SOME)
    def inventory_adjust(self, sku: str, place: str, units: int, safety: int | None) -> None:
        change = {"sku": sku, "locationKey": place, "delta": units} | ({"safetyStock": safety} if safety else {})
        self.send("inventoryAdjust", {(sku, place): units}, reason="received", changes=[change])

    @rule(sku=SKUS, place=PLACES, units=UNITS)
    def inventory_transfer(self, sku: str, place: str, units: int) -> None:
        other = "west" if place == "east" else "east"
        way = {"fromLocationKey": place, "toLocationKey": other}
        came = {(sku, place): -units, (sku, other): units}
        self.send("inventoryTransfer", came, sku=sku, quantity=units, **way)

    @rule(sku=SKUS, units=UNITS)
    def reservation_create(self, sku: str, units: int) -> None:
        self.send("reservationCreate", lines=[{"sku": sku, "quantity": units}])

    @rule(which=WHICH)
    @precondition(lambda self: self.seen.carts)
    def reservation_release(self, which: int) -> None:
        self.send("reservationRelease", reservationId=ref("Reservation", of(self.seen.carts, which)["id"]))

    @rule(which=WHICH, sku=SKUS, units=UNITS)
    @precondition(lambda self: self.seen.carts)
    def order_place_of_a_cart(self, which: int, sku: str, units: int) -> None:
        cart = ref("Reservation", of(self.seen.carts, which)["id"])
        self.send("orderPlace", **order_input(line(sku, units, "12.50")), reservationId=cart)


@contextmanager
def running_machine(database_url: str) -> Iterator[type[Commands]]:
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(running_trial(database_url)) as trial:
        yield type("ShopCommands", (Commands,), {"portal": portal, "trial": trial, "answered": Counter()})


def test_everything_adds_up_after_any_commands(migrated_database: str) -> None:
    with running_machine(migrated_database) as machine:
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=STEPS,
                deadline=None,
                # The same rows each time in the suite, others wherever somebody looks for longer.
                derandomize="STATEFUL_EXAMPLES" not in os.environ,
                suppress_health_check=list(HealthCheck),
                print_blob=True,
            ),
        )
        for answer, times in sorted(machine.answered.items()):
            sys.stderr.write(f"{times:5} {answer}\n")
