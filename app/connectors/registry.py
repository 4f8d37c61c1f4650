"""Builds the connectors of the configured sources, and finds them by key."""

from collections.abc import Callable, Iterable, Mapping
from urllib.parse import urlsplit

from app.connectors.capabilities import CAPABILITIES, FEEDS, SINKS
from app.connectors.contract import CircuitState, Connector, SourceFailure, SourceInfo
from app.connectors.manifest import InvalidManifest, Manifest, load_manifests
from app.connectors.observation import Observer
from app.connectors.ports.carrier import Carrier
from app.connectors.ports.payment import PaymentGateway
from app.connectors.ports.webhook import WebhookReceiver
from app.connectors.rate import Allowance
from app.connectors.salesforce.client import SalesforceConnector
from app.connectors.sap.client import SapConnector
from app.connectors.shopify.client import ShopifyConnector
from app.connectors.source_config import InvalidSourceConfig, SourceConfig
from app.connectors.stripe.client import StripeConnector
from app.connectors.transport import Clock, HttpTransport, SourceTransport, TransportLimits
from app.connectors.ups.client import UpsConnector

Connect = Callable[[SourceInfo, SourceConfig, Manifest, SourceTransport], Connector]

VENDORS: Mapping[str, Connect] = {
    "salesforce": SalesforceConnector,
    "sap": SapConnector,
    "shopify": ShopifyConnector,
    "stripe": StripeConnector,
    "ups": UpsConnector,
}
"""One line per vendor folder."""


class Registry:
    """The configured sources. Raises InvalidManifest or InvalidSourceConfig when they do not fit their vendors.

    Building it sends nothing: a source that is down does not keep the application from starting.
    """

    def __init__(
        self,
        configs: Iterable[SourceConfig],
        *,
        http: HttpTransport | None = None,
        clock: Clock | None = None,
        observer: Observer | None = None,
    ) -> None:
        """`http` replaces the network for every source, as tests do. `observer` watches the requests to all."""
        manifests = load_manifests()
        self._configs: dict[str, SourceConfig] = {}
        self._infos: dict[str, SourceInfo] = {}
        self._connectors: dict[str, Connector] = {}
        self._transports: dict[str, SourceTransport] = {}
        for config in configs:
            manifest = _manifest_for(config, manifests)
            if config.key in self._infos:
                raise InvalidSourceConfig(f"source {config.key} is configured twice; give one another key")
            info = SourceInfo(config.key, config.name, manifest.kind, config.enabled, manifest.capabilities)
            self._infos[config.key] = info
            self._configs[config.key] = config
            _check_uses(config, manifest)
            if config.enabled:
                _check_settings(config, manifest)
                limits = TransportLimits(concurrent_requests_max=manifest.limit("concurrent_requests"))
                transport = SourceTransport(
                    config.key,
                    config.base_url,
                    limits=limits,
                    allowance=_allowance(manifest),
                    http=http,
                    clock=clock,
                    observer=observer,
                )
                self._transports[config.key] = transport
                self._connectors[config.key] = _connect(info, config, manifest, transport)

    @property
    def sources(self) -> tuple[SourceInfo, ...]:
        """Every configured source, the disabled ones too, in the configuration's order."""
        return tuple(self._infos.values())

    def __getitem__(self, key: str) -> Connector:
        """Raises KeyError for a source that is not configured, or is disabled."""
        return self._connectors[key]

    def config(self, key: str) -> SourceConfig:
        """Raises KeyError for a source that is not configured."""
        return self._configs[key]

    @property
    def configs(self) -> tuple[SourceConfig, ...]:
        """Of every source, the disabled ones too, in the configuration's order."""
        return tuple(self._configs.values())

    def payment_gateway(self, key: str) -> PaymentGateway | None:
        """None where no enabled source of this key takes payments."""
        connector = self._connectors.get(key)
        return connector if isinstance(connector, PaymentGateway) else None

    def carrier(self, key: str) -> Carrier | None:
        """None where no enabled source of this key takes parcels."""
        connector = self._connectors.get(key)
        return connector if isinstance(connector, Carrier) else None

    def webhook_receiver(self, key: str) -> WebhookReceiver | None:
        """None where no enabled source of this key sends events."""
        connector = self._connectors.get(key)
        return connector if isinstance(connector, WebhookReceiver) else None

    def circuit(self, key: str) -> CircuitState:
        """A disabled source's circuit is closed: nothing was tried."""
        transport = self._transports.get(key)
        return transport.circuit if transport else CircuitState.CLOSED

    def last_failure(self, key: str) -> SourceFailure | None:
        """Of the latest request, None once one succeeded."""
        transport = self._transports.get(key)
        return transport.last_failure if transport else None

    async def close(self) -> None:
        for transport in self._transports.values():
            await transport.close()


def _allowance(manifest: Manifest) -> Allowance | None:
    return None if manifest.rate is None else Allowance(manifest.rate.per_s, manifest.rate.most)


def _manifest_for(config: SourceConfig, manifests: Mapping[str, Manifest]) -> Manifest:
    manifest = manifests.get(config.vendor)
    if manifest is None:
        known = ", ".join(sorted(manifests))
        raise InvalidSourceConfig(f"source {config.key}: no vendor is called {config.vendor!r}; choose from {known}")
    return manifest


def _check_settings(config: SourceConfig, manifest: Manifest) -> None:
    if not _is_address(config.base_url):
        raise InvalidSourceConfig(f"source {config.key}: base_url must be an address such as https://shop.example.com")
    if missing := [name for name in manifest.settings_required if not config.settings.get(name)]:
        raise InvalidSourceConfig(f"source {config.key}: the setting {', '.join(missing)} is missing")
    if unknown := sorted(config.settings.keys() - manifest.settings.keys()):
        known = ", ".join(sorted(manifest.settings))
        raise InvalidSourceConfig(f"source {config.key}: there is no setting {', '.join(unknown)}; choose from {known}")


def _is_address(url: str) -> bool:
    """Of a server, and perhaps a path there. The HTTP client would take more, and fail with each request."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    is_plain = url.isprintable() and " " not in url and port != 0
    return is_plain and parts.scheme in ("https", "http") and bool(parts.hostname) and not parts.query + parts.fragment


def _check_uses(config: SourceConfig, manifest: Manifest) -> None:
    for word, used in (
        ("sync", {each: FEEDS[each] for each in config.sync}),
        ("push", {each: SINKS[each] for each in config.push}),
    ):
        if lacking := sorted(name for name, capability in used.items() if capability not in manifest.capabilities):
            raise InvalidSourceConfig(f"source {config.key}: {manifest.title} cannot {word} {', '.join(lacking)}")


def _connect(info: SourceInfo, config: SourceConfig, manifest: Manifest, transport: SourceTransport) -> Connector:
    if manifest.name not in VENDORS:
        raise InvalidManifest(f"{manifest.name}: VENDORS in app/connectors/registry.py has no line for it")
    connector = VENDORS[manifest.name](info, config, manifest, transport)
    for capability in sorted(manifest.capabilities):
        if not isinstance(connector, CAPABILITIES[capability]):
            raise InvalidManifest(f"{manifest.name}: the manifest names {capability}, which the client does not offer")
    return connector
