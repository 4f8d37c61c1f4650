"""What a request carries: the engine's reading context, and the outside systems."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.connectors.freshness import LiveReads
from app.connectors.registry import Registry
from app.domain.actor import Actor
from app.execution.loaders import ReadContext
from app.execution.rows import Row
from app.execution.sources import column_of
from app.execution.statements import among
from app.models import CustomerSourceRecord, Source
from app.workflows.work import Work

Identity = tuple[str, str]
"""Source key and external id."""


@dataclass(kw_only=True)
class Context(ReadContext):
    reads: LiveReads
    registry: Registry
    work: Work
    actor: Actor
    """Who asks, and is written down with what they change."""
    sources_deadline: float | None = None
    """After which no outside system is waited for, on the monotonic clock: the request would not be answered else."""

    def sources_with(self, capability: str) -> list[str]:
        """Keys of the configured sources that offer it, the disabled ones too: they have a state to tell."""
        return [info.key for info in self.registry.sources if capability in info.capabilities]

    async def identities(self, customer_ids: Sequence[UUID]) -> list[list[Identity]]:
        """Each customer's ids in other systems; one statement for all who are asked for at the same time."""

        async def load(keys: list[UUID]) -> list[list[Identity]]:
            record = CustomerSourceRecord
            statement = (
                select(record.customer_id, record.source_key, record.external_id)
                .where(among(column_of(record.customer_id), keys))
                .order_by(record.linked_at, record.id)
            )
            found: dict[UUID, list[Identity]] = {key: [] for key in keys}
            for customer_id, source_key, external_id in await self.fetch(statement):
                found[customer_id].append((source_key, external_id))
            return [found[key] for key in keys]

        return await self.loader("identities", load).load_many(list(customer_ids))

    async def sources(self, keys: Sequence[str]) -> dict[str, Row]:
        """The rows of these sources, for values that name them."""
        wanted = list(dict.fromkeys(keys))
        found = await self.by_keys(column_of(Source.key), wanted)
        return {key: row for key, row in zip(wanted, found, strict=True) if row is not None}
