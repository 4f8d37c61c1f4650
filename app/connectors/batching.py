"""Splits a batch into the sizes a vendor accepts and asks for the pieces side by side."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, TypeVar

from app.connectors.contract import SourceFailure

T = TypeVar("T")


async def side_by_side(*calls: Coroutine[Any, Any, T]) -> list[T]:
    """All results in order. The first SourceFailure cancels the other calls and is raised as itself."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(call) for call in calls]
    except* SourceFailure as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]


async def in_chunks(
    ids: Sequence[str], size: int, ask: Callable[[Sequence[str]], Coroutine[Any, Any, Mapping[str, T]]]
) -> dict[str, T]:
    chunks = [ids[start : start + size] for start in range(0, len(ids), size)]
    answers = await side_by_side(*(ask(chunk) for chunk in chunks))
    return {id_: value for answer in answers for id_, value in answer.items()}
