"""A return from its announcement to its verdicts: units, stock and events at each step, and what is refused."""

import asyncio
from typing import Any

import pytest

from app.domain.returns import ReturnReason
from app.workflows.return_request import ReturnLine, ReturnRequest, return_request
from tests.fixtures_shop import Shop, line, order_input, usd
from tests.orders.test_every_mutation import everything
from tests.returns.customers import (
    CUSTOMER,
    RETURN,
    announced,
    arrival,
    brought_back,
    closed,
    delivered,
    inspected,
    key,
    outcome,
    parts,
    received,
)

MANY = "SELECT count(*) AS returns, sum(return_requested)::int AS units FROM returns JOIN order_lines USING (order_id)"


def told(payload: Any) -> list[tuple[str, Any]]:
    return [(each["code"], each["field"]) for each in payload["userErrors"]]


async def refused(shop: Shop, mutation: str, **input_: Any) -> list[tuple[str, Any]]:
    """What it says no with; nothing is written."""
    before = await everything(shop)
    payload = await shop.attempt(mutation, "", **input_)
    assert await everything(shop) == before
    return told(payload)


async def test_two_of_three_units_come_back_and_are_refunded_to_the_cent(shop: Shop) -> None:
    order = await delivered(shop, line("MUG", 3, "3.33", discount=usd("0.50"), tax=usd("0.70")), paid=["10.19"])
    before = await shop.stock("MUG")
    asked = await announced(shop, order, 2)
    # 9.49 and 0.70 over three units: 3.16 and 0.23 each, and the third takes the rest.
    assert (asked["number"], asked["status"]) == (f"{order['number']}-R1", "OPEN")
    assert outcome(asked) == ("6.78", "0.00", "0.00", "6.78")
    assert asked["order"]["lines"][0]["quantities"]["returnRequested"] == 2
    arrived = await received(shop, asked)
    assert (arrived["status"], arrived["order"]["returnStatus"]) == ("RECEIVED", "IN_PROGRESS")
    assert await shop.stock("MUG") == before
    judged = await inspected(shop, arrived)
    assert judged["status"] == "INSPECTED"
    assert [(each["name"], each["allowed"]) for each in judged["actions"] if each["allowed"]] == [("returnClose", True)]
    east = before["east"]
    assert await shop.stock("MUG") == {**before, "east": (east[0] + 2, *east[1:])}
    done = await closed(shop, judged)
    assert (done["status"], outcome(done)) == ("CLOSED", ("6.78", "0.00", "0.00", "6.78"))
    assert [(each["status"], each["amount"]["amount"]) for each in done["refunds"]] == [("SUCCESS", "6.78")]
    assert await parts(shop) == [("ITEM", 2, 632), ("TAX", 2, 46)]
    assert (done["order"]["status"], done["order"]["totals"]["balance"]["amount"]) == ("COMPLETED", "0.00")
    assert done["order"]["paymentStatus"] == "PARTIALLY_REFUNDED"
    assert done["order"]["lines"][0]["quantities"] == {
        "returnRequested": 0, "returned": 2, "restocked": 2, "reserved": 0, "backordered": 0,
    }  # fmt: skip
    last = await brought_back(shop, order, 1)
    assert (last["number"], outcome(last)[0]) == (f"{order['number']}-R2", "3.41")
    assert (last["order"]["returnStatus"], last["order"]["paymentStatus"]) == ("RETURNED", "REFUNDED")
    events = await shop.rows("SELECT type FROM events WHERE subject_id = $1 ORDER BY sequence", key(asked["id"]))
    assert [each["type"] for each in events] == [
        "return.requested", "return.received", "return.inspected", "return.closed",
    ]  # fmt: skip
    of_order = await shop.rows(
        "SELECT type FROM events WHERE subject_id = $1 AND type LIKE 'order.return%' ORDER BY sequence LIMIT 4",
        key(order["id"]),
    )
    assert [each["type"] for each in of_order] == [
        "order.return_requested", "order.return_received", "order.return_inspected", "order.return_closed",
    ]  # fmt: skip
    changes = await shop.rows("SELECT reason, amount_minor FROM order_changes WHERE kind = 'RETURN' ORDER BY at")
    assert changes[0] == {"reason": f"return {asked['number']}", "amount_minor": 0}
    await shop.require_sound()


