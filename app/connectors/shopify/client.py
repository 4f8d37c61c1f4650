"""Reads customers of a shop; an external id is the customer's number, bare or as gid://shopify/Customer/<number>."""

import re
from collections.abc import Mapping, Sequence
from typing import TypeVar

from app.connectors.batching import in_chunks
from app.connectors.contract import SourceGarbled, SourceInfo
from app.connectors.manifest import Manifest
from app.connectors.ports.storefront import StorefrontProfileRecord
from app.connectors.shopify import documents
from app.connectors.shopify.auth import authorizer
from app.connectors.shopify.envelope import Envelope, open_envelope
from app.connectors.shopify.mapping import Customer, Profiles, profile_record
from app.connectors.source_config import SourceConfig
from app.connectors.transport import Request, SourceTransport

D = TypeVar("D")

CUSTOMER_ID = re.compile(r"(?:gid://shopify/Customer/)?([0-9]{1,20})")


class ShopifyConnector:
    def __init__(self, info: SourceInfo, config: SourceConfig, manifest: Manifest, transport: SourceTransport) -> None:
        self.info = info
        self._transport = transport
        self._authorizer = authorizer(config, transport)
        self._path = f"/admin/api/{manifest.api_version}/graphql.json"
        self._ids_per_query_max = manifest.limit("ids_per_query")

    async def profiles(
        self, external_ids: Sequence[str], *, deadline: float
    ) -> Mapping[str, StorefrontProfileRecord | None]:
        async def ask(gids: Sequence[str]) -> dict[str, Customer]:
            answered = await self._query(documents.PROFILES, {"ids": gids}, Envelope[Profiles], deadline)
            return {customer.id: customer for customer in answered.nodes if customer}

        # One id of another shape would make Shopify refuse the whole query; no customer can have it.
        numbers = {id_: match[1] for id_ in external_ids if (match := CUSTOMER_ID.fullmatch(id_))}
        gids = {id_: f"gid://shopify/Customer/{number}" for id_, number in numbers.items()}
        customers = await in_chunks(tuple(dict.fromkeys(gids.values())), self._ids_per_query_max, ask)
        found = {id_: customers[gid] for id_, gid in gids.items() if gid in customers}
        return dict.fromkeys(external_ids, None) | {id_: self._profile(id_, each) for id_, each in found.items()}

    async def _query(
        self, document: str, variables: Mapping[str, object], shape: type[Envelope[D]], deadline: float
    ) -> D:
        # A query by POST changes nothing, so it may be repeated.
        request = Request(
            "POST", self._path, json={"query": document, "variables": variables}, repeatable=True, name="query"
        )
        return await self._transport.send(
            request, lambda answer: open_envelope(answer, shape), deadline=deadline, authorizer=self._authorizer
        )

    def _profile(self, external_id: str, customer: Customer) -> StorefrontProfileRecord:
        try:
            return profile_record(customer, external_id=external_id)
        except ValueError as exc:
            raise SourceGarbled(self.info.key, f"{self.info.key} sent a customer that cannot be read") from exc
