"""Which value a golden record shows for each field, out of what the linked source records say, and why.

| rule              | the value shown                                                                              |
| ----------------- | -------------------------------------------------------------------------------------------- |
| `source_priority` | that of the most trusted source that has one; of two equally trusted, the newer record's      |
| `most_recent`     | that of the newest record that has one; of two equally old, the more trusted source's         |
| `union`           | every record's items, once each, the newest record's first                                    |
| `derived`         | made of other fields of the golden record                                                     |

An empty text or list is no value. A last tie is broken by source key and external id, so that the order in which
records are read never shows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.domain.customer import CustomerKind
from app.domain.source import SourceKind


class Rule(StrEnum):
    SOURCE_PRIORITY = "source_priority"
    MOST_RECENT = "most_recent"
    UNION = "union"
    DERIVED = "derived"


@dataclass(frozen=True, slots=True)
class FieldRule:
    field: str
    """The name clients know: a field of the GraphQL `Customer` or of its preferences."""
    column: str
    """Of the `customers` table."""
    rule: Rule
    profile_key: str
    """Where a source record's profile holds it. `email` is the first of `emails`, `phone` of `phones`."""


FIELD_RULES: tuple[FieldRule, ...] = (
    FieldRule("kind", "kind", Rule.SOURCE_PRIORITY, "kind"),
    FieldRule("givenName", "given_name", Rule.SOURCE_PRIORITY, "givenName"),
    FieldRule("familyName", "family_name", Rule.SOURCE_PRIORITY, "familyName"),
    FieldRule("company", "company", Rule.SOURCE_PRIORITY, "company"),
    FieldRule("displayName", "display_name", Rule.DERIVED, ""),
    FieldRule("email", "email", Rule.MOST_RECENT, "emails"),
    FieldRule("phone", "phone", Rule.MOST_RECENT, "phones"),
    FieldRule("emails", "emails", Rule.UNION, "emails"),
    FieldRule("phones", "phones", Rule.UNION, "phones"),
    FieldRule("addresses", "addresses", Rule.MOST_RECENT, "addresses"),
    FieldRule("tags", "tags", Rule.UNION, "tags"),
    FieldRule("locale", "locale", Rule.MOST_RECENT, "locale"),
    FieldRule("currency", "currency", Rule.SOURCE_PRIORITY, "currency"),
    FieldRule("carrier", "carrier_key", Rule.MOST_RECENT, "carrier"),
    FieldRule("shippingMethod", "shipping_method", Rule.MOST_RECENT, "shippingMethod"),
    FieldRule("allowSplitShipments", "allow_split_shipments", Rule.MOST_RECENT, "allowSplitShipments"),
)

LIST_FIELDS = frozenset({"emails", "phones", "addresses", "tags"})
_FIRST_OF_LIST = frozenset({"email", "phone"})

TRUST: tuple[SourceKind, ...] = (
    SourceKind.INTERNAL,
    SourceKind.CRM,
    SourceKind.ERP,
    SourceKind.STOREFRONT,
    SourceKind.PAYMENT,
    SourceKind.CARRIER,
    SourceKind.INVENTORY,
    SourceKind.ANALYTICS,
)
"""Kinds of source, the most trusted first: what an agent recorded here goes before what systems say."""


