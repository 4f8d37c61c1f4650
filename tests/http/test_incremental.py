"""@defer and @stream: what is there at once comes first, the rest in parts as it arrives."""

import asyncio
import json
from typing import Any

import asyncpg
import httpx2
import pytest
from starlette.types import Message

from app.http.incremental import Form, form_for
from app.settings import Settings
from app.stores.engine import recorded_statements
from app.wiring import Demo
from tests.fixtures_demo import Seeded, client_of, running_copy
from tests.graphql.asking import request_counts, set_fault
from tests.http.leaving_client import LeavingClient

V0_1 = "multipart/mixed;deferSpec=20220824, application/json"
V0_2 = "multipart/mixed;incrementalSpec=v0.2, application/json"

ADA = 'customer(by: {email: "ada.lovelace@example.com"})'
CASES = "{ " + ADA + ' { displayName ... @defer(label: "crm") { cases(first: 1) { nodes { subject } } } } }'
CONSENTS = "{ " + ADA + ' { displayName ... @defer(label: "law") { consents { channel } } } }'
IMPATIENT = Settings(request_timeout_s=2.0)
NUMBERED = "{ orders(first: %d) { nodes @stream(initialCount: 2) { number lines { sku } } } }"


async def _response(demo: Demo, query: str, accept: str, **request: Any) -> httpx2.Response:
    headers = {"Accept": accept, "Junction-Engine": request.pop("engine", "")}
    async with client_of(demo) as client:
        return await client.post("/graphql", json={"query": query, **request}, headers=headers)


def _parts(response: httpx2.Response, form: Form) -> list[Any]:
    assert (response.status_code, response.headers["Content-Type"]) == (200, form.media_type)
    assert response.headers["Junction-Engine"] == "interpreter"
    before, *parts, after = response.text.split("\r\n---")
    assert (before, after) == ("", "--\r\n")
    head = "\r\nContent-Type: application/json; charset=utf-8\r\n\r\n"
    assert [part[: len(head)] for part in parts] == [head] * len(parts)
    return [json.loads(part[len(head) :]) for part in parts]


async def _asked(demo: Demo, query: str, **request: Any) -> list[Any]:
    return _parts(await _response(demo, query, V0_2, **request), Form.V0_2)


async def _asked_v0_1(demo: Demo, query: str, **request: Any) -> list[Any]:
    return _parts(await _response(demo, query, V0_1, **request), Form.V0_1)


async def _at_once(demo: Demo, query: str, **request: Any) -> Any:
    response = await _response(demo, query, "application/json", **request)
    assert response.headers["Content-Type"] == "application/json; charset=utf-8"
    return response.json()


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("application/json", None),
        ("*/*", None),
        ("application/json, multipart/mixed", Form.V0_1),
        ("multipart/mixed;deferSpec=20220824,application/graphql-response+json,application/json;q=0.9", Form.V0_1),
        ('application/json;q=0.9, multipart/mixed; incrementalSpec="v0.2"', Form.V0_2),
        ("multipart/mixed;incrementalSpec=v0.9", None),
        ("multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json", None),
    ],
)
def test_a_client_names_the_form_it_reads(accept: str, form: Form | None) -> None:
    assert form_for(accept) is form


async def test_the_store_answers_first_and_a_slow_source_later(fresh_demo: Demo) -> None:
    (subject,) = (await _at_once(fresh_demo, CASES))["data"]["customer"]["cases"]["nodes"]
    await set_fault(fresh_demo, "salesforce", "slow", latency_ms=300)
    assert await _asked(fresh_demo, CASES) == [
        {
            "data": {"customer": {"displayName": "Ada Lovelace"}},
            "pending": [{"id": "0", "path": ["customer"], "label": "crm"}],
            "hasNext": True,
        },
        {
            "incremental": [{"data": {"cases": {"nodes": [subject]}}, "id": "0"}],
            "completed": [{"id": "0"}],
            "hasNext": False,
        },
    ]
    assert await _asked_v0_1(fresh_demo, CASES) == [
        {"data": {"customer": {"displayName": "Ada Lovelace"}}, "hasNext": True},
        {
            "incremental": [{"data": {"cases": {"nodes": [subject]}}, "path": ["customer"], "label": "crm"}],
            "hasNext": False,
        },
    ]


