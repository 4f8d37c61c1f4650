"""The one HTTP client: every request to every vendor passes here and gets the same care.

In order: the deadline shared by everything below, the access token, what the source's rate allows, a place among its
concurrent requests, the circuit breaker, the exchange itself (bounded in bytes), the vendor's reading of the answer,
and on trouble a retry after Retry-After or a jittered pause. No library does the last: those for retries keep their
own time, while a pause here must fit into what is left of the deadline, as the injected clock tells it.

What observers and logs are told of it holds no path, query, header or body: these name people, orders and parcels.
"""

import asyncio
import logging
import random
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import version
from typing import TypeVar

import httpx2
import structlog

from app.connectors.breaker import CircuitBreaker
from app.connectors.contract import (
    CircuitState,
    SourceFailure,
    SourceGarbled,
    SourceRefused,
    SourceThrottled,
    SourceTimedOut,
    SourceUnavailable,
)
from app.connectors.observation import Call, Observer, Observers, outcome_of
from app.connectors.rate import Allowance, Rate
from app.connectors.request import Answer, Authorizer, Request, raise_for_status

T = TypeVar("T")
HttpTransport = httpx2.AsyncBaseTransport
"""What carries the requests: the network, or in tests an application of our own."""

log = structlog.get_logger("junction.connectors")
# The client writes whole URLs and headers into its own logs: queries, customers' ids, cookies.
for _name in ("httpx2", "httpcore2"):
    logging.getLogger(_name).setLevel(logging.WARNING)

USER_AGENT = f"junction/{version('junction')}"
PAUSE_FIRST_S = 0.1
PAUSE_MAX_S = 2.0


@dataclass(frozen=True, slots=True)
class Clock:
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    jitter: Callable[[], float] = random.random
    """A number from 0 up to 1."""


@dataclass(frozen=True, slots=True)
class TransportLimits:
    concurrent_requests_max: int = 8
    attempts_max: int = 3
    response_bytes_max: int = 10_000_000
    circuit_failures_max: int = 5
    circuit_open_s: float = 5.0
    circuit_trial_wait_s: float = 0.5


