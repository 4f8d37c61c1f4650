"""How a block ends early: its client leaves, its time is up, or somebody else cancels it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
from starlette.types import Message

from app.http.supervision import WATCHED_AFTER_S, Supervised

LONG_S = 60.0
SHORT_S = WATCHED_AFTER_S / 5


class Client:
    """Sends nothing, until it leaves."""

    def __init__(self, *messages: Message) -> None:
        self._messages = list(messages)
        self.has_left = asyncio.Event()
        self.is_awaited = asyncio.Event()

    async def receive(self) -> Message:
        self.is_awaited.set()
        if self._messages:
            return self._messages.pop(0)
        await self.has_left.wait()
        return {"type": "http.disconnect"}


async def for_ever() -> None:
    await asyncio.Event().wait()


async def supervised(
    client: Client,
    timeout_s: float = LONG_S,
    block: Callable[[], Awaitable[None]] = for_ever,
    *,
    is_body_read: bool = True,
) -> tuple[str, int]:
    """What is said after the block, and how often the task is still to be canceled."""
    with Supervised(client.receive, timeout_s) as watched:
        if is_body_read:
            watched.body_is_read()
        await block()
        return "answered", 0
    task = asyncio.current_task()
    assert task is not None
    return "ended", task.cancelling()


async def tasks_afterwards() -> set[str]:
    await asyncio.sleep(0)
    return {each.get_name() for each in asyncio.all_tasks()}


async def test_a_block_that_is_over_soon_is_never_watched() -> None:
    client = Client()
    client.has_left.set()

    async def soon() -> None:
        await asyncio.sleep(0)

    assert await supervised(client, block=soon) == ("answered", 0)
    await asyncio.sleep(2 * WATCHED_AFTER_S)
    assert not client.is_awaited.is_set()


async def test_a_block_that_goes_on_is_watched_and_may_end_by_itself() -> None:
    client = Client()
    assert await supervised(client, block=client.is_awaited.wait) == ("answered", 0)  # type: ignore[arg-type]
    assert "supervise a request" not in await tasks_afterwards()


async def test_it_ends_quietly_when_its_client_leaves() -> None:
    client = Client()
    block = asyncio.create_task(supervised(client))
    await client.is_awaited.wait()
    client.has_left.set()
    assert await block == ("ended", 0)


async def test_what_else_arrives_is_not_the_client_leaving() -> None:
    client = Client({"type": "http.request", "body": b"", "more_body": False})
    block = asyncio.create_task(supervised(client))
    await client.is_awaited.wait()
    await asyncio.sleep(0)
    assert not block.done()
    client.has_left.set()
    assert await block == ("ended", 0)


async def test_the_body_is_left_to_the_block_that_reads_it() -> None:
    client = Client()
    with pytest.raises(TimeoutError):
        await supervised(client, 2 * WATCHED_AFTER_S, is_body_read=False)
    assert not client.is_awaited.is_set()


@pytest.mark.parametrize("timeout_s", [0.0, SHORT_S, WATCHED_AFTER_S, 2 * WATCHED_AFTER_S])
async def test_it_fails_when_its_time_is_up(timeout_s: float) -> None:
    client = Client()

    async def told() -> int:
        with pytest.raises(TimeoutError):
            await supervised(client, timeout_s)
        task = asyncio.current_task()
        assert task is not None
        return task.cancelling()

    assert await asyncio.create_task(told()) == 0
    assert "supervise a request" not in await tasks_afterwards()


async def test_whoever_cancels_it_from_outside_is_heard() -> None:
    client = Client()
    block = asyncio.create_task(supervised(client))
    await client.is_awaited.wait()
    block.cancel()
    await asyncio.wait([block])
    assert block.cancelled()
    assert "supervise a request" not in await tasks_afterwards()


async def test_whoever_cancels_it_is_heard_though_the_client_leaves_as_well() -> None:
    client, is_ending = Client(), asyncio.Event()

    async def slow_to_end() -> None:
        try:
            await for_ever()
        finally:
            is_ending.set()
            await for_ever()

    block = asyncio.create_task(supervised(client, block=slow_to_end))
    await client.is_awaited.wait()
    client.has_left.set()
    await is_ending.wait()
    block.cancel()
    await asyncio.wait([block])
    assert block.cancelled()


async def test_what_breaks_in_the_block_is_not_hidden_by_a_client_that_leaves() -> None:
    client = Client()

    async def broken_on_its_way_out() -> None:
        try:
            await for_ever()
        finally:
            raise ValueError("broken")

    async def told() -> int:
        with pytest.raises(ValueError, match="broken"):
            await supervised(client, block=broken_on_its_way_out)
        task = asyncio.current_task()
        assert task is not None
        return task.cancelling()

    block = asyncio.create_task(told())
    await client.is_awaited.wait()
    client.has_left.set()
    assert await block == 0


async def test_a_task_that_was_to_end_before_and_went_on_ends_by_its_own_deadline() -> None:
    async def going_on() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(0)
        with pytest.raises(TimeoutError), Supervised(_silent, timeout_s=0.01):
            await asyncio.Event().wait()

    await asyncio.create_task(going_on())


async def _silent() -> Message:
    await asyncio.Event().wait()
    raise AssertionError("nobody sends anything")
