"""A small shop whose every number is known: three products, two warehouses, Stripe and Salesforce."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import httpx2
import pytest

from app.connectors.ports.feeds import Feed
from app.domain.actor import Actor, ActorKind
from app.sandbox.app import SandboxedSource, close_sandbox, create_sandbox
from app.sandbox.data import SalesforceOrg, SandboxData, StripeAccount
from app.sandbox.server import serve_sandbox
from app.schema import schema
from app.settings import Settings
from app.stores.doctor import Verdict, examine
from app.stores.engine import recorded_statements
from app.wiring import Application, running_application
from tests.connectors.vendor_rows import make_config, make_contact

SHOP = """
INSERT INTO sources (key, name, kind) VALUES ('web', 'Web shop', 'STOREFRONT') ON CONFLICT DO NOTHING;
INSERT INTO products (id, sku, title, price_minor, currency, active) VALUES
    ('00000000-0000-0000-0000-0000000000a1', 'MUG', 'Mug', 1250, 'USD', true),
    ('00000000-0000-0000-0000-0000000000a2', 'LAMP', 'Lamp', 4000, 'USD', true),
    ('00000000-0000-0000-0000-0000000000a3', 'PEN', 'Pen', 300, 'USD', true),
    ('00000000-0000-0000-0000-0000000000a4', 'RELIC', 'Relic', 900, 'USD', false);
INSERT INTO locations (id, key, name, kind, priority, address, latitude, longitude) VALUES
    ('00000000-0000-0000-0000-0000000000b1', 'east', 'East', 'WAREHOUSE', 1,
     '{"line1": "1 Dock Rd", "city": "Newark", "region": "NJ", "postalCode": "07114", "country": "US"}', 40.7, -74.2),
    ('00000000-0000-0000-0000-0000000000b2', 'west', 'West', 'WAREHOUSE', 0,
     '{"line1": "2 Pier St", "city": "Reno", "region": "NV", "postalCode": "89501", "country": "US"}', 39.5, -119.8);
INSERT INTO inventory_positions (id, product_id, location_id, on_hand) VALUES
    ('00000000-0000-0000-0000-0000000000c1', '00000000-0000-0000-0000-0000000000a1',
     '00000000-0000-0000-0000-0000000000b1', 10),
    ('00000000-0000-0000-0000-0000000000c2', '00000000-0000-0000-0000-0000000000a1',
     '00000000-0000-0000-0000-0000000000b2', 5),
    ('00000000-0000-0000-0000-0000000000c3', '00000000-0000-0000-0000-0000000000a2',
     '00000000-0000-0000-0000-0000000000b1', 3),
    ('00000000-0000-0000-0000-0000000000c4', '00000000-0000-0000-0000-0000000000a2',
     '00000000-0000-0000-0000-0000000000b2', 4);
INSERT INTO inventory_movements (position_id, kind, quantity, on_hand_delta, actor_kind, actor_id)
SELECT id, 'RECEIPT', on_hand, on_hand, 'SYSTEM', 'test' FROM inventory_positions
"""
"""MUG: 10 east, 5 west. LAMP: 3 east, 4 west. PEN: nowhere. RELIC: no longer sold."""
USER_ERRORS = """__typename code message field ... on VersionConflict { currentVersion }
    ... on IllegalTransition { state allowed } ... on InsufficientStock { sku requested available }
    ... on SourceError { source { key } retryAfterSeconds }"""
TESTER = Actor(ActorKind.SYSTEM, "test")
ADDRESS = {"line1": "350 Fifth Ave", "city": "New York", "region": "NY", "postalCode": "10118", "country": "US"}


@dataclass(frozen=True)
class Answer:
    data: Any
    errors: list[dict[str, Any]]
    statements: list[str]


@dataclass(frozen=True)
class Shop:
    application: Application
    stripe: SandboxedSource
    salesforce: SandboxedSource | None = None

    async def ask(self, query: str, **variables: Any) -> Answer:
        transport = httpx2.ASGITransport(self.application.http)
        async with httpx2.AsyncClient(transport=transport, base_url="http://shop") as client:
            with recorded_statements() as statements:
                response = await client.post("/graphql", json={"query": query, "variables": variables})
        answer = response.json()
        return Answer(answer.get("data"), answer.get("errors", []), statements)

    async def do(self, mutation: str, selected: str, /, **input_: Any) -> Any:
        """The payload of a mutation that must not refuse."""
        payload = await self.attempt(mutation, selected, **input_)
        assert payload["userErrors"] == []
        return payload

    async def attempt(
        self, mutation: str, selected: str, /, *, key: str | None = None, dry_run: bool = False, **input_: Any
    ) -> Any:
        """Its payload, whatever it says. A field of the input called as a word taken here gets a `_`: `key_`."""
        query = f"""mutation ($input: {input_type(mutation)}, $key: String, $dry: Boolean!) {{
            {mutation}(input: $input, idempotencyKey: $key, dryRun: $dry) {{
                replayed dryRun userErrors {{ {USER_ERRORS} }} {selected} }} }}"""
        given = {name.removesuffix("_"): value for name, value in input_.items()}
        answer = await self.ask(query, input=given, key=key, dry=dry_run)
        assert answer.errors == []
        return answer.data[mutation]

    async def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """What the store holds, asked directly."""
        async with self.application.work.writers.rehearsal(TESTER) as tx:
            return [dict(row) for row in await tx.rows(sql, *values)]

    async def stock(self, sku: str) -> dict[str, tuple[int, int, int]]:
        """On hand, reserved, allocated by location."""
        sql = """SELECT location.key, on_hand, reserved, allocated FROM inventory_positions
                   JOIN products product ON product.id = product_id JOIN locations location ON location.id = location_id
                  WHERE sku = $1"""
        return {row["key"]: (row["on_hand"], row["reserved"], row["allocated"]) for row in await self.rows(sql, sku)}

    async def require_sound(self) -> None:
        """Every law of the store holds."""
        findings = await examine(self.application.engine)
        assert [each for each in findings if each.verdict is not Verdict.OK] == []


def input_type(mutation: str) -> str:
    """As a variable of it is declared."""
    mutations = schema._schema.mutation_type
    assert mutations is not None
    return str(mutations.fields[mutation].args["input"].type)


def usd(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "USD"}


def line(sku: str, quantity: int, price: str = "10.00", **more: Any) -> dict[str, Any]:
    return {"sku": sku, "quantity": quantity, "unitPrice": usd(price), **more}


def order_input(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    """For orderPlace."""
    customer = {"email": "zoe@example.com", "givenName": "Zoe", "familyName": "Quist"}
    return {"channel": "web", "customer": customer, "lines": list(lines), "shippingAddress": ADDRESS, **more}


@pytest.fixture
async def shop(migrated_database: str) -> AsyncIterator[Shop]:
    vendors = create_sandbox(
        SandboxData(stripe={"stripe": StripeAccount()}, salesforce={"salesforce": SalesforceOrg([make_contact(1)])}),
        control_token="control",
    )
    sandbox = await serve_sandbox(vendors)
    sources = [
        replace(make_config("stripe", f"{sandbox.base_url}/stripe"), sync=frozenset({Feed.EVENTS})),
        make_config("salesforce", f"{sandbox.base_url}/salesforce"),
    ]
    async with running_application(Settings(), migrated_database, sources, migrates=False) as application:
        async with application.engine.begin() as connection:
            for statement in SHOP.split(";"):
                await connection.exec_driver_sql(statement)
        known = vendors.state.sources
        yield Shop(application, known["stripe"], known["salesforce"])
    await close_sandbox(vendors)
    await sandbox.close()
