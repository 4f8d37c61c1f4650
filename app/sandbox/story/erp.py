"""The ERP's side: business partners and their accounts, what it believes is in stock, and documents that mirror orders.

All of it follows from the store's rows without drawing a chance, so that the rest of the story stays as it was.
"""

from collections.abc import Iterator

from app.sandbox.data import Row, SapSystem
from app.sandbox.story.book import Book, Tables
from app.sandbox.story.erp_documents import ERP, Documents, confirmed_orders, day, first_number, time_of

TOLD_IN = (
    *("customer_source_records", "products", "locations", "inventory_positions", "orders", "order_lines"),
    *("order_references", "payments", "payment_transactions", "shipments", "shipment_lines", "returns", "return_lines"),
)
LOCATIONS = {
    "1010/101A": "reno",
    "1020/102A": "columbus",
    "1030/103A": "portland",
    "1040/104A": "denver",
    "1050/105A": "dallas-3pl",
    "1060/106A": "ogden-supplier",
}
"""Our location by plant and storage location."""
_PLACES = {ours: theirs.split("/") for theirs, ours in LOCATIONS.items()}
GUESTS = "0001000100"
"""The business partner that stands for all customers whom the ERP does not know by name."""
SALES_AREA = {"SalesOrganization": "1010", "DistributionChannel": "10", "Division": "00"}
COMPANY_CODE = "1010"
_MISCOUNTED = {
    ("APP-FLCM", "reno"): -2,
    ("HOM-TABL", "reno"): 3,
    ("NAV-POLE", "reno"): 1,
    ("TNT-SOLO1", "reno"): -1,
    ("HOM-AXE1", "columbus"): -4,
}
"""By how many units the ERP is off."""
_BLOCKED_OF = 37
"""One business partner of so many is one of whom it takes no orders."""


def sap_system(tables: Tables) -> SapSystem:
    """From the story's rows, or those of a store in which it went on: `TOLD_IN` names the tables."""
    known = [row for row in tables["customer_source_records"] if row["source_key"] == ERP]
    partners = {row["customer_id"]: row["external_id"] for row in known}
    documents = Documents(tables, partners, _PLACES, GUESTS)
    return SapSystem(
        business_partners=[_guests(), *(_partner(row) for row in known)],
        customers=[_account(GUESTS, "ONE-TIME CUSTOMER", "USD", "0001"), *_accounts(known)],
        stock=list(_stock(tables)),
        sales_orders=documents.sales_orders(),
        deliveries=documents.deliveries(),
        billing_documents=documents.invoices(),
        customer_returns=documents.returns(),
    )


def refer_to_sales_orders(book: Book) -> None:
    """What the ERP calls the orders that it was told of."""
    for order in confirmed_orders(book.tables):
        number = first_number(order)
        book.add(
            "order_references", order["placed_at"], order_id=order["id"], source_key=ERP, external_id=number,
            url=f"https://erp.example.com/ui#SalesOrder-display?SalesOrder={number}",
        )  # fmt: skip


def _partner(row: Row) -> Row:
    record, profile, seen_at = row["record"], row["profile"], row["observed_at"]
    number = row["external_id"]
    name = profile.get("company") or f"{profile['givenName']} {profile['familyName']}"
    address = profile["addresses"][0]
    return {
        **record,
        "Customer": number,
        "BusinessPartnerFullName": name,
        "LastChangeDate": day(seen_at),
        "LastChangeTime": time_of(seen_at),
        "to_BusinessPartnerAddress": [
            {
                "AddressID": number[1:],
                "FullName": address["name"],
                "StreetName": address["line1"],
                "StreetPrefixName": address.get("line2", ""),
                "CityName": address["city"],
                "Region": address["region"] or "",
                "PostalCode": address["postalCode"],
                "Country": address["country"],
            }
        ],
    }


def _guests() -> Row:
    return {
        "BusinessPartner": GUESTS,
        "Customer": GUESTS,
        "BusinessPartnerCategory": "2",
        "OrganizationBPName1": "ONE-TIME CUSTOMER",
        "BusinessPartnerFullName": "ONE-TIME CUSTOMER",
    }


def _accounts(known: list[Row]) -> Iterator[Row]:
    for row in known:
        profile = row["profile"]
        is_company = profile["kind"] == "ORGANIZATION"
        name = profile.get("company") or f"{profile['givenName']} {profile['familyName']}"
        terms = "NT30" if is_company else "0001"
        is_blocked = int(row["external_id"]) % _BLOCKED_OF == 5
        yield _account(row["external_id"], name, profile["currency"], terms, blocked="01" if is_blocked else "")


def _account(number: str, name: str, currency: str, terms: str, *, blocked: str = "") -> Row:
    return {
        "Customer": number,
        "CustomerName": name,
        "OrderIsBlockedForCustomer": blocked,
        "to_CustomerCompany": [{"CompanyCode": COMPANY_CODE, "PaymentTerms": terms}],
        "to_CustomerSalesArea": [{**SALES_AREA, "Currency": currency, "CustomerPaymentTerms": terms}],
    }


def _stock(tables: Tables) -> Iterator[Row]:
    """Our own figures, but for some miscounted ones."""
    skus = {row["id"]: row["sku"] for row in tables["products"]}
    keys = {row["id"]: row["key"] for row in tables["locations"]}
    counted = [row for row in tables["inventory_positions"] if keys[row["location_id"]] in _PLACES]
    for position in counted:
        sku, key = skus[position["product_id"]], keys[position["location_id"]]
        plant, storage_location = _PLACES[key]
        yield {
            "Material": sku,
            "Plant": plant,
            "StorageLocation": storage_location,
            "InventoryStockType": "01",
            "MaterialBaseUnit": "PC",
            "MatlWrhsStkQtyInMatlBaseUnit": str(max(0, position["on_hand"] + _MISCOUNTED.get((sku, key), 0))),
        }
