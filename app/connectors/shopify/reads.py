"""What is read live: customers' profiles by id, stock by SKU."""

from collections.abc import Mapping, Sequence

from app.connectors.batching import in_chunks
from app.connectors.ports.inventory import StockLevel
from app.connectors.ports.storefront import StorefrontProfileRecord
from app.connectors.shopify import documents
from app.connectors.shopify.api import Api
from app.connectors.shopify.ids import gids
from app.connectors.shopify.mapping import Customer, profile_record
from app.connectors.shopify.stock import stock_by_sku


class Reads:
    _api: Api

    async def profiles(
        self, external_ids: Sequence[str], *, deadline: float
    ) -> Mapping[str, StorefrontProfileRecord | None]:
        async def ask(ids: Sequence[str]) -> dict[str, Customer]:
            nodes = await self._api.nodes(documents.PROFILES, ids, deadline=deadline)
            return {id_: self._api.convert(node, Customer, "a customer") for id_, node in nodes.items()}

        asked = gids("Customer", external_ids)
        ids_max = self._api.manifest.limit("ids_per_query")
        customers = await in_chunks(tuple(dict.fromkeys(asked.values())), ids_max, ask)
        found = {id_: customers[gid] for id_, gid in asked.items() if gid in customers}
        return dict.fromkeys(external_ids, None) | {id_: self._profile(id_, each) for id_, each in found.items()}

    async def stock(self, skus: Sequence[str], *, deadline: float) -> Mapping[str, tuple[StockLevel, ...]]:
        return await stock_by_sku(self._api, skus, deadline=deadline)

    def _profile(self, external_id: str, customer: Customer) -> StorefrontProfileRecord:
        with self._api.readable("a customer"):
            return profile_record(customer, external_id=external_id)
