"""Rows as they were at a moment, out of the images of them that a log holds.

Each event of the log holds, by table, the rows as its transaction left them. What a row was at a moment is its last
image until then. A statement reads that in place of the tables where it begins with CTEs of the tables' own names
(`ctes`): in Postgres they hide the tables, so that the rest of the statement is the same as ever.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, dropwhile
from operator import not_
from typing import Any

from sqlalchemy import CTE, Boolean, Column, ColumnElement, Select, Table, func, literal, literal_column, select, text

from app.execution.errors import BadUserInput

ASKED, LOG, IMAGES = "then_asked", "then_log", "then_images"
"""Names of the CTEs that the others are made of. None of them is that of a table."""
MOMENT = "as_of"
"""The argument that names it."""


@dataclass(frozen=True, eq=False)
class History:
    """Of a row, the root, and of the rows that are its parts."""

    noun: str
    """What the root is, for people."""
    root: Table
    key: Column[Any]
    """The root's primary key."""
    parts: frozenset[Table]
    log: Table
    """It has an `at`, a `position`, and `images`, null where an event has none. The first are of all that there is."""
    is_of: Callable[[ColumnElement[Any]], ColumnElement[bool]]
    """From a root's key to the condition that its events meet."""
    is_whole: ColumnElement[bool]
    """Of a root: its log begins with itself. What another was before its first event is not known."""

    @property
    def tables(self) -> frozenset[Table]:
        """What is read as of a moment; the log, as far as it had come, is among it."""
        return self.parts | {self.root, self.log}

    @property
    def asked(self) -> tuple[ColumnElement[Any], ...]:
        """What to select of the root."""
        return self.key.label("key"), self.is_whole.label("is_whole")

    def ctes(self, asked: Select[Any], moment: ColumnElement[datetime]) -> list[CTE]:
        """To begin a statement, or a subquery, with."""
        root = asked.cte(ASKED, nesting=True)
        # In the order of the log, which is that of its transactions: one may have begun earlier and come later.
        latest = func.max(self.log.c.at).over(order_by=self.log.c.position).label("latest")
        events = select(*self.log.c, latest).where(self.is_of(select(root.c.key).scalar_subquery())).subquery("event")
        until = select(*(events.c[each.name] for each in self.log.c)).where(events.c.latest <= moment)
        named = [text(sql).columns().cte(name, nesting=True) for name, sql in self._of_the_log().items()]
        return [root, until.cte(LOG, nesting=True), *named]

    def _of_the_log(self) -> dict[str, str]:
        columns = ", ".join(f'"{each.name}"' for each in self.log.c)
        found = {
            IMAGES: f"SELECT DISTINCT ON (name, image ->> 'id') name, image FROM {LOG},"  # noqa: S608 - names of ours
            " jsonb_each(images) AS written(name, found), jsonb_array_elements(found) AS one(image)"
            " ORDER BY name, image ->> 'id', position DESC",
            self.log.name: f"SELECT {columns} FROM {LOG}",  # noqa: S608
        }
        for name in sorted(each.name for each in self.parts | {self.root}):
            row = f"jsonb_populate_record(NULL::{name}, image) AS a_row"
            found[name] = f"SELECT a_row.* FROM {IMAGES}, {row} WHERE name = '{name}'"  # noqa: S608
        return found

    @property
    def is_unknown(self) -> ColumnElement[bool]:
        """For a statement that `ctes` begin: images do not say what the root was. As `is_known` has it."""
        imaged, lacking = "FILTER (WHERE images IS NOT NULL)", "FILTER (WHERE images IS NULL)"
        says_nothing = f"count(images) = 0 OR coalesce(max(position) {lacking} > min(position) {imaged}, false)"
        of_log = f"CASE WHEN count(*) = 0 THEN NOT (SELECT is_whole FROM {ASKED}) ELSE {says_nothing} END"  # noqa: S608
        return func.coalesce(literal_column(f"(SELECT {of_log} FROM {LOG})", Boolean), literal_column("false"))  # noqa: S608

    def recorded(self, key: object) -> Select[Any]:
        """Of the root's log, in order: when, whether with images, and whether the log is whole."""
        root = self.key
        asked = literal(key, root.type)
        is_whole = select(self.is_whole).where(root == asked).scalar_subquery()
        columns = self.log.c.at, self.log.c.images.is_not(None).label("has_images"), is_whole.label("is_whole")
        return select(*columns).where(self.is_of(asked)).order_by(self.log.c.position)

    def is_known(self, recorded: Sequence[Any], moment: datetime) -> bool:
        """Whether images say what the root was then. False: it was what it is now. Raises BadUserInput."""
        if not recorded:
            raise BadUserInput(f"What this {self.noun} was at any moment is not on record: it has no log.")
        latest = list(accumulate((at for at, _, _ in recorded), max))
        imaged = [has_images for _, has_images, _ in recorded]
        count = sum(each <= moment for each in latest)
        if _says_all(imaged[:count]) or (count == 0 and recorded[0].is_whole):
            return True
        if count == len(recorded):
            return False
        known = next((n for n in range(count + 1, len(recorded)) if _says_all(imaged[:n])), len(recorded))
        raise BadUserInput(
            f"What this {self.noun} was at {moment.isoformat()} is not on record. "
            f"The earliest moment that can be asked for is {latest[known - 1].isoformat()}."
        )


def _says_all(imaged: Sequence[bool]) -> bool:
    """Events without images in front of the first with some do no harm: that one's are of everything."""
    since = list(dropwhile(not_, imaged))
    return bool(since) and all(since)


@dataclass(frozen=True)
class Then:
    """Where a row is read: the root that it is part of, as of a moment."""

    history: History
    root: object
    """Its key."""
    moment: datetime

    def ctes(self) -> list[CTE]:
        key = self.history.key
        asked = select(*self.history.asked).where(key == literal(self.root, key.type))
        return self.history.ctes(asked, literal(self.moment, self.history.log.c.at.type))
