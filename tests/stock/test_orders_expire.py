"""Orders that are never confirmed give their units back, and let their holds on money go."""

from app.workflows.orders_expire import expire_orders
from tests.fixtures_shop import Shop, line, order_input, usd

PAYMENT = {"gateway": "bank", "method": "card", "token": "tok"}


async def _unpaid(shop: Shop, units: int) -> str:
    async with shop.application.engine.begin() as connection:
        await connection.exec_driver_sql(
            "INSERT INTO sources (key, name, kind) VALUES ('bank', 'Bank', 'PAYMENT') ON CONFLICT DO NOTHING"
        )
    payload = await shop.do(
        "orderPlace", "order { id status }",
        **order_input(line("MUG", units), payment=PAYMENT, shippingPrice=usd("5.00")),
    )  # fmt: skip
    assert payload["order"]["status"] == "PENDING"
    id_: str = payload["order"]["id"]
    return id_


async def _run(shop: Shop, sql: str) -> None:
    async with shop.application.engine.begin() as connection:
        await connection.exec_driver_sql(sql)


async def test_it_ends_and_its_units_are_free(shop: Shop) -> None:
    order_id = await _unpaid(shop, 12)
    waiting = (await shop.do("orderPlace", "order { id }", **order_input(line("MUG", 5))))["order"]["id"]
    await _run(shop, "UPDATE payment_transactions SET status = 'FAILURE'")
    await _run(shop, "UPDATE payments SET status = 'DECLINED'")
    await _run(shop, "UPDATE orders SET updated_at = now() - interval '6 days 23 hours' WHERE status = 'PENDING'")
    await expire_orders({}, shop.application.work)
    assert await shop.stock("MUG") == {"east": (10, 10, 0), "west": (5, 5, 0)}

    await _run(shop, "UPDATE orders SET updated_at = now() - interval '7 days' WHERE status = 'PENDING'")
    await expire_orders({}, shop.application.work)
    query = """query ($id: ID!) { order(by: {id: $id}) { status totals { total { amount } } changes { kind reason }
        lines { quantities { canceled reserved } } events(first: 9) { nodes { type } } } }"""
    order = (await shop.ask(query, id=order_id)).data["order"]
    assert (order["status"], order["totals"]["total"]["amount"]) == ("EXPIRED", "0.00")
    assert order["changes"][-1] == {"kind": "CANCEL", "reason": "not confirmed in time"}
    assert order["lines"] == [{"quantities": {"canceled": 12, "reserved": 0}}]
    assert {"type": "order.expired"} in order["events"]["nodes"]
    assert await shop.stock("MUG") == {"east": (10, 0, 0), "west": (5, 3, 0)}
    keys = await shop.rows("SELECT dedupe_key FROM jobs.pgqueuer WHERE entrypoint = 'backorders.fill'")
    assert [row["dedupe_key"] for row in keys] == ["backorders.fill:MUG"]
    (others,) = await shop.rows("SELECT status FROM orders WHERE 'Order:' || id = $1", waiting)
    assert others == {"status": "CONFIRMED"}
    await shop.require_sound()


async def test_what_is_held_for_it_is_let_go(shop: Shop) -> None:
    await _unpaid(shop, 2)
    await _run(shop, "UPDATE payment_transactions SET status = 'SUCCESS', amount_minor = 100")
    await _run(shop, "UPDATE payments SET status = 'AUTHORIZED', authorized_minor = 100")
    await _run(shop, "UPDATE orders SET updated_at = now() - interval '8 days'")
    await expire_orders({}, shop.application.work)
    asked = await shop.rows("SELECT kind, status, amount_minor FROM payment_transactions ORDER BY at")
    assert asked[1:] == [{"kind": "VOID", "status": "PENDING", "amount_minor": 100}]
    assert await shop.stock("MUG") == {"east": (10, 0, 0), "west": (5, 0, 0)}


async def test_one_whose_payment_is_undecided_waits(shop: Shop) -> None:
    await _unpaid(shop, 2)
    await _run(shop, "UPDATE orders SET updated_at = now() - interval '8 days'")
    for status in ("PENDING", "UNKNOWN"):
        await _run(shop, f"UPDATE payment_transactions SET status = '{status}'")
        await expire_orders({}, shop.application.work)
        assert await shop.rows("SELECT status FROM orders") == [{"status": "PENDING"}]
    await _run(shop, "UPDATE payment_transactions SET status = 'ACTION_REQUIRED'")
    await expire_orders({}, shop.application.work)
    assert await shop.rows("SELECT status FROM orders") == [{"status": "EXPIRED"}]
