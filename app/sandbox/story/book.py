"""The book that the story is written into: rows by table, ids, chance and the event log, all from one seed."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from app.domain.actor import ActorKind

Row = dict[str, Any]
Tables = Mapping[str, Sequence[Mapping[str, Any]]]
"""Rows by table of the store."""


@dataclass(frozen=True, slots=True)
class Actor:
    kind: ActorKind
    id: str
    name: str | None

    @property
    def columns(self) -> Row:
        return {"actor_kind": self.kind, "actor_id": self.id, "actor_name": self.name}


SYSTEM = Actor(ActorKind.SYSTEM, "junction", "Junction")
AGENTS = tuple(
    Actor(ActorKind.AGENT, f"agent-{number}", name)
    for number, name in enumerate(("Grace Navarro", "Tomás Lindqvist", "Priya Raman", "Wendell Okafor"), start=1)
)


class Book:
    """`now` is when the story ends: nothing in it happens later, though something may be expected to."""

    def __init__(self, seed: int, now: datetime) -> None:
        self.now = now.astimezone(UTC)
        self.random = Random(seed)  # noqa: S311 - a story needs repeatable chance, not secrecy
        self.tables: defaultdict[str, list[Row]] = defaultdict(list)
        self._salt = Random(seed).getrandbits(30)  # noqa: S311
        self._ids = 0
        self._events: list[Row] = []

    def id(self, at: datetime) -> UUID:
        """Shaped as UUIDv7 (RFC 9562): 48 bits of time, then a counter in place of chance, salted with the seed."""
        self._ids += 1
        milliseconds = int(at.timestamp() * 1000)
        return UUID(int=milliseconds << 80 | 0x7 << 76 | 0b10 << 62 | self._salt << 32 | self._ids)

    def add(self, table: str, at: datetime, /, **columns: Any) -> Row:
        row = {"id": self.id(at), **columns}
        self.tables[table].append(row)
        return row

    def link(self, table: str, /, **columns: Any) -> Row:
        """A row of a table that has no id of its own."""
        self.tables[table].append(columns)
        return columns

    def event(self, kind: str, at: datetime, actor: Actor, subject: tuple[str, UUID], **data: Any) -> Row:
        """`kind` is noun and past participle; `subject` is a GraphQL type and the id of the row behind it."""
        subject_type, subject_id = subject
        event = {
            "id": self.id(at),
            "type": kind,
            "at": at,
            "subject_type": subject_type,
            "subject_id": subject_id,
            "data": data,
            "images": None,
            **actor.columns,
        }
        self._events.append(event)
        return event

    def close(self) -> None:
        """Puts the events in order of time, numbers each subject's own, and sets `version` to how many there are."""
        self._events.sort(key=lambda event: (event["at"], event["id"]))
        sequences: defaultdict[UUID, int] = defaultdict(int)
        for event in self._events:
            sequences[event["subject_id"]] += 1
            self.tables["events"].append({**event, "sequence": sequences[event["subject_id"]]})
        for table in ("customers", "orders", "returns"):
            for row in self.tables[table]:
                row["version"] = max(1, sequences[row["id"]])

    def moment(self, days_ago: float, hour: int | None = None) -> datetime:
        """A whole second, so many days before the end; in that hour of its day when one is given."""
        at = self.now - timedelta(days=days_ago)
        if hour is not None:
            at = at.replace(hour=hour, minute=self.random.randrange(60), second=self.random.randrange(60))
        return at.replace(microsecond=0)

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def agent(self) -> Actor:
        return self.random.choice(AGENTS)
