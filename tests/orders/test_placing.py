"""orderPlace: what is taken, what holds it, what cannot be an order; and that it happens once."""

import asyncio
from typing import Any

import pytest

from tests.fixtures_shop import Shop, line, order_input, usd
from tests.orders.samples import CARD

ORDER = """order { id number version status fulfillmentStatus paymentStatus channel currency
  totals { subtotal { amount } discount { amount } shipping { amount } tax { amount } total { amount }
           balance { amount } }
  lines { id sku title total { amount } discount { amount }
          quantities { ordered reserved backordered allocated canceled } }
  holds { reason note } changes { kind amount { amount } lines { quantityDelta amountDelta { amount } } }
  events(first: 9) { nodes { type sequence data actor { kind id } } } }"""


async def test_an_order_is_confirmed_and_its_units_reserved(shop: Shop) -> None:
    lines = line("MUG", 2, "12.50", tax=usd("1.81")), line("LAMP", 1, "40.00", discount=usd("4.00"))
    payload = await shop.do("orderPlace", ORDER, **order_input(*lines, shippingPrice=usd("6.95")))
    order = payload["order"]
    assert (order["status"], order["fulfillmentStatus"], order["paymentStatus"]) == (
        "CONFIRMED", "UNFULFILLED", "NOT_PAID",
    )  # fmt: skip
    assert {name: each["amount"] for name, each in order["totals"].items()} == {
        "subtotal": "65.00", "discount": "4.00", "shipping": "6.95", "tax": "1.81", "total": "69.76",
        "balance": "69.76",
    }  # fmt: skip
    assert [(each["title"], each["total"]["amount"]) for each in order["lines"]] == [
        ("Mug", "26.81"),
        ("Lamp", "36.00"),
    ]
    assert [each["quantities"]["reserved"] for each in order["lines"]] == [2, 1]
    (change,) = order["changes"]
    assert (change["kind"], change["amount"]["amount"]) == ("PLACE", "69.76")
    assert [(each["quantityDelta"], each["amountDelta"]["amount"]) for each in change["lines"]] == [
        (2, "26.81"), (1, "36.00"),
    ]  # fmt: skip
    (event,) = order["events"]["nodes"]
    assert (event["type"], event["sequence"], event["actor"]["id"]) == ("order.placed", 1, "anonymous")
    assert await shop.stock("MUG") == {"east": (10, 2, 0), "west": (5, 0, 0)}
    assert [row["entrypoint"] for row in await shop.rows("SELECT entrypoint FROM jobs.pgqueuer ORDER BY 1")] == [
        "notify.order_confirmed", "order.route",
    ]  # fmt: skip
    await shop.require_sound()


async def test_it_takes_ten_statements_and_one_to_read(shop: Shop) -> None:
    query = """mutation ($input: OrderPlaceInput!) {
        orderPlace(input: $input, idempotencyKey: "k") { order { number lines { sku } } } }"""
    input_ = order_input(line("MUG", 1), line("LAMP", 1), line("PEN", 1))
    answer = await shop.ask(query, input=input_)
    assert answer.errors == []
    # key, what is known, positions, rows, event, movements, jobs, answer; BEGIN and COMMIT are not counted.
    assert len(answer.statements) == 9


async def test_the_same_key_is_answered_again_and_does_nothing(shop: Shop) -> None:
    input_ = order_input(line("MUG", 1))
    first = await shop.attempt("orderPlace", ORDER, key="once", **input_)
    again = await shop.attempt("orderPlace", ORDER, key="once", **input_)
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert again["order"] == first["order"]
    other = await shop.attempt("orderPlace", ORDER, key="once", **order_input(line("MUG", 2)))
    assert [(each["code"], each["field"]) for each in other["userErrors"]] == [
        ("IDEMPOTENCY_MISMATCH", ["idempotencyKey"])
    ]
    assert other["order"] is None
    assert await shop.stock("MUG") == {"east": (10, 1, 0), "west": (5, 0, 0)}
    await shop.require_sound()


async def test_many_calls_with_one_key_at_once_are_one_order(shop: Shop) -> None:
    input_ = order_input(line("MUG", 1))
    answers = await asyncio.gather(*(shop.attempt("orderPlace", ORDER, key="k", **input_) for _ in range(12)))
    codes = {error["code"] for each in answers for error in each["userErrors"]}
    assert codes <= {"IDEMPOTENCY_IN_PROGRESS"}
    assert len({each["order"]["id"] for each in answers if each["order"]}) == 1
    assert await shop.stock("MUG") == {"east": (10, 1, 0), "west": (5, 0, 0)}


