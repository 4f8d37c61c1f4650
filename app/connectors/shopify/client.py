"""A shop: what it is asked, what is copied from it and what it is told, over one Admin API."""

from app.connectors.contract import SourceInfo
from app.connectors.manifest import Manifest
from app.connectors.shopify.api import Api
from app.connectors.shopify.check import Check
from app.connectors.shopify.feeds import Feeds
from app.connectors.shopify.payments import Payments
from app.connectors.shopify.reads import Reads
from app.connectors.shopify.sinks import Sinks
from app.connectors.shopify.subscribing import Subscribing
from app.connectors.shopify.webhook import Webhooks
from app.connectors.source_config import SourceConfig
from app.connectors.transport import SourceTransport


class ShopifyConnector(Reads, Feeds, Payments, Sinks, Webhooks, Subscribing, Check):
    def __init__(self, info: SourceInfo, config: SourceConfig, manifest: Manifest, transport: SourceTransport) -> None:
        self.info = info
        self._config = config
        self._api = Api(config, manifest, transport)
        self._webhook_secret = config.settings["client_secret"]
