"""The questions that remote fields ask: one frozen dataclass per capability, its arguments being its fields."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from app.connectors.contract import Connector, Page, Window
from app.connectors.ports.carrier import TrackingRecord, TrackingSource
from app.connectors.ports.crm import CaseRecord, CaseSource, InteractionRecord, InteractionSource
from app.connectors.ports.erp import ErpAccountRecord, ErpAccountSource, ErpDocumentRecord, ErpDocumentSource
from app.connectors.ports.inventory import StockLevel, StockSource
from app.connectors.ports.storefront import StorefrontProfileRecord, StorefrontProfileSource

# The registry has checked that a connector implements what its manifest names; the assertions tell the type checker.


@dataclass(frozen=True, slots=True)
class Cases:
    capability: ClassVar[str] = "cases"
    answer: ClassVar[Any] = Page[CaseRecord]
    window: Window

    async def ask(
        self, connector: Connector, external_ids: Sequence[str], *, deadline: float
    ) -> Mapping[str, Page[CaseRecord]]:
        assert isinstance(connector, CaseSource)  # noqa: S101
        return await connector.cases(external_ids, self.window, deadline=deadline)


@dataclass(frozen=True, slots=True)
class Interactions:
    capability: ClassVar[str] = "interactions"
    answer: ClassVar[Any] = Page[InteractionRecord]
    window: Window

    async def ask(
        self, connector: Connector, external_ids: Sequence[str], *, deadline: float
    ) -> Mapping[str, Page[InteractionRecord]]:
        assert isinstance(connector, InteractionSource)  # noqa: S101
        return await connector.interactions(external_ids, self.window, deadline=deadline)


@dataclass(frozen=True, slots=True)
class StorefrontProfiles:
    capability: ClassVar[str] = "storefront_profiles"
    answer: ClassVar[Any] = StorefrontProfileRecord | None

    async def ask(
        self, connector: Connector, external_ids: Sequence[str], *, deadline: float
    ) -> Mapping[str, StorefrontProfileRecord | None]:
        assert isinstance(connector, StorefrontProfileSource)  # noqa: S101
        return await connector.profiles(external_ids, deadline=deadline)


@dataclass(frozen=True, slots=True)
class Tracking:
    capability: ClassVar[str] = "tracking"
    answer: ClassVar[Any] = TrackingRecord | None

    async def ask(
        self, connector: Connector, external_ids: Sequence[str], *, deadline: float
    ) -> Mapping[str, TrackingRecord | None]:
        assert isinstance(connector, TrackingSource)  # noqa: S101
        return await connector.track(external_ids, deadline=deadline)


@dataclass(frozen=True, slots=True)
class ErpAccounts:
    capability: ClassVar[str] = "erp_accounts"
    answer: ClassVar[Any] = ErpAccountRecord | None

    async def ask(
        self, connector: Connector, external_ids: Sequence[str], *, deadline: float
    ) -> Mapping[str, ErpAccountRecord | None]:
        assert isinstance(connector, ErpAccountSource)  # noqa: S101
        return await connector.accounts(external_ids, deadline=deadline)


@dataclass(frozen=True, slots=True)
class ErpDocuments:
    """By our order number."""

    capability: ClassVar[str] = "erp_documents"
    answer: ClassVar[Any] = tuple[ErpDocumentRecord, ...]

    async def ask(
        self, connector: Connector, external_ids: Sequence[str], *, deadline: float
    ) -> Mapping[str, tuple[ErpDocumentRecord, ...]]:
        assert isinstance(connector, ErpDocumentSource)  # noqa: S101
        return await connector.documents(external_ids, deadline=deadline)


@dataclass(frozen=True, slots=True)
class Stock:
    """By SKU."""

    capability: ClassVar[str] = "stock"
    answer: ClassVar[Any] = tuple[StockLevel, ...]

    async def ask(
        self, connector: Connector, external_ids: Sequence[str], *, deadline: float
    ) -> Mapping[str, tuple[StockLevel, ...]]:
        assert isinstance(connector, StockSource)  # noqa: S101
        return await connector.stock(external_ids, deadline=deadline)
