"""What connectors can be asked to do: inputs and payloads."""

import strawberry

from app.access.scopes import Scope
from app.execution.declare import entity, value
from app.schema.inputs import optional, required
from app.schema.mutation_payload import MutationPayload
from app.schema.source import Connector


@strawberry.input(description="Which source to copy from.")
class ConnectorSyncInput:
    connector_key: str = required("Key of the source, for instance `shopify`.")
    full: bool | None = optional(
        "Everything anew, which also finds what the source has no longer; without it what has changed.", default=False
    )


@value
class ConnectorSyncPayload(MutationPayload):
    """What is asked for goes on by itself: `Connector.lastSyncAt` tells when it is done."""

    connector: Connector | None = entity("connector", "The connector; null when refused.", read=Scope.CONNECTOR)
