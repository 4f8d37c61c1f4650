"""What is the same for every command: one transaction, its idempotency key, its dry run, its refusals.

A mutation cannot get around it: `perform` is the only way from the API to the store (docs/writing-a-mutation.md).
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

import asyncpg

from app.connectors.contract import SourceFailure
from app.domain.actor import Actor
from app.domain.refusals import Refusal, RefusalCode, Refused, SourceRefusal
from app.stores.commands import KeyState, look_up, store
from app.stores.transaction import ReadsOf, Transaction, Writers
from app.workflows.work import JobData, Work

ATTEMPTS_MAX = 5
IDEMPOTENCY_KEY_CHARACTERS_MAX = 255
_CONTENDED = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
    # Another call did the same at the same moment; the next attempt finds what it left.
    asyncpg.UniqueViolationError,
)
"""Nothing was done, and the same again may well succeed."""

Ids = Mapping[str, UUID | str | Sequence[UUID] | None]


@dataclass(frozen=True, slots=True)
class Step:
    """A job that is done at once, once the command is committed. It is queued as well, should this process die."""

    name: str
    data: JobData


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command did: keys of rows by the payload's field, further values of the payload, and what comes next."""

    ids: Ids = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    step: Step | None = None


@dataclass(frozen=True, slots=True)
class Request:
    mutation: str
    fingerprint: bytes
    """Of the mutation and its input."""
    actor: Actor
    idempotency_key: str | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    ids: Ids
    values: Mapping[str, Any]
    refusals: Sequence[Refusal]
    replayed: bool
    dry_run: bool


Do = Callable[[Transaction], Awaitable[Outcome]]
Perform = Callable[[JobData, Work], Awaitable[Sequence[Refusal]]]
"""A job as a step: tells what came of it, also when it was done before. Raises SourceFailure where no answer came."""


class Hold(Protocol):
    """Makes the payload be read inside the transaction of a dry run; `release` rolls it back."""

    def __call__(self, connections: ReadsOf, release: Callable[[], Awaitable[None]]) -> None: ...


async def perform(request: Request, do: Do, work: Work, steps: Mapping[str, Perform], hold: Hold) -> Answer:
    """Raises nothing that a caller could act on: that is in the answer's refusals."""
    try:
        if request.dry_run:
            return await _rehearse(request, do, work.writers, hold)
        outcome, replayed = await _commit(request, do, work.writers)
    except Refused as refused:
        return Answer({}, {}, refused.refusals, replayed=False, dry_run=request.dry_run)
    refusals = [] if outcome.step is None else await _take(outcome.step, work, steps)
    return Answer(outcome.ids, outcome.values, refusals, replayed=replayed, dry_run=False)


async def _rehearse(request: Request, do: Do, writers: Writers, hold: Hold) -> Answer:
    """Without its key: a dry run leaves nothing behind, so there is nothing to repeat."""
    async with AsyncExitStack() as stack:
        tx = await stack.enter_async_context(writers.rehearsal(request.actor))
        outcome = await do(tx)
        hold(ReadsOf(tx), stack.pop_all().aclose)
    return Answer(outcome.ids, outcome.values, (), replayed=False, dry_run=True)


async def _commit(request: Request, do: Do, writers: Writers) -> tuple[Outcome, bool]:
    """The outcome, and whether it is an earlier call's. Raises Refused; then nothing was written."""
    for attempt in range(1, ATTEMPTS_MAX + 1):
        try:
            async with writers.transaction(request.actor) as tx:
                known = await _known(tx, request)
                if known is not None:
                    return known, True
                outcome = await do(tx)
                if request.idempotency_key is not None:
                    answer = _printed(outcome)
                    await store(tx, request.idempotency_key, request.mutation, request.fingerprint, answer)
            return outcome, False
        except _CONTENDED:
            if attempt == ATTEMPTS_MAX:
                raise
            await asyncio.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311 - so that two do not meet again
    raise AssertionError("the last attempt returns or raises")


async def _known(tx: Transaction, request: Request) -> Outcome | None:
    """None where this is the first call of its key. Raises Refused."""
    key = request.idempotency_key
    if key is None:
        return None
    if not 0 < len(key) <= IDEMPOTENCY_KEY_CHARACTERS_MAX or "\0" in key:
        message = f"idempotencyKey must have 1 to {IDEMPOTENCY_KEY_CHARACTERS_MAX} characters, none of them U+0000"
        raise Refused(Refusal(code=RefusalCode.INVALID, message=message, field=("idempotencyKey",)))
    known = await look_up(tx, key, request.fingerprint)
    match known.state:
        case KeyState.IN_PROGRESS:
            message = "a call with this idempotencyKey is under way; ask again in a moment"
            raise Refused(Refusal(code=RefusalCode.IDEMPOTENCY_IN_PROGRESS, message=message, field=("idempotencyKey",)))
        case KeyState.OTHER_INPUT:
            message = "this idempotencyKey was used with another input; take a new key for a new command"
            raise Refused(Refusal(code=RefusalCode.IDEMPOTENCY_MISMATCH, message=message, field=("idempotencyKey",)))
        case KeyState.ANSWERED:
            return _read(known.answer)
    return None


async def _take(step: Step, work: Work, steps: Mapping[str, Perform]) -> Sequence[Refusal]:
    try:
        return await steps[step.name](step.data, work)
    except SourceFailure as failure:
        return [refusal_of(failure, step)]


def refusal_of(failure: SourceFailure, step: Step) -> SourceRefusal:
    """What was asked for is recorded and goes on by itself; the caller learns which source keeps it waiting."""
    retry_after_s = failure.retry_after_s
    is_payment = step.name.startswith("payment.")
    return SourceRefusal(
        code=RefusalCode.PAYMENT_UNAVAILABLE if is_payment else RefusalCode.SOURCE_UNAVAILABLE,
        message=f"{failure.message}; it is recorded and will be tried again without you",
        source_key=failure.source_key,
        retry_after_s=None if retry_after_s is None else max(1, round(retry_after_s)),
    )


def _printed(outcome: Outcome) -> Any:
    step = None if outcome.step is None else [outcome.step.name, outcome.step.data]
    return {"ids": outcome.ids, "values": outcome.values, "step": step}


def _read(answer: Any) -> Outcome:
    ids = {
        name: [UUID(each) for each in found] if isinstance(found, list) else found and _key_of(found)
        for name, found in answer["ids"].items()
    }
    step = answer["step"]
    return Outcome(ids, answer["values"], None if step is None else Step(*step))


def _key_of(text: str) -> UUID | str:
    """A connector's is the word that names its source, which has no hyphens; all others are UUIDs."""
    return UUID(text) if "-" in text else text
