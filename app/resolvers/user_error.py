"""Refusals as clients see them: each of the GraphQL type that has its data."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from strawberry.utils.str_converters import to_camel_case

from app.domain.refusals import IllegalTransition, InsufficientStock, Refusal, SourceRefusal, VersionConflict
from app.execution.loaders import ReadContext
from app.execution.rows import Row
from app.execution.sources import column_of
from app.models import Source

UserError = Mapping[str, Any]
"""A value of one of the types of app/schema/user_error.py, by the names that clients see."""


def user_error(refusal: Refusal, source: Row | None = None) -> UserError:
    """`source` is that of a SourceRefusal."""
    field = None if refusal.field is None else [to_camel_case(part) for part in refusal.field]
    return {"code": refusal.code, "message": refusal.message, "field": field, **_own(refusal, source)}


def _own(refusal: Refusal, source: Row | None) -> UserError:
    match refusal:
        case VersionConflict():
            return {"__typename": "VersionConflict", "currentVersion": refusal.current_version}
        case IllegalTransition():
            return {"__typename": "IllegalTransition", "state": refusal.state, "allowed": refusal.allowed}
        case InsufficientStock():
            return {
                "__typename": "InsufficientStock",
                "sku": refusal.sku,
                "requested": refusal.requested,
                "available": refusal.available,
            }
        case SourceRefusal() if source is not None:
            return {"__typename": "SourceError", "source": source, "retryAfterSeconds": refusal.retry_after_s}
    return {"__typename": "ValidationError"}


async def user_errors(refusals: Sequence[Refusal], context: ReadContext) -> list[UserError]:
    sources = await asyncio.gather(*(_source(each, context) for each in refusals))
    return [user_error(refusal, source) for refusal, source in zip(refusals, sources, strict=True)]


async def _source(refusal: Refusal, context: ReadContext) -> Row | None:
    if not isinstance(refusal, SourceRefusal):
        return None
    return await context.by_key(column_of(Source.key), refusal.source_key)