class SourceTransport:
    """HTTP to one source: its own connections, places and circuit."""

    def __init__(
        self,
        source_key: str,
        base_url: str,
        *,
        limits: TransportLimits | None = None,
        allowance: Allowance | None = None,
        http: HttpTransport | None = None,
        clock: Clock | None = None,
        observer: Observer | None = None,
    ) -> None:
        self.source_key = source_key
        self.last_failure: SourceFailure | None = None
        self._limits = limits or TransportLimits()
        self._clock = clock or Clock()
        # The deadline bounds the whole exchange, so the client's own four timeouts are off.
        self._client = httpx2.AsyncClient(
            base_url=base_url,
            transport=http or httpx2.AsyncHTTPTransport(verify=_tls_context()),
            headers={"User-Agent": USER_AGENT},
            timeout=None,
            follow_redirects=False,
            # One vendor's cookies would grow with its answers, and let requests side by side change each other's
            # session. Where a vendor wants them back, its connector sends them.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        )
        self._observer = observer or Observers()
        self._rate = Rate(allowance, monotonic=self._clock.monotonic)
        self._places = asyncio.Semaphore(self._limits.concurrent_requests_max)
        self._breaker = CircuitBreaker(
            source_key,
            monotonic=self._clock.monotonic,
            failures_max=self._limits.circuit_failures_max,
            open_s=self._limits.circuit_open_s,
            trial_wait_s=self._limits.circuit_trial_wait_s,
        )

    @property
    def circuit(self) -> CircuitState:
        return self._breaker.state

    def correct_rate(self, left: float, *, per_s: float, most: float) -> None:
        """What the source says is left to be asked of it: called by a vendor's `read`, in units of `Request.cost`."""
        self._rate.correct(left, Allowance(per_s, most))

    async def close(self) -> None:
        await self._client.aclose()

    async def send(
        self, request: Request, read: Callable[[Answer], T], *, deadline: float, authorizer: Authorizer | None = None
    ) -> T:
        """The answer as `read` understands it. Raises a SourceFailure, at the latest when the deadline has passed.

        `read` sees answers of 2xx and of the request's `statuses_read` only, and may raise a SourceFailure for trouble
        that is told in the body.
        """
        attempt, is_token_renewed = 1, False
        while True:
            headers = await authorizer.headers(deadline=deadline) if authorizer else {}
            try:
                return await self._attempt(request, headers, read, deadline, attempt)
            except SourceRefused as refusal:
                if refusal.status != 401 or authorizer is None or is_token_renewed:
                    raise
                authorizer.reject(headers)
                is_token_renewed = True
            except SourceUnavailable as failure:
                pause_s = self._pause_s(failure, attempt)
                if not self._may_repeat(request, failure, attempt) or self._left_s(deadline) <= pause_s:
                    raise
                await self._clock.sleep(pause_s)
                attempt += 1

    @asynccontextmanager
    async def within(self, deadline: float) -> AsyncIterator[None]:
        """Raises SourceTimedOut when the block is not done by the deadline."""
        left_s = self._left_s(deadline)
        try:
            if left_s <= 0:
                raise TimeoutError
            async with asyncio.timeout(left_s):
                yield
        except TimeoutError as exc:
            raise SourceTimedOut(self.source_key, f"{self.source_key} did not answer in time") from exc

    async def _attempt(
        self, request: Request, headers: Mapping[str, str], read: Callable[[Answer], T], deadline: float, attempt: int
    ) -> T:
        call = Call(self.source_key, request.name, request.method, attempt)
        started = self._clock.monotonic()
        with self._observer.calling(call):
            try:
                value = await self._in_its_place(call, request, headers, read, deadline)
            except SourceFailure as failure:
                call.outcome = outcome_of(failure)
                if call.was_sent:
                    self.last_failure = failure
                    _log_failure(call, failure)
                raise
            except asyncio.CancelledError:
                call.outcome = "canceled"
                raise
            call.outcome = "ok"
        self.last_failure = None
        log.debug("source answered", **_about(call), latency_ms=round((self._clock.monotonic() - started) * 1000, 3))
        return value

    async def _in_its_place(
        self, call: Call, request: Request, headers: Mapping[str, str], read: Callable[[Answer], T], deadline: float
    ) -> T:
        # Waiting for the rate and for a place is our doing, so it stays outside of the circuit. Where that is open
        # nothing is waited for.
        self._breaker.refuse_if_open()
        since_s = self._clock.monotonic()
        async with self._rated(call, request.cost, deadline):
            async with self.within(deadline):
                await self._places.acquire()
            try:
                async with self.within(deadline):
                    admitted = await self._breaker.admit(waiting_since_s=since_s, deadline=deadline)
                call.was_sent = True
                with admitted:
                    async with self.within(deadline):
                        answer = await self._exchange(request, headers)
                    call.status = answer.status
                    if answer.status not in request.statuses_read:
                        raise_for_status(answer, request.error_code)
                    return read(answer)
            finally:
                self._places.release()

    @asynccontextmanager
    async def _rated(self, call: Call, cost: float, deadline: float) -> AsyncIterator[None]:
        """Raises SourceThrottled at once where the deadline would pass before the rate allows the request."""
        call.waited_s = self._rate.wait_s(cost)
        if call.waited_s > 0 and call.waited_s >= self._left_s(deadline):
            message = f"{self.source_key} takes no more requests for now"
            raise SourceThrottled(self.source_key, message, retry_after_s=call.waited_s)
        self._rate.take(cost)
        try:
            if call.waited_s > 0:
                await self._clock.sleep(call.waited_s)
            yield
        finally:
            self._rate.end(cost, was_sent=call.was_sent)

    async def _exchange(self, request: Request, headers: Mapping[str, str]) -> Answer:
        try:
            async with self._client.stream(
                request.method,
                request.path,
                params=request.params,
                json=request.json,
                data=request.form,
                content=request.body,
                headers={"Accept": "application/json", **(request.headers or {}), **headers},
            ) as response:
                return Answer(self.source_key, response.status_code, response.headers, await self._body(response))
        except httpx2.DecodingError as exc:
            raise SourceGarbled(self.source_key, f"{self.source_key} sent an answer that cannot be read") from exc
        except httpx2.ConnectError as exc:
            raise SourceUnavailable(self.source_key, f"{self.source_key} cannot be reached") from exc
        except httpx2.RequestError as exc:
            raise SourceUnavailable(self.source_key, f"{self.source_key} broke off the connection") from exc

    async def _body(self, response: httpx2.Response) -> bytes:
        body = bytearray()
        async for part in response.aiter_bytes():
            body += part
            if len(body) > self._limits.response_bytes_max:
                limit = f"{self._limits.response_bytes_max} bytes"
                raise SourceGarbled(self.source_key, f"{self.source_key} sent an answer of more than {limit}")
        return bytes(body)

    def _may_repeat(self, request: Request, failure: SourceUnavailable, attempt: int) -> bool:
        if attempt >= self._limits.attempts_max or self.circuit is not CircuitState.CLOSED:
            return False
        if isinstance(failure, SourceTimedOut):
            return False
        # A throttled request was not carried out.
        return request.repeatable or isinstance(failure, SourceThrottled)

    def _pause_s(self, failure: SourceUnavailable, attempt: int) -> float:
        if failure.retry_after_s is not None:
            return failure.retry_after_s
        longest_s: float = min(PAUSE_MAX_S, PAUSE_FIRST_S * 2 ** (attempt - 1))
        return self._clock.jitter() * longest_s

    def _left_s(self, deadline: float) -> float:
        return deadline - self._clock.monotonic()


def _about(call: Call) -> dict[str, object]:
    return {"source": call.source_key, "call": call.name, "attempt": call.attempt, "status": call.status}


def _log_failure(call: Call, failure: SourceFailure) -> None:
    # The cause's type is safe to log; its text may quote a URL or a body.
    cause = type(failure.__cause__).__name__ if failure.__cause__ else None
    log.warning("source failed", **_about(call), failure=type(failure).__name__, reason=failure.message, cause=cause)


@cache
def _tls_context() -> ssl.SSLContext:
    # Reading the trusted certificates takes tens of milliseconds, and all sources trust the same.
    return httpx2.create_ssl_context()
