"""One attempt at a job, and what becomes of it: done, tried again later, or given up and told."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import structlog

from app.connectors.contract import SourceFailure
from app.domain.refusals import Refused
from app.stores.transaction import hush
from app.workflows.job_kind import FINAL, RETRY_S_MAX, FailedJob, JobKind, NotWorthRetrying

log = structlog.get_logger("junction.jobs")

Outcome = Literal["done", "retried", "failed"]
GiveUp = Callable[[FailedJob], Awaitable[None]]
_FOR_ANYONE = (NotWorthRetrying, Refused, SourceFailure)
"""Their messages hold no secret and nobody's data."""


@dataclass(frozen=True, slots=True)
class PickedJob:
    name: str
    key: str
    data: Mapping[str, Any]
    attempt: int
    """This one, from 1."""


@dataclass(frozen=True, slots=True)
class Ended:
    outcome: Outcome
    retry_in_s: float | None = None


class _WorkersDied(Exception):
    pass


async def attempt(job: PickedJob, kind: JobKind, work: object, give_up: GiveUp) -> Ended:
    """`give_up` is told of a job that has failed for good. Raises nothing but what cancels it."""
    try:
        if job.attempt > kind.attempts_max:
            raise _WorkersDied
        async with asyncio.timeout(kind.timeout_s):
            await kind.run(job.data, work)
    except Exception as exc:  # noqa: BLE001 - whatever it is, it is this job's, and the worker goes on
        return await _failed(job, kind, exc, give_up)
    log.debug("job_done", job=job.name, key=job.key, attempt=job.attempt)
    return Ended("done")


async def _failed(job: PickedJob, kind: JobKind, exc: Exception, give_up: GiveUp) -> Ended:
    hush(exc)
    again_s = _retry_in_s(job.attempt, kind, exc)
    if job.attempt < kind.attempts_max and not isinstance(exc, FINAL):
        _log_failure("job_retried", job, exc, retry_in_s=round(again_s, 1))
        return Ended("retried", again_s)
    _log_failure("job_failed", job, exc)
    told = FailedJob(
        job.name, job.key, job.data, min(job.attempt, kind.attempts_max), _reason(job, exc), kind.suggested_action
    )
    try:
        await give_up(told)
    except Exception:
        # It must not be lost without a word, so the whole job comes again.
        log.exception("job_failure_not_told", job=job.name, key=job.key, retry_in_s=round(again_s, 1))
        return Ended("retried", again_s)
    return Ended("failed")


def _retry_in_s(attempt: int, kind: JobKind, exc: Exception) -> float:
    backoff_s = min(kind.first_retry_s * 2 ** min(attempt - 1, 30), RETRY_S_MAX)
    asked_s = getattr(exc, "retry_after_s", None) or 0.0
    return float(max(backoff_s * random.uniform(0.75, 1.25), asked_s))  # noqa: S311 - nothing secret about it


def _log_failure(event: str, job: PickedJob, exc: Exception, **more: object) -> None:
    """With its traceback where the message alone does not say what to do."""
    is_expected = isinstance(exc, (*_FOR_ANYONE, TimeoutError, _WorkersDied))
    log.warning(
        event,
        job=job.name,
        key=job.key,
        attempt=job.attempt,
        reason=_reason(job, exc),
        exc_info=None if is_expected else exc,
        **more,
    )


def _reason(job: PickedJob, exc: Exception) -> str:
    if isinstance(exc, _FOR_ANYONE):
        return str(exc)
    if isinstance(exc, _WorkersDied):
        return f"each worker that ran {job.name} died of it or was stopped"
    if isinstance(exc, TimeoutError):
        return f"{job.name} took too long"
    return f"{job.name} broke: {type(exc).__name__}"
