"""Notes of captures, kept on the order in a metafield of the app's own, since Shopify knows no key for a capture.

A note says which captures there were before. The one that it is about came after that, has its amount, and was there
before whatever was noted later, since nothing else is captured of an authorization while a note is open.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from app.connectors.contract import SourceUnavailable
from app.connectors.shopify import mutations
from app.connectors.shopify.api import Api, Payload
from app.connectors.shopify.held import Held, there_minor
from app.connectors.shopify.payment_mapping import Metafield, PaymentOrder
from app.connectors.shopify.transactions import Transaction
from app.domain.money import Money

NOTE_LIVES = timedelta(days=1)
"""Ours: whoever noted a capture that never came has given up by then, and others may capture."""
STALE = "STALE_OBJECT"


class Note(msgspec.Struct, frozen=True):
    of: str
    """The authorization."""
    minor: int
    currency: str
    there_minor: int
    """In the buyer's currency, by which the capture is told: converted back by Shopify it may be a unit off."""
    before: tuple[str, ...]
    at: datetime

    @property
    def amount(self) -> Money:
        return Money(self.minor, self.currency)


def note_of(held: Held, amount: Money) -> Note:
    before = tuple(each.id for each in held.captures)
    return Note(held.id, amount.minor, amount.currency, held.capture_there_minor(amount), before, datetime.now(UTC))


def noted(metafield: Metafield | None) -> dict[str, Note]:
    """By our key. Raises ValueError for what is no note."""
    if metafield is None:
        return {}
    try:
        return msgspec.json.decode(metafield.value, type=dict[str, Note])
    except msgspec.DecodeError as exc:
        raise ValueError("the notes of captures cannot be read") from exc


def capture_of(note: Note, held: Held, notes: Mapping[str, Note]) -> Transaction | None:
    """The capture that one of the notes is about, once it was carried out."""
    later = [each for each in notes.values() if each.of == note.of and each.at > note.at]
    for each in held.captures:
        is_its = each.id not in note.before and all(each.id in other.before for other in later)
        if is_its and there_minor(each) == note.there_minor:
            return each
    return None


def asked_minor(held: Held, notes: Mapping[str, Note]) -> dict[str, int]:
    """By capture, as far as they are noted."""
    noted_captures = ((capture_of(note, held, notes), note) for note in notes.values() if note.of == held.id)
    return {capture.id: note.minor for capture, note in noted_captures if capture}


def is_open(note: Note, held: Held, notes: Mapping[str, Note]) -> bool:
    is_recent = datetime.now(UTC) - note.at < NOTE_LIVES
    return note.of == held.id and is_recent and capture_of(note, held, notes) is None


async def write_notes(api: Api, order: PaymentOrder, notes: Mapping[str, Note], *, deadline: float) -> Metafield:
    """Raises SourceUnavailable where somebody else has noted something meanwhile."""
    value = msgspec.json.encode(notes).decode()
    metafield = {
        "ownerId": order.id,
        "namespace": "$app:junction",
        "key": "captures",
        "type": "json",
        "value": value,
        "compareDigest": order.metafield.compare_digest if order.metafield else None,
    }
    variables = {"metafields": [metafield]}
    # Repeated, it finds its own note, and is refused as if it were somebody else's: so it is not.
    payload = await api.change(mutations.NOTE_CAPTURES, variables, _Written, deadline=deadline, repeatable=False)
    if payload.user_errors:
        code = payload.user_errors[0].code
        raise SourceUnavailable(api.source_key, f"{api.source_key} did not take the note of a capture ({code})")
    return Metafield(value, payload.metafields[0].compare_digest if payload.metafields else "")


class _Digest(msgspec.Struct, rename="camel"):
    compare_digest: str


class _Written(Payload):
    metafields: list[_Digest] | None = None
