"""Connectors: what only the running process knows of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.connectors.contract import CircuitState
from app.resolvers.context import Context


async def circuits(keys: Sequence[str], _arguments: Mapping[str, Any], context: Context) -> list[CircuitState]:
    return [context.registry.circuit(key) for key in keys]


async def last_errors(keys: Sequence[str], _arguments: Mapping[str, Any], context: Context) -> list[str | None]:
    """Why the latest request failed; None once one succeeded."""
    failures = (context.registry.last_failure(key) for key in keys)
    return [None if failure is None else failure.message for failure in failures]
