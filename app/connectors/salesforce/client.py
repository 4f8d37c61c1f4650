"""One Salesforce org: the classes of this folder, put together."""

import re

from app.connectors.contract import SourceInfo
from app.connectors.manifest import Manifest
from app.connectors.salesforce.api import Api
from app.connectors.salesforce.check import Check
from app.connectors.salesforce.contacts import ContactRow, ContactRowWithCodes
from app.connectors.salesforce.feeds import Feeds
from app.connectors.salesforce.reads import Reads
from app.connectors.salesforce.sinks import Sinks
from app.connectors.source_config import InvalidSourceConfig, SourceConfig
from app.connectors.transport import SourceTransport

FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*__c")


class SalesforceConnector(Reads, Feeds, Sinks, Check):
    def __init__(self, info: SourceInfo, config: SourceConfig, manifest: Manifest, transport: SourceTransport) -> None:
        self.info = info
        api = Api(info, config, manifest, transport)
        has_opportunities = _is_on(config, "opportunities", config.settings.get("opportunities", "yes"))
        has_codes = _is_on(config, "address_codes", config.settings.get("address_codes", "no"))
        case_key_field = _field_name(config, "case_key_field", config.settings.get("case_key_field"))
        contact_row = ContactRowWithCodes if has_codes else ContactRow
        ids_per_query_max = manifest.limit("ids_per_query")
        Reads.__init__(self, api, ids_per_query_max=ids_per_query_max, has_opportunities=has_opportunities)
        Feeds.__init__(
            self,
            api,
            contact_row=contact_row,
            ids_per_query_max=ids_per_query_max,
            changes_per_page=manifest.limit("changes_per_page"),
        )
        Sinks.__init__(self, api, case_key_field=case_key_field)
        Check.__init__(
            self, api, contact_row=contact_row, has_opportunities=has_opportunities, case_key_field=case_key_field
        )


def _is_on(config: SourceConfig, name: str, value: str) -> bool:
    if value not in ("yes", "no"):
        raise InvalidSourceConfig(f"source {config.key}: {name} must be yes or no")
    return value == "yes"


def _field_name(config: SourceConfig, name: str, value: str | None) -> str | None:
    # It becomes part of a path and of queries.
    if value is not None and not FIELD_NAME.fullmatch(value):
        raise InvalidSourceConfig(f"source {config.key}: {name} must be a custom field's name such as Junction_Key__c")
    return value
