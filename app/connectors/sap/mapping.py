"""SAP's rows as they arrive, and as the ports' records. A row's fields are what its query selects."""

from datetime import datetime, tzinfo
from decimal import Decimal
from typing import ClassVar

from msgspec import field

from app.connectors.ports.erp import ErpAccountRecord, ErpDocumentRecord
from app.connectors.sap.odata import Duration, Many, Row, Ticks, local_instant
from app.connectors.sap.settings import SapSettings
from app.domain.money import CURRENCIES, InvalidAmount, Money

BUSINESS_PARTNER = "API_BUSINESS_PARTNER"
SALES_ORDER = "API_SALES_ORDER_SRV"
DELIVERY = "API_OUTBOUND_DELIVERY_SRV;v=0002"
BILLING = "API_BILLING_DOCUMENT_SRV"
CUSTOMER_RETURN = "API_CUSTOMER_RETURN_SRV"
STOCK = "API_MATERIAL_STOCK_SRV"
MATERIAL_DOCUMENT = "API_MATERIAL_DOCUMENT_SRV"

PROCESS_WORDS = {"A": "open", "B": "in process", "C": "completed"}
"""SAP's overall status of a sales document."""
FLOW_KINDS = {"J": "delivery", "R": "goods movement"}
"""Of what followed from an order; invoices and returns are asked for themselves, since they have amounts."""
BILLING_KINDS = {"N": "invoice cancellation", "O": "credit memo", "P": "debit memo", "S": "credit memo cancellation"}
"""By the document's category; every other is an invoice."""
KINDS_IN_ORDER = ("sales order", "delivery", "goods movement", "invoice")

Day = Ticks | None


class CompanyRow(Row):
    entity_set: ClassVar[str] = "A_CustomerCompany"
    company_code: str
    payment_terms: str | None


class SalesAreaRow(Row):
    entity_set: ClassVar[str] = "A_CustomerSalesArea"
    sales_organization: str
    distribution_channel: str
    division: str
    customer_payment_terms: str | None
    order_is_blocked_for_customer: str | None


class CustomerRow(Row):
    entity_set: ClassVar[str] = "A_Customer"
    customer: str
    order_is_blocked_for_customer: str | None
    posting_is_blocked: bool | None
    companies: Many[CompanyRow] = field(name="to_CustomerCompany")
    sales_areas: Many[SalesAreaRow] = field(name="to_CustomerSalesArea")


class AccountRow(Row):
    service: ClassVar[str] = BUSINESS_PARTNER
    entity_set: ClassVar[str] = "A_BusinessPartner"
    business_partner: str
    business_partner_full_name: str | None
    business_partner_is_blocked: bool | None
    customer: CustomerRow | None = field(name="to_Customer")


class FlowRow(Row):
    entity_set: ClassVar[str] = "A_SalesOrderSubsqntProcFlow"
    subsequent_document: str | None
    subsequent_document_category: str | None
    creation_date: Day
    creation_time: Duration | None
    status: str | None = field(name="OverallSDProcessStatus")


class OrderRow(Row):
    service: ClassVar[str] = SALES_ORDER
    entity_set: ClassVar[str] = "A_SalesOrder"
    sales_order: str
    purchase_order_by_customer: str | None
    creation_date: Day
    total_net_amount: Decimal | None
    transaction_currency: str | None
    delivery_block_reason: str | None
    status: str | None = field(name="OverallSDProcessStatus")
    rejection: str | None = field(name="OverallSDDocumentRejectionSts")
    flow: Many[FlowRow] = field(name="to_SubsequentProcFlowDoc")


class InvoiceRow(Row):
    service: ClassVar[str] = BILLING
    entity_set: ClassVar[str] = "A_BillingDocument"
    billing_document: str
    purchase_order_by_customer: str | None
    creation_date: Day
    creation_time: Duration | None
    total_gross_amount: Decimal | None
    transaction_currency: str | None
    billing_document_is_cancelled: bool | None
    invoice_clearing_status: str | None
    accounting_posting_status: str | None
    category: str | None = field(name="SDDocumentCategory")


class ReturnRow(Row):
    service: ClassVar[str] = CUSTOMER_RETURN
    entity_set: ClassVar[str] = "A_CustomerReturn"
    customer_return: str
    purchase_order_by_customer: str | None
    creation_date: Day
    total_net_amount: Decimal | None
    transaction_currency: str | None
    status: str | None = field(name="OverallSDProcessStatus")
    rejection: str | None = field(name="OverallSDDocumentRejectionSts")


