"""Segments: how many customers are in each."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.execution.sources import column_of
from app.execution.statements import among
from app.models import SegmentMember
from app.resolvers.context import Context


async def sizes(segment_ids: Sequence[UUID], _arguments: Mapping[str, Any], context: Context) -> list[int]:
    statement = (
        select(SegmentMember.segment_id, func.count())
        .where(among(column_of(SegmentMember.segment_id), segment_ids))
        .group_by(SegmentMember.segment_id)
    )
    found = {row[0]: row[1] for row in await context.fetch(statement)}
    return [found.get(segment_id, 0) for segment_id in segment_ids]