@dataclass(frozen=True, slots=True)
class SourceRecord:
    source_key: str
    external_id: str
    observed_at: datetime
    profile: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Alternative:
    """A value that another record holds and that is not shown."""

    value: Any
    source_key: str
    external_id: str
    observed_at: datetime


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the value shown comes from; of a union or a derived value, the record that leads it."""

    field: str
    value: Any
    source_key: str
    external_id: str
    observed_at: datetime
    rule: Rule
    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True, slots=True)
class GoldenRecord:
    provenance: Mapping[str, Provenance]
    """By field, in the order of FIELD_RULES; a field that no record has a value for is absent."""

    def value(self, field: str) -> Any:
        found = self.provenance.get(field)
        if found is not None:
            return found.value
        return [] if field in LIST_FIELDS else None

    def columns(self) -> dict[str, Any]:
        """The columns of `customers` that survivorship decides. A customer nobody calls an organization is a person."""
        values = {rule.column: self.value(rule.field) for rule in FIELD_RULES}
        return {**values, "kind": values["kind"] or CustomerKind.PERSON, "display_name": values["display_name"] or ""}


@dataclass(frozen=True, slots=True)
class _Candidate:
    value: Any
    record: SourceRecord


def priorities(kinds: Mapping[str, SourceKind]) -> dict[str, int]:
    """The rank of each source key by its kind, 0 the most trusted."""
    return {key: TRUST.index(kind) for key, kind in kinds.items()}


def golden_record(records: Iterable[SourceRecord], priority: Mapping[str, int]) -> GoldenRecord:
    """`priority` ranks source keys, 0 the most trusted; a source it does not name is trusted least."""
    records = list(records)

    def trust(record: SourceRecord) -> int:
        return priority.get(record.source_key, len(TRUST))

    def age(record: SourceRecord) -> float:
        return -record.observed_at.timestamp()

    by_trust = sorted(records, key=lambda record: (trust(record), age(record), _identity(record)))
    by_recency = sorted(records, key=lambda record: (age(record), trust(record), _identity(record)))
    provenance: dict[str, Provenance] = {}
    for rule in FIELD_RULES:
        candidates = _candidates(rule, by_trust if rule.rule is Rule.SOURCE_PRIORITY else by_recency)
        if candidates:
            provenance[rule.field] = _survivor(rule, candidates)
    name = _display_name(provenance, by_trust)
    if name is not None:
        provenance[name.field] = name
    return GoldenRecord({rule.field: provenance[rule.field] for rule in FIELD_RULES if rule.field in provenance})


def normalized_email(email: str) -> str:
    return email.strip().lower()


def _identity(record: SourceRecord) -> tuple[str, str]:
    return record.source_key, record.external_id


def _survivor(rule: FieldRule, candidates: Sequence[_Candidate]) -> Provenance:
    if rule.rule is Rule.UNION:
        return _won(rule, _distinct(item for candidate in candidates for item in candidate.value), candidates)
    return _won(rule, candidates[0].value, candidates)


def _display_name(chosen: Mapping[str, Provenance], by_trust: Sequence[SourceRecord]) -> Provenance | None:
    """A company's name for an organization, a person's otherwise; failing both, an e-mail address or a phone number."""
    name = _name_of({field: found.value for field, found in chosen.items()})
    if name is None:
        return None
    own_names = ((_name_of({key: _value(record, key) for key in _NAME_KEYS}), record) for record in by_trust)
    candidates = [_Candidate(own, record) for own, record in own_names if own is not None]
    candidates.sort(key=lambda candidate: candidate.value != name)
    return _won(_NAME, name, candidates)


_NAME = next(rule for rule in FIELD_RULES if rule.rule is Rule.DERIVED)
_NAME_KEYS = ("kind", "givenName", "familyName", "company", "emails", "phones")


def _name_of(values: Mapping[str, Any]) -> str | None:
    person = " ".join(part for key in ("givenName", "familyName") if (part := values.get(key)))
    company = values.get("company")
    names = (company, person) if values.get("kind") == CustomerKind.ORGANIZATION else (person, company)
    listed = (*(values.get("emails") or ()), *(values.get("phones") or ()))
    return next((name for name in (*names, *listed) if name), None)


def _candidates(rule: FieldRule, records: Sequence[SourceRecord]) -> list[_Candidate]:
    found = [(_value(record, rule.profile_key), record) for record in records]
    take_first = rule.field in _FIRST_OF_LIST
    return [_Candidate(value[0] if take_first else value, record) for value, record in found if value is not None]


def _value(record: SourceRecord, key: str) -> Any:
    """Trimmed, e-mail addresses in lower case; None when there is nothing in it."""
    value = record.profile.get(key)
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, Sequence):
        items = (_item(key, item) for item in value)
        return _distinct(item for item in items if item) or None
    return value


def _item(key: str, item: Any) -> Any:
    if not isinstance(item, str):
        return item
    return normalized_email(item) if key == "emails" else item.strip()


def _won(rule: FieldRule, value: Any, candidates: Sequence[_Candidate]) -> Provenance:
    leader = candidates[0].record
    shown = [value, candidates[0].value]
    alternatives: list[Alternative] = []
    for candidate in candidates[1:]:
        if candidate.value not in shown:
            shown.append(candidate.value)
            alternatives.append(
                Alternative(candidate.value, *_identity(candidate.record), candidate.record.observed_at)
            )
    return Provenance(rule.field, value, *_identity(leader), leader.observed_at, rule.rule, tuple(alternatives))


def _distinct(items: Iterable[Any]) -> list[Any]:
    """Once each, in order. Addresses are dicts and cannot be hashed; the lists are short."""
    distinct: list[Any] = []
    for item in items:
        if item not in distinct:
            distinct.append(item)
    return distinct
