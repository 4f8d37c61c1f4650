"""Fulfillment orders: conditions over other tables."""

from sqlalchemy import ColumnElement, select

from app.models import FulfillmentOrder, Location


def at_location(key: str) -> ColumnElement[bool]:
    return FulfillmentOrder.location_id == select(Location.id).where(Location.key == key).scalar_subquery()
