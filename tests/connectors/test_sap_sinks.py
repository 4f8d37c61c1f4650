"""What SAP is told of, and what becomes of it there. That it is once, whichever request fails: test_sink_suite.py."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.connectors.contract import SourceGarbled, SourceRefused, SourceUnavailable
from app.connectors.ports.sinks import OrderDocument, StockChange, Written
from app.connectors.source_config import InvalidSourceConfig
from app.domain.outgoing import Push
from app.sandbox.faults import Fault
from app.sandbox.sap.answers import Refusal
from tests.connectors.sap_office import AT, STOCKED, Office, make_line, make_order, make_return, make_shipment
from tests.connectors.vendor_rows import make_stock

CHANGE = StockChange(
    sku="ESP-1",
    product_external_id=None,
    location="1010/101A",
    on_hand_delta=-4,
    on_hand=11,
    at=AT,
    reason="counted by two people",
)


async def write(office: Office, order: OrderDocument, *, is_repeat: bool = False) -> Written:
    written = await office.sap.write_order("k", order, is_repeat=is_repeat, deadline=office.deadline())
    assert written is not None
    return written


async def write_order(office: Office, is_repeat: bool) -> Written:
    return await write(office, make_order(), is_repeat=is_repeat)


async def write_shipment(office: Office, is_repeat: bool) -> Written:
    shipment = make_shipment(make_order())
    return await office.sap.write_shipment("k", shipment, is_repeat=is_repeat, deadline=office.deadline())


async def write_return(office: Office, is_repeat: bool) -> Written:
    returned = make_return(make_order())
    return await office.sap.write_return("k", returned, is_repeat=is_repeat, deadline=office.deadline())


async def test_an_order_becomes_a_sales_order() -> None:
    office = Office(price_condition="PMP0", freight_condition="YBHD", time_zone="America/Los_Angeles")
    order = make_order(make_line(1, "ESP-1", 3, price=1_000, discount=100), make_line(2, "MUG-2", 1, price=550))
    written = await office.sap.write_order("k", order, is_repeat=False, deadline=office.deadline())
    (row,) = office.rows("A_SalesOrder")
    assert written == Written("1")
    assert {name: row[name] for name in row if not name.startswith(("Overall", "LastChange", "Creation"))} == {
        "SalesOrder": "1",
        "SalesOrderType": "OR",
        "SalesOrganization": "1010",
        "DistributionChannel": "10",
        "OrganizationDivision": "00",
        "SoldToParty": "0000000001",
        "PurchaseOrderByCustomer": "J-1001",
        "CustomerPurchaseOrderDate": "/Date(1793491200000)/",
        "TransactionCurrency": "USD",
        "TotalNetAmount": "39.500",
    }
    items = [
        (row["SalesOrderItem"], row["Material"], row["RequestedQuantity"]) for row in office.rows("A_SalesOrderItem")
    ]
    assert items == [("10", "ESP-1", "3"), ("20", "MUG-2", "1")]
    prices = [(row["ConditionRateValue"], row["ConditionQuantity"]) for row in office.rows("A_SalesOrderItemPrElement")]
    assert prices == [("29.00", "3"), ("5.50", "1")]


async def test_materials_are_in_capitals_and_counted_in_base_units() -> None:
    office = Office(replace(STOCKED, stock=[make_stock("ESP-1", "1010/101A", "9", MaterialBaseUnit="EA")]))
    deadline = office.deadline()
    order = make_order(make_line(1, "esp-1", 2))
    number = (await write(office, order)).external_id
    more = replace(order, external_id=number, lines=(*order.lines, make_line(2, "Esp-1", 1)))
    await write(office, more)
    items = [(row["Material"], row["RequestedQuantityUnit"]) for row in office.rows("A_SalesOrderItem")]
    assert items == [("ESP-1", "EA"), ("ESP-1", "EA")]
    await office.sap.write_stock("k", replace(CHANGE, sku="esp-1"), is_repeat=False, deadline=deadline)
    moved = [(row["Material"], row["EntryUnit"]) for row in office.rows("A_MaterialDocumentItem")]
    assert (moved, office.on_hand("ESP-1", "1010/101A")) == ([("ESP-1", "EA")], "5.000")


async def test_without_conditions_sap_finds_its_own_prices() -> None:
    office = Office()
    await write_order(office, False)
    assert office.rows("A_SalesOrderItemPrElement") == office.rows("A_SalesOrderHeaderPrElement") == []


async def test_a_customer_unknown_to_sap_buys_as_a_guest() -> None:
    office = Office()
    guest = make_order(customer_external_id=None)
    await office.sap.write_order("k", guest, is_repeat=False, deadline=office.deadline())
    assert [row["SoldToParty"] for row in office.rows("A_SalesOrder")] == ["9"]


async def test_without_a_guest_account_a_guests_order_is_refused() -> None:
    office = Office(guest_customer="")
    guest = make_order(customer_external_id=None)
    with pytest.raises(SourceRefused, match=r"^sap knows no customer for order J-1001, and no guest_customer is set$"):
        await office.sap.write_order("k", guest, is_repeat=False, deadline=office.deadline())
    assert office.rows("A_SalesOrder") == []


async def changed(office: Office, order: OrderDocument) -> dict[str, tuple[str, str]]:
    number = (await write_order(office, False)).external_id
    known = replace(order, external_id=number)
    assert await office.sap.write_order("k", known, is_repeat=False, deadline=office.deadline()) == Written(number)
    items = office.rows("A_SalesOrderItem")
    return {row["SalesOrderItem"]: (row["RequestedQuantity"], row.get("SalesDocumentRjcnReason", "")) for row in items}


async def test_canceled_units_are_taken_off() -> None:
    order = make_order(make_line(1, "ESP-1", 2), make_line(2, "MUG-2", 1))
    assert await changed(Office(), order) == {"10": ("2", ""), "20": ("1", "")}


async def test_canceled_lines_are_rejected() -> None:
    office = Office(rejection_reason="61")
    assert await changed(office, make_order(make_line(2, "MUG-2", 1))) == {"10": ("3", "61"), "20": ("1", "")}
    assert [row["OverallSDDocumentRejectionSts"] for row in office.rows("A_SalesOrder")] == ["B"]


async def test_a_canceled_order_has_nothing_but_rejected_items() -> None:
    office = Office()
    order = replace(make_order(), lines=(), is_canceled=True)
    assert await changed(office, order) == {"10": ("3", "00"), "20": ("1", "00")}
    assert [row["OverallSDDocumentRejectionSts"] for row in office.rows("A_SalesOrder")] == ["C"]


async def test_an_added_line_becomes_an_item() -> None:
    order = make_order(*make_order().lines, make_line(3, "MUG-2", 7))
    assert await changed(Office(), order) == {"10": ("3", ""), "20": ("1", ""), "30": ("7", "")}


async def test_an_order_canceled_before_it_was_written_is_not_written() -> None:
    office = Office()
    order = replace(make_order(), lines=(), is_canceled=True)
    assert await office.sap.write_order("k", order, is_repeat=True, deadline=office.deadline()) is None
    assert office.rows("A_SalesOrder") == []


async def test_somebody_elses_change_in_between_is_read_first() -> None:
    office = Office()
    number = (await write_order(office, False)).external_id
    order = replace(make_order(make_line(1, "ESP-1", 2)), external_id=number)
    system, meant = office.app.system, office.app.system.change_order_item
    outdated = iter([True])

    def meet(fault: Callable[[], Fault] = office.faults.meet) -> Fault:
        # Between our reading and our writing, once.
        if office.faults.request_count == before + 1 and next(outdated, False):
            item = office.rows("A_SalesOrderItem")[1]
            system.change_order_item(item, {"SalesDocumentRjcnReason": "10"})
        return fault()

    before = office.faults.request_count
    office.faults.meet = meet  # type: ignore[method-assign]
    await office.sap.write_order("k", order, is_repeat=False, deadline=office.deadline())
    items = {row["SalesOrderItem"]: row for row in office.rows("A_SalesOrderItem")}
    assert items["10"]["RequestedQuantity"] == "2"
    assert items["20"]["SalesDocumentRjcnReason"] == "10"
    assert meant == system.change_order_item


async def test_a_change_that_sap_does_not_show_is_not_made_again_and_again() -> None:
    office = Office()
    number = (await write_order(office, False)).external_id
    office.app.system.change_order_item = lambda item, changes: None  # type: ignore[method-assign]
    order, before = replace(make_order(make_line(1, "ESP-1", 2)), external_id=number), office.faults.request_count
    with pytest.raises(
        SourceGarbled, match=r"^sap took 'change item' for A_SalesOrderItem\(.+='10'\) and does not show"
    ):
        await office.sap.write_order("k", order, is_repeat=False, deadline=office.deadline())
    units, read, changed, read_again = 1, 1, 1, 1
    assert office.faults.request_count - before == units + read + changed + read_again


async def test_what_sap_adds_to_an_item_goes_with_it() -> None:
    """As free goods and parts of a set do."""
    office = Office()
    number = (await write_order(office, False)).external_id
    for item, above in (("11", "000010"), ("21", "000020")):
        free = {"SalesOrder": number, "SalesOrderItem": item, "HigherLevelItem": above, "RequestedQuantity": "1"}
        office.app.tables.add("A_SalesOrderItem", {"Material": "MUG-2", "NetAmount": "0.000", **free})
    order = replace(make_order(make_line(1, "ESP-1", 3)), external_id=number)
    await office.sap.write_order("k", order, is_repeat=False, deadline=office.deadline())
    rejected = {
        row["SalesOrderItem"]: row.get("SalesDocumentRjcnReason", "") for row in office.rows("A_SalesOrderItem")
    }
    assert rejected == {"10": "", "11": "", "20": "00", "21": "00"}


async def test_an_order_of_somebody_elses_with_our_number_is_not_taken_for_ours() -> None:
    office = Office()
    theirs = make_order(make_line(1, "MUG-2", 9), placed_at=AT - timedelta(days=1), customer_external_id="9")
    await office.sap.write_order("k", theirs, is_repeat=False, deadline=office.deadline())
    assert await write_order(office, True) == Written("2")
    assert await write_order(office, True) == Written("2")
    quantities = [(row["SalesOrder"], row["RequestedQuantity"]) for row in office.rows("A_SalesOrderItem")]
    assert quantities == [("1", "9"), ("2", "3"), ("2", "1")]


async def test_a_document_that_somebody_works_on_is_tried_again() -> None:
    office = Office()
    number = (await write_order(office, False)).external_id
    order, change = (
        replace(make_order(make_line(1, "ESP-1", 3)), external_id=number),
        office.app.system.change_order_item,
    )

    def locked(item: object, changes: object) -> None:
        raise Refusal(400, "V1/042", "SD document 1 is currently being processed (by user MILLER)")

    office.app.system.change_order_item = locked  # type: ignore[method-assign]
    with pytest.raises(SourceUnavailable, match=r"^sap is busy with this document$"):
        await office.sap.write_order("k", order, is_repeat=False, deadline=office.deadline())
    assert office.app.effects.shown() == {"sales_order": {"J-1001": 1}}
    office.app.system.change_order_item = change  # type: ignore[method-assign]
    await office.sap.write_order("k", order, is_repeat=True, deadline=office.deadline())
    assert office.app.effects.shown() == {"sales_order": {"J-1001": 1}, "order_change": {"1/20": 1}}


async def test_a_shipment_leaves_from_its_place_and_is_billed() -> None:
    office = Office()
    await write_order(office, False)
    order = make_order()
    first = make_shipment(order, make_line(1, "ESP-1", 2), make_line(2, "MUG-2", 1))
    assert await office.sap.write_shipment("a", first, is_repeat=False, deadline=office.deadline()) == Written(
        "80000000"
    )
    assert (office.on_hand("ESP-1", "1010/101A"), office.on_hand("ESP-1", "1020/102A")) == ("13.000", "5.000")
    second = make_shipment(order, make_line(1, "ESP-1", 1), number="J-1001-F2", tracking_number=None)
    assert await office.sap.write_shipment("b", second, is_repeat=False, deadline=office.deadline()) == Written(
        "80000001"
    )
    assert office.on_hand("ESP-1", "1010/101A") == "12.000"
    named = [(row["DeliveryDocumentBySupplier"], row["BillOfLading"]) for row in office.rows("A_OutbDeliveryHeader")]
    assert named == [("J-1001-F1", "1Z1"), ("J-1001-F2", "")]
    assert [row["PurchaseOrderByCustomer"] for row in office.rows("A_BillingDocument")] == ["J-1001", "J-1001"]
    told = (await office.sap.documents(["J-1001"], deadline=office.deadline()))["J-1001"]
    kinds = ["sales order", "delivery", "delivery", "goods movement", "goods movement", "invoice", "invoice"]
    assert [document.kind for document in told] == kinds
    assert told[0].status == "completed"


@pytest.mark.parametrize(("picking", "goods", "issued"), [("", "A", 1), ("B", "A", 1), ("A", "", 0)])
async def test_what_a_delivery_needs_not_is_not_asked_for(picking: str, goods: str, issued: int) -> None:
    office = Office()
    await write_order(office, False)
    create, tables = office.app.system.create_delivery, office.app.tables

    def created(given: dict[str, Any]) -> dict[str, Any]:
        row = create(given)
        tables.change(
            "A_OutbDeliveryHeader", row, {"OverallPickingStatus": picking, "OverallGoodsMovementStatus": goods}
        )
        return row

    office.app.system.create_delivery = created  # type: ignore[method-assign]
    assert await write_shipment(office, False) == Written("80000000")
    assert len(office.app.effects.shown().get("goods_issue", {})) == issued
    (row,) = office.rows("A_OutbDeliveryHeader")
    assert row["DeliveryDocumentBySupplier"] == "J-1001-F1"
    assert row["OverallPickingStatus"] == ("C" if picking else "")


async def test_two_like_parcels_that_both_broke_off_become_two_deliveries() -> None:
    """The first before its delivery was made, the second before it was named: either may take the one that is there."""

    def fail(*_: object) -> Any:
        raise Refusal(503, "ICM/503", "Service Unavailable")

    office, order = Office(), make_order()
    await write_order(office, False)
    first, second = (make_shipment(order, make_line(1, "ESP-1", 1), number=f"J-1001-F{n}") for n in (1, 2))
    for shipment, name in ((first, "create_delivery"), (second, "change_delivery")):
        meant = getattr(office.app.system, name)
        setattr(office.app.system, name, fail)
        with pytest.raises(SourceUnavailable):
            await office.sap.write_shipment("k", shipment, is_repeat=False, deadline=office.deadline())
        setattr(office.app.system, name, meant)
    for shipment in (first, second, first):
        await office.sap.write_shipment("k", shipment, is_repeat=True, deadline=office.deadline())
    assert office.app.effects.shown()["goods_issue"] == {"J-1001-F1": 1, "J-1001-F2": 1}
    assert (len(office.rows("A_OutbDeliveryHeader")), office.on_hand("ESP-1", "1010/101A")) == (2, "13.000")


async def test_a_tracking_number_longer_than_saps_is_cut() -> None:
    office = Office()
    await write_order(office, False)
    shipment = make_shipment(make_order(), tracking_number="9" * 40)
    await office.sap.write_shipment("k", shipment, is_repeat=False, deadline=office.deadline())
    rows = office.rows("A_OutbDeliveryHeader")
    assert [(row["BillOfLading"], row["OverallGoodsMovementStatus"]) for row in rows] == [("9" * 35, "C")]


async def test_another_place_is_written_to_the_order_first() -> None:
    office = Office()
    await office.sap.write_order("k", make_order(make_line(1, "ESP-1", 3)), is_repeat=False, deadline=office.deadline())
    shipment = make_shipment(make_order(make_line(1, "ESP-1", 3)), location="1020/102A")
    await office.sap.write_shipment("k", shipment, is_repeat=False, deadline=office.deadline())
    assert (office.on_hand("ESP-1", "1010/101A"), office.on_hand("ESP-1", "1020/102A")) == ("15.000", "2.000")


async def test_a_shipment_waits_for_its_order() -> None:
    office = Office()
    with pytest.raises(SourceUnavailable, match=r"^sap has no order J-1001 yet$"):
        await write_shipment(office, False)
    assert office.app.effects.shown() == {}


async def test_a_place_that_is_no_plant_is_refused() -> None:
    office = Office()
    await write_order(office, False)
    shipment = make_shipment(make_order(), location="RENO")
    with pytest.raises(SourceRefused, match=r"^sap knows no plant and storage location for RENO; map it in locations$"):
        await office.sap.write_shipment("k", shipment, is_repeat=False, deadline=office.deadline())
    assert office.rows("A_OutbDeliveryHeader") == []


async def test_what_sap_refuses_is_told_in_its_own_sentence() -> None:
    office = Office()
    order = make_order(make_line(1, "TEA-9", 1))
    with pytest.raises(
        SourceRefused, match=r"^sap: Material TEA-9 is not defined for sales org\.1010 \(V1/384\)$"
    ) as told:
        await office.sap.write_order("k", order, is_repeat=False, deadline=office.deadline())
    assert (told.value.status, told.value.code) == (400, "V1/384")
    assert office.rows("A_SalesOrder") == []


async def test_saps_sentences_are_not_logged() -> None:
    office, order = Office(), make_order(customer_external_id="77")
    with capture_logs() as logs, pytest.raises(SourceRefused, match="Sold-to party 77 not maintained"):
        await office.sap.write_order("k", order, is_repeat=False, deadline=office.deadline())
    assert logs[-1]["status"] == 400
    assert "Sold-to" not in str(logs)


async def test_a_return_refers_to_the_items_ordered() -> None:
    office = Office(return_reason="001", return_follow_up="0001")
    await write_order(office, False)
    assert await write_return(office, False) == Written("60000000")
    (item,) = office.rows("A_CustomerReturnItem")
    assert item == {
        "CustomerReturn": "60000000",
        "CustomerReturnItem": "10",
        "Material": "ESP-1",
        "RequestedQuantity": "1",
        "RequestedQuantityUnit": "PC",
        "ReferenceSDDocument": "1",
        "ReferenceSDDocumentItem": "10",
        "ReturnReason": "001",
        "CustRetItmFollowUpActivity": "0001",
    }


@pytest.mark.parametrize(("delta", "movement", "left"), [(-4, "551", "11.000"), (4, "501", "19.000")])
async def test_a_movement_of_stock_is_a_material_document(delta: int, movement: str, left: str) -> None:
    office = Office(cost_center="4711")
    change = replace(CHANGE, on_hand_delta=delta)
    key = "push:sap:stock:movement-0193"
    written = await office.sap.write_stock(key, change, is_repeat=False, deadline=office.deadline())
    assert written == Written("2026/4900000000")
    assert office.app.effects.shown() == {"material_document": {"QAL6ZDTG3M6BREKC": 1}}
    (item,) = office.rows("A_MaterialDocumentItem")
    moved = (item["GoodsMovementType"], item["QuantityInEntryUnit"], item["EntryUnit"], item["CostCenter"])
    assert moved == (movement, "4.000", "PC", "4711" if delta < 0 else "")
    assert office.on_hand("ESP-1", "1010/101A") == left
    assert [row["MaterialDocumentHeaderText"] for row in office.rows("A_MaterialDocumentHeader")] == [
        "counted by two people"
    ]


async def test_a_deficit_is_refused_and_moves_nothing() -> None:
    office = Office()
    change = replace(CHANGE, on_hand_delta=-16)
    with pytest.raises(
        SourceRefused, match=r"^sap: Deficit of SL Unrestricted-use 1\.000 PC : ESP-1 1010 101A \(M7/021\)$"
    ):
        await office.sap.write_stock("k", change, is_repeat=False, deadline=office.deadline())
    assert office.on_hand("ESP-1", "1010/101A") == "15.000"


async def test_one_token_serves_all_writes_until_its_session_ends() -> None:
    office = Office()
    tokens: list[str] = []
    await write_order(office, False)
    tokens += office.app.sessions._sessions
    await write_return(office, False)
    assert list(office.app.sessions._sessions) == tokens
    office.app.sessions.expire_all()
    await write_return(office, False)
    assert len(office.app.sessions._sessions) == 1
    assert list(office.app.sessions._sessions) != tokens
    assert office.app.effects.shown()["customer_return"] == {"J-1001-R1": 2}


async def test_a_token_that_is_never_accepted_is_not_renewed_twice() -> None:
    office = Office()
    office.app.sessions.allows = lambda request: False  # type: ignore[method-assign]
    with pytest.raises(SourceUnavailable, match=r"^sap does not take the token for writes that it gave$"):
        await write_order(office, False)
    assert office.rows("A_SalesOrder") == []
    access, units, token, refused = 1, 1, 2, 2
    assert office.faults.request_count == access + units + token + refused


async def test_sales_cannot_be_pushed_without_a_sales_area() -> None:
    with pytest.raises(
        InvalidSourceConfig, match=r"^source sap: the setting division is missing; sales are written there$"
    ):
        Office(push=frozenset({Push.ORDERS}), division="")
