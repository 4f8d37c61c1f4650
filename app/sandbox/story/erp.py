"""The ERP's side: business partners and their accounts, what it believes is in stock, and documents that mirror orders.

All of it follows from the store's rows without drawing a chance, so that the rest of the story stays as it was.
"""

from collections.abc import Iterator

from app.sandbox.data import Row, SapSystem
from app.sandbox.story.book import Book, Tables
from app.sandbox.story.erp_documents import Documents, day, sales_order_number, time_of, told_orders

ERP = "sap"
LOCATIONS = {"1010/101A": "reno", "1020/102A": "columbus", "1030/103A": "portland", "1040/104A": "denver"}
"""Our location by plant and storage location. The ERP does not count what lies with others."""
_PLACES = {ours: theirs.split("/") for theirs, ours in LOCATIONS.items()}
GUESTS = "0001000100"
"""The business partner that stands for all customers whom the ERP does not know by name."""
SALES_AREA = {"SalesOrganization": "1010", "DistributionChannel": "10", "Division": "00"}
COMPANY_CODE = "1010"
_MISCOUNTED = {5: -2, 23: 3, 41: 1, 58: -1, 77: -4}
"""By how many units the ERP is off, by the position's place among those that it counts."""
_BLOCKED_EVERY = 37
"""So many business partners apart are those of whom it takes no orders."""


def sap_system(tables: Tables) -> SapSystem:
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
    for order in told_orders(book.tables):
        number = sales_order_number(order)
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
    for turn, row in enumerate(known):
        profile = row["profile"]
        is_company = profile["kind"] == "ORGANIZATION"
        name = profile.get("company") or f"{profile['givenName']} {profile['familyName']}"
        terms = "NT30" if is_company else "0001"
        is_blocked = turn % _BLOCKED_EVERY == _BLOCKED_EVERY - 1
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
    for turn, position in enumerate(counted):
        plant, storage_location = _PLACES[keys[position["location_id"]]]
        yield {
            "Material": skus[position["product_id"]],
            "Plant": plant,
            "StorageLocation": storage_location,
            "InventoryStockType": "01",
            "MaterialBaseUnit": "PC",
            "MatlWrhsStkQtyInMatlBaseUnit": str(max(0, position["on_hand"] + _MISCOUNTED.get(turn, 0))),
        }
