"""orderHold, orderReleaseHold, orderCancel, orderEdit: what changes, what the ledger says, and what is refused."""

from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.domain.order_summary import Line
from app.domain.refunds import Goods
from app.workflows.order_units import cancel_units
from tests.fixtures_shop import Shop, line, order_input, usd

ORDER = """order { id version status fulfillmentStatus shippingAddress { city }
  totals { total { amount } shipping { amount } discount { amount } tax { amount } }
  lines { id sku quantity total { amount } quantities { ordered canceled reserved backordered } }
  holds { id reason note releasedAt } changes { kind reason amount { amount } lines { quantityDelta } }
  events(first: 9) { nodes { type } } }"""
CHANGE = ORDER + " change { kind amount { amount } lines { quantityDelta amountDelta { amount } orderLine { sku } } }"


async def placed(shop: Shop, *lines: dict[str, Any], **more: Any) -> Any:
    return (await shop.do("orderPlace", ORDER, **order_input(*lines, **more)))["order"]


def errors_of(payload: Any) -> list[tuple[str, Any]]:
    return [(each["code"], each["field"]) for each in payload["userErrors"]]


async def test_a_hold_stops_an_order_and_its_release_lets_it_go_on(shop: Shop) -> None:
    order = await placed(shop, line("MUG", 1))
    held = await shop.do(
        "orderHold", ORDER + " hold { reason note }", orderId=order["id"], reason="MANUAL", note="call first"
    )
    assert held["hold"] == {"reason": "MANUAL", "note": "call first"}
    assert (held["order"]["status"], held["order"]["version"]) == ("ON_HOLD", 2)
    second = await shop.do("orderHold", ORDER + " hold { id }", orderId=order["id"], reason="FRAUD_RISK")
    first_id, second_id = (each["id"] for each in second["order"]["holds"])
    still = await shop.do("orderReleaseHold", ORDER, orderId=order["id"], holdId=first_id)
    assert still["order"]["status"] == "ON_HOLD"
    released = await shop.do("orderReleaseHold", ORDER, orderId=order["id"], holdId=second_id)
    assert released["order"]["status"] == "CONFIRMED"
    assert [each["type"] for each in released["order"]["events"]["nodes"]] == [
        "order.placed", "order.held", "order.held", "order.hold_released", "order.hold_released",
    ]  # fmt: skip
    again = await shop.attempt("orderReleaseHold", ORDER, orderId=order["id"], holdId=second_id)
    assert [code for code, _ in errors_of(again)] == ["ILLEGAL_TRANSITION"]
    await shop.require_sound()


async def test_an_order_held_at_capture_is_confirmed_with_its_last_release(shop: Shop) -> None:
    order = await placed(shop, line("RELIC", 1))
    (hold,) = order["holds"]
    released = await shop.do("orderReleaseHold", ORDER, orderId=order["id"], holdId=hold["id"], note="last one")
    assert released["order"]["status"] == "CONFIRMED"
    jobs = await shop.rows("SELECT entrypoint FROM jobs.pgqueuer ORDER BY 1")
    assert [each["entrypoint"] for each in jobs] == ["notify.order_confirmed", "order.route"]


async def test_a_whole_cancellation_gives_everything_back(shop: Shop) -> None:
    order = await placed(shop, line("MUG", 2, tax=usd("1.99")), line("PEN", 1), shippingPrice=usd("5.00"))
    payload = await shop.do("orderCancel", CHANGE, orderId=order["id"], reason="changed their mind")
    assert (payload["order"]["status"], payload["order"]["totals"]["total"]["amount"]) == ("CANCELED", "0.00")
    assert payload["change"]["amount"]["amount"] == "-36.99"
    assert [each["quantityDelta"] for each in payload["change"]["lines"]] == [-2, -1]
    assert [each["quantities"] for each in payload["order"]["lines"]] == [
        {"ordered": 2, "canceled": 2, "reserved": 0, "backordered": 0},
        {"ordered": 1, "canceled": 1, "reserved": 0, "backordered": 0},
    ]
    assert await shop.stock("MUG") == {"east": (10, 0, 0), "west": (5, 0, 0)}
    again = await shop.attempt("orderCancel", CHANGE, orderId=order["id"], reason="again")
    assert [code for code, _ in errors_of(again)] == ["ILLEGAL_TRANSITION"]
    await shop.require_sound()


