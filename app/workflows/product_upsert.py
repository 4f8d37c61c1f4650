"""productUpsert: makes a product, or changes what is given of it, by its SKU."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from app.domain.ids import new_id
from app.domain.money import Money
from app.domain.refusals import Refusal, RefusalCode, refuse, refuse_if_any
from app.domain.sync import Taken
from app.stores.catalog import StoredProduct, find_reference, lock_product, refer, save_product
from app.stores.events import append_event
from app.stores.jobs import enqueue
from app.stores.transaction import Transaction
from app.workflows.backorders_fill import jobs_to_fill
from app.workflows.command import Outcome
from app.workflows.order_input import MINOR_MAX, ExternalKey
from app.workflows.work import Work

SKU_CHARACTERS_MAX = 100
TITLE_CHARACTERS_MAX = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductUpsert:
    sku: str
    title: str | None = None
    price: Money | None = None
    active: bool | None = None
    attributes: dict[str, Any] | None = None
    external: ExternalKey | None = None


async def product_upsert(tx: Transaction, command: ProductUpsert, _work: Work) -> Outcome:
    product_id, _ = await upsert_product(tx, command)
    return Outcome({"product": product_id})


async def upsert_product(tx: Transaction, command: ProductUpsert) -> tuple[UUID, Taken]:
    """What changes nothing is no event: a catalog that is sent again every night would fill the log. Raises Refused."""
    refuse_if_any(_impossible(command))
    before = await lock_product(tx, command.sku)
    after = _merged(before, command)
    if after != before:
        await save_product(tx, after)
    is_linked = command.external is not None and await _link(tx, after, command.external)
    if after != before or is_linked:
        kind = "product.created" if before is None else "product.updated"
        await append_event(tx, kind, ("Product", after.id), _said(after, command.external if is_linked else None))
    if before is not None and after.active and not before.active:
        await enqueue(tx, *await jobs_to_fill(tx, [after.sku]))
    if before is None:
        return after.id, Taken.CREATED
    return after.id, Taken.CHANGED if after != before or is_linked else Taken.UNCHANGED


def _impossible(command: ProductUpsert) -> Iterator[Refusal]:
    if not 0 < len(command.sku) <= SKU_CHARACTERS_MAX or command.sku != command.sku.strip():
        message = f"sku must have 1 to {SKU_CHARACTERS_MAX} characters, and no blanks around them"
        yield Refusal(code=RefusalCode.INVALID, message=message, field=("sku",))
    if command.title is not None and not 0 < len(command.title.strip()) <= TITLE_CHARACTERS_MAX:
        message = f"title must have 1 to {TITLE_CHARACTERS_MAX} characters"
        yield Refusal(code=RefusalCode.INVALID, message=message, field=("title",))
    if command.price is not None and not 0 <= command.price.minor <= MINOR_MAX:
        message = "a price must not be negative, nor that large"
        yield Refusal(code=RefusalCode.INVALID, message=message, field=("price", "amount"))
    if command.attributes is not None and not isinstance(command.attributes, dict):
        message = 'attributes must be an object, such as {"weightGrams": 250}'
        yield Refusal(code=RefusalCode.INVALID, message=message, field=("attributes",))


def _merged(before: StoredProduct | None, command: ProductUpsert) -> StoredProduct:
    """Raises Refused."""
    if before is None:
        if command.title is None:
            raise refuse(
                RefusalCode.REQUIRED, f"there is no product {command.sku} yet: give a title to make it", "title"
            )
        before = StoredProduct(id=new_id(), sku=command.sku, title=command.title)
    given: dict[str, Any] = {name: getattr(command, name) for name in ("title", "active", "attributes")}
    if command.price is not None:
        given |= {"price_minor": command.price.minor, "currency": command.price.currency}
    return replace(before, **{name: value for name, value in given.items() if value is not None})


async def _link(tx: Transaction, product: StoredProduct, external: ExternalKey) -> bool:
    """Whether it is new. Raises Refused: an id that stands for one product cannot come to stand for another."""
    found = await find_reference(tx, external.source, external.external_id)
    if not found.source_is_known:
        message = f'no source has the key "{external.source}"'
        raise refuse(RefusalCode.NOT_FOUND, message, "external", "source")
    if found.sku is None:
        await refer(tx, product.id, external.source, external.external_id)
        return True
    if found.sku != product.sku:
        message = f"{external.source} calls {found.sku} {external.external_id} already"
        raise refuse(RefusalCode.INVALID, message, "external", "external_id")
    return False


def _said(product: StoredProduct, external: ExternalKey | None) -> dict[str, Any]:
    said: dict[str, Any] = {
        "sku": product.sku,
        "title": product.title,
        "priceMinor": product.price_minor,
        "currency": product.currency,
        "active": product.active,
    }
    if external is not None:
        said["external"] = {"source": external.source, "externalId": external.external_id}
    return said
