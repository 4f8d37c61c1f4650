"""Per request: one aiodataloader for each thing that is loaded in batches, and the statements they run."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Hashable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any, Self, TypeVar, cast

import structlog
from aiodataloader import DataLoader
from graphql import DocumentNode
from sqlalchemy import Column, ColumnElement, Table

from app.execution import statements
from app.execution.access import Granted
from app.execution.as_of import Then
from app.execution.compiling import compiled
from app.execution.connections import ReadsRows
from app.execution.errors import BadUserInput
from app.execution.ids import parse_key, split_id
from app.execution.keyset import Order, Window, window
from app.execution.limits import Sizes
from app.execution.rows import Row, StoredType, StoredTypes
from app.execution.sources import Batched, Command, Lookup, Rows, primary_key
from app.execution.statements import Statement
from app.execution.store_errors import FAILURES, client_facing
from app.execution.trace import Trace

T = TypeVar("T")
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Site:
    """A place in the query, and when what it is read of was: the same site has the same conditions."""

    place: Hashable
    then: Then | None


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one window, in reading order, and whether there are more beyond either end."""

    rows: list[Row]
    has_next: bool
    has_previous: bool


class _SharedLoader(DataLoader[Any, Any]):
    """A field that no longer wants its value leaves it to those that asked for the same key.

    When a field fails that must not be null, graphql-core cancels the fields beside it.
    """

    def load(self, key: Any) -> "asyncio.Future[Any]":
        return asyncio.shield(super().load(key))


@dataclass(frozen=True, slots=True)
class _Before:
    """What `read_within` has to be undone with."""

    connections: ReadsRows
    release: Callable[[], Awaitable[None]]