async def test_a_dry_run_shows_the_order_and_leaves_nothing(shop: Shop) -> None:
    payload = await shop.attempt("orderPlace", ORDER, key="k", dry_run=True, **order_input(line("MUG", 3)))
    assert (payload["dryRun"], payload["replayed"], payload["userErrors"]) == (True, False, [])
    assert payload["order"]["status"] == "CONFIRMED"
    assert payload["order"]["lines"][0]["quantities"]["reserved"] == 3
    assert payload["order"]["events"]["nodes"][0]["type"] == "order.placed"
    counts = await shop.rows("""SELECT (SELECT count(*) FROM orders) AS orders, (SELECT count(*) FROM events) AS events,
        (SELECT count(*) FROM jobs.pgqueuer) AS jobs, (SELECT count(*) FROM commands) AS commands""")
    assert counts == [{"orders": 0, "events": 0, "jobs": 0, "commands": 0}]
    assert await shop.stock("MUG") == {"east": (10, 0, 0), "west": (5, 0, 0)}
    taken = await shop.attempt("orderPlace", ORDER, key="k", **order_input(line("MUG", 3)))
    assert taken["replayed"] is False


async def test_the_channels_own_id_places_once(shop: Shop) -> None:
    key = {"source": "web", "externalId": "A-17"}
    first, second = [
        await shop.do("orderPlace", ORDER, **order_input(line("MUG", units), external=key)) for units in (1, 2)
    ]
    assert first["order"]["id"] == second["order"]["id"]
    at_once = await asyncio.gather(
        *(
            shop.do("orderPlace", ORDER, **order_input(line("MUG", 1), external={"source": "web", "externalId": "B"}))
            for _ in range(8)
        )
    )
    assert len({each["order"]["id"] for each in at_once}) == 1
    assert await shop.stock("MUG") == {"east": (10, 2, 0), "west": (5, 0, 0)}


async def test_findings_hold_an_order_and_lose_nothing(shop: Shop) -> None:
    address = {"line1": "1 Main St", "city": "Reno", "region": "NV", "postalCode": "ABC", "country": "US"}
    lines = line("MUG", 1), line("RELIC", 1), line("TYPO", 2)
    customer = {"email": "no mail address"}
    payload = await shop.do("orderPlace", ORDER, **order_input(*lines, shippingAddress=address, customer=customer))
    order = payload["order"]
    assert order["status"] == "ON_HOLD"
    assert [(each["reason"], each["note"]) for each in order["holds"]] == [
        ("VALIDATION", "the customer's e-mail address cannot be one"),
        ("ADDRESS", "'ABC' is no postal code of NV, US"),
        ("VALIDATION", "RELIC is no longer sold"),
        ("VALIDATION", "TYPO is not in the catalog"),
    ]
    assert [each["quantities"]["backordered"] for each in order["lines"]] == [0, 1, 2]
    assert await shop.rows("SELECT count(*) AS jobs FROM jobs.pgqueuer") == [{"jobs": 0}]
    await shop.require_sound()


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"lines": []}, "REQUIRED", ["input", "lines"]),
        ({"lines": [line("MUG", 0)]}, "INVALID", ["input", "lines", "0", "quantity"]),
        ({"lines": [line(" ", 1)]}, "REQUIRED", ["input", "lines", "0", "sku"]),
        ({"lines": [line("MUG", 1, "1.005")]}, "INVALID", ["input", "lines", "0", "unitPrice", "amount"]),
        ({"lines": [line("MUG", 1, "-1")]}, "INVALID", ["input", "lines", "0", "unitPrice", "amount"]),
        ({"lines": [line("MUG", 1, discount=usd("11"))]}, "INVALID", ["input", "lines", "0", "discount"]),
        ({"lines": [line("MUG", 1)] * 201}, "LIMIT_EXCEEDED", ["input", "lines"]),
        ({"discount": usd("99")}, "INVALID", ["input", "discount"]),
        (
            {"shippingPrice": {"amount": "1", "currency": "EUR"}},
            "INVALID",
            ["input", "shippingPrice", "currency"],
        ),
        ({"shippingPrice": {"amount": "1", "currency": "ABC"}}, "INVALID", ["input", "shippingPrice", "currency"]),
        (
            {"payment": {"gateway": "web", "method": "card", "token": "tok"}},
            "INVALID",
            ["input", "payment", "gateway"],
        ),
        ({"channel": ""}, "REQUIRED", ["input", "channel"]),
        ({"customer": None}, "REQUIRED", ["input", "customerId"]),
        ({"customer": None, "customerId": "Order:x"}, "NOT_FOUND", ["input", "customerId"]),
        (
            {"customer": None, "customerId": "Customer:00000000-0000-0000-0000-0000000000ff"},
            "NOT_FOUND",
            ["input", "customerId"],
        ),
        ({"external": {"source": "nobody", "externalId": "1"}}, "NOT_FOUND", ["input", "external", "source"]),
        ({"placedAt": "2999-01-01T00:00:00Z"}, "INVALID", ["input", "placedAt"]),
        ({"payment": {**CARD, "token": " "}}, "REQUIRED", ["input", "payment", "token"]),
        ({"payment": {**CARD, "token": "4242 4242 4242 4242"}}, "INVALID", ["input", "payment", "token"]),
        ({"lines": [line("MUG\0", 1)]}, "INVALID", ["input", "lines", "0", "sku"]),
        ({"metadata": {"gift": ["\0"]}}, "INVALID", ["input", "metadata", "gift", "0"]),
    ],
)
async def test_what_cannot_be_an_order_is_refused(
    shop: Shop, changed: dict[str, Any], code: str, field: list[str]
) -> None:
    payload = await shop.attempt("orderPlace", ORDER, **{**order_input(line("MUG", 1)), **changed})
    assert [(each["code"], each["field"]) for each in payload["userErrors"]] == [(code, field)]
    assert payload["order"] is None
    assert await shop.rows("SELECT number FROM orders") == []
    assert await shop.stock("MUG") == {"east": (10, 0, 0), "west": (5, 0, 0)}


