"""Whether a shop lets us in, supports our version, and has granted the scopes that the configuration needs."""

from collections.abc import Iterable, Mapping, Sequence

from app.connectors.capabilities import FEEDS, SINKS
from app.connectors.contract import SourceRefused
from app.connectors.ports.checking import Finding
from app.connectors.shopify import documents
from app.connectors.shopify.api import Api
from app.connectors.shopify.ids import number
from app.connectors.shopify.mapping import Nodes, Object
from app.connectors.source_config import SourceConfig
from app.domain.order import OrderManagement

SCOPES: Mapping[str, Sequence[str]] = {
    "storefront_profiles": ("read_customers",),
    "stock": ("read_inventory",),
    "customer_feed": ("read_customers",),
    "product_feed": ("read_products",),
    "order_feed": ("read_orders", "read_customers", "read_returns"),
    "stock_feed": ("read_inventory",),
    "payments": ("write_orders",),
    "order_sink": ("write_orders",),
    "shipment_sink": ("read_orders", "write_merchant_managed_fulfillment_orders"),
    "return_sink": ("read_orders", "write_returns", "write_inventory", "read_inventory"),
    "stock_sink": ("write_inventory", "read_inventory"),
}
"""By capability: https://shopify.dev/docs/api/usage/access-scopes, read 2026-11. Who may write may read."""
ALWAYS = ("storefront_profiles", "stock")
"""Read live whenever somebody asks."""


class _Shop(Object):
    name: str
    myshopify_domain: str


class _Version(Object):
    handle: str
    supported: bool


class _Scope(Object):
    handle: str


class _Installation(Object):
    access_scopes: list[_Scope]


class _SetUp(Object):
    shop: _Shop
    public_api_versions: list[_Version]
    current_app_installation: _Installation


class _Location(Object):
    id: str
    name: str


class _Locations(Object):
    locations: Nodes[_Location]


class Check:
    _api: Api
    _config: SourceConfig

    async def check(self, *, deadline: float) -> tuple[Finding, ...]:
        try:
            found = await self._api.query(documents.SET_UP, {}, _SetUp, deadline=deadline)
        except SourceRefused as refused:
            return (Finding("credentials", False, f"{refused.message}: look at client_id and client_secret."),)
        shop = f"The shop {found.shop.name} ({found.shop.myshopify_domain}) answers."
        return (
            Finding("credentials", True, shop),
            self._version(found.public_api_versions),
            *self._scopes({each.handle for each in found.current_app_installation.access_scopes}),
            *await self._locations(deadline),
        )

    def _version(self, versions: Iterable[_Version]) -> Finding:
        ours = self._api.manifest.api_version
        supported = sorted(each.handle for each in versions if each.supported)
        what = f"version {ours}"
        if ours in supported:
            return Finding(what, True, "Shopify supports it.")
        return Finding(what, False, f"Shopify supports {', '.join(supported)}: a newer connector is needed.")

    def _scopes(self, granted: set[str]) -> list[Finding]:
        implied = granted | {each.replace("write_", "read_", 1) for each in granted}
        wanted: dict[str, list[str]] = {}
        for capability in self._used():
            for scope in SCOPES.get(capability, ()):
                wanted.setdefault(scope, []).append(capability)
        return [
            Finding(f"scope {scope}", True, f"Granted, for {', '.join(used)}.")
            if scope in implied
            else Finding(
                f"scope {scope}", False, f"Missing, for {', '.join(used)}: add it to the app and reinstall it."
            )
            for scope, used in sorted(wanted.items())
        ]

    def _used(self) -> list[str]:
        config = self._config
        used = [*ALWAYS, *(FEEDS[each] for each in config.sync), *(SINKS[each] for each in config.push)]
        if config.orders is OrderManagement.MANAGED:
            used.append("payments")
        return sorted(set(used))

    async def _locations(self, deadline: float) -> list[Finding]:
        """Their numbers, which `locations` is written with."""
        try:
            found = await self._api.query(documents.LOCATIONS, {}, _Locations, deadline=deadline)
        except SourceRefused:
            return [Finding("locations", False, "Missing scope read_locations: their numbers cannot be shown.")]
        known = {number(each.id): each.name for each in found.locations.nodes}
        findings = [
            Finding(f"location {id_}", True, f"{name} is {self._config.location_key(id_)} here.")
            for id_, name in known.items()
        ]
        return findings + [
            Finding(f"location {id_}", False, "It is in the configuration's locations, and the shop does not have it.")
            for id_ in self._config.locations
            if id_ not in known
        ]