async def test_a_page_of_deferred_fragments_asks_the_source_once(demo: Demo) -> None:
    query = "{ customers(first: 20) { nodes { number %s { cases(first: 1) { nodes { number } } } } } }"
    before = await request_counts(demo)
    with recorded_statements() as statements:
        first, *later = await _asked_v0_1(demo, query % "... @defer")
    assert (await request_counts(demo))["salesforce"] - before["salesforce"] <= 2, "a token, and one query"
    assert len(statements) == 1
    nodes = first["data"]["customers"]["nodes"]
    for each in [each for part in later for each in part["incremental"]]:
        nodes[each["path"][2]] |= each["data"]
    assert nodes == (await _at_once(demo, query % "..."))["data"]["customers"]["nodes"]


async def test_fragments_that_overlap_share_their_fields(demo: Demo) -> None:
    query = """{ order(by: {number: "1864"}) { number
        ... @defer { customer { displayName } } ... @defer(label: "mail") { customer { displayName email } } } }"""
    with recorded_statements() as statements:
        first, last = await _asked(demo, query)
    assert len(statements) == 2
    assert [(each["id"], each["path"], each.get("label")) for each in first["pending"]] == [
        ("0", ["order"], None),
        ("1", ["order"], "mail"),
    ]
    assert last["incremental"] == [
        {"data": {"customer": {"displayName": "Ada Lovelace"}}, "id": "0"},
        {"data": {"email": "ada.lovelace@example.com"}, "id": "1", "subPath": ["customer"]},
    ]


async def test_an_error_comes_with_its_part(fresh_demo: Demo) -> None:
    await set_fault(fresh_demo, "salesforce", "down")
    *_, last = await _asked(fresh_demo, CASES)
    ((error,),) = (each["errors"] for each in last["incremental"])
    assert (error["path"], error["extensions"]["code"]) == (["customer", "cases"], "SOURCE_UNAVAILABLE")
    assert last["incremental"] == [{"data": {"cases": None}, "errors": [error], "id": "0"}]
    assert last["completed"] == [{"id": "0"}]
    *_, last = await _asked_v0_1(fresh_demo, CASES)
    (incremental,) = last["incremental"]
    assert (incremental["data"], incremental["path"], incremental["label"]) == ({"cases": None}, ["customer"], "crm")
    assert [each["extensions"]["code"] for each in incremental["errors"]] == ["SOURCE_UNAVAILABLE"]
    async with client_of(fresh_demo) as client:
        metrics = (await client.get("/metrics")).text
    assert 'junction_graphql_operations_total{engine="interpreter",outcome="errors"} 2.0' in metrics


async def test_a_null_that_reaches_beyond_a_fragment_ends_it_alone(demo: Demo) -> None:
    query = """{ order(by: {number: "1864"}) { number
        ... @defer(label: "bad") { mine: customer { number } events(first: 999) { nodes { id } } }
        ... @defer(label: "good") { customer { number } } } }"""
    error = {
        "message": "first may be at most 100 (got 999).",
        "locations": [{"line": 2, "column": 62}],
        "path": ["order", "events"],
        "extensions": {"code": "LIMIT_EXCEEDED"},
    }
    first, *later = await _asked(demo, query)
    assert first["data"] == {"order": {"number": "1864"}}
    assert [each for part in later for each in part.get("completed", ())] == [
        {"id": "0", "errors": [error]},
        {"id": "1"},
    ]
    (data,) = [each["data"] for part in later for each in part.get("incremental", ())]
    assert data == {"customer": {"number": "C100001"}}
    first, *later = await _asked_v0_1(demo, query)
    assert [each for part in later for each in part["incremental"]] == [
        {"data": None, "path": ["order"], "errors": [error], "label": "bad"},
        {"data": data, "path": ["order"], "label": "good"},
    ]


