"""An answer in parts: what is there at once, and then each deferred fragment and streamed list when it is.

The form is that of graphql-js 17, https://specs.apollo.dev/incremental/v0.2/. What is still to come is announced as
`pending` with an id; `incremental` brings data for an id; `completed` says that an id has had all of it, or with
`errors` that it will not, because a null reached beyond the fragment.
"""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from graphql import ExperimentalIncrementalExecutionResults, GraphQLError

from app.execution.access import Granted, granted_to_caller
from app.execution.errors import present

Part = dict[str, Any]
"""As it goes to the client, before it is made JSON."""


async def parts_of(
    results: ExperimentalIncrementalExecutionResults, granted: Granted, request: Mapping[str, Any]
) -> AsyncGenerator[Part, None]:
    """To close it ends what is still being worked on."""
    # Those who take parts do so in one task, as the variable demands.
    with granted_to_caller(granted):
        async with aclosing(results.subsequent_results) as subsequent_results:
            yield _part(results.initial_result, request)
            async for result in subsequent_results:
                yield _part(result, request)


async def with_extensions(
    parts: AsyncGenerator[Part, None], extensions: Callable[[], dict[str, Any]]
) -> AsyncGenerator[Part, None]:
    """The last one says them."""
    async with aclosing(parts):
        async for part in parts:
            yield part if part["hasNext"] else part | {"extensions": extensions()}


def _part(result: Any, request: Mapping[str, Any]) -> Part:
    """Formatted, with errors as `present` says them."""
    part: Part = result.formatted
    _present(part, result.errors if "data" in part else None, request)
    for name in ("incremental", "completed"):
        for formatted, each in zip(part.get(name, ()), getattr(result, name, None) or (), strict=True):
            _present(formatted, each.errors, request)
    return part


def _present(formatted: Part, errors: Sequence[GraphQLError] | None, request: Mapping[str, Any]) -> None:
    if errors:
        formatted["errors"] = [present(error, request=request) for error in errors]
