"""Money: an amount in minor units with its ISO 4217 currency; the only place where the two meet a decimal."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

# ISO 4217 table A.1 (2026). A test compares it with the list itself.
# fmt: off
CURRENCIES = frozenset((
    "AED", "AFN", "ALL", "AMD", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BHD", "BIF", "BMD", "BND",
    "BOB", "BOV", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHE", "CHF", "CHW", "CLF", "CLP", "CNY",
    "COP", "COU", "CRC", "CUP", "CVE", "CZK", "DJF", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP",
    "GBP", "GEL", "GHS", "GIP", "GMD", "GNF", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF", "IDR", "ILS", "INR", "IQD",
    "IRR", "ISK", "JMD", "JOD", "JPY", "KES", "KGS", "KHR", "KMF", "KPW", "KRW", "KWD", "KYD", "KZT", "LAK", "LBP",
    "LKR", "LRD", "LSL", "LYD", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR", "MVR", "MWK", "MXN",
    "MXV", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "OMR", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN",
    "PYG", "QAR", "RON", "RSD", "RUB", "RWF", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD",
    "SSP", "STN", "SVC", "SYP", "SZL", "THB", "TJS", "TMT", "TND", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "UGX",
    "USD", "USN", "UYI", "UYU", "UYW", "UZS", "VED", "VES", "VND", "VUV", "WST", "XAD", "XAF", "XCD", "XCG", "XOF",
    "XPF", "YER", "ZAR", "ZMW", "ZWG",
))
# fmt: on
# ISO 4217 table A.1 (2026): currencies whose minor unit is not a hundredth. A test compares it with the list itself.
MINOR_DIGITS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"), 0),
    **dict.fromkeys(("RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}


class InvalidAmount(ValueError):
    """A text that is no amount, or one finer than its currency's smallest unit."""


@dataclass(frozen=True, slots=True)
class Money:
    minor: int
    currency: str

    @classmethod
    def parse(cls, amount: str | Decimal, currency: str) -> "Money":
        """From a decimal amount in major units ("12.50"). Raises InvalidAmount; never rounds."""
        try:
            minor = Decimal(amount).scaleb(minor_digits(currency))
        except InvalidOperation as exc:
            raise InvalidAmount(f"{amount} is not an amount") from exc
        if not minor.is_finite():
            raise InvalidAmount(f"{amount} is not an amount")
        if minor != minor.to_integral_value():
            raise InvalidAmount(f"{amount} is finer than the smallest unit of {currency}")
        return cls(int(minor), currency)

    @property
    def amount(self) -> Decimal:
        """In major units, with exactly the currency's digits: 12.50, 1250 (JPY), 1.250 (KWD)."""
        return decimal_amount(self.minor, self.currency)


def minor_digits(currency: str) -> int:
    return MINOR_DIGITS.get(currency, 2)


def decimal_amount(minor: int, currency: str) -> Decimal:
    return Decimal(minor).scaleb(-minor_digits(currency))
