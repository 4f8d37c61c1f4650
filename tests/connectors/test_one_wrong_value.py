"""Whatever single value of an answer is wrong, a connector reads it or fails by type: it never falls over it.

A source's answers are heard once over HTTP, and then told again with one value of one of them exchanged.
"""

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

import httpx2
import pytest
from structlog.testing import capture_logs

from app.connectors.contract import SourceFailure
from app.connectors.ports.feeds import Feed
from app.connectors.registry import Registry
from app.domain.money import Money
from tests.connectors.conftest import Lab
from tests.connectors.test_contract_suite import Offer, every_offer
from tests.connectors.test_feed_suite import METHODS, OFFERED
from tests.connectors.test_gateway_suite import AUTHORIZING, GOOD
from tests.connectors.vendor_rows import make_config

WRONG: tuple[object, ...] = (None, "", 10**30, [], "NaN")
Place = tuple[str | int, ...]
"""The way from an answer's root to one of its values."""
Ask = Callable[[Registry], Awaitable[object]]


class Parrot(httpx2.AsyncBaseTransport):
    """Hears answers, then repeats them, one value exchanged."""

    def __init__(self) -> None:
        self._network = httpx2.AsyncHTTPTransport()
        self.heard: dict[bytes, httpx2.Response] = {}
        self.exchanged: tuple[bytes, Place, object] | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        key = str(request.url).encode() + await request.aread()
        if key not in self.heard:
            answer = await self._network.handle_async_request(request)
            await answer.aread()
            self.heard[key] = answer
        heard = self.heard[key]
        content = heard.content
        if self.exchanged and self.exchanged[0] == key:
            content = json.dumps(with_other(json.loads(content), *self.exchanged[1:])).encode()
        return httpx2.Response(heard.status_code, headers={"Content-Type": "application/json"}, content=content)

    async def aclose(self) -> None:
        await self._network.aclose()


def places(value: object, way: Place = ()) -> Iterator[Place]:
    """Of everything that holds no other value, or is a list."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from places(each, (*way, name))
        return
    yield way
    if isinstance(value, list):
        for number, each in enumerate(value):
            yield from places(each, (*way, number))


def with_other(value: Any, way: Place, other: object) -> object:
    if not way:
        return other
    copy: Any = dict(value) if isinstance(value, Mapping) else list(value)
    copy[way[0]] = with_other(value[way[0]], way[1:], other)
    return copy


async def falls_over(lab: Lab, source: str, ask: Ask) -> list[tuple[Place, object, str]]:
    parrot = Parrot()
    registry = Registry([make_config(source, f"{lab.base_url}/{source}")], http=parrot, clock=lab.clock.as_clock())
    # The first time there is a token to fetch, too.
    await ask(registry)
    answers = {key: json.loads(answer.content) for key, answer in parrot.heard.items()}
    found: list[tuple[Place, object, str]] = []
    exchanges = [(key, place, other) for key in answers for place in places(answers[key]) for other in WRONG]
    for key, place, other in exchanges:
        parrot.exchanged = key, place, other
        # Its circuit is for other tests.
        lab.clock.now_s += 60
        try:
            # Logs of thousands of failures, which nobody reads.
            with capture_logs():
                await ask(registry)
        except SourceFailure:
            pass
        except Exception as exc:  # noqa: BLE001 - these are looked for
            found.append((place, other, repr(exc)))
    await registry.close()
    assert len(exchanges) > len(WRONG)
    return found


@every_offer
async def test_of_what_is_read_live(lab: Lab, offer: Offer) -> None:
    async def ask(registry: Registry) -> None:
        deadline = lab.clock.monotonic() + 60
        await offer.question.ask(registry[offer.source], [offer.known_id], deadline=deadline)

    assert await falls_over(lab, offer.source, ask) == []


@pytest.mark.parametrize(("source", "feed"), OFFERED)
async def test_of_what_is_copied(lab: Lab, source: str, feed: Feed) -> None:
    async def ask(registry: Registry) -> None:
        await getattr(registry[source], METHODS[feed])(None, deadline=lab.clock.monotonic() + 60)

    assert await falls_over(lab, source, ask) == []


@pytest.mark.parametrize("source", AUTHORIZING)
async def test_of_what_a_gateway_says(lab: Lab, source: str) -> None:
    async def ask(registry: Registry) -> None:
        gateway = registry.payment_gateway(source)
        assert gateway is not None
        deadline = lab.clock.monotonic() + 60
        await gateway.authorize("k", amount=Money(5_000, "EUR"), token=GOOD, metadata={}, deadline=deadline)

    assert await falls_over(lab, source, ask) == []