async def test_units_arrive_in_parts_and_each_gets_its_verdict(shop: Shop) -> None:
    order = await delivered(shop, line("MUG", 5, "10.00"), paid=["50.00"])
    before = await shop.stock("MUG")
    asked = await announced(shop, order, 5)
    some = await received(shop, asked, 3, location="west")
    assert (some["status"], some["lines"][0]["received"]) == ("PARTIALLY_RECEIVED", 3)
    of_line = {"returnLineId": asked["lines"][0]["id"]}
    too_many = [{**of_line, "quantity": 4, "disposition": "SCRAP"}]
    assert await refused(shop, "returnInspect", returnId=asked["id"], lines=too_many) == [
        ("INVALID", ["input", "lines", "0", "quantity"])
    ]
    verdicts = [
        {**of_line, "quantity": 1, "disposition": "RESTOCK"},
        {**of_line, "quantity": 1, "disposition": "RESTOCK", "locationKey": "east"},
        {**of_line, "quantity": 1, "disposition": "REFURBISH"},
    ]
    first = (await shop.do("returnInspect", RETURN, returnId=asked["id"], lines=verdicts))["return"]
    assert (first["status"], outcome(first)[0]) == ("PARTIALLY_RECEIVED", "50.00")
    second = await received(shop, asked, 1)
    assert second["status"] == "PARTIALLY_RECEIVED"
    rest = [{**of_line, "quantity": 1, "disposition": word} for word in ("SCRAP", "MISSING")]
    judged = (await shop.do("returnInspect", RETURN, returnId=asked["id"], lines=rest))["return"]
    assert (judged["status"], outcome(judged)[0]) == ("INSPECTED", "40.00")
    assert [
        (each["disposition"], each["quantity"], each["location"] and each["location"]["key"])
        for each in judged["lines"][0]["dispositions"]
    ] == [
        ("RESTOCK", 1, "west"), ("RESTOCK", 1, "east"), ("REFURBISH", 1, "west"), ("SCRAP", 1, "east"),
        ("MISSING", 1, None),
    ]  # fmt: skip
    after = await shop.stock("MUG")
    assert [after[each][0] - before[each][0] for each in ("east", "west")] == [1, 1]
    done = await closed(shop, judged)
    assert [each["amount"]["amount"] for each in done["refunds"]] == ["40.00"]
    assert done["order"]["lines"][0]["quantities"] == {
        "returnRequested": 0, "returned": 4, "restocked": 2, "reserved": 0, "backordered": 0,
    }  # fmt: skip
    await shop.require_sound()


async def test_only_units_that_the_customer_has_can_be_announced(shop: Shop) -> None:
    order = await delivered(shop, line("MUG", 3), line("LAMP", 1))
    await announced(shop, order, 2)
    mug, lamp = (each["id"] for each in order["lines"])
    wrong = [
        {"orderLineId": mug, "quantity": 2, "reason": "LATE"},
        {"orderLineId": lamp, "quantity": 0, "reason": "LATE"},
        {"orderLineId": "OrderLine:00000000-0000-0000-0000-0000000000ff", "quantity": 1, "reason": "LATE"},
        {"orderLineId": mug, "quantity": 1, "reason": "LATE"},
    ]
    assert await refused(shop, "returnRequest", orderId=order["id"], lines=wrong) == [
        ("NOT_RETURNABLE", ["input", "lines", "0", "quantity"]),
        ("INVALID", ["input", "lines", "1", "quantity"]),
        ("NOT_FOUND", ["input", "lines", "2", "orderLineId"]),
        ("INVALID", ["input", "lines", "3", "reason"]),
        ("NOT_RETURNABLE", ["input", "lines", "3", "quantity"]),
    ]
    assert await refused(shop, "returnRequest", orderId=order["id"], lines=[]) == [("REQUIRED", ["input", "lines"])]
    assert await shop.rows(MANY) == [{"returns": 2, "units": 2}]
    payload = await shop.attempt("returnRequest", "", orderId=order["id"], lines=wrong[:1])
    assert [each["message"] for each in payload["userErrors"]] == [
        "2 × MUG cannot be returned, 1 can: 3 were delivered, 2 are returned or announced to be"
    ]


