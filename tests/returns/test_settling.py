"""What a return that is closed costs and gives back: fees, exchanges, several payments, and money given back before."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures_shop import Shop, line, order_input, usd
from tests.payments.till import CARD, Till
from tests.returns.customers import (
    RETURN,
    announced,
    brought_back,
    closed,
    deliver,
    delivered,
    inspected,
    outcome,
    parts,
    received,
)
from tests.returns.test_returning import refused

CLOSE = RETURN + " exchangeOrder { id status lines { sku quantity } payments { id } }"


async def ready(shop: Shop, order: Any, *units: int, **more: Any) -> Any:
    return await inspected(shop, await received(shop, await announced(shop, order, *units, **more)))


async def test_a_fee_is_kept_of_the_refund_and_is_never_more(shop: Shop) -> None:
    order = await delivered(shop, line("MUG", 2, "10.00", tax=usd("2.00")), paid=["22.00"])
    asked = await announced(shop, order, 1)
    for fee, field in (("11.01", "amount"), ("-0.01", "amount")):
        wrong = {"returnId": asked["id"], "restockingFee": usd(fee)}
        assert await refused(shop, "returnApprove", **wrong) == [("INVALID", ["input", "restockingFee", field])]
    euros = {"returnId": asked["id"], "restockingFee": {"amount": "1.00", "currency": "EUR"}}
    assert await refused(shop, "returnApprove", **euros) == [("INVALID", ["input", "restockingFee", "currency"])]
    approved = (await shop.do("returnApprove", RETURN, returnId=asked["id"], restockingFee=usd("5.50")))["return"]
    assert outcome(approved) == ("11.00", "5.50", "0.00", "5.50")
    done = await closed(shop, await inspected(shop, await received(shop, asked)))
    assert [each["amount"]["amount"] for each in done["refunds"]] == ["5.50"]
    assert await parts(shop) == [("ITEM", 1, 500), ("TAX", 1, 50)]
    assert (done["order"]["totals"]["balance"]["amount"], done["order"]["status"]) == ("0.00", "COMPLETED")
    await shop.require_sound()


async def test_a_fee_shrinks_with_what_is_missing(shop: Shop) -> None:
    order = await delivered(shop, line("MUG", 2, "10.00"), paid=["20.00"])
    asked = await announced(shop, order, 2)
    await shop.do("returnApprove", "", returnId=asked["id"], restockingFee=usd("15.00"))
    await received(shop, asked, 1)
    of_line = {"returnLineId": asked["lines"][0]["id"], "quantity": 1}
    verdicts = [{**of_line, "disposition": "SCRAP"}, {**of_line, "disposition": "MISSING"}]
    judged = (await shop.do("returnInspect", RETURN, returnId=asked["id"], lines=verdicts))["return"]
    assert outcome(judged) == ("10.00", "10.00", "0.00", "0.00")
    done = await closed(shop, judged)
    assert (done["refunds"], done["order"]["paymentStatus"]) == ([], "PAID")
    await shop.require_sound()


@pytest.mark.parametrize(
    ("price", "net", "refunded", "balance", "holds", "status"),
    [
        ("6.00", "4.00", ["4.00"], "0.00", [], "PROCESSING"),
        ("10.00", "0.00", [], "0.00", [], "PROCESSING"),
        ("12.50", "-2.50", [], "2.50", ["AWAITING_PAYMENT"], "ON_HOLD"),
    ],
)
async def test_an_exchange_is_settled_by_the_difference(
    shop: Shop, price: str, net: str, refunded: list[str], balance: str, holds: list[str], status: str
) -> None:
    order = await delivered(shop, line("MUG", 2, "10.00"), paid=["20.00"])
    returned = await ready(shop, order, 1, exchangeLines=[line("LAMP", 1, price)])
    assert outcome(returned) == ("10.00", "0.00", price, net)
    await Till(shop).run("DELETE FROM jobs.pgqueuer")
    payload = await shop.do("returnClose", CLOSE, returnId=returned["id"])
    done, reopened = payload["return"], payload["exchangeOrder"]
    assert (reopened["id"], reopened["status"]) == (order["id"], status)
    assert [(each["sku"], each["quantity"]) for each in reopened["lines"]] == [("MUG", 2), ("LAMP", 1)]
    assert [each["amount"]["amount"] for each in done["refunds"]] == refunded
    assert done["order"]["totals"]["balance"]["amount"] == balance
    assert [each["reason"] for each in done["order"]["holds"]] == holds
    lamp = done["order"]["lines"][1]
    assert lamp["quantities"]["reserved"] == 1
    assert done["exchangeLines"] == [{"sku": "LAMP", "quantity": 1, "orderLine": {"id": lamp["id"]}}]
    assert await shop.rows("SELECT exchanged FROM order_lines WHERE sku = 'MUG'") == [{"exchanged": 1}]
    routes = await shop.rows("SELECT count(*) AS jobs FROM jobs.pgqueuer WHERE entrypoint = 'order.route'")
    assert routes == [{"jobs": 0 if holds else 1}]
    await shop.require_sound()


async def test_a_dearer_exchange_goes_on_once_the_difference_is_paid(shop: Shop) -> None:
    order = await delivered(shop, line("MUG", 1, "10.00"), paid=["10.00"])
    returned = await ready(shop, order, 1, exchangeLines=[line("LAMP", 1, "12.50")])
    done = (await shop.do("returnClose", RETURN, returnId=returned["id"]))["return"]
    note = f"the exchange of return {done['number']} costs 2.50 USD more: paymentAuthorize asks for it"
    assert done["order"]["holds"] == [{"reason": "AWAITING_PAYMENT", "note": note, "releasedAt": None}]
    paid = await shop.do("paymentAuthorize", "order { status }", orderId=order["id"], payment=CARD)
    assert paid["order"]["status"] == "PROCESSING"
    routed = await shop.do("orderRoute", "order { fulfillmentOrders { id status } }", orderId=order["id"])
    (open_,) = (each for each in routed["order"]["fulfillmentOrders"] if each["status"] == "OPEN")
    await deliver(shop, open_["id"])
    await Till(shop).run_jobs()
    (row,) = await shop.rows("SELECT status, payment_status, paid_minor, refunded_minor FROM orders")
    assert row == {"status": "COMPLETED", "payment_status": "PAID", "paid_minor": 1_250, "refunded_minor": 0}
    await shop.require_sound()


async def test_an_exchange_out_of_stock_waits_for_supply(shop: Shop) -> None:
    order = await delivered(shop, line("MUG", 1, "10.00"), paid=["10.00"])
    returned = await ready(shop, order, 1, exchangeLines=[line("PEN", 2, "3.00")])
    done = await closed(shop, returned)
    assert done["order"]["lines"][1]["quantities"]["backordered"] == 2
    assert [each["amount"]["amount"] for each in done["refunds"]] == ["4.00"]
    await shop.require_sound()


async def test_an_exchange_of_what_is_not_sold_is_refused(shop: Shop) -> None:
    order = await delivered(shop, line("MUG", 1))
    lines = [{"orderLineId": order["lines"][0]["id"], "quantity": 1, "reason": "UNWANTED"}]
    euros = {**line("PEN", 1), "unitPrice": {"amount": "1", "currency": "EUR"}}
    wishes = [line("NOPE", 1), line("RELIC", 1), line("PEN", 0), euros]
    assert await refused(shop, "returnRequest", orderId=order["id"], lines=lines, exchangeLines=wishes) == [
        ("NOT_FOUND", ["input", "exchangeLines", "0", "sku"]),
        ("INVALID", ["input", "exchangeLines", "1", "sku"]),
        ("INVALID", ["input", "exchangeLines", "2", "quantity"]),
        ("INVALID", ["input", "exchangeLines", "3", "unitPrice", "currency"]),
    ]


async def test_the_newest_payment_is_given_back_first(shop: Shop) -> None:
    order = await delivered(shop, line("MUG", 2, "10.00", tax=usd("2.00")), paid=["15.00", "7.00"])
    done = await brought_back(shop, order, 2)
    assert [each["amount"]["amount"] for each in done["refunds"]] == ["7.00", "15.00"]
    assert [each["status"] for each in done["refunds"]] == ["SUCCESS", "PENDING"]
    assert await parts(shop) == [("ITEM", 2, 700), ("ITEM", 0, 1_300), ("TAX", 2, 200)]
    await Till(shop).run_jobs()
    (row,) = await shop.rows("SELECT payment_status, refunded_minor FROM orders")
    assert row == {"payment_status": "REFUNDED", "refunded_minor": 2_200}
    await shop.require_sound()


async def test_what_was_given_back_in_advance_is_not_given_back_again(shop: Shop) -> None:
    order = await delivered(shop, line("MUG", 2, "10.00"), paid=["20.00"])
    asked = await announced(shop, order, 1)
    (payment,) = await shop.rows("SELECT id FROM payments")
    advance = {"paymentId": f"Payment:{payment['id']}", "amount": usd("4.00"), "reason": "a good customer"}
    await shop.do("paymentRefund", "", **advance)
    done = await closed(shop, await inspected(shop, await received(shop, asked)))
    assert [each["amount"]["amount"] for each in done["refunds"]] == ["6.00"]
    assert await parts(shop) == [("ADJUSTMENT", 0, 400), ("ITEM", 1, 600)]
    assert (await shop.rows("SELECT refunded_minor FROM orders")) == [{"refunded_minor": 1_000}]
    assert done["order"]["totals"]["balance"]["amount"] == "0.00"
    await shop.require_sound()


async def test_units_of_an_order_that_is_still_being_shipped_are_refunded_in_full(shop: Shop) -> None:
    placed = await shop.do(
        "orderPlace", "order { id lines { id } }", **order_input(line("MUG", 2, "10.00"), payment=CARD)
    )
    order, till = placed["order"], Till(shop)
    await till.run_jobs()
    routed = await shop.do("orderRoute", "order { fulfillmentOrders { id } }", orderId=order["id"])
    request = routed["order"]["fulfillmentOrders"][0]["id"]
    await deliver(shop, request, [{"orderLineId": order["lines"][0]["id"], "quantity": 1}])
    await till.run_jobs()
    done = await brought_back(shop, order, 1)
    assert [each["amount"]["amount"] for each in done["refunds"]] == ["10.00"]
    await shop.do("fulfillmentOrderShip", "", fulfillmentOrderId=request, trackingNumber="T2")
    await till.run_jobs()
    (row,) = await shop.rows("SELECT paid_minor, refunded_minor, credited_minor, payment_status FROM orders")
    assert row == {
        "paid_minor": 2_000, "refunded_minor": 1_000, "credited_minor": 1_000, "payment_status": "PARTIALLY_REFUNDED",
    }  # fmt: skip
    await shop.require_sound()


async def test_what_no_payment_has_yet_is_for_somebody_to_give_back(shop: Shop) -> None:
    placed = await shop.do(
        "orderPlace", "order { id lines { id } }", **order_input(line("MUG", 1, "10.00"), payment=CARD)
    )
    order = placed["order"]
    await Till(shop).run_jobs()
    routed = await shop.do("orderRoute", "order { fulfillmentOrders { id } }", orderId=order["id"])
    await deliver(shop, routed["order"]["fulfillmentOrders"][0]["id"])
    asked = await ready(shop, order, 1)
    done = await closed(shop, asked)
    assert done["refunds"] == []
    exceptions = await shop.rows("SELECT category, message, suggested_action FROM order_exceptions")
    message = f"10.00 USD of return {asked['number']} could not be given back: no payment has it yet"
    assert exceptions == [{"category": "return.close", "message": message, "suggested_action": "paymentRefund"}]
    await Till(shop).run_jobs()
    (payment,) = await shop.rows("SELECT id FROM payments")
    given = {"paymentId": f"Payment:{payment['id']}", "amount": usd("10.00"), "reason": "as owed"}
    await shop.do("paymentRefund", "", **given)
    (row,) = await shop.rows("SELECT total_minor, credited_minor, payment_status FROM orders")
    assert row == {"total_minor": 1_000, "credited_minor": 1_000, "payment_status": "REFUNDED"}
    await shop.require_sound()


async def test_shipping_goes_back_with_the_last_unit_where_the_policy_says_so(shop: Shop) -> None:
    work = shop.application.work
    order = await delivered(shop, line("MUG", 2, "10.00"), paid=["25.00"], shippingPrice=usd("5.00"))
    object.__setattr__(work, "policy", replace(work.policy, refunds_shipping=True))
    first = await brought_back(shop, order, 1)
    assert outcome(first)[0] == "10.00"
    last = await brought_back(shop, order, 1)
    assert outcome(last)[0] == "15.00"
    assert await parts(shop) == [("ITEM", 1, 1_000), ("ITEM", 1, 1_000), ("SHIPPING", 0, 500)]
    assert last["order"]["paymentStatus"] == "REFUNDED"
    await shop.require_sound()


async def test_an_order_paid_on_other_terms_is_credited_and_nothing_is_paid_out(shop: Shop) -> None:
    done = await brought_back(shop, await delivered(shop, line("MUG", 1, "10.00")), 1)
    assert (done["refunds"], done["order"]["totals"]["balance"]["amount"]) == ([], "0.00")
    await shop.require_sound()


async def test_a_return_is_closed_once(shop: Shop) -> None:
    order = await delivered(shop, line("MUG", 2, "10.00"), paid=["20.00"])
    returned = await ready(shop, order, 1)
    rehearsed = await shop.attempt("returnClose", RETURN, dry_run=True, returnId=returned["id"])
    assert (rehearsed["return"]["status"], rehearsed["return"]["refunds"][0]["status"]) == ("CLOSED", "PENDING")
    assert await parts(shop) == []
    await closed(shop, returned)
    assert await refused(shop, "returnClose", returnId=returned["id"]) == [("ILLEGAL_TRANSITION", None)]
    assert await parts(shop) == [("ITEM", 1, 1_000)]


async def test_the_worked_example_of_the_documentation(shop: Shop) -> None:
    text = (Path(__file__).parents[2] / "docs" / "returns.md").read_text()
    rows = re.findall(r"^\| (?:2 mugs|the last mug|together) \| (\S+) \| (\S+) \| (\S+) \|$", text, re.MULTILINE)
    order = await delivered(shop, line("MUG", 3, "3.33", discount=usd("0.50"), tax=usd("0.70")), paid=["10.19"])
    refunds = [outcome(await brought_back(shop, order, units))[0] for units in (2, 1)]
    given = await parts(shop)
    items, taxes = ([minor for kind, _, minor in given if kind == each] for each in ("ITEM", "TAX"))
    found = [*zip(items, taxes, refunds, strict=True), (sum(items), sum(taxes), "10.19")]
    assert rows == [(f"{item / 100:.2f}", f"{tax / 100:.2f}", refund) for item, tax, refund in found]
