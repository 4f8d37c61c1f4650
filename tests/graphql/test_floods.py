"""Requests that cost far more than they weigh: each is refused before a statement runs, and others go on meanwhile."""

import asyncio
import json
from dataclasses import dataclass
from itertools import count, cycle

import httpx2
import pytest

from app.stores.engine import recorded_statements
from app.wiring import Demo
from tests.fixtures_demo import client_of
from tests.serving import served

ADA = 'customer(by: {number: "C100001"})'
IDS = "query ($given: [ID!]!) { nodes(ids: $given) { id } }"
LISTS = "query ($given: [String!]!) { availability(skus: $given) { sku } }"
OBJECTS = "query ($given: CustomerWhere) { customers(where: $given) { nodes { id } } }"
NUMBERS = "query ($given: Int) { orders(first: $given) { nodes { id } } }"
FLOODERS = 20


@dataclass(frozen=True)
class Flood:
    query: str
    given: str = "null"
    """The variable of that name, as JSON."""

    def body(self, number: int) -> bytes:
        """Of a text that is not remembered from another number."""
        query = json.dumps(f"{self.query} #{number}")
        return f'{{"query": {query}, "variables": {{"given": {self.given}}}}}'.encode()


def _loop(turns: int) -> str:
    """A customer's orders' customers' orders …: three levels a turn."""
    return _orders_of(_loop(turns - 1), size=100) if turns else "id"


def _orders_of(selection: str, *, size: int, alias: str = "orders") -> str:
    return f"{alias}: orders(first: {size}) {{ nodes {{ customer {{ {selection} }} }} }}"


def _fragments(type_: str, bodies: list[str]) -> str:
    return " ".join(f"fragment F{n} on {type_} {{ {body} }}" for n, body in enumerate(bodies))


def _twice(n: int) -> str:
    return " ".join(_orders_of(f"...F{n + 1}", size=1, alias=f"{side}{n}") for side in "ab")


def _branches(size: int) -> list[str]:
    """Ten from each of the one before, four times."""
    tens = [
        " ".join(_orders_of(f"...F{n + 1}", size=size, alias=f"a{n}{side}") for side in range(10)) for n in range(4)
    ]
    return [*tens, "id"]


def _mesh(size: int) -> str:
    """Each fragment spreads all of them, itself too."""
    return _fragments("Query", [" ".join(f"...F{n}" for n in range(size))] * size)


