"""A source in trouble is nobody else's trouble; and its connections are used again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from app.connectors.contract import CircuitState, SourceTimedOut, SourceUnavailable
from app.connectors.oauth import ClientCredentials, TokenAuthorizer
from app.connectors.request import Answer, Authorizer, Request
from app.connectors.transport import SourceTransport, TransportLimits
from tests.connectors.counting_server import CountingServer, counting_server

READ = Request("GET", "/thing", repeatable=True)
LIMITS = TransportLimits(concurrent_requests_max=2, circuit_failures_max=2, attempts_max=1, circuit_open_s=600)


@asynccontextmanager
async def to(server: CountingServer, key: str) -> AsyncIterator[SourceTransport]:
    transport = SourceTransport(key, server.base_url, limits=LIMITS)
    yield transport
    await transport.close()


async def send(transport: SourceTransport, *, timeout_s: float = 30, authorizer: Authorizer | None = None) -> str:
    def read(answer: Answer) -> str:
        return answer.decode(str)

    deadline = asyncio.get_running_loop().time() + timeout_s
    return await transport.send(READ, read, deadline=deadline, authorizer=authorizer)


async def test_connections_are_used_again() -> None:
    async with counting_server() as server, to(server, "erp") as erp:
        for _ in range(20):
            await send(erp)
        assert (server.requests, server.connections) == (20, 1)
        await asyncio.gather(*(send(erp) for _ in range(20)))
        assert server.requests == 40
        assert server.connections <= LIMITS.concurrent_requests_max


async def test_a_source_that_hangs_with_all_its_places_taken_holds_up_no_other() -> None:
    async with (
        counting_server() as hanging,
        counting_server() as well,
        to(hanging, "erp") as erp,
        to(well, "crm") as crm,
    ):
        hanging.may_answer.clear()
        waiting = [asyncio.create_task(send(erp)) for _ in range(10)]
        await hanging.has(LIMITS.concurrent_requests_max)
        assert [await send(crm) for _ in range(5)] == ["yes"] * 5
        assert not any(task.done() for task in waiting)
        hanging.may_answer.set()
        assert await asyncio.gather(*waiting) == ["yes"] * 10


async def test_an_open_circuit_fails_at_once_even_where_all_places_are_taken() -> None:
    async with counting_server() as hanging, to(hanging, "erp") as erp:
        hanging.may_answer.clear()
        for _ in range(2):
            with pytest.raises(SourceTimedOut):
                await send(erp, timeout_s=0.05)
        assert erp.circuit is CircuitState.OPEN
        sent = hanging.requests
        with pytest.raises(SourceUnavailable, match="is not asked for a while"):
            await send(erp)
        assert hanging.requests == sent


@pytest.mark.parametrize("patient_first", [True, False])
async def test_a_token_that_does_not_come_holds_others_up_no_longer_than_their_deadline(*, patient_first: bool) -> None:
    async with counting_server() as hanging, to(hanging, "erp") as erp:
        hanging.may_answer.clear()
        wallet = TokenAuthorizer(
            erp, ClientCredentials("id", "secret"), token_path="/token", as_headers=lambda token: {"X-Token": token}
        )
        timeouts_s = [30, 0.05] if patient_first else [0.05, 30]
        tasks = [asyncio.create_task(send(erp, timeout_s=each, authorizer=wallet)) for each in timeouts_s]
        patient, hasty = tasks if patient_first else reversed(tasks)
        with pytest.raises(SourceTimedOut):
            await hasty
        assert not patient.done()
        patient.cancel()
        await asyncio.wait({patient})