async def test_streamed_items_follow_in_order_and_load_together(demo: Demo) -> None:
    orders = (await _at_once(demo, NUMBERED % 40))["data"]["orders"]["nodes"]
    with recorded_statements() as statements:
        first, *later = await _asked(demo, NUMBERED % 40)
    assert len(statements) == 2, "orders, and their lines"
    assert first["pending"] == [{"id": "0", "path": ["orders", "nodes"]}]
    streamed = [item for part in later for each in part.get("incremental", ()) for item in each["items"]]
    assert first["data"]["orders"]["nodes"] + streamed == orders
    first, *later = await _asked_v0_1(demo, NUMBERED % 40)
    found = first["data"]["orders"]["nodes"]
    assert found == orders[:2]
    for each in [each for part in later for each in part.get("incremental", ())]:
        assert each["path"] == ["orders", "nodes", len(found)]
        found += each["items"]
    assert found == orders


async def test_streams_within_deferred_fragments_count_from_what_they_began_with(demo: Demo) -> None:
    query = """query ($n: String!) { order(by: {number: $n}) { number
        ... @defer { lines @stream(initialCount: 1, label: "rest") { sku } } } }"""
    orders = (await _at_once(demo, NUMBERED % 20))["data"]["orders"]["nodes"]
    number, lines = next((each["number"], each["lines"]) for each in orders if len(each["lines"]) > 1)
    first, *later = await _asked_v0_1(demo, query, variables={"n": number})
    assert first == {"data": {"order": {"number": number}}, "hasNext": True}
    assert [each for part in later for each in part.get("incremental", ())] == [
        {"data": {"lines": lines[:1]}, "path": ["order"]},
        {"items": lines[1:], "path": ["order", "lines", 1], "label": "rest"},
    ]


@pytest.mark.parametrize(("accept", "engine"), [("application/json", ""), (V0_2, "plan")])
async def test_at_once_the_directives_make_no_difference(demo: Demo, accept: str, engine: str) -> None:
    query = '{ order(by: {number: "1864"}) { number ...Rest%s lines%s { sku } } } fragment Rest on Order { status }'
    deferred = await _response(demo, query % ("@defer", "@stream"), accept, engine=engine)
    plain = await _response(demo, query % ("", ""), accept, engine=engine)
    assert deferred.content == plain.content
    assert deferred.headers["Content-Type"] == "application/json; charset=utf-8"
    assert deferred.headers["Junction-Engine"] == "plan"


async def test_if_decides_request_by_request(demo: Demo) -> None:
    query = 'query ($later: Boolean!) { order(by: {number: "1864"}) { number ... @defer(if: $later) { status } } }'
    assert len(await _asked(demo, query, variables={"later": True})) == 2
    response = await _response(demo, query, V0_2, variables={"later": False})
    assert response.headers["Content-Type"] == "application/json; charset=utf-8"
    assert response.json() == {"data": {"order": {"number": "1864", "status": "PROCESSING"}}}


async def test_who_accepts_multipart_alone_gets_json_where_nothing_is_deferred(demo: Demo) -> None:
    response = await _response(demo, "{ __typename }", "multipart/mixed")
    assert response.headers["Content-Type"] == "application/json; charset=utf-8"
    assert response.json() == {"data": {"__typename": "Query"}}
    assert len(_parts(await _response(demo, CASES, "multipart/mixed"), Form.V0_1)) == 2