class StockRow(Row):
    service: ClassVar[str] = STOCK
    entity_set: ClassVar[str] = "A_MatlStkInAcctMod"
    material: str
    plant: str
    storage_location: str
    matl_wrhs_stk_qty_in_matl_base_unit: Decimal | None

    def __post_init__(self) -> None:
        quantity = self.matl_wrhs_stk_qty_in_matl_base_unit
        if quantity is not None and not quantity.is_finite():
            raise ValueError("no quantity")


def account_record(row: AccountRow, external_id: str, settings: SapSettings) -> ErpAccountRecord:
    """Credit limit and balance are kept by credit management, which none of these services shows."""
    return ErpAccountRecord(
        external_id=external_id,
        name=row.business_partner_full_name or "",
        credit_limit=None,
        balance=None,
        payment_terms=_payment_terms(row.customer, settings) if row.customer else None,
        blocked=bool(row.business_partner_is_blocked) or (row.customer is not None and _blocks(row.customer, settings)),
    )


def _payment_terms(customer: CustomerRow, settings: SapSettings) -> str | None:
    """Of our sales area; else of our company code; else of the first that has any."""
    areas = sorted(customer.sales_areas.results, key=lambda area: not _is_ours(area, settings))
    companies = sorted(customer.companies.results, key=lambda each: each.company_code != settings.company_code)
    told = [*(area.customer_payment_terms for area in areas), *(each.payment_terms for each in companies)]
    return next((terms for terms in told if terms), None)


def _blocks(customer: CustomerRow, settings: SapSettings) -> bool:
    """Whether orders of this customer are refused, everywhere or in our sales area."""
    areas = [area for area in customer.sales_areas.results if _is_ours(area, settings)]
    blocked_in_area = any(area.order_is_blocked_for_customer for area in areas)
    return bool(customer.order_is_blocked_for_customer) or bool(customer.posting_is_blocked) or blocked_in_area


def _is_ours(area: SalesAreaRow, settings: SapSettings) -> bool:
    ours = (settings.sales_organization, settings.distribution_channel, settings.division)
    return (area.sales_organization, area.distribution_channel, area.division) == ours


def order_records(row: OrderRow, zone: tzinfo) -> list[ErpDocumentRecord]:
    """The sales order, and what followed from it."""
    order = ErpDocumentRecord(
        external_id=row.sales_order,
        kind="sales order",
        status=_sales_status(row.status, row.rejection, row.delivery_block_reason),
        amount=_money(row.total_net_amount, row.transaction_currency),
        created_at=_created_at(row.creation_date, None, zone),
    )
    return [order, *(_flow_record(each, zone) for each in row.flow.results if _is_shown(each))]


def _is_shown(row: FlowRow) -> bool:
    return row.subsequent_document_category in FLOW_KINDS and bool(row.subsequent_document)


def _flow_record(row: FlowRow, zone: tzinfo) -> ErpDocumentRecord:
    return ErpDocumentRecord(
        external_id=row.subsequent_document or "",
        kind=FLOW_KINDS[row.subsequent_document_category or ""],
        status=PROCESS_WORDS.get(row.status or ""),
        amount=None,
        created_at=_created_at(row.creation_date, row.creation_time, zone),
    )


def invoice_record(row: InvoiceRow, zone: tzinfo) -> ErpDocumentRecord:
    if row.billing_document_is_cancelled:
        status = "canceled"
    elif row.invoice_clearing_status == "C":
        status = "paid"
    else:
        status = "posted" if row.accounting_posting_status == "C" else "not posted"
    return ErpDocumentRecord(
        external_id=row.billing_document,
        kind=BILLING_KINDS.get(row.category or "", "invoice"),
        status=status,
        amount=_money(row.total_gross_amount, row.transaction_currency),
        created_at=_created_at(row.creation_date, row.creation_time, zone),
    )


def return_record(row: ReturnRow, zone: tzinfo) -> ErpDocumentRecord:
    return ErpDocumentRecord(
        external_id=row.customer_return,
        kind="return",
        status=_sales_status(row.status, row.rejection, None),
        amount=_money(row.total_net_amount, row.transaction_currency),
        created_at=_created_at(row.creation_date, None, zone),
    )


def _sales_status(process: str | None, rejection: str | None, delivery_block: str | None) -> str | None:
    if rejection == "C":
        return "rejected"
    return "delivery blocked" if delivery_block else PROCESS_WORDS.get(process or "")


def _created_at(day: Day, time: str | None, zone: tzinfo) -> datetime | None:
    return local_instant(day, time, zone) if day else None


def _money(amount: Decimal | None, currency: str | None) -> Money | None:
    """None where SAP keeps a price finer than money is, or in a unit that is none."""
    if amount is None or currency not in CURRENCIES:
        return None
    try:
        return Money.parse(amount, currency)
    except InvalidAmount:
        return None
