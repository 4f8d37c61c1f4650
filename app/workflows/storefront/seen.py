"""What is kept of an order's version at its storefront, so that the next one tells what was changed there."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self
from uuid import UUID

import msgspec

from app.connectors.ports.storefront import StorefrontLine, StorefrontOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenLine:
    line: UUID | None
    """Ours; None for one that could not be added."""
    title: str
    units: int
    """Ordered and not canceled."""
    quantity: int
    """As ordered: what discount and tax are of."""
    unit_price_minor: int
    discount_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    lines: dict[str, SeenLine]
    """By the storefront's id of each."""
    shipping_minor: int
    shipping_address: str | None
    """Its fingerprint: addresses are kept with their orders alone."""
    is_canceled: bool

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Self:
        return msgspec.convert(kept, cls)

    def to_keep(self) -> dict[str, Any]:
        kept: dict[str, Any] = msgspec.to_builtins(self)
        return kept


def seen_of(order: StorefrontOrder, lines: Mapping[str, UUID | None]) -> Seen:
    """`lines` are the ids of ours by the storefront's."""
    return Seen(
        lines={each.external_id: _seen_line(each, lines.get(each.external_id)) for each in order.lines},
        shipping_minor=order.shipping.minor,
        shipping_address=_fingerprint(order.shipping_address) if order.shipping_address else None,
        is_canceled=order.canceled_at is not None,
    )


def as_ordered(order: StorefrontOrder) -> StorefrontOrder:
    """Before anything of it was canceled."""
    return replace(order, canceled_at=None, lines=tuple(replace(each, canceled=0) for each in order.lines))


def fingerprint_of(order: StorefrontOrder) -> str:
    """The same for versions that say the same."""
    told = replace(order, updated_at=order.placed_at, raw={})
    return _fingerprint(told)


def _fingerprint(told: object) -> str:
    return hashlib.sha256(msgspec.json.encode(told, enc_hook=dict, order="sorted")).hexdigest()


def _seen_line(line: StorefrontLine, line_id: UUID | None) -> SeenLine:
    return SeenLine(
        line=line_id,
        title=line.title,
        units=line.quantity - line.canceled,
        quantity=line.quantity,
        unit_price_minor=line.unit_price.minor,
        discount_minor=line.discount.minor,
        tax_minor=line.tax.minor,
    )
