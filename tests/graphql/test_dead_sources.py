"""A dead source costs its field, for as long as it is dead, and nothing else."""

import pytest

from app.wiring import Demo
from tests.graphql.asking import ask, set_fault

QUERY = """query ($maxAge: Duration) { customer(by: {number: "C100001"}) {
  displayName orders(first: 1) { nodes { status } }
  cases(first: 3, maxAge: $maxAge) { nodes { subject } sources { source { key } state asOf error } }
  storefrontProfiles(maxAge: $maxAge) {
    nodes { source { key } orderCount } sources { source { key } state error } } } }"""


@pytest.mark.parametrize(("fault", "says"), [("down", "could not be reached"), ("garbage", "cannot be read")])
async def test_one_field_is_null_and_one_error_names_the_source(fresh_demo: Demo, fault: str, says: str) -> None:
    await set_fault(fresh_demo, "salesforce", fault)
    answer = await ask(fresh_demo, QUERY)
    customer = answer.data["customer"]
    assert customer["cases"] is None
    assert customer["displayName"] == "Ada Lovelace"
    assert len(customer["orders"]["nodes"]) == 1
    assert [each["state"] for each in customer["storefrontProfiles"]["sources"]] == ["FRESH", "FRESH"]
    assert answer.codes == [("SOURCE_UNAVAILABLE", ["customer", "cases"])]
    assert answer.errors[0]["extensions"]["source"] == "salesforce"
    assert answer.status == 200


async def test_a_slow_source_costs_its_field_and_not_the_answer(impatient_demo: Demo) -> None:
    await ask(impatient_demo, QUERY)  # So that nothing else takes time.
    await set_fault(impatient_demo, "salesforce", "slow", latency_ms=30_000)
    answer = await ask(impatient_demo, QUERY)
    customer = answer.data["customer"]
    assert answer.codes == [("SOURCE_TIMED_OUT", ["customer", "cases"])]
    assert customer["cases"] is None
    assert (customer["displayName"], len(customer["orders"]["nodes"])) == ("Ada Lovelace", 1)
    assert [each["state"] for each in customer["storefrontProfiles"]["sources"]] == ["FRESH", "FRESH"]
    stale = (await ask(impatient_demo, QUERY, maxAge="PT0S")).data["customer"]["cases"]
    assert (len(stale["nodes"]), stale["sources"][0]["state"]) == (3, "STALE")


async def test_it_answers_again_when_the_source_does(fresh_demo: Demo) -> None:
    await set_fault(fresh_demo, "salesforce", "garbage")
    assert (await ask(fresh_demo, QUERY)).data["customer"]["cases"] is None
    await set_fault(fresh_demo, "salesforce", "clear")
    answer = await ask(fresh_demo, QUERY)
    assert answer.errors == []
    assert len(answer.data["customer"]["cases"]["nodes"]) == 3


async def test_the_living_half_of_a_field_fed_by_two(fresh_demo: Demo) -> None:
    await set_fault(fresh_demo, "shopify_outlet", "down")
    answer = await ask(fresh_demo, QUERY)
    assert answer.errors == []
    profiles = answer.data["customer"]["storefrontProfiles"]
    assert [each["source"]["key"] for each in profiles["nodes"]] == ["shopify"]
    assert [(each["source"]["key"], each["state"]) for each in profiles["sources"]] == [
        ("shopify", "FRESH"),
        ("shopify_outlet", "UNAVAILABLE"),
    ]
    assert profiles["sources"][1]["error"]


async def test_both_dead_is_null_with_an_error(fresh_demo: Demo) -> None:
    await set_fault(fresh_demo, "shopify", "down")
    await set_fault(fresh_demo, "shopify_outlet", "down")
    answer = await ask(fresh_demo, QUERY)
    assert answer.data["customer"]["storefrontProfiles"] is None
    assert answer.codes == [("SOURCE_UNAVAILABLE", ["customer", "storefrontProfiles"])]


async def test_remembered_fresh_enough_or_stale_with_its_age(fresh_demo: Demo) -> None:
    live = await ask(fresh_demo, QUERY)
    as_of = live.data["customer"]["cases"]["sources"][0]["asOf"]
    cached = await ask(fresh_demo, QUERY, maxAge="PT1H")
    assert cached.data["customer"]["cases"]["sources"][0] | {"source": None} == {
        "source": None,
        "state": "CACHED",
        "asOf": as_of,
        "error": None,
    }
    assert cached.requests == {}
    await set_fault(fresh_demo, "salesforce", "down")
    stale = (await ask(fresh_demo, QUERY, maxAge="PT0S")).data["customer"]["cases"]
    assert stale["nodes"] == live.data["customer"]["cases"]["nodes"]
    assert (stale["sources"][0]["state"], stale["sources"][0]["asOf"]) == ("STALE", as_of)
    assert stale["sources"][0]["error"]
    assert (await ask(fresh_demo, QUERY)).data["customer"]["cases"] is None


async def test_the_timeline_goes_on_without_the_crm_and_says_so(fresh_demo: Demo) -> None:
    await set_fault(fresh_demo, "salesforce", "down")
    query = """{ customer(by: {number: "C100001"}) { timeline(first: 50) {
        nodes { kind } sources { source { key } state } } } }"""
    answer = await ask(fresh_demo, query)
    assert answer.errors == []
    timeline = answer.data["customer"]["timeline"]
    assert {node["kind"] for node in timeline["nodes"]} == {
        "ORDER",
        "PAYMENT",
        "SHIPMENT",
        "RETURN",
        "REFUND",
        "PROFILE",
    }
    assert {each["source"]["key"]: each["state"] for each in timeline["sources"]} == {
        "salesforce": "UNAVAILABLE",
        "shopify": "FRESH",
        "shopify_outlet": "FRESH",
    }


async def test_a_source_that_fails_again_and_again_is_left_alone_and_shows_it(fresh_demo: Demo) -> None:
    await set_fault(fresh_demo, "salesforce", "down")
    for _ in range(3):
        await ask(fresh_demo, QUERY)
    answer = await ask(fresh_demo, QUERY)
    assert answer.requests.get("salesforce") is None
    connectors = (await ask(fresh_demo, "{ connectors { source { key } circuit lastError enabled } }")).data[
        "connectors"
    ]
    by_key = {each["source"]["key"]: each for each in connectors}
    assert (by_key["salesforce"]["circuit"], by_key["shopify"]["circuit"]) == ("OPEN", "CLOSED")
    assert by_key["salesforce"]["lastError"]
    assert by_key["shopify"]["lastError"] is None
