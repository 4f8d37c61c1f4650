"""A client that is told nothing when a server dies: it asks again with the same key, until it has an answer."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx2

from app.schema import schema

IDS = {
    "paymentAuthorize": "payment { id } transaction { id }",
    "paymentCapture": "payment { id } transaction { id }",
    "paymentVoid": "payment { id } transaction { id }",
    "paymentRefund": "payment { id } transaction { id }",
    "orderHold": "order { id } hold { id }",
    "orderEdit": "order { id } change { id }",
    "orderCancel": "order { id } change { id }",
    "fulfillmentOrderShip": "fulfillmentOrder { id } shipment { id }",
    "inventoryAdjust": "positions { id }",
}
"""What is asked of a payload besides the entity that the mutation is named after."""
ENTITIES = ("order", "fulfillmentOrder", "shipment", "return")
AGAIN_S = 0.2
PATIENCE_S = 120
NOT_YET = frozenset({"IDEMPOTENCY_IN_PROGRESS"})
"""Nothing was decided: to be asked again."""
GOES_ON = frozenset({"PAYMENT_UNAVAILABLE", "SOURCE_UNAVAILABLE"})
"""The command is done; what it asked of others is still under way."""


class GivenUp(Exception):
    """The server died, and whoever called does not come back to ask what became of it."""


@dataclass(frozen=True)
class Acknowledged:
    mutation: str
    input: dict[str, Any]
    key: str
    payload: dict[str, Any]


@dataclass
class Caller:
    client: httpx2.AsyncClient
    urls: Callable[[], Sequence[str]]
    random: Random
    on_call: Callable[[], None] = lambda: None
    expects: frozenset[str] = frozenset()
    """Codes of errors that are no fault: where the store is away, say. What failed with one is asked again."""
    gives_up: float = 0.0
    """With this probability it does not ask a second time."""
    acknowledged: list[Acknowledged] = field(default_factory=list)
    given_up: int = 0
    lost: int = 0
    """Connections."""
    away: int = 0
    """Answers with an error that was expected."""
    refused: dict[str, int] = field(default_factory=dict)

    async def do(self, mutation: str, key: str, /, **input_: Any) -> Any:
        """The payload. Raises GivenUp."""
        self.on_call()
        async with asyncio.timeout(PATIENCE_S):
            is_patient = self.random.random() >= self.gives_up
            while (payload := await self._sent(mutation, key, input_)) is None:
                if not is_patient:
                    self.given_up += 1
                    raise GivenUp
                await asyncio.sleep(AGAIN_S)
            return payload

    async def _sent(self, mutation: str, key: str, input_: dict[str, Any]) -> Any:
        """None where there is no answer, or where it is to be asked for again."""
        try:
            answer = await self._posted(_document(mutation), {"input": input_, "key": key})
        except httpx2.HTTPError:
            self.lost += 1
            return None
        if answer is None:
            return None
        payload = answer[mutation]
        codes = {each["code"] for each in payload["userErrors"]}
        for code in codes:
            self.refused[code] = self.refused.get(code, 0) + 1
        if codes & NOT_YET:
            return None
        if not codes <= GOES_ON:
            return payload
        self.acknowledged.append(Acknowledged(mutation, input_, key, payload))
        return payload

    async def read(self, query: str, **variables: Any) -> Any:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    answer = await self._posted(query, variables)
                except httpx2.HTTPError:
                    answer = None
                if answer is not None:
                    return answer
                await asyncio.sleep(AGAIN_S)

    async def _posted(self, query: str, variables: dict[str, Any]) -> Any:
        """None where the server cannot answer now."""
        url = self.random.choice(self.urls() or [""])
        response = await self.client.post(url, json={"query": query, "variables": variables})
        answer = response.json()
        codes = {each.get("extensions", {}).get("code") for each in answer.get("errors", ())}
        if codes:
            assert codes <= self.expects, answer["errors"]
            self.away += 1
            return None
        return answer["data"]


def _document(mutation: str) -> str:
    type_ = schema._schema.mutation_type
    assert type_ is not None
    input_type = type_.fields[mutation].args["input"].type
    entity = next(each for each in ENTITIES if mutation.startswith((each, "payment")))
    return f"""mutation ($input: {input_type}, $key: String) {{ {mutation}(input: $input, idempotencyKey: $key) {{
        replayed userErrors {{ code message field }} {IDS.get(mutation) or f"{entity} {{ id }}"} }} }}"""