async def test_units_come_back_within_the_window_only(shop: Shop) -> None:
    order = await delivered(shop, line("MUG", 2))
    wanted = {"orderLineId": order["lines"][0]["id"], "quantity": 1, "reason": "UNWANTED"}
    async with shop.application.work.writers.transaction(CUSTOMER) as tx:
        await tx.run("UPDATE shipments SET delivered_at = now() - interval '31 days'")
    payload = await shop.attempt("returnRequest", "", orderId=order["id"], lines=[wanted])
    assert [(each["code"], each["message"]) for each in payload["userErrors"]] == [
        (
            "NOT_RETURNABLE",
            "1 × MUG cannot be returned, 0 can: 2 were delivered, 0 are returned or announced to be,"
            " 0 were delivered within the last 30 days",
        )
    ]
    async with shop.application.work.writers.transaction(CUSTOMER) as tx:
        await tx.run("UPDATE shipments SET delivered_at = now() - interval '29 days'")
    assert (await announced(shop, order, 1))["status"] == "OPEN"


async def test_an_order_that_has_not_arrived_has_nothing_to_return(shop: Shop) -> None:
    placed = await shop.do("orderPlace", "order { id lines { id } }", **order_input(line("MUG", 1)))
    wanted = {"orderLineId": placed["order"]["lines"][0]["id"], "quantity": 1, "reason": "UNWANTED"}
    assert await refused(shop, "returnRequest", orderId=placed["order"]["id"], lines=[wanted]) == [
        ("ILLEGAL_TRANSITION", None)
    ]


async def asked_by_customer(shop: Shop, order: Any, units: int) -> str:
    wanted = ReturnLine(order_line_id=key(order["lines"][0]["id"]), quantity=units, reason=ReturnReason.LATE)
    async with shop.application.work.writers.transaction(CUSTOMER) as tx:
        command = ReturnRequest(order_id=key(order["id"]), lines=[wanted], note="as agreed")
        made = await return_request(tx, command, shop.application.work)
    return f"Return:{made.ids['return']}"


async def test_what_a_customer_asks_for_is_decided_first(shop: Shop) -> None:
    order = await delivered(shop, line("MUG", 2, "10.00"), paid=["20.00"])
    id_ = await asked_by_customer(shop, order, 1)
    early = {"returnId": id_, "locationKey": "east", "lines": []}
    assert await refused(shop, "returnReceive", **early) == [("ILLEGAL_TRANSITION", None)]
    assert await refused(shop, "returnDecline", returnId=id_, reason=" ") == [("REQUIRED", ["input", "reason"])]
    declined = (await shop.do("returnDecline", RETURN, returnId=id_, reason="worn"))["return"]
    assert (declined["status"], outcome(declined)) == ("DECLINED", ("0.00", "0.00", "0.00", "0.00"))
    assert declined["order"]["lines"][0]["quantities"]["returnRequested"] == 0
    second = await asked_by_customer(shop, order, 2)
    approved = (await shop.do("returnApprove", RETURN, returnId=second))["return"]
    assert (approved["status"], approved["version"], outcome(approved)[0]) == ("OPEN", 2, "20.00")
    assert await refused(shop, "returnDecline", returnId=second, reason="worn") == [("ILLEGAL_TRANSITION", None)]
    await shop.require_sound()


