"""Remote reads that answer at once and always the same, and for some customers fail, as their ids decide."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zlib import crc32

from app.connectors.contract import Page, SourceInfo, SourceState, SourceStatus, Window
from app.connectors.freshness import LiveReads, Reading
from app.connectors.ports.crm import CaseRecord, InteractionKind, InteractionRecord
from app.connectors.ports.erp import ErpAccountRecord, ErpDocumentRecord
from app.connectors.ports.inventory import StockLevel
from app.connectors.ports.storefront import StorefrontProfileRecord
from app.connectors.reads import Cases, ErpAccounts, ErpDocuments, Interactions, Stock, StorefrontProfiles
from app.connectors.registry import Registry
from app.connectors.source_config import SourceConfig
from app.domain.money import Money
from app.domain.source import SourceKind

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANSWERING: Mapping[Any, Sequence[str]] = {
    Cases: ("salesforce",),
    Interactions: ("salesforce",),
    StorefrontProfiles: ("shopify", "shopify_outlet"),
    ErpAccounts: ("sap",),
    ErpDocuments: ("sap",),
    Stock: ("sap", "shopify"),
}
"""Keys of the sources that each question is put to; nobody is asked for parcels."""
LOCATIONS = ("reno", "columbus", "portland", "1010/101A", "1010/101B")


class CannedSources(Registry):
    """The sources of ANSWERING, behind nothing."""

    def __init__(self) -> None:
        super().__init__(())
        kinds = {"salesforce": SourceKind.CRM, "sap": SourceKind.ERP}
        self._canned = {
            key: SourceInfo(key, key.title(), kinds.get(key, SourceKind.STOREFRONT), True, _capabilities(key))
            for key in ("salesforce", "shopify", "shopify_outlet", "sap")
        }

    @property
    def sources(self) -> tuple[SourceInfo, ...]:
        return tuple(self._canned.values())

    def config(self, key: str) -> SourceConfig:
        places = {"1010/101A": "reno", "1010/101B": "reno"}
        return SourceConfig(key, key, self._canned[key].name, "http://nobody", locations=places)


def _capabilities(key: str) -> frozenset[str]:
    return frozenset(question.capability for question, keys in ANSWERING.items() if key in keys)


class CannedReads(LiveReads):
    """Asks nobody. One id in seven has timed out, one in eleven is unavailable, one in five is unknown."""

    def __init__(self) -> None:
        pass

    async def read(
        self,
        question: Any,
        external_ids: Mapping[str, Iterable[str]],
        *,
        max_age: timedelta | None = None,
        deadline: float | None = None,
    ) -> dict[tuple[str, str], Reading[Any]]:
        answering = ANSWERING.get(type(question), ())
        return {
            (source, id_): _reading(source, id_, question)
            for source, ids in external_ids.items()
            if source in answering
            for id_ in ids
        }


def _reading(source: str, id_: str, question: Any) -> Reading[Any]:
    # Several sources are asked of one SKU: of these some should fail while others do not.
    number = crc32((f"{source} {id_}" if isinstance(question, Stock) else id_).encode())
    if number % 7 == 0:
        return Reading(None, SourceStatus(source, SourceState.TIMED_OUT, error=f"{source} did not answer in time"))
    if number % 11 == 0:
        return Reading(None, SourceStatus(source, SourceState.UNAVAILABLE, error=f"{source} broke off"))
    value = None if number % 5 == 0 else _value(question, id_, number)
    return Reading(value, SourceStatus(source, SourceState.FRESH, AT, 1.0))


def _value(question: Any, id_: str, number: int) -> Any:
    if isinstance(question, StorefrontProfiles):
        spent = Money(number % 100_000, "USD") if number % 2 else None
        return StorefrontProfileRecord(id_, None, number % 50, spent, bool(number % 3), AT)
    if isinstance(question, ErpAccounts):
        limit, balance = Money(number % 1_000_000, "EUR"), Money(number % 70_000, "JPY") if number % 3 else None
        return ErpAccountRecord(id_, f"CUSTOMER {id_}", limit, balance, "0030" if number % 2 else None, number % 4 == 0)
    if isinstance(question, ErpDocuments):
        return tuple(_document(id_, n) for n in range(number % 4))
    if isinstance(question, Stock):
        return tuple(StockLevel(LOCATIONS[(number + n) % len(LOCATIONS)], number % 90 - 5 + n) for n in range(4))
    window: Window = question.window
    make = _case if isinstance(question, Cases) else _interaction
    items: list[Any] = [make(id_, n) for n in range(number % 5)]
    if window.after is not None:
        items = [item for item in items if (_at(item), item.external_id) < window.after]
    return Page(tuple(items[: window.first]), len(items) > window.first)


def _case(id_: str, n: int) -> CaseRecord:
    return CaseRecord(f"{id_}-{n}", f"{n:05}", f"Case “{n}”", "New", None, "Web", AT - timedelta(hours=n), None, None)


def _interaction(id_: str, n: int) -> InteractionRecord:
    kind = list(InteractionKind)[n % len(InteractionKind)]
    return InteractionRecord(f"{id_}-{n}", kind, AT - timedelta(hours=n), None, 'Said\n"hello"', "Ann")


def _document(id_: str, n: int) -> ErpDocumentRecord:
    amount = Money(100 * n, "USD") if n else None
    return ErpDocumentRecord(f"{id_}-{n}", "sales order", "open" if n % 2 else None, amount, AT if n else None)


def _at(item: Any) -> datetime:
    at: datetime = item.opened_at if isinstance(item, CaseRecord) else item.at
    return at