@dataclass
class ReadContext:
    """What reading needs, for one request. A project's own resolvers extend it with what they need."""

    connections: ReadsRows
    """By which to read now: a command may have it read within its transaction."""
    types: StoredTypes
    sizes: Sizes
    granted: Granted = None
    document: DocumentNode | None = None
    """What the interpreter answers."""
    trace: Trace | None = None
    """Where to note what answering took; None where nobody asks."""
    _loaders: dict[Hashable, DataLoader[Any, Any]] = field(default_factory=dict)
    _loading: set["asyncio.Task[Any]"] = field(default_factory=set)
    _is_closed: bool = False
    _before: _Before | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._is_closed = True
        await self._end_loading()

    async def _end_loading(self) -> None:
        """Loaders run in tasks of their own, which nobody else would cancel."""
        for task in self._loading:
            task.cancel()
        if self._loading:
            await asyncio.wait(self._loading)

    def loader(self, key: Hashable, load: Callable[[list[Any]], Coroutine[Any, Any, list[T]]]) -> DataLoader[Any, T]:
        """The request's loader for `key`, made on first use."""

        async def until_closed(keys: list[Any]) -> list[T]:
            task = cast("asyncio.Task[Any]", asyncio.current_task())
            self._loading.add(task)
            task.add_done_callback(self._loading.discard)
            if self._is_closed or self._loaders.get(key) is not loader:
                # What is loaded for nobody any longer would find other connections than it was meant for.
                raise asyncio.CancelledError
            return await load(keys)

        loader = self._loaders.get(key)
        if loader is None:
            loader = self._loaders[key] = _SharedLoader(batch_load_fn=until_closed)
        return cast("DataLoader[Any, T]", loader)

    def identified(self, id_: str) -> tuple[StoredType, object]:
        """The type that a global id names, and the key. Raises BadUserInput."""
        type_name, key = split_id(id_)
        stored = self.types.by_name.get(type_name)
        if stored is None or not stored.is_node:
            raise BadUserInput(f'"{id_}" is not an id: there is no type {type_name} that can be looked up by id.')
        return stored, parse_key(id_, key, primary_key(stored.table))

    def window(self, order: Order, arguments: Mapping[str, Any]) -> Window:
        """The page that first, after, last and before ask for. Raises BadUserInput and LimitExceeded."""
        return window(
            order,
            sizes=self.sizes,
            **{name: arguments.get(name) for name in ("first", "after", "last", "before")},
        )

    async def fetch(self, statement: Statement, then: Then | None = None) -> Sequence[Any]:
        """Records of one statement, on a connection held no longer than that. Raises SourceFailed, BadUserInput."""
        if then is not None:
            statement = statement.add_cte(*then.ctes())
        with FAILURES_TOLD:
            running = self._records(statement)
            return await (running if self.trace is None else self.trace.rows_of(statement, running))

    async def _records(self, statement: Statement) -> Sequence[Any]:
        query = compiled(statement)
        return query.records(await self.connections.rows(query.sql, query.parameters))

    async def rows(self, sql: str, parameters: Sequence[Any]) -> Sequence[Any]:
        """The driver's own, of one statement. Raises whatever the driver does."""
        running = self.connections.rows(sql, parameters)
        return await (running if self.trace is None else self.trace.rows_of(sql, running))

    async def by_key(self, target: Column[Any], key: object, then: Then | None = None) -> Row | None:
        """The row whose unique `target` is `key`, loaded with all others asked for at the same time."""
        (row,) = await self.by_keys(target, [key], then)
        return row

    async def by_keys(self, target: Column[Any], keys: Sequence[Any], then: Then | None = None) -> list[Row | None]:
        stored, then = self.types.by_table[target.table], _of(target.table, then)

        async def load(keys: list[Any]) -> list[Row | None]:
            records = await self.fetch(statements.by_key(stored, target, keys), then)
            found = dict(zip((record[0] for record in records), stored.rows(records, 1, then), strict=True))
            return [found.get(each) for each in keys]

        return await self.loader(("by_key", target, then), load).load_many(list(keys))

    async def children(
        self, site: Site, rows: Rows, key: object, conditions: Sequence[ColumnElement[bool]], first: int | None
    ) -> list[Row]:
        """All rows of `key`."""
        stored, then = self.types.by_table[rows.table], _of(rows.table, site.then)

        async def load(keys: list[Any]) -> list[list[Row]]:
            records = await self.fetch(statements.children(stored, rows, conditions, keys, first), then)
            return _grouped(keys, records, stored, then)

        return await self.loader(("children", site), load).load(key)

    async def page(
        self, site: Site, rows: Rows, key: object, conditions: Sequence[ColumnElement[bool]], over: Window
    ) -> Page:
        stored, then = self.types.by_table[rows.table], _of(rows.table, site.then)

        async def load(keys: list[Any]) -> list[Page]:
            records = await self.fetch(statements.page(stored, rows, conditions, keys, over), then)
            return [_page(found, over) for found in _grouped(keys, records, stored, then)]

        return await self.loader(("page", site), load).load(key)

    async def count(self, site: Site, rows: Rows, key: object, conditions: Sequence[ColumnElement[bool]]) -> int:
        then = _of(rows.table, site.then)

        async def load(keys: list[Any]) -> list[int]:
            records = await self.fetch(statements.count(rows, conditions, keys), then)
            found = {record[0]: record[1] for record in records}
            return [found.get(each, 0) for each in keys]

        return await self.loader(("count", site), load).load(key)

    async def lookup(self, source: Lookup, conditions: Sequence[ColumnElement[bool]]) -> Row | None:
        stored = self.types.by_table[source.table]
        found = stored.rows(await self.fetch(statements.first(stored, source.order, conditions)))
        return found[0] if found else None

    async def lookup_then(
        self, source: Lookup, conditions: Sequence[ColumnElement[bool]], moment: datetime
    ) -> Row | None:
        """The same, as it was at the moment. Raises BadUserInput where that is not known."""
        now, history = await self.lookup(source, conditions), source.history
        if now is None or history is None:
            return now
        recorded = await self.fetch(history.recorded(now.key))
        if not history.is_known(recorded, moment):
            return now
        return await self.by_key(primary_key(source.table), now.key, Then(history, now.key, moment))

    async def perform(self, command: Command, arguments: Mapping[str, Any]) -> Any:
        """What was loaded before is forgotten, so that what is read next is as the command left it."""
        try:
            with FAILURES_TOLD:
                return await command.perform(arguments, self)
        finally:
            self._loaders.clear()

    @property
    def is_within(self) -> bool:
        """Whether a command has what is read read within its transaction."""
        return self._before is not None

    def read_within(self, connections: ReadsRows, release: Callable[[], Awaitable[None]]) -> None:
        """For a command, and once in it: from here on its answer is read by `connections`.

        Once the answer is complete, or nobody waits for it any longer, `release` is awaited; whoever has the request
        canceled waits for that, too, so it must come to an end by itself.
        """
        if self._before is not None:
            raise RuntimeError("what this command answers with is read within a transaction already")
        self._before = _Before(self.connections, release)
        self.connections = connections

    @asynccontextmanager
    async def performing(self) -> AsyncIterator[None]:
        """Around a command and the completion of its answer."""
        try:
            yield
        finally:
            before, self._before = self._before, None
            if before is not None:
                await _to_its_end(asyncio.create_task(self._let_go(before), name="let go of a transaction"))

    async def _let_go(self, before: _Before) -> None:
        # A field that failed may have left others loading, which have no business behind the transaction's end.
        self._loaders.clear()
        await self._end_loading()
        self.connections = before.connections
        try:
            await before.release()
        except Exception as exc:
            # The answer stands: it was read.
            log.error("transaction_not_released", exc_info=exc)

    async def batched(self, site: Hashable, source: Batched, key: object, arguments: Mapping[str, Any]) -> Any:
        async def load(keys: list[Any]) -> list[Any]:
            return list(await source.load(keys, arguments, self))

        return await self.loader(("batched", site), load).load(key)


class _FailuresTold:
    """Failures of a statement that are not ours, in words for the client."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, _: TracebackType | None) -> None:
        told = client_facing(exc) if isinstance(exc, FAILURES) else None
        if told is not None:
            raise told from exc


FAILURES_TOLD = _FailuresTold()


async def _to_its_end(task: asyncio.Task[None]) -> None:
    """Who is canceled meanwhile waits, and is canceled then."""
    is_canceled = False
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            is_canceled = True
    if is_canceled:
        raise asyncio.CancelledError
    task.result()


def _of(table: Table, then: Then | None) -> Then | None:
    """Of what was, only the parts: what lies beyond them is read as it is now."""
    return then if then is not None and table in then.history.tables else None


def _grouped(keys: Sequence[Any], records: Sequence[Any], stored: StoredType, then: Then | None) -> list[list[Row]]:
    groups: dict[Any, list[Row]] = {key: [] for key in keys}
    for record, row in zip(records, stored.rows(records, 1, then), strict=True):
        groups[record[0]].append(row)
    return [groups[key] for key in keys]


def _page(rows: list[Row], over: Window) -> Page:
    has_more = len(rows) > over.size
    kept = rows[: over.size]
    if over.backward:
        return Page(kept[::-1], has_next=over.before is not None, has_previous=has_more)
    return Page(kept, has_next=has_more, has_previous=over.after is not None)
