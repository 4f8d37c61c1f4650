"""Steps that failed for good: they stop with an exception, and somebody's decision moves them on."""

from typing import Any

from app.stores.jobs import Job, enqueue
from app.workflows.job_kind import FailedJob
from app.workflows.jobs import give_up
from tests.fixtures_shop import TESTER, Shop, line, order_input

EXCEPTION = "exception { id status category message suggestedAction attempts resolvedAt order { number version } }"
ORDER = "order { id version exceptions { id status } events(first: 9) { nodes { type data } } }"


async def failed(shop: Shop, name: str) -> tuple[str, str]:
    """Ids of an order and of its exception, after a job of this name was given up."""
    order = (await shop.do("orderPlace", ORDER, **order_input(line("MUG", 1))))["order"]
    data = {"order_id": order["id"].partition(":")[2]}
    async with shop.application.work.writers.transaction(TESTER) as tx:
        await tx.run("DELETE FROM jobs.pgqueuer")
        await enqueue(tx, Job(name=name, key=f"{name}:1", data=data))
        await tx.run("UPDATE jobs.pgqueuer SET status = 'failed', attempts = 12")
    await give_up(
        FailedJob(name, f"{name}:1", data, 12, "the carrier is down", "shipmentCancel"), shop.application.work
    )
    (row,) = await shop.rows("SELECT id FROM order_exceptions")
    return order["id"], f"OrderException:{row['id']}"


async def jobs(shop: Shop) -> list[dict[str, Any]]:
    return await shop.rows("SELECT entrypoint, status::text, attempts FROM jobs.pgqueuer ORDER BY 1")


async def test_a_job_given_up_is_told_with_the_mutation_that_helps(shop: Shop) -> None:
    order_id, exception_id = await failed(shop, "shipment.label")
    answer = await shop.ask(
        """query ($id: ID!) { order(by: {id: $id}) { version events(first: 9) { nodes { type } }
            exceptions { id status category message suggestedAction attempts } } }""",
        id=order_id,
    )
    assert answer.data["order"]["exceptions"] == [
        {
            "id": exception_id, "status": "OPEN", "category": "shipment.label", "message": "the carrier is down",
            "suggestedAction": "shipmentCancel", "attempts": 12,
        }
    ]  # fmt: skip
    assert [each["type"] for each in answer.data["order"]["events"]["nodes"]] == [
        "order.placed", "order.exception_raised",
    ]  # fmt: skip
    assert answer.data["order"]["version"] == 2
    await shop.require_sound()


async def test_a_retry_queues_the_job_again(shop: Shop) -> None:
    _, exception_id = await failed(shop, "shipment.label")
    payload = await shop.do("exceptionResolve", EXCEPTION, exceptionId=exception_id, retry=True, note="it is up again")
    assert (payload["exception"]["status"], payload["exception"]["order"]["version"]) == ("RESOLVED", 3)
    assert await jobs(shop) == [{"entrypoint": "shipment.label", "status": "queued", "attempts": 0}]
    again = await shop.attempt("exceptionResolve", EXCEPTION, exceptionId=exception_id)
    assert [each["code"] for each in again["userErrors"]] == ["ALREADY_DONE"]
    await shop.require_sound()


async def test_without_a_retry_it_is_only_closed(shop: Shop) -> None:
    _, exception_id = await failed(shop, "shipment.label")
    payload = await shop.do("exceptionResolve", EXCEPTION, exceptionId=exception_id)
    assert payload["exception"]["resolvedAt"] is not None
    assert await jobs(shop) == [{"entrypoint": "shipment.label", "status": "failed", "attempts": 12}]


async def test_where_nothing_can_be_tried_again_a_retry_is_refused(shop: Shop) -> None:
    """Instead of closing an exception behind which nothing moves."""
    _, exception_id = await failed(shop, "shipment.label")
    async with shop.application.work.writers.transaction(TESTER) as tx:
        await tx.run("DELETE FROM jobs.pgqueuer")
    payload = await shop.attempt("exceptionResolve", EXCEPTION, exceptionId=exception_id, retry=True)
    (error,) = payload["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID", ["input", "retry"])
    assert error["message"] == (
        "shipment.label has no step to try again: shipmentCancel may help; without retry the exception is closed"
    )
    assert await shop.rows("SELECT status FROM order_exceptions") == [{"status": "OPEN"}]
    await shop.require_sound()


async def test_units_without_a_place_are_routed_again(shop: Shop) -> None:
    _, exception_id = await failed(shop, "order.route")
    await shop.do("exceptionResolve", EXCEPTION, exceptionId=exception_id, retry=True)
    assert {each["status"] for each in await jobs(shop)} == {"queued"}


async def test_a_job_of_no_order_is_given_up_quietly(shop: Shop) -> None:
    data = {"order_id": "00000000-0000-0000-0000-0000000000ff"}
    await give_up(FailedJob("order.route", "k", data, 1, "gone", None), shop.application.work)
    assert await shop.rows("SELECT id FROM order_exceptions") == []
