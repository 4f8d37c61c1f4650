"""Events: their subjects as global ids."""

from sqlalchemy import ColumnElement, Text, cast

from app.execution.ids import parse_key, split_id
from app.execution.sources import column_of
from app.models import Event

SUBJECT_ID = Event.subject_type + ":" + cast(Event.subject_id, Text)


def happened_to(id_: str) -> ColumnElement[bool]:
    type_name, key = split_id(id_)
    subject_id = parse_key(id_, key, column_of(Event.subject_id))
    return (Event.subject_id == subject_id) & (Event.subject_type == type_name)
