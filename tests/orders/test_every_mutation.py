"""What each mutation of the schema owes its callers: keys, versions, dry runs, typed refusals, an actor.

A mutation without a sample fails here: none can be forgotten.
"""

from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLObjectType, get_named_type

from app.http.graphql import ANYONE
from app.schema import schema
from app.stores.commands import look_up, store
from tests.fixtures_shop import Shop
from tests.orders.samples import SAMPLES

MUTATIONS = schema._schema.mutation_type
assert isinstance(MUTATIONS, GraphQLObjectType)
NAMES = sorted(MUTATIONS.fields)


def fields_of_input(mutation: str) -> dict[str, Any]:
    assert isinstance(MUTATIONS, GraphQLObjectType)
    type_ = get_named_type(MUTATIONS.fields[mutation].args["input"].type)
    assert isinstance(type_, GraphQLInputObjectType)
    return dict(type_.fields)


def payload_fields(mutation: str) -> set[str]:
    assert isinstance(MUTATIONS, GraphQLObjectType)
    type_ = get_named_type(MUTATIONS.fields[mutation].type)
    assert isinstance(type_, GraphQLObjectType)
    return set(type_.fields)


VERSIONED = [name for name in NAMES if "expectedVersion" in fields_of_input(name)]
WITHOUT_EVENT = ("connectorSync",)
"""What it asks for is done by jobs, and these write the events."""
Sampled = tuple[Shop, str, dict[str, Any]]


def required_ids(mutation: str) -> list[str]:
    return [name for name, field in fields_of_input(mutation).items() if str(field.type) == "ID!"]


async def everything(shop: Shop) -> dict[str, str]:
    """A fingerprint of each table, but for what is remembered of other systems' answers: reading renews that."""
    tables = await shop.rows("""SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
                                 WHERE schemaname IN ('public', 'jobs') AND tablename NOT LIKE 'source_reading%'""")
    prints = (
        f"SELECT '{row['name']}' AS name, md5(string_agg(t::text, '' ORDER BY t::text)) AS print FROM {row['name']} t"
        for row in tables
    )
    return {row["name"]: row["print"] for row in await shop.rows(" UNION ALL ".join(prints))}


@pytest.fixture
async def sample(shop: Shop, request: pytest.FixtureRequest) -> Sampled:
    mutation: str = request.param
    return shop, mutation, await SAMPLES[mutation](shop)


def test_each_has_a_sample_and_the_arguments_that_all_have() -> None:
    assert isinstance(MUTATIONS, GraphQLObjectType)
    assert set(SAMPLES) == set(NAMES)
    for name in NAMES:
        arguments = {key: str(each.type) for key, each in MUTATIONS.fields[name].args.items()}
        assert arguments.pop("input").endswith("Input!"), name
        assert arguments == {"idempotencyKey": "String", "dryRun": "Boolean!"}, name
        assert payload_fields(name) >= {"userErrors", "replayed", "dryRun"}, name


@pytest.mark.parametrize("sample", NAMES, indirect=True)
async def test_a_key_is_done_once_and_the_event_log_says_for_whom(sample: Sampled) -> None:
    shop, mutation, input_ = sample
    (before,) = await shop.rows("SELECT coalesce(max(position), 0) AS position FROM events")
    first = await shop.attempt(mutation, "", key="k", **input_)
    assert (first["userErrors"], first["replayed"], first["dryRun"]) == ([], False, False)
    events = await shop.rows(
        "SELECT actor_kind, actor_id FROM events WHERE position > $1 ORDER BY position", before["position"]
    )
    told = [] if mutation in WITHOUT_EVENT else [(ANYONE.kind, ANYONE.id)]
    assert [(each["actor_kind"], each["actor_id"]) for each in events[:1]] == told
    after = await everything(shop)
    again = await shop.attempt(mutation, "", key="k", **input_)
    assert (again["userErrors"], again["replayed"]) == ([], True)
    assert await everything(shop) == after
    await shop.require_sound()


@pytest.mark.parametrize("sample", NAMES, indirect=True)
async def test_what_is_rehearsed_or_refused_leaves_nothing(sample: Sampled) -> None:
    shop, mutation, input_ = sample
    async with shop.application.work.writers.transaction(ANYONE) as tx:
        await store(tx, "used", "orderPlace", b"of another input", {})
    before = await everything(shop)

    rehearsed = await shop.attempt(mutation, "", key="k", dry_run=True, **input_)
    assert (rehearsed["userErrors"], rehearsed["dryRun"], rehearsed["replayed"]) == ([], True, False)

    mismatch = await shop.attempt(mutation, "", key="used", **input_)
    assert told(mismatch) == [("IDEMPOTENCY_MISMATCH", ["idempotencyKey"])]

    async with shop.application.work.writers.rehearsal(ANYONE) as tx:
        await look_up(tx, "k", b"of a call that has not ended")
        under_way = await shop.attempt(mutation, "", key="k", **input_)
    assert told(under_way) == [("IDEMPOTENCY_IN_PROGRESS", ["idempotencyKey"])]

    too_long = await shop.attempt(mutation, "", key="k" * 256, **input_)
    assert told(too_long) == [("INVALID", ["idempotencyKey"])]

    for field in required_ids(mutation):
        type_name = input_[field].partition(":")[0]
        for id_ in ("Nothing:1", f"{type_name}:00000000-0000-0000-0000-0000000000ff", ""):
            lost = await shop.attempt(mutation, "", **{**input_, field: id_})
            assert told(lost) == [("NOT_FOUND", ["input", field])]
            if not id_.startswith(type_name):
                looks = f'ids of this kind look like "{type_name}:0192…" and come from this API'
                assert lost["userErrors"][0]["message"] == f'"{id_}" does not fit here: {looks}'

    assert await everything(shop) == before


@pytest.mark.parametrize("sample", VERSIONED, indirect=True)
async def test_another_version_than_expected_is_a_conflict(sample: Sampled) -> None:
    shop, mutation, input_ = sample
    before = await everything(shop)
    payload = await shop.attempt(mutation, "", **{**input_, "expectedVersion": 999})
    (error,) = payload["userErrors"]
    assert (error["__typename"], error["field"]) == ("VersionConflict", ["input", "expectedVersion"])
    assert await everything(shop) == before
    right = await shop.attempt(mutation, "", **{**input_, "expectedVersion": error["currentVersion"]})
    assert right["userErrors"] == []


def told(payload: Any) -> list[tuple[str, Any]]:
    return [(each["code"], each["field"]) for each in payload["userErrors"]]