async def test_a_key_that_cannot_be_stored_is_refused(shop: Shop) -> None:
    payload = await shop.attempt("orderPlace", ORDER, key="k\0", **order_input(line("MUG", 1)))
    assert [(each["code"], each["field"]) for each in payload["userErrors"]] == [("INVALID", ["idempotencyKey"])]
    assert await shop.rows("SELECT number FROM orders") == []


async def test_everything_wrong_is_told_at_once(shop: Shop) -> None:
    payload = await shop.attempt("orderPlace", ORDER, **order_input(line("", 0, "-1"), channel=""))
    assert [each["field"][-1] for each in payload["userErrors"]] == ["channel", "sku", "quantity", "amount"]


async def test_a_line_is_promised_from_as_few_places_as_can_be(shop: Shop) -> None:
    await shop.do("orderPlace", ORDER, **order_input(line("LAMP", 4)))
    assert await shop.stock("LAMP") == {"east": (3, 0, 0), "west": (4, 4, 0)}
    payload = await shop.do("orderPlace", ORDER, **order_input(line("LAMP", 5)))
    assert payload["order"]["fulfillmentStatus"] == "BACKORDERED"
    assert payload["order"]["lines"][0]["quantities"] == {
        "ordered": 5, "reserved": 3, "backordered": 2, "allocated": 0, "canceled": 0,
    }  # fmt: skip
    assert await shop.stock("LAMP") == {"east": (3, 3, 0), "west": (4, 4, 0)}
    await shop.require_sound()


async def test_an_orders_discount_is_spread_to_the_last_cent(shop: Shop) -> None:
    lines = line("MUG", 1, "10.00"), line("LAMP", 1, "10.00"), line("PEN", 1, "10.00")
    payload = await shop.do("orderPlace", ORDER, **order_input(*lines, discount=usd("10.00")))
    assert [each["discount"]["amount"] for each in payload["order"]["lines"]] == ["3.33", "3.33", "3.34"]
    assert payload["order"]["totals"]["total"]["amount"] == "20.00"


async def test_a_draft_reserves_nothing_until_it_is_submitted(shop: Shop) -> None:
    draft = (await shop.do("orderPlace", ORDER, **order_input(line("MUG", 2), draft=True)))["order"]
    assert draft["status"] == "DRAFT"
    assert await shop.stock("MUG") == {"east": (10, 0, 0), "west": (5, 0, 0)}
    submitted = (await shop.do("orderSubmit", ORDER, orderId=draft["id"], expectedVersion=1))["order"]
    assert (submitted["status"], submitted["version"]) == ("CONFIRMED", 2)
    assert await shop.stock("MUG") == {"east": (10, 2, 0), "west": (5, 0, 0)}
    again = await shop.attempt("orderSubmit", ORDER, orderId=draft["id"])
    assert [(each["code"], each["state"]) for each in again["userErrors"]] == [("ILLEGAL_TRANSITION", "CONFIRMED")]
    stale = await shop.attempt("orderSubmit", ORDER, orderId=draft["id"], expectedVersion=1)
    assert [(each["code"], each["currentVersion"]) for each in stale["userErrors"]] == [("VERSION_CONFLICT", 2)]
    await shop.require_sound()
