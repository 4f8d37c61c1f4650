"""What a system says of a product, taken over by its SKU."""

from app.connectors.ports.feeds import ProductRecord
from app.domain.money import CURRENCIES
from app.domain.refusals import RefusalCode, refuse
from app.domain.sync import Taken
from app.stores.transaction import Transaction
from app.workflows.order_input import ExternalKey
from app.workflows.product_upsert import ProductUpsert, upsert_product
from app.workflows.work import Work


async def take_in_product(tx: Transaction, source_key: str, record: ProductRecord, _: Work) -> Taken:
    """Raises Refused."""
    if not record.sku.strip():
        raise refuse(RefusalCode.INVALID, f"{record.title} has no SKU at {source_key}; give it one there")
    if record.price is not None and record.price.currency not in CURRENCIES:
        raise refuse(RefusalCode.INVALID, f"{record.price.currency} is no currency of ISO 4217")
    command = ProductUpsert(
        sku=record.sku.strip(),
        title=record.title,
        price=record.price,
        active=record.active,
        external=ExternalKey(source=source_key, external_id=record.external_id),
    )
    _id, taken = await upsert_product(tx, command)
    return taken