async def test_a_return_is_withdrawn_before_anything_arrives(shop: Shop) -> None:
    order = await delivered(shop, line("MUG", 2), paid=["20.00"])
    asked = await announced(shop, order, 2)
    canceled = (await shop.do("returnCancel", RETURN, returnId=asked["id"], reason="keeps them"))["return"]
    assert (canceled["status"], outcome(canceled)[0], canceled["order"]["returnStatus"]) == ("CANCELED", "0.00", "NONE")
    again = await received(shop, await announced(shop, order, 2), 1)
    assert await refused(shop, "returnCancel", returnId=again["id"]) == [("ILLEGAL_TRANSITION", None)]
    await shop.require_sound()


async def test_no_more_arrives_than_was_announced_and_nowhere_unknown(shop: Shop) -> None:
    asked = await announced(shop, await delivered(shop, line("MUG", 2)), 2)
    wrong = arrival(asked, 3, location="moon")
    wrong["lines"].append({"returnLineId": "ReturnLine:00000000-0000-0000-0000-0000000000ff", "quantity": 1})
    assert await refused(shop, "returnReceive", **wrong) == [
        ("NOT_FOUND", ["input", "locationKey"]),
        ("INVALID", ["input", "lines", "0", "quantity"]),
        ("NOT_FOUND", ["input", "lines", "1", "returnLineId"]),
    ]
    assert await refused(shop, "returnReceive", returnId=asked["id"], locationKey="east", lines=[]) == [
        ("REQUIRED", ["input", "lines"])
    ]
    of_line = {"returnLineId": asked["lines"][0]["id"], "disposition": "RESTOCK"}
    await received(shop, asked, 1)
    wrong_verdicts = [{**of_line, "quantity": 1, "locationKey": "moon"}, {**of_line, "quantity": 1}]
    assert await refused(shop, "returnInspect", returnId=asked["id"], lines=wrong_verdicts) == [
        ("NOT_FOUND", ["input", "lines", "0", "locationKey"]),
        ("INVALID", ["input", "lines", "1", "quantity"]),
    ]
    assert await refused(shop, "returnClose", returnId=asked["id"]) == [("ILLEGAL_TRANSITION", None)]


async def test_units_are_not_restocked_where_their_product_has_no_place(shop: Shop) -> None:
    order = await delivered(shop, line("MUG", 1))
    async with shop.application.work.writers.transaction(CUSTOMER) as tx:
        await tx.run("INSERT INTO locations (key, name, kind) VALUES ('dock', 'Dock', 'WAREHOUSE')")
    arrived = await received(shop, await announced(shop, order, 1), location="dock")
    of_line = {"returnLineId": arrived["lines"][0]["id"], "quantity": 1}
    restock = [{**of_line, "disposition": "RESTOCK"}]
    assert await refused(shop, "returnInspect", returnId=arrived["id"], lines=restock) == [
        ("INVALID", ["input", "lines", "0", "locationKey"])
    ]
    scrap = [{**of_line, "disposition": "SCRAP"}]
    await shop.do("returnInspect", "", returnId=arrived["id"], lines=scrap)
    await shop.require_sound()


@pytest.mark.parametrize("attempts", [2, 4])
async def test_of_several_who_announce_the_same_unit_one_succeeds(shop: Shop, attempts: int) -> None:
    order = await delivered(shop, line("MUG", 1))
    wanted = {"orderLineId": order["lines"][0]["id"], "quantity": 1, "reason": "UNWANTED"}
    calls = (shop.attempt("returnRequest", "", orderId=order["id"], lines=[wanted]) for _ in range(attempts))
    answers = sorted(str([code for code, _ in told(each)]) for each in await asyncio.gather(*calls))
    assert answers == ["['NOT_RETURNABLE']"] * (attempts - 1) + ["[]"]
    assert await shop.rows(MANY) == [{"returns": 1, "units": 1}]
    await shop.require_sound()