async def test_units_are_canceled_waiting_ones_first(shop: Shop) -> None:
    order = await placed(shop, line("LAMP", 9, "10.00", discount=usd("1.00"), tax=usd("9.00")), shippingPrice=usd("5"))
    (lamp,) = order["lines"]
    assert (lamp["quantities"]["reserved"], lamp["quantities"]["backordered"]) == (7, 2)
    lines = [{"orderLineId": lamp["id"], "quantity": 3}]
    payload = await shop.do("orderCancel", CHANGE, orderId=order["id"], lines=lines, reason="too many")
    (left,) = payload["order"]["lines"]
    assert left["quantities"] == {"ordered": 9, "canceled": 3, "reserved": 6, "backordered": 0}
    # A third of the discount (34 cents: the rest keeps 66) and of the tax (3.00) go with them.
    assert payload["change"]["amount"]["amount"] == "-32.66"
    assert payload["order"]["totals"]["shipping"]["amount"] == "5.00"
    assert (payload["order"]["status"], payload["order"]["fulfillmentStatus"]) == ("CONFIRMED", "UNFULFILLED")
    assert sum(reserved for _, reserved, _ in (await shop.stock("LAMP")).values()) == 6
    await shop.require_sound()


async def test_units_that_locations_were_asked_for_are_canceled_too(shop: Shop) -> None:
    order = await placed(shop, line("MUG", 2), line("LAMP", 1))
    mug, lamp = (each["id"] for each in order["lines"])
    requests = "order { status fulfillmentOrders { status location { key } lines { quantity } } }"
    routed = await shop.do("orderRoute", requests, orderId=order["id"])
    assert routed["order"]["fulfillmentOrders"] == [
        {"status": "OPEN", "location": {"key": "east"}, "lines": [{"quantity": 2}, {"quantity": 1}]}
    ]
    lines = [{"orderLineId": mug, "quantity": 1}, {"orderLineId": lamp, "quantity": 1}]
    some = await shop.do("orderCancel", requests, orderId=order["id"], lines=lines, reason="one is enough")
    assert some["order"]["fulfillmentOrders"] == [
        {"status": "OPEN", "location": {"key": "east"}, "lines": [{"quantity": 1}, {"quantity": 0}]}
    ]
    assert (await shop.stock("MUG"), await shop.stock("LAMP")) == (
        {"east": (10, 0, 1), "west": (5, 0, 0)}, {"east": (3, 0, 0), "west": (4, 0, 0)},
    )  # fmt: skip
    rest = await shop.do("orderCancel", requests, orderId=order["id"], reason="none at all")
    assert (rest["order"]["status"], rest["order"]["fulfillmentOrders"][0]["status"]) == ("CANCELED", "CANCELED")
    assert await shop.stock("MUG") == {"east": (10, 0, 0), "west": (5, 0, 0)}
    await shop.require_sound()


async def test_more_than_there_is_cannot_be_canceled(shop: Shop) -> None:
    order = await placed(shop, line("MUG", 2))
    for lines, expected in (
        ([{"orderLineId": order["lines"][0]["id"], "quantity": 3}], [("INVALID", ["input", "lines", "0"])]),
        ([{"orderLineId": order["lines"][0]["id"], "quantity": 0}], [("INVALID", ["input", "lines", "0"])]),
        (
            [{"orderLineId": "OrderLine:00000000-0000-0000-0000-0000000000ff", "quantity": 1}],
            [("NOT_FOUND", ["input", "lines", "0", "orderLineId"])],
        ),
    ):
        payload = await shop.attempt("orderCancel", CHANGE, orderId=order["id"], lines=lines, reason="x")
        assert errors_of(payload) == expected
    assert await shop.stock("MUG") == {"east": (10, 2, 0), "west": (5, 0, 0)}
    (count,) = await shop.rows("SELECT count(*) AS changes FROM order_changes")
    assert count == {"changes": 1}


