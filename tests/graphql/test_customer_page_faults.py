"""The customer page with each vendor failing in turn, in each way: it costs that vendor's fields, and nothing else."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

import pytest

from app.cli.demo_sources import demo_sources
from app.http.graphiql import EXAMPLES
from app.settings import Settings
from app.wiring import Demo, running_application
from tests.fixtures_demo import PATIENT
from tests.graphql.asking import ask, kept, set_fault

PAGE = next(path for path in EXAMPLES if path.stem == "customer_360").read_text()
LIVE = re.sub(r"\(maxAge: \"\w+\"\)", "", PAGE)
REMEMBERING = re.sub(r"\b(cases|interactions)\(", r'\1(maxAge: "PT0S", ', PAGE).replace('"PT30S"', '"PT0S"')
"""Content with what is remembered only where asking again fails."""

KEYS = {
    "salesforce": ("salesforce",),
    "sap": ("sap",),
    "shopify": ("shopify", "shopify_outlet"),
    "stripe": ("stripe",),
    "ups": ("ups",),
}
"""Sources by vendor."""
FIELDS = {
    "salesforce": {"cases", "interactions"},
    "sap": {"erpAccounts", "erpDocuments"},
    "shopify": {"storefrontProfiles"},
    "stripe": set[str](),
    "ups": {"tracking"},
}
"""What only that vendor can say. Of payments the store knows."""
FAULTS = ("slow", "down", "garbage", "truncated", "mistyped", "throttled", "error_before")
TEN_MINUTES_MS = 600_000
WARM_ATTEMPTS_MAX = 10
IMPATIENT = Settings(source_timeout_s=5)


@pytest.fixture
def fault() -> str:
    """Where a test has no other."""
    return "down"


@pytest.fixture
async def page(own_demo_with_url: tuple[Demo, str], fault: str) -> AsyncIterator[Demo]:
    """An application of the test's own, whose circuits are closed, before vendors that are all well."""
    demo, url = own_demo_with_url
    settings = IMPATIENT if fault == "slow" else PATIENT
    async with running_application(settings, url, demo_sources(demo.sandbox_url), migrates=False) as application:
        page = Demo(application, demo.sandbox_url, demo.sandbox_token)
        await warm(page)
        yield page
    for key in all_keys():
        await set_fault(demo, key, "clear")


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("vendor", KEYS)
async def test_a_failing_vendor_costs_its_own_fields_alone(page: Demo, vendor: str, fault: str) -> None:
    healthy = await ask(page, LIVE)
    assert healthy.errors == []
    await fail(page, KEYS[vendor], fault)
    answer = await ask(page, LIVE)
    assert answer.status == 200
    assert without(FIELDS[vendor], answer.data) == without(FIELDS[vendor], healthy.data)
    # What was there is null, each with an error that names the source, and there is no other error.
    lost = {path for path, value in live_fields(healthy.data) if path[-1] in FIELDS[vendor] and value is not None}
    assert {path for path, value in live_fields(answer.data) if value is None} >= lost
    assert {tuple(error["path"]) for error in answer.errors} == lost
    code = "SOURCE_TIMED_OUT" if fault == "slow" else "SOURCE_UNAVAILABLE"
    assert {error["extensions"]["code"] for error in answer.errors} <= {code}
    assert {error["extensions"]["source"] for error in answer.errors} <= set(KEYS[vendor])
    others = set(all_keys()) - set(KEYS[vendor])
    assert {key: answer.requests.get(key) for key in others} == {key: healthy.requests.get(key) for key in others}


@pytest.mark.parametrize("fault", ["slow", "down"])
async def test_with_all_vendors_gone_the_stores_part_is_whole(page: Demo, fault: str) -> None:
    healthy = await ask(page, LIVE)
    await fail(page, all_keys(), fault)
    answer = await ask(page, LIVE)
    assert answer.status == 200
    everything = set[str]().union(*FIELDS.values())
    assert without(everything, answer.data) == without(everything, healthy.data)
    assert [value for _, value in live_fields(answer.data) if value is not None] == []
    assert {error["extensions"]["source"] for error in answer.errors} >= {"salesforce", "sap", "ups"}


@pytest.mark.parametrize("vendor", [vendor for vendor in KEYS if FIELDS[vendor]])
async def test_what_was_read_before_stands_in_with_its_age(page: Demo, vendor: str) -> None:
    healthy = await ask(page, REMEMBERING)
    await kept(page)
    await fail(page, KEYS[vendor], "down")
    answer = await ask(page, REMEMBERING)
    assert answer.errors == []
    assert without(set(), answer.data) == without(set(), healthy.data)
    ages = {key: at for key, state, at in told(answer.data) if state == "STALE"}
    assert ages == {key: at for key, _, at in told(healthy.data) if key in KEYS[vendor]}
    assert ages.keys() == set(KEYS[vendor])
    assert {state for key, state, _ in told(answer.data) if key not in KEYS[vendor]} == {"FRESH"}


@pytest.mark.parametrize("vendor", [vendor for vendor in KEYS if FIELDS[vendor]])
async def test_a_vendor_that_recovers_is_back_on_the_page(page: Demo, vendor: str) -> None:
    healthy = await ask(page, LIVE)
    for key in KEYS[vendor]:
        await set_fault(page, key, "garbage", times=1)
    assert (await ask(page, LIVE)).errors != []
    answer = await ask(page, LIVE)
    assert answer.errors == []
    assert without(set(), answer.data) == without(set(), healthy.data)


def all_keys() -> list[str]:
    return [key for keys in KEYS.values() for key in keys]


async def warm(page: Demo) -> None:
    """Each connector fetches its token once. On a busy machine the first attempt may be late."""
    for _ in range(WARM_ATTEMPTS_MAX):
        if (await ask(page, LIVE)).errors == []:
            return
        await asyncio.sleep(1)  # Soon circuits are closed again.


async def fail(page: Demo, keys: Sequence[str], fault: str) -> None:
    """A slow one answers only when the test is over."""
    for key in keys:
        await set_fault(page, key, fault, TEN_MINUTES_MS if fault == "slow" else 0)


def live_fields(data: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Path and value of each field that outside systems were asked for."""
    everything = set[str]().union(*FIELDS.values())
    if isinstance(data, Mapping):
        for name, value in data.items():
            if name in everything:
                yield (*path, name), value
            else:
                yield from live_fields(value, (*path, name))
    elif isinstance(data, list):
        for n, each in enumerate(data):
            yield from live_fields(each, (*path, n))


def without(fields: set[str], data: Any) -> Any:
    """The answer but for these fields, and for how fresh each source's word is."""
    if isinstance(data, list):
        return [without(fields, each) for each in data]
    if isinstance(data, Mapping):
        left = data.keys() - fields - {"asOf", "latencyMs", "state"}
        return {name: without(fields, data[name]) for name in left}
    return data


def told(data: Any) -> list[tuple[str, str, str]]:
    """Source, state and age, wherever the answer has them."""
    if isinstance(data, list):
        return [each for one in data for each in told(one)]
    if not isinstance(data, Mapping):
        return []
    own = [(each["source"]["key"], each["state"], each["asOf"]) for each in data.get("sources") or ()]
    return own + [each for value in data.values() for each in told(value)]
