"""Remote reads that answer at once and always the same, and for some customers fail, as their ids decide."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zlib import crc32

from app.connectors.contract import Page, SourceState, SourceStatus, Window
from app.connectors.freshness import LiveReads, Reading
from app.connectors.ports.crm import CaseRecord, InteractionKind, InteractionRecord
from app.connectors.ports.storefront import StorefrontProfileRecord
from app.connectors.reads import Cases, Interactions, StorefrontProfiles
from app.domain.money import Money

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


class CannedReads(LiveReads):
    """Asks nobody. One id in seven has timed out, one in eleven is unavailable, one in five is unknown."""

    def __init__(self) -> None:
        pass

    async def read(
        self, question: Any, external_ids: Mapping[str, Iterable[str]], *, max_age: timedelta | None = None
    ) -> dict[tuple[str, str], Reading[Any]]:
        kind = "salesforce" if isinstance(question, Cases | Interactions) else "shopify"
        return {
            (source, id_): _reading(source, id_, question)
            for source, ids in external_ids.items()
            if source.startswith(kind)
            for id_ in ids
        }


def _reading(source: str, id_: str, question: Any) -> Reading[Any]:
    number = crc32(id_.encode())
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


def _at(item: Any) -> datetime:
    at: datetime = item.opened_at if isinstance(item, CaseRecord) else item.at
    return at
