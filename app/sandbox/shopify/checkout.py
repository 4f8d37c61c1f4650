"""A buyer's checkout: what is bought for how much, and the order that comes of it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec

from app.sandbox.shopify.objects import (
    AUTHORIZATION_LIFETIME_S,
    Object,
    mailing_address,
    money_bag,
    order,
    rounded,
    time_text,
)
from app.sandbox.shopify.objects import transaction as transaction_object
from app.sandbox.shopify.shop import Catalog, UserError


class Bought(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Amounts are decimals as text; of the whole line where they are not of a unit."""

    sku: str | None = None
    title: str = ""
    quantity: Annotated[int, msgspec.Meta(ge=1)] = 1
    unit_price: str | None = None
    """The variant's price where it is left out."""
    discounts: Sequence[str] = ()
    taxes: Sequence[str] = ()


class Shipping(msgspec.Struct, forbid_unknown_fields=True):
    title: str
    price: str
    taxes: Sequence[str] = ()


class Checkout(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    lines: Annotated[Sequence[Bought], msgspec.Meta(min_length=1)]
    email: str | None = None
    phone: str | None = None
    customer: str | None = None
    """The customer's gid."""
    shipping_address: Mapping[str, str] | None = None
    shipping: Sequence[Shipping] = ()
    duties: str | None = None
    tip: str | None = None
    taxes_included: bool = False
    note: str | None = None
    tags: Sequence[str] = ()
    payment: Literal["authorization", "sale"] | None = "authorization"
    gateway: str = "shopify_payments"
    multi_capturable: bool = True
    presentment_currency: str | None = None
    presentment_rate: str = "1"
    """Units of the presentment currency for one of the shop's."""


class Till:
    """Turns checkouts into orders of a shop."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._number = 1000

    def order(self, bought: Checkout) -> Object:
        """With all that hangs on it but the fulfillment orders, and not yet in the shop."""
        catalog = self._catalog
        at = catalog.at()
        self._number += 1
        lines = [self._line(each) for each in bought.lines]
        shipping = [
            {
                "title": each.title,
                "discountedPriceSet": self.money(each.price),
                "taxLines": [{"priceSet": self.money(tax)} for tax in each.taxes],
            }
            for each in bought.shipping
        ]
        gid = catalog.new_id("Order")
        made = order(
            {
                "id": gid,
                "legacyResourceId": gid.rpartition("/")[2],
                "name": f"#{self._number}",
                "createdAt": at,
                "processedAt": at,
                "updatedAt": at,
                "currencyCode": catalog.currency,
                "presentmentCurrencyCode": bought.presentment_currency or catalog.currency,
                "taxesIncluded": bought.taxes_included,
                "email": bought.email,
                "phone": bought.phone,
                "note": bought.note,
                "tags": list(bought.tags),
                "customer": catalog.find("Customer", bought.customer) if bought.customer else None,
                "shippingAddress": self._address(bought),
                "billingAddress": self._address(bought),
                "lineItems": lines,
                "shippingLines": shipping,
                "originalTotalDutiesSet": self.money(bought.duties) if bought.duties else None,
                "totalTipReceivedSet": self.money(bought.tip or "0.0"),
                "totalPriceSet": self.money(str(_total(bought, lines)), bought),
            }
        )
        if bought.tip:
            lines.append(self._tip(bought.tip))
        if bought.payment is not None:
            self._pay(made, bought)
        return made

    def money(self, amount: str, bought: Checkout | None = None) -> Object:
        currency = self._catalog.currency
        there = bought.presentment_currency if bought else None
        if bought is None or there is None:
            return money_bag(amount, currency)
        converted = rounded(Decimal(amount) * Decimal(bought.presentment_rate), there)
        return money_bag(amount, currency, presentment=(str(converted), there))

    def _line(self, bought: Bought) -> Object:
        variant = self._catalog.variant(bought.sku) if bought.sku else None
        price = bought.unit_price or (variant["price"] if variant else None)
        if price is None:
            raise UserError(f"nobody knows what {bought.sku or bought.title} costs")
        product = variant["product"] if variant else None
        return self._catalog.add(
            {
                "id": self._catalog.new_id("LineItem"),
                "sku": bought.sku,
                "title": bought.title or (product["title"] if product else str(bought.sku)),
                "variantTitle": None,
                "quantity": bought.quantity,
                "currentQuantity": bought.quantity,
                "refundableQuantity": bought.quantity,
                "unfulfilledQuantity": bought.quantity,
                "nonFulfillableQuantity": 0,
                "originalUnitPriceSet": self.money(price),
                "discountAllocations": [{"allocatedAmountSet": self.money(each)} for each in bought.discounts],
                "taxLines": [{"priceSet": self.money(each)} for each in bought.taxes],
                "variant": variant,
            }
        )

    def _tip(self, amount: str) -> Object:
        """A line of its own, of which there is nothing to send."""
        line = self._line(Bought(title="Tip", unit_price=amount))
        return line | {"nonFulfillableQuantity": 1}

    def _address(self, bought: Checkout) -> Object | None:
        if bought.shipping_address is None:
            return None
        return mailing_address(self._catalog.new_id("MailingAddress"), bought.shipping_address)

    def _pay(self, made: Object, bought: Checkout) -> None:
        known: dict[str, Any] = {
            "id": self._catalog.new_id("OrderTransaction"),
            "kind": str(bought.payment).upper(),
            "gateway": bought.gateway,
            "createdAt": made["createdAt"],
            "amountSet": made["totalPriceSet"],
            "order": made,
        }
        if bought.payment == "authorization":
            known["authorizationExpiresAt"] = time_text(self._catalog.now() + AUTHORIZATION_LIFETIME_S)
            known["multiCapturable"] = bought.multi_capturable
        made["transactions"].append(self._catalog.add(transaction_object(known)))


def _total(bought: Checkout, lines: Sequence[Object]) -> Decimal:
    total = Decimal(bought.duties or 0) + Decimal(bought.tip or 0)
    for told, line in zip(bought.lines, lines, strict=True):
        total += Decimal(line["originalUnitPriceSet"]["shopMoney"]["amount"]) * told.quantity
        total -= sum(map(Decimal, told.discounts))
        total += 0 if bought.taxes_included else sum(map(Decimal, told.taxes))
    for shipping in bought.shipping:
        total += Decimal(shipping.price)
        total += 0 if bought.taxes_included else sum(map(Decimal, shipping.taxes))
    return total