async def test_the_last_part_tells_how_it_came_about(demo: Demo) -> None:
    *_, last = await _asked(demo, CASES, extensions={"plan": True})
    plan = last["extensions"]["plan"]
    assert (plan["engine"], plan["reason"]) == (
        "interpreter",
        "The query has @defer or @stream, and plans answer at once.",
    )
    assert [(each["path"], each["keys"]) for each in plan["batches"]] == [(["customer", "cases"], 1)]


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        (
            "{ orders(first: 100) { nodes { lines { ... @defer { sku } ... @defer { id } } } } }",
            "LIMIT_EXCEEDED",
            "The answer may come in 2,000 parts; 1,000 is the limit. Defer larger fragments, and stream shorter lists.",
        ),
        (
            "{ " + "".join(f"... @defer {{ t{n}: __typename }} " for n in range(26)) + "}",
            "LIMIT_EXCEEDED",
            "The query has more than 25 @defer and @stream. Defer larger fragments.",
        ),
        (
            '{ order(by: {number: "1864"}) { number @stream } }',
            "BAD_USER_INPUT",
            "Stream directive cannot be used on non-list field 'number' on type 'Order'.",
        ),
    ],
)
async def test_what_is_too_much_or_wrong_is_refused_at_once(demo: Demo, query: str, code: str, message: str) -> None:
    with recorded_statements() as statements:
        response = await _response(demo, query, V0_2)
    assert statements == []
    assert response.headers["Content-Type"] == "application/json; charset=utf-8"
    assert [(each["message"], each["extensions"]["code"]) for each in response.json()["errors"]] == [(message, code)]


async def test_introspection_shows_the_directives(demo: Demo) -> None:
    query = "{ __schema { directives { name locations args { name } } } }"
    directives = {each.pop("name"): each for each in (await _at_once(demo, query))["data"]["__schema"]["directives"]}
    assert directives["defer"] == {
        "locations": ["FRAGMENT_SPREAD", "INLINE_FRAGMENT"],
        "args": [{"name": "if"}, {"name": "label"}],
    }
    assert directives["stream"]["locations"] == ["FIELD"]


async def test_a_source_that_is_too_slow_fails_in_time_for_its_part(seeded: Seeded) -> None:
    async with running_copy(seeded, IMPATIENT) as (demo, _):
        await _asked(demo, CASES)  # So that nothing else takes time.
        await set_fault(demo, "salesforce", "slow", latency_ms=60_000)
        first, last = await _asked(demo, CASES)
    assert first["data"] == {"customer": {"displayName": "Ada Lovelace"}}
    (part,) = last["incremental"]
    assert part["data"] == {"cases": None}
    assert [each["extensions"]["code"] for each in part["errors"]] == ["SOURCE_TIMED_OUT"]


async def test_the_deadline_fails_what_is_awaited(seeded: Seeded) -> None:
    async with running_copy(seeded, IMPATIENT) as (demo, url):
        for ask in (_asked, _asked_v0_1):
            await ask(demo, CONSENTS)
        holding = await asyncpg.connect(url)
        await holding.execute("BEGIN; LOCK TABLE consents IN ACCESS EXCLUSIVE MODE")
        first, last = await _asked(demo, CONSENTS)
        _, last_v0_1 = await _asked_v0_1(demo, CONSENTS)
        await holding.close()
    assert first["data"] == {"customer": {"displayName": "Ada Lovelace"}}
    error = {"message": "The answer took longer than 2 s and was stopped.", "extensions": {"code": "TIMEOUT"}}
    assert last == {"completed": [{"id": "0", "errors": [error]}], "hasNext": False}
    (failed,) = last_v0_1["incremental"]
    assert failed == {"data": None, "path": ["customer"], "errors": [error], "label": "law"}


async def test_a_client_that_leaves_between_parts_ends_the_work(fresh_demo: Demo) -> None:
    await set_fault(fresh_demo, "salesforce", "slow", latency_ms=1_500)
    client = LeavingClient({"query": CASES}, accept=b"multipart/mixed")

    async def send(message: Message) -> None:
        await client.send(message)
        if b"Ada Lovelace" in message.get("body", b""):
            client.left.set()

    before = asyncio.all_tasks()
    await fresh_demo.application.http(client.scope, client.receive, send)
    assert [message.get("more_body") for message in client.sent] == [None, True, True]
    # The source has been left, too; what else there is, is the source itself, about to notice.
    left = asyncio.all_tasks() - before
    asking = [task for task in left if task.get_name().startswith("ask ")]
    assert [task for task in asking if not task.cancelling()] == []
    await asyncio.gather(*left, return_exceptions=True)
    assert [task for task in asking if not task.cancelled()] == []
