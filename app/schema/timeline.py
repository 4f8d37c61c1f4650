"""The timeline of a customer: one list over the store and the outside systems."""

from datetime import datetime

from app.execution.declare import attribute, value
from app.schema.connection import PAGING, PageInfo
from app.schema.enums import TimelineKind
from app.schema.node import Node
from app.schema.source import Source, SourceStatus
from app.schema.value import PART_OF_VALUE


@value
class TimelineEntry:
    """One thing that happened between a customer and the company."""

    at: datetime = attribute("When it happened.", read=PART_OF_VALUE)
    kind: TimelineKind = attribute("What kind of thing.", read=PART_OF_VALUE)
    title: str = attribute("What happened, in a few words.", read=PART_OF_VALUE)
    detail: str | None = attribute(
        "What else there is to say: an amount, a tracking number, a note.", read=PART_OF_VALUE
    )
    source: Source = attribute("The system that says so.", read=PART_OF_VALUE)
    subject: Node | None = attribute("What it is about, where the store has it.", read=PART_OF_VALUE)


@value
class TimelineEdge:
    """An entry and its place in the timeline."""

    cursor: str = attribute("The entry's place, for `after`.", read=PAGING)
    node: TimelineEntry = attribute("The entry.", read=PAGING)


@value
class TimelineConnection:
    """One page of a timeline."""

    edges: list[TimelineEdge] = attribute("The entries with their cursors.", read=PAGING)
    nodes: list[TimelineEntry] = attribute("The entries, from all sources that answered.", read=PAGING)
    page_info: PageInfo = attribute("Where this page lies.", read=PAGING)
    sources: list[SourceStatus] = attribute("Every outside source that was asked, and how it fared.", read=PAGING)
