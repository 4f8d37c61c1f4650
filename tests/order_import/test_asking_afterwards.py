"""After an import the API answers for the file's customers and orders as for any other."""

from pathlib import Path

from app.stores.engine import create_engine
from app.wiring import Demo
from app.workflows.import_orders import import_orders
from app.workflows.order_import.mapping import load_mapping
from tests.graphql.asking import data_of
from tests.order_import.files import data_set, write_rows
from tests.order_import.online_retail import sample

CUSTOMER = """
query ($id: String!) {
  customer(by: {external: {source: "online_retail", externalId: $id}}) {
    displayName
    identities { source { key } externalId }
    orders(first: 5) { nodes { number status totals { total { amount currency } } lines { sku quantity }
                               shipments { trackingNumber status } returns { status } } }
    cases(first: 3) { nodes { subject status } sources { source { key } state asOf } }
    storefrontProfiles { nodes { orderCount } sources { state } }
  }
}
"""
ORDER = """
{
  byNumber: order(by: {number: "OR-536365"}) { ...Same }
  byReference: order(by: {external: {source: "online_retail", externalId: "536365"}}) { ...Same }
}
fragment Same on Order { number management channel customer { displayName } metadata
  totals { total { amount currency } } externalReferences { source { key } externalId } }
"""


async def test_the_demos_query_answers_for_an_imported_customer(
    fresh_demo_with_url: tuple[Demo, str], tmp_path: Path
) -> None:
    demo, url = fresh_demo_with_url
    rows = sample(data_set("online_retail"), first_lines=100)
    file = write_rows(tmp_path / "online_retail.csv", rows)
    engine = create_engine(url)
    await import_orders(engine, file, load_mapping("online_retail"))
    await engine.dispose()

    customer = (await data_of(demo, CUSTOMER, id="12346"))["customer"]
    assert customer["displayName"] == "Online Retail customer 12346"
    assert customer["identities"] == [{"source": {"key": "online_retail"}, "externalId": "12346"}]
    assert customer["orders"]["nodes"] == [
        {
            "number": "OR-541431", "status": "CANCELED", "totals": {"total": {"amount": "0.00", "currency": "GBP"}},
            "lines": [{"sku": "23166", "quantity": 0}], "shipments": [], "returns": [],
        }
    ]  # fmt: skip
    assert customer["cases"]["nodes"] == []

    found = await data_of(demo, ORDER)
    assert found["byNumber"] == found["byReference"] == {
        "number": "OR-536365", "management": "UNMANAGED", "channel": "online_retail",
        "customer": {"displayName": "Online Retail customer 17850"},
        "metadata": {"country": "United Kingdom"}, "totals": {"total": {"amount": "139.12", "currency": "GBP"}},
        "externalReferences": [{"source": {"key": "online_retail"}, "externalId": "536365"}],
    }  # fmt: skip
