"""The event log."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from app import models
from app.access.scopes import Scope
from app.execution.declare import column, stored
from app.resolvers import event as resolve
from app.schema.node import Node
from app.schema.value import Actor, actor


@stored(models.Event)
class Event(Node):
    """One line of the event log. Cursors order all events; `sequence` counts within the subject, without gaps."""

    type: str = column(models.Event.type, "Noun and past participle, for instance `order.placed`.", read=Scope.EVENT)
    at: datetime = column(models.Event.at, "When it happened.", read=Scope.EVENT)
    sequence: int = column(models.Event.sequence, "Counts the subject's events from 1.", read=Scope.EVENT)
    subject_id: strawberry.ID = column(resolve.SUBJECT_ID, "Id of what it happened to.", read=Scope.EVENT)
    actor: Actor = actor(models.Event, "Who did it.", read=Scope.EVENT)
    data: JSON = column(models.Event.data, "What changed; its keys depend on the type.", read=Scope.EVENT)
