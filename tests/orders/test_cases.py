"""Cases that service agents open: at the CRM once, shown as it keeps them, and recorded where it does not answer."""

from typing import Any

import orjson
import pytest

from app.sandbox.app import SandboxedSource
from app.sandbox.faults import Fault
from app.workflows.jobs import JOBS
from tests.connectors.vendor_rows import contact_id
from tests.fixtures_shop import Shop, line, order_input
from tests.orders.samples import customer

SHOWN = "case { externalId number subject status priority source { key } } externalId url"
CRACKED = {"subject": "Cracked", "description": "The mug has a crack."}
EVENTS = "SELECT type, actor_kind, data ->> 'order' AS number FROM events WHERE type LIKE 'customer.case%'"


def crm(shop: Shop) -> SandboxedSource:
    assert shop.salesforce is not None
    return shop.salesforce


def opened(shop: Shop) -> list[dict[str, Any]]:
    """Cases at the CRM."""
    return list(crm(shop).app.records.rows("Case"))


async def test_a_case_is_opened_and_shown_as_the_crm_has_it(shop: Shop) -> None:
    customer_id = await customer(shop, contact_id(1))
    placed = await shop.do("orderPlace", "order { id number }", **order_input(line("MUG", 1)))
    order = placed["order"]
    payload = await shop.do(
        "caseCreate", SHOWN, customerId=customer_id, orderId=order["id"], priority="High", **CRACKED
    )
    (case,) = opened(shop)
    assert payload["case"] == {
        "externalId": case["Id"],
        "number": case["CaseNumber"],
        "subject": "Cracked",
        "status": case["Status"],
        "priority": "High",
        "source": {"key": "salesforce"},
    }
    assert (payload["externalId"], payload["url"]) == (case["Id"], f"{shop_url(payload)}/{case['Id']}")
    assert case["ContactId"] == contact_id(1)
    assert case["Description"].startswith(f"The mug has a crack.\n\nOrder: {order['number']}")
    assert await shop.rows(EVENTS) == [
        {"type": "customer.case_requested", "actor_kind": "AGENT", "number": order["number"]}
    ]
    await shop.require_sound()


def shop_url(payload: Any) -> str:
    return str(payload["url"]).rpartition("/")[0]


async def test_the_job_behind_it_opens_no_second_one(shop: Shop) -> None:
    await shop.do("caseCreate", "", customerId=await customer(shop, contact_id(1)), **CRACKED)
    await run_job(shop)
    assert len(opened(shop)) == 1


async def test_a_customer_whom_the_crm_does_not_know_has_a_case_without_them(shop: Shop) -> None:
    payload = await shop.do("caseCreate", SHOWN, customerId=await customer(shop), **CRACKED)
    (case,) = opened(shop)
    assert (payload["case"], payload["externalId"], case.get("ContactId")) == (None, case["Id"], None)


@pytest.mark.parametrize("fault", [Fault.ERROR_BEFORE, Fault.ERROR_AFTER])
async def test_without_an_answer_it_is_recorded_and_opened_once(shop: Shop, fault: Fault) -> None:
    given: dict[str, Any] = {"customerId": await customer(shop, contact_id(1)), **CRACKED}
    await shop.do("caseCreate", "", **given)  # so that there is a token
    crm(shop).state.fault, crm(shop).state.times_left = fault, 1
    refused = await shop.attempt("caseCreate", SHOWN, key="k", **given)
    (error,) = refused["userErrors"]
    assert (error["code"], error["source"]) == ("SOURCE_UNAVAILABLE", {"key": "salesforce"})
    assert (refused["case"], refused["externalId"]) == (None, None)
    again = await shop.attempt("caseCreate", SHOWN, key="k", **given)
    assert (again["userErrors"], again["replayed"]) == ([], True)
    assert again["case"]["externalId"] == again["externalId"]
    await run_job(shop)
    assert len(opened(shop)) == 2


async def test_what_was_remembered_of_their_cases_is_forgotten(shop: Shop) -> None:
    customer_id = await customer(shop, contact_id(1))
    cases = 'cases(first: 5, maxAge: "PT1H") { nodes { subject } }'
    query = f'{{ customer(by: {{id: "{customer_id}"}}) {{ {cases} }} }}'
    assert (await shop.ask(query)).data["customer"]["cases"]["nodes"] == []
    await shop.do("caseCreate", "", customerId=customer_id, **CRACKED)
    assert (await shop.ask(query)).data["customer"]["cases"]["nodes"] == [{"subject": "Cracked"}]


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"subject": "  "}, "INVALID", "subject"),
        ({"subject": "x" * 256}, "INVALID", "subject"),
        ({"description": ""}, "INVALID", "description"),
        ({"connectorKey": "nobody"}, "NOT_FOUND", "connectorKey"),
        ({"connectorKey": "stripe"}, "INVALID", "connectorKey"),
        ({"orderId": "Order:00000000-0000-0000-0000-0000000000ff"}, "NOT_FOUND", "orderId"),
    ],
)
async def test_what_cannot_be_a_case_is_refused(shop: Shop, given: dict[str, str], code: str, field: str) -> None:
    wanted: dict[str, Any] = {"customerId": await customer(shop, contact_id(1)), **CRACKED, **given}
    payload = await shop.attempt("caseCreate", SHOWN, **wanted)
    assert [(each["code"], each["field"]) for each in payload["userErrors"]] == [(code, ["input", field])]
    assert payload["case"] is None
    assert (opened(shop), await shop.rows("SELECT 1 FROM outgoing_documents"), await shop.rows(EVENTS)) == ([], [], [])


async def test_another_customers_order_is_refused(shop: Shop) -> None:
    guest = await shop.do("orderPlace", "order { id number }", **order_input(line("MUG", 1)))
    wanted: dict[str, Any] = {"customerId": await customer(shop), "orderId": guest["order"]["id"], **CRACKED}
    payload = await shop.attempt("caseCreate", SHOWN, **wanted)
    (error,) = payload["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID", ["input", "orderId"])
    assert error["message"] == f"order {guest['order']['number']} is not this customer's"


async def test_what_the_crm_refuses_is_told_and_kept(shop: Shop) -> None:
    wanted: dict[str, Any] = {"customerId": await customer(shop, contact_id(999)), **CRACKED}
    payload = await shop.attempt("caseCreate", SHOWN, **wanted)
    (error,) = payload["userErrors"]
    assert (error["__typename"], error["code"], error["source"]) == ("SourceError", "INVALID", {"key": "salesforce"})
    assert opened(shop) == []
    assert await shop.rows("SELECT written_at FROM outgoing_documents") == [{"written_at": None}]


async def run_job(shop: Shop) -> None:
    sql = "SELECT convert_from(payload, 'UTF8')::jsonb::text AS data FROM jobs.pgqueuer WHERE entrypoint = 'push.cases'"
    for row in await shop.rows(sql):
        await JOBS["push.cases"].run(orjson.loads(row["data"]), shop.application.work)
