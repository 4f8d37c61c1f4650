"""A return from its announcement to its refund: units, stock and money at each step, and what is refused on the way."""

from tests.fixtures_shop import Shop, line, usd
from tests.returns.customers import (
    announced,
    closed,
    delivered,
    inspected,
    outcome,
    parts,
    received,
)


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
    east = before["east"]
    assert await shop.stock("MUG") == {**before, "east": (east[0] + 2, *east[1:])}
    done = await closed(shop, judged)
    assert (done["status"], outcome(done)) == ("CLOSED", ("6.78", "0.00", "0.00", "6.78"))
    assert [(each["status"], each["amount"]["amount"]) for each in done["refunds"]] == [("SUCCESS", "6.78")]
    assert await parts(shop) == [("ITEM", 2, 632), ("TAX", 2, 46)]
    assert (done["order"]["status"], done["order"]["totals"]["balance"]["amount"]) == ("COMPLETED", "0.00")
    assert done["order"]["lines"][0]["quantities"] == {
        "returnRequested": 0, "returned": 2, "restocked": 2, "reserved": 0, "backordered": 0,
    }  # fmt: skip
    events = await shop.rows("SELECT type, sequence FROM events WHERE subject_type = 'Return' ORDER BY sequence")
    assert [(each["type"], each["sequence"]) for each in events] == [
        ("return.requested", 1), ("return.received", 2), ("return.inspected", 3), ("return.closed", 4),
    ]  # fmt: skip
    await shop.require_sound()