LIMIT_EXCEEDED = {
    "27 levels": Flood(f"{{ {ADA} {{ {_loop(9)} }} }}"),
    "27 levels of fragments": Flood(
        f"{{ {ADA} {{ ...F0 }} }} "
        + _fragments("Customer", [*(_orders_of(f"...F{n + 1}", size=100) for n in range(9)), "id"])
    ),
    "100 million values within 14 levels": Flood(f"{{ {ADA} {{ {_loop(4)} }} }}"),
    "10,000 aliases": Flood(f"{{ {' '.join(f'a{n}: __typename' for n in range(10_000))} }}"),
    "3,000 aliases": Flood(f"{{ {' '.join(f'a{n}: __typename' for n in range(3_000))} }}"),
    "1,900 operations": Flood(" ".join(f"query Q{n} {{ __typename }}" for n in range(1_900))),
    "30 doublings": Flood(
        "{ ...F0 } " + _fragments("Query", [*(f"...F{n + 1} ...F{n + 1}" for n in range(30)), "locations { key }"])
    ),
    "30 doublings with aliases": Flood(
        f"{{ {ADA} {{ ...F0 }} }} " + _fragments("Customer", [*(_twice(n) for n in range(30)), "id"])
    ),
    "10,000 pages out of 40 aliases": Flood(f"{{ {ADA} {{ ...F0 }} }} " + _fragments("Customer", _branches(1))),
    "10,000 empty pages out of 40 aliases": Flood(f"{{ {ADA} {{ ...F0 }} }} " + _fragments("Customer", _branches(0))),
    "a text of 900,000 letters": Flood(f'{{ customer(by: {{number: "{"x" * 900_000}"}}) {{ id }} }}'),
    "100,000 tokens": Flood(f"{{ {'a ' * 100_000}}}"),
    "9,000 ids": Flood(f"{{ nodes(ids: [{'1 ' * 9_000}]) {{ id }} }}"),
    "100,000 ids in a variable": Flood(IDS, json.dumps(["x"] * 100_000)),
}
BAD_USER_INPUT = {
    "49,000 tokens": Flood(f"{{ {'a ' * 49_000}}}"),
    "49,000 comments": Flood("{ __typename" + "#\n" * 49_000 + "}"),
    "a fragment within itself": Flood("{ ...F0 } fragment F0 on Query { ...F0 }"),
    "a ring of 300 fragments": Flood("{ ...F0 } " + _fragments("Query", [f"...F{(n + 1) % 300}" for n in range(300)])),
    "introspection of introspection": Flood(
        f"{{ __schema {{ types {{ {'fields { type { ' * 5}name{' } }' * 5} }} }} }}"
    ),
    "a mesh of 45 fragments": Flood(f"{{ ...F0 }} {_mesh(45)}"),
    "4,000 unknown directives": Flood(f"{{ __typename {'@a ' * 4_000}}}"),
    "a number of 90,000 digits": Flood(f"{{ orders(first: {'9' * 90_000}) {{ nodes {{ id }} }} }}"),
    "150 lists": Flood(f"{{ availability(skus: {'[' * 150}{']' * 150}) {{ sku }} }}"),
    "4,000 lists": Flood(f"{{ availability(skus: {'[' * 4_000}{']' * 4_000}) {{ sku }} }}"),
    "1,500 objects": Flood(f"{{ customers(where: {'{a: ' * 1_500}1{'}' * 1_500}) {{ nodes {{ id }} }} }}"),
    "3,000 inline fragments": Flood(f"{{ {'... { ' * 3_000}__typename{' }' * 3_000} }}"),
    "150 lists in a variable": Flood(LISTS, "[" * 150 + "]" * 150),
    "900 lists in a variable": Flood(LISTS, "[" * 900 + "]" * 900),
    "100,000 lists in a variable": Flood(LISTS, "[" * 100_000 + "]" * 100_000),
    "900 objects in a variable": Flood(OBJECTS, '{"createdAt":' * 900 + "1" + "}" * 900),
    "50,000 objects in a variable": Flood(OBJECTS, '{"createdAt":' * 50_000 + "1" + "}" * 50_000),
    "2,000 unknown fields of a variable": Flood(OBJECTS, json.dumps({f"x{n}": 1 for n in range(2_000)})),
    "200,000 wrong values of a variable": Flood(LISTS, json.dumps([1] * 200_000)),
    "a variable of 900,000 digits": Flood(NUMBERS, "9" * 900_000),
}


@pytest.mark.parametrize(
    ("code", "flood"),
    [
        *(pytest.param("LIMIT_EXCEEDED", flood, id=name) for name, flood in LIMIT_EXCEEDED.items()),
        *(pytest.param("BAD_USER_INPUT", flood, id=name) for name, flood in BAD_USER_INPUT.items()),
    ],
)
async def test_a_flood_is_refused_before_a_statement_runs(demo: Demo, code: str, flood: Flood) -> None:
    async with client_of(demo) as client:
        with recorded_statements() as statements:
            response = await _send(client, flood, 0)
    answer = response.json()
    assert {error["extensions"]["code"] for error in answer["errors"]} == {code}
    assert answer.get("data") is None
    assert statements == []


async def test_the_process_lives_while_floods_come_in(demo: Demo) -> None:
    """Twenty clients send flood upon flood: whoever asks for health waits for one of each at most, and not for all."""
    refused = 0
    with recorded_statements() as statements:
        async with (
            served(demo.application.http) as url,
            httpx2.AsyncClient(base_url=url, trust_env=False, timeout=60) as client,
        ):
            floods = zip(cycle([*LIMIT_EXCEEDED.values(), *BAD_USER_INPUT.values()]), count(1))

            async def keep_flooding() -> None:
                nonlocal refused
                while True:
                    response = await _send(client, *next(floods))
                    assert response.json()["errors"]
                    refused += 1

            flooders = [asyncio.create_task(keep_flooding()) for _ in range(FLOODERS)]
            for _ in range(3):
                before = refused
                response = await client.get("/health/live")
                assert (response.status_code, response.json()) == (200, {"status": "ok"})
                assert refused - before <= 2 * FLOODERS
                assert not any(flooder.done() for flooder in flooders)
            for flooder in flooders:
                flooder.cancel()
            await asyncio.wait(flooders)
    assert refused > 0
    assert statements == []


async def _send(client: httpx2.AsyncClient, flood: Flood, number: int) -> httpx2.Response:
    headers = {"Content-Type": "application/json"}
    return await client.post("/graphql", content=flood.body(number), headers=headers)
