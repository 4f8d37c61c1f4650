"""GET /metrics, read as monitoring reads it."""

import sys

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample
from starlette.applications import Starlette

from app.execution.engine import Way
from app.http.metrics import Metrics


async def _scrape(metrics: Metrics) -> list[Sample]:
    transport = httpx2.ASGITransport(Starlette(routes=[metrics.route()]))
    async with httpx2.AsyncClient(transport=transport, base_url="http://junction") as client:
        response = await client.get("/metrics")
    assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"
    return [sample for family in text_string_to_metric_families(response.text) for sample in family.samples]


def _counts(samples: list[Sample]) -> dict[tuple[str, str], float]:
    """Of those that were counted at all."""
    found = [each for each in samples if each.name == "junction_graphql_operations_total" and each.value]
    return {(each.labels["engine"], each.labels["outcome"]): each.value for each in found}


async def test_operations_are_counted_by_engine_and_outcome() -> None:
    metrics = Metrics()
    assert _counts(await _scrape(metrics)) == {}
    metrics.observe(Way.PLAN, "ok", 0.001)
    metrics.observe(Way.PLAN, "ok", 0.001)
    metrics.observe(Way.INTERPRETER, "errors", 0.2)
    metrics.observe(None, "refused", 0)
    counts = {("plan", "ok"): 2, ("interpreter", "errors"): 1, ("none", "refused"): 1}
    assert _counts(await _scrape(metrics)) == counts


async def test_durations_fall_into_buckets_by_engine() -> None:
    metrics = Metrics()
    for elapsed_s in (0.0004, 0.004, 0.005, 60):
        metrics.observe(Way.PLAN, "ok", elapsed_s)
    samples = [each for each in await _scrape(metrics) if each.labels.get("engine") == "plan"]
    buckets = {each.labels["le"]: each.value for each in samples if each.name.endswith("_bucket")}
    assert {bound: buckets[bound] for bound in ("0.0005", "0.0025", "0.005", "30.0", "+Inf")} == {
        "0.0005": 1,
        "0.0025": 1,
        "0.005": 3,
        "30.0": 3,
        "+Inf": 4,
    }
    (total_s,) = [each.value for each in samples if each.name == "junction_graphql_duration_seconds_sum"]
    assert total_s == pytest.approx(60.0094)


async def test_events_are_counted_by_source_and_those_that_failed_are_shown() -> None:
    async def failed() -> dict[str, int]:
        return {"stripe": 2}

    metrics = Metrics(failed_events=failed)
    for outcome in ("kept", "kept", "unauthentic"):
        metrics.observe_webhook("stripe", outcome)
    found = [each for each in await _scrape(metrics) if each.name.startswith("junction_webhooks")]
    assert {
        (each.name, *sorted(each.labels.values())): each.value for each in found if "_created" not in each.name
    } == {
        ("junction_webhooks_total", "kept", "stripe"): 2,
        ("junction_webhooks_total", "stripe", "unauthentic"): 1,
        ("junction_webhooks_failed", "stripe"): 2,
    }


async def test_two_applications_count_apart() -> None:
    busy, idle = Metrics(), Metrics()
    busy.observe(Way.PLAN, "ok", 0.001)
    assert _counts(await _scrape(busy)) == {("plan", "ok"): 1}
    assert _counts(await _scrape(idle)) == {}


def test_labels_take_the_declared_values_alone() -> None:
    with pytest.raises(KeyError):
        Metrics().observe("C100001", "ok", 0.001)  # type: ignore[arg-type]


async def test_attempts_at_jobs_are_counted_and_the_queue_is_looked_at() -> None:
    lengths = {("order.route", "queued"): 3, ("order.route", "failed"): 1}

    async def queue() -> dict[tuple[str, str], int]:
        return lengths

    metrics = Metrics(queue)
    for outcome in ("retried", "retried", "done"):
        metrics.observe_job("order.route", outcome)
    samples = await _scrape(metrics)
    attempts = [each for each in samples if each.name == "junction_job_attempts_total"]
    assert {each.labels["outcome"]: each.value for each in attempts} == {"retried": 2, "done": 1}
    assert _jobs(samples) == lengths
    lengths = {("order.route", "queued"): 1}
    assert _jobs(await _scrape(metrics)) == lengths


async def test_a_store_that_cannot_be_asked_leaves_the_queue_out() -> None:
    async def queue() -> dict[tuple[str, str], int]:
        raise ConnectionRefusedError

    metrics = Metrics(queue)
    metrics.observe(Way.PLAN, "ok", 0.001)
    samples = await _scrape(metrics)
    assert (_jobs(samples), _counts(samples)) == ({}, {("plan", "ok"): 1})


def _jobs(samples: list[Sample]) -> dict[tuple[str, str], float]:
    return {(each.labels["job"], each.labels["status"]): each.value for each in samples if each.name == "junction_jobs"}


@pytest.mark.skipif(sys.platform != "linux", reason="the process is read from /proc")
async def test_the_process_is_measured() -> None:
    values = {each.name: each.value for each in await _scrape(Metrics())}
    assert 1_000_000 < values["process_resident_memory_bytes"] < 100_000_000_000
