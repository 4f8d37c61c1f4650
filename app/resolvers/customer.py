"""Customers: lookups and conditions over other tables."""

from contextlib import suppress
from typing import Any

import phonenumbers
from sqlalchemy import ColumnElement, exists, select

from app.models import Customer, CustomerSourceRecord, Segment, SegmentMember


def reachable_at(phone: str) -> ColumnElement[bool]:
    """As written, and as E.164 when it can be read as an international number."""
    spellings = [phone.strip()]
    with suppress(phonenumbers.NumberParseException):
        number = phonenumbers.parse(phone, None)
        spellings.append(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    among_phones: ColumnElement[bool] = Customer.phones.overlap(spellings)
    return among_phones


def known_as(external: Any) -> ColumnElement[bool]:
    """`external` is an ExternalKey: source and external_id."""
    record = select(CustomerSourceRecord.customer_id).where(
        CustomerSourceRecord.source_key == external.source, CustomerSourceRecord.external_id == external.external_id
    )
    return Customer.id == record.scalar_subquery()


def known_to(source_key: str) -> ColumnElement[bool]:
    record = CustomerSourceRecord
    return exists().where(record.customer_id == Customer.id, record.source_key == source_key)


def in_segment(key: str) -> ColumnElement[bool]:
    return exists().where(
        SegmentMember.customer_id == Customer.id, SegmentMember.segment_id == Segment.id, Segment.key == key
    )
