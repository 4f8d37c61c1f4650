"""Everything that UPS does for us."""

from app.connectors.ups.check import Check
from app.connectors.ups.labels import Labels
from app.connectors.ups.tracking import Tracking
from app.connectors.ups.webhook import Webhooks


class UpsConnector(Labels, Tracking, Webhooks, Check):
    pass