async def test_an_edit_adds_lines_and_changes_units(shop: Shop) -> None:
    order = await placed(shop, line("MUG", 4, "12.50", tax=usd("4.00")), line("LAMP", 2, "40.00"))
    mug, lamp = (each["id"] for each in order["lines"])
    payload = await shop.do(
        "orderEdit",
        CHANGE,
        orderId=order["id"],
        expectedVersion=1,
        addLines=[line("PEN", 3, "3.00")],
        setQuantities=[{"orderLineId": mug, "quantity": 6}, {"orderLineId": lamp, "quantity": 1}],
        reason="called in",
    )
    assert [(each["sku"], each["quantity"], each["total"]["amount"]) for each in payload["order"]["lines"]] == [
        ("MUG", 6, "81.00"), ("LAMP", 1, "40.00"), ("PEN", 3, "9.00"),
    ]  # fmt: skip
    assert {each["orderLine"]["sku"]: each["quantityDelta"] for each in payload["change"]["lines"]} == {
        "PEN": 3, "MUG": 2, "LAMP": -1,
    }  # fmt: skip
    assert payload["change"]["amount"]["amount"] == "-4.00"
    assert payload["order"]["totals"]["total"]["amount"] == "130.00"
    assert await shop.stock("MUG") == {"east": (10, 6, 0), "west": (5, 0, 0)}
    assert await shop.stock("LAMP") == {"east": (3, 1, 0), "west": (4, 0, 0)}
    await shop.require_sound()


async def test_an_edit_that_changes_nothing_or_too_much_is_refused(shop: Shop) -> None:
    order = await placed(shop, line("MUG", 1))
    nothing = await shop.attempt("orderEdit", CHANGE, orderId=order["id"])
    assert [code for code, _ in errors_of(nothing)] == ["REQUIRED"]
    other = await shop.attempt(
        "orderEdit", CHANGE, orderId=order["id"], addLines=[line("PEN", 1, tax={"amount": "1", "currency": "EUR"})]
    )
    assert errors_of(other) == [("INVALID", ["input", "addLines", "0", "tax", "currency"])]
    stale = await shop.attempt("orderEdit", CHANGE, orderId=order["id"], expectedVersion=7, addLines=[line("PEN", 1)])
    assert errors_of(stale) == [("VERSION_CONFLICT", ["input", "expectedVersion"])]
    assert (await shop.rows("SELECT count(*) AS lines FROM order_lines")) == [{"lines": 1}]


async def test_a_new_address_with_a_fault_holds_the_order(shop: Shop) -> None:
    order = await placed(shop, line("MUG", 1))
    address = {"line1": "1 Rue X", "city": "Paris", "postalCode": "7", "country": "FR"}
    payload = await shop.do("orderEdit", CHANGE, orderId=order["id"], shippingAddress=address)
    assert payload["order"]["status"] == "ON_HOLD"
    assert payload["order"]["shippingAddress"] == {"city": "Paris"}
    assert [each["reason"] for each in payload["order"]["holds"]] == ["ADDRESS"]
    await shop.require_sound()


@given(
    st.integers(1, 40),
    st.integers(0, 10_000),
    st.integers(0, 5_000),
    st.integers(0, 5_000),
    st.lists(st.integers(1, 7), max_size=40),
)
def test_whatever_is_canceled_in_whatever_steps_the_rest_is_never_negative_and_ends_at_zero(
    units: int, price: int, discount: int, tax: int, steps: list[int]
) -> None:
    line = Line(
        id=UUID(int=1),
        position=1,
        product_id=None,
        sku="X",
        title="X",
        unit_price_minor=price,
        discount_minor=min(discount, price * units),
        tax_minor=tax,
        ordered=units,
    )
    line.add_up()
    for step in [*steps, units]:
        count = min(step, line.units)
        if count:
            cancel_units(line, count, Goods())
        assert line.total_minor >= 0
        assert line.discount_minor >= 0
        assert line.tax_minor >= 0
    assert (line.units, line.total_minor, line.discount_minor, line.tax_minor) == (0, 0, 0, 0)
