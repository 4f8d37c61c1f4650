"""A parcel's tracking, live: all parcels of a page at once, and one field when the carrier is dead."""

from typing import Any

import pytest

from app.wiring import Demo
from tests.graphql.asking import ask, ask_by, set_fault

QUERY = """query ($maxAge: Duration) { customers(first: 25) { nodes { shipments(first: 10) { nodes {
  status trackingNumber carrier { key } events { at status city country }
  tracking(maxAge: $maxAge) {
    status estimatedDeliveryAt events { at status city country }
    sources { source { key } state asOf error } } } } } } }"""


def shipments(data: Any) -> list[Any]:
    return [shipment for customer in data["customers"]["nodes"] for shipment in customer["shipments"]["nodes"]]


def of_ups(data: Any) -> list[Any]:
    return [shipment for shipment in shipments(data) if (shipment["carrier"] or {}).get("key") == "ups"]


@pytest.mark.parametrize(("engine", "statements"), [("plan", 1), ("interpreter", 4)])
async def test_the_carrier_tells_what_was_recorded_of_it_and_nothing_else(
    demo: Demo, engine: str, statements: int
) -> None:
    await ask(demo, QUERY)  # So that the token is there.
    answer = await ask_by(engine, demo, QUERY)
    assert answer.errors == []
    known = of_ups(answer.data)
    assert len(known) == 9
    for shipment in known:
        label, *events = shipment["tracking"]["events"]
        assert label["status"] == "LABEL_PURCHASED"
        assert events == shipment["events"]
        assert shipment["tracking"]["status"] == shipment["status"]
        [source] = shipment["tracking"]["sources"]
        assert (source["source"]["key"], source["state"], source["error"]) == ("ups", "FRESH", None)
    others = [shipment["tracking"] for shipment in shipments(answer.data) if shipment not in known]
    assert others == [None] * 5
    assert (answer.requests, len(answer.statements)) == ({"ups": 9}, statements)


async def test_a_dead_carrier_costs_the_field(fresh_demo: Demo) -> None:
    await set_fault(fresh_demo, "ups", "garbage")
    answer = await ask(fresh_demo, QUERY)
    known = of_ups(answer.data)
    assert [shipment["tracking"] for shipment in known] == [None] * 9
    assert [shipment["status"] for shipment in known] == ["DELIVERED"] * 9
    assert {code for code, _ in answer.codes} == {"SOURCE_UNAVAILABLE"}
    assert [path[-1] for _, path in answer.codes if path] == ["tracking"] * 9
    assert {error["extensions"]["source"] for error in answer.errors} == {"ups"}


async def test_it_is_remembered_for_as_long_as_the_caller_likes(fresh_demo: Demo) -> None:
    live = await ask(fresh_demo, QUERY, maxAge="PT1H")
    remembered = await ask(fresh_demo, QUERY, maxAge="PT1H")
    assert (live.requests, remembered.requests) == ({"ups": 10}, {})
    await set_fault(fresh_demo, "ups", "down")
    stale = await ask(fresh_demo, QUERY, maxAge="PT0S")
    assert stale.errors == []
    told = [{**shipment["tracking"], "sources": None} for shipment in of_ups(stale.data)]
    assert told == [{**shipment["tracking"], "sources": None} for shipment in of_ups(live.data)]
    for answer, state in ((live, "FRESH"), (remembered, "CACHED"), (stale, "STALE")):
        states = {shipment["tracking"]["sources"][0]["state"] for shipment in of_ups(answer.data)}
        assert states == {state}


async def test_an_event_names_its_source(demo: Demo) -> None:
    query = QUERY.replace("estimatedDeliveryAt events { at", "estimatedDeliveryAt events { source { key name } at")
    answer = await ask(demo, query)
    assert answer.errors == []
    sources = [event["source"] for shipment in of_ups(answer.data) for event in shipment["tracking"]["events"]]
    assert sources == [{"key": "ups", "name": "UPS"}] * len(sources)
    assert len(sources) > 7
