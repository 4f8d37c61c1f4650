"""One S/4HANA system as a source: what is read live, copied, written and checked."""

from app.connectors.contract import SourceInfo
from app.connectors.manifest import Manifest
from app.connectors.sap.api import SapApi
from app.connectors.sap.check import SapCheck
from app.connectors.sap.feeds import SapFeeds
from app.connectors.sap.reads import SapReads
from app.connectors.sap.sinks import SapSinks
from app.connectors.source_config import SourceConfig
from app.connectors.transport import SourceTransport


class SapConnector(SapReads, SapFeeds, SapSinks, SapCheck):
    def __init__(self, info: SourceInfo, config: SourceConfig, manifest: Manifest, transport: SourceTransport) -> None:
        self.info = info
        self._api = SapApi(info, config, manifest, transport)
