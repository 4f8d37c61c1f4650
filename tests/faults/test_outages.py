"""Gateway and carrier are slow, fail before or after what they were asked for, say it twice or in another order.

Each order ends where it should all the same, and nothing is charged, refunded or labeled twice.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from itertools import count
from random import Random

import pytest

from app import wiring
from app.connectors import registry
from app.connectors.transport import TransportLimits
from app.sandbox.faults import Fault
from app.sandbox.webhook_sender import WebhookOrder
from app.wiring import policy_of
from app.workflows import shipment_label, shipment_void
from app.workflows.payment_settle import LEASE_MARGIN_S
from tests.faults.caller import Caller
from tests.faults.lives import Fate, Life
from tests.faults.outside import VENDORS
from tests.faults.trial import Trial, running_trial
from tests.serving import served

FAULTS = [
    Fault.SLOW,
    Fault.ERROR_BEFORE,
    Fault.DOWN,
    Fault.GARBAGE,
    Fault.ERROR_AFTER,
    Fault.DROP_AFTER,
    Fault.TIMEOUT_AFTER,
]
FATES = [Fate.RETURNED, Fate.CANCELED]
"""Of both together every kind of request is made."""
ANSWERS_WITHIN_S = 0.4
"""Else nobody waits any longer."""
LATE_S = 2 * ANSWERS_WITHIN_S
TICK_S = 0.02
MINUTE_TICKS = 12
"""Jobs that are to be tried again later are tried after so many."""
CIRCUIT_OPEN_S = MINUTE_TICKS * TICK_S / 2
"""As in life, it is closed again long before the last attempt."""
REQUESTS_FAILING = 40
"""From then on none does: a job has a limited number of attempts."""


@pytest.fixture
async def trial(migrated_database: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Trial]:
    monkeypatch.setattr(
        wiring, "policy_of", lambda settings: replace(policy_of(settings), gateway_timeout_s=ANSWERS_WITHIN_S)
    )
    limits = partial(TransportLimits, circuit_open_s=CIRCUIT_OPEN_S)
    monkeypatch.setattr(registry, "TransportLimits", limits)
    for module in (shipment_label, shipment_void):
        monkeypatch.setattr(module, "CALL_TIMEOUT_S", ANSWERS_WITHIN_S)
    async with running_trial(migrated_database) as running:
        yield running


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("fate", FATES)
async def test_a_life_goes_on_whichever_request_fails(trial: Trial, fate: Fate, fault: Fault) -> None:
    requests, fails_at = 1, 0
    while fails_at < requests:
        fails_at += 1
        requests = await _lived(trial, fate, {fails_at: fault})


async def test_a_life_goes_on_though_half_of_all_requests_fail(trial: Trial) -> None:
    random = Random(5)  # noqa: S311 - no secret
    for fate in Fate:
        # Not each second one: whoever asks twice an attempt would meet the same fault each time, to the last attempt.
        failing = random.sample(range(1, REQUESTS_FAILING), REQUESTS_FAILING // 2)
        await _lived(trial, fate, {number: random.choice(FAULTS) for number in failing})


@pytest.mark.parametrize("is_reversed", [False, True])
async def test_what_a_gateway_tells_twice_and_late_changes_nothing(trial: Trial, is_reversed: bool) -> None:
    webhooks = trial.outside.stripe.app.webhooks
    async with served(trial.http) as address:
        await webhooks.set(WebhookOrder(f"{address}/webhooks/stripe", copies=2, is_held=True))
        await _lived(trial, Fate.RETURNED, {})
        before = await trial.look()
        assert await webhooks.release(is_reversed=is_reversed) > 0
        ended = asyncio.Event()
        ended.set()
        await _work(trial, ended)
        await webhooks.set(WebhookOrder(None))
    after = await trial.look()
    for kind in ("orders", "payments", "lines", "exceptions"):
        assert after.rows[kind] == before.rows[kind]
    assert await trial.broken_laws() == []


async def _lived(trial: Trial, fate: Fate, faults: dict[int, Fault]) -> int:
    """How many requests to vendors it took; those that are named in `faults` failed."""
    requests = 0

    def fail(vendor: str) -> None:
        nonlocal requests
        requests += 1
        if requests in faults:
            trial.outside.fails(vendor, faults[requests])

    await trial.begin()
    before = _done(trial)
    trial.outside.on_request = fail
    stopped = asyncio.Event()
    async with asyncio.TaskGroup() as group, trial.client() as client:
        group.create_task(_work(trial, stopped))
        caller = Caller(client, lambda: ["http://shop/graphql"], Random(1))  # noqa: S311 - no secret
        await Life(caller, "life", fate, Random(1)).live()  # noqa: S311 - no secret
        stopped.set()
    trial.outside.on_request = lambda _: None
    for vendor in VENDORS:
        trial.outside.fails(vendor, Fault.CLEAR, times=None)
    await _require_once(trial, before)
    return requests


async def _work(trial: Trial, stopped: asyncio.Event) -> None:
    """As a worker does, until nothing is left to do."""
    for tick in count():
        if tick % MINUTE_TICKS == 0:
            await trial.pass_time(late_s=LATE_S, lease_s=ANSWERS_WITHIN_S + LEASE_MARGIN_S)
        left = await trial.work_off()
        if stopped.is_set() and not left:
            return
        await asyncio.sleep(TICK_S)


def _done(trial: Trial) -> dict[str, int]:
    taken, given_back = trial.outside.taken_minor()
    done = {kind: len(counts) for kind, counts in trial.outside.effects().items()}
    return done | {"taken": taken, "given back": given_back}


async def _require_once(trial: Trial, before: dict[str, int]) -> None:
    assert {count for counts in trial.outside.effects().values() for count in counts.values()} <= {1}
    did = {kind: count - before.get(kind, 0) for kind, count in _done(trial).items()}
    known = await trial.known()
    assert {kind: count for kind, count in did.items() if count} == {
        kind: count for kind, count in known.items() if count
    }
    seen = await trial.look()
    assert [each["category"] for each in seen.exceptions if each["resolved_at"] is None] == []
    assert await trial.broken_laws() == []
