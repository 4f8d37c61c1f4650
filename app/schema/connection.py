"""Relay connections: one page of a list that can grow."""

from typing import Generic, TypeVar

import strawberry

from app.execution.access import public
from app.execution.declare import attribute, value

T = TypeVar("T")

PAGING = public("Says nothing beyond the rows that the caller may read.")


@value
class PageInfo:
    """Where a page lies in its list."""

    has_next_page: bool = attribute("Whether there are rows behind this page.", read=PAGING)
    has_previous_page: bool = attribute("Whether there are rows in front of this page.", read=PAGING)
    start_cursor: str | None = attribute("Cursor of the first row: give it as `before`.", read=PAGING)
    end_cursor: str | None = attribute("Cursor of the last row: give it as `after`.", read=PAGING)


@strawberry.type(description="A row and its place in the list.")
class Edge(Generic[T]):
    cursor: str = attribute("The row's place, for `after` and `before`.", read=PAGING)
    node: T = attribute("The row.", read=PAGING)


@strawberry.type(name="Connection", description="One page of a list.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = attribute("The rows with their cursors.", read=PAGING)
    nodes: list[T] = attribute("The rows.", read=PAGING)
    page_info: PageInfo = attribute("Where this page lies.", read=PAGING)
    total_count: int = attribute(
        "Rows over all pages, filters applied. Counted only when asked for; the count can cost more than the page.",
        read=PAGING,
    )


@strawberry.type(name="Connection", description="One page of a list that is never counted.")
class Log(Generic[T]):
    edges: list[Edge[T]] = attribute("The rows with their cursors.", read=PAGING)
    nodes: list[T] = attribute("The rows.", read=PAGING)
    page_info: PageInfo = attribute("Where this page lies.", read=PAGING)
