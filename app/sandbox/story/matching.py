"""Customers that may be one: proposals still open, and those that were decided."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from app.domain.customer import MatchProposalStatus
from app.sandbox.story.book import Book, Row
from app.sandbox.story.people import PERSONS, Shopper, golden_columns, link_records, sightings, write_customer
from app.sandbox.story.systems import Party, Seen

_DECISIONS: tuple[tuple[MatchProposalStatus, int], ...] = (
    (MatchProposalStatus.OPEN, 7),
    (MatchProposalStatus.ACCEPTED, 3),
    (MatchProposalStatus.REJECTED, 2),
)
_WEIGHTS = {"familyName": 0.25, "phone": 0.35, "address": 0.25, "givenName": 0.15}


def write_matches(book: Book, shoppers: Sequence[Shopper]) -> list[Shopper]:
    """Each proposal sets somebody beside a second customer that the outlet shop knows under another mailbox.

    Answers those second ones.
    """
    single = [one for one in shoppers if not one.party.company and one.shops == ["shopify"] and one.party.birth]
    chosen = iter(book.random.sample(single, sum(count for _, count in _DECISIONS)))
    statuses = [status for status, count in _DECISIONS for _ in range(count)]
    return [
        _write_match(book, next(chosen), status, birth) for birth, status in enumerate(statuses, start=PERSONS + 1_001)
    ]


def _write_match(book: Book, known: Shopper, status: MatchProposalStatus, birth: int) -> Shopper:
    other = _other(book, known.party, status, birth)
    created_at = book.now - timedelta(days=book.random.randint(3, 25), hours=book.random.randint(1, 20))
    decided_at = (
        None if status is MatchProposalStatus.OPEN else created_at + timedelta(hours=book.random.randint(2, 40))
    )
    seen = sightings(book, other, created_at, ["shopify_outlet"])
    merged_at = decided_at if status is MatchProposalStatus.ACCEPTED else None
    second = write_customer(book, seen, other, merged_into=known.id if merged_at else None)
    evidence = _evidence(known.party, other)
    proposal = book.add(
        "match_proposals", created_at, status=status,
        score=round(sum(entry["agreement"] * entry["weight"] for entry in evidence), 3),
        evidence=evidence, created_at=created_at, decided_at=decided_at,
    )  # fmt: skip
    for position, customer in enumerate((known, second), start=1):
        book.link("match_proposal_customers", proposal_id=proposal["id"], customer_id=customer.id, position=position)
    if merged_at:
        _merge(book, known, second, seen[0], merged_at)
    return second


def _merge(book: Book, known: Shopper, second: Shopper, seen: Seen, merged_at: datetime) -> None:
    """The survivor takes over the record, and its golden values are chosen again with it."""
    link_records(book, known.id, [seen], joined_at=merged_at)
    known.row.update(golden_columns([*known.seen.values(), seen]))
    known.row["updated_at"] = max(known.row["updated_at"], merged_at)
    book.event(
        "customer.merged", merged_at, book.agent(), ("Customer", known.id),
        merged=second.row["number"], survivor=known.row["number"],
    )  # fmt: skip


def _other(book: Book, party: Party, status: MatchProposalStatus, birth: int) -> Party:
    """The same person under a nickname; where the proposal was rejected, a relative at the same address."""
    relative = status is MatchProposalStatus.REJECTED
    given_name = book.random.choice(("Marion", "Ellis", "Robin")) if relative else party.nickname
    mailbox = f"{given_name}.{party.family_name}.{birth}@example.org".lower().replace("'", "").replace("ö", "o")
    phone = f"{party.phone[:5]}55501{birth % 100:02d}" if relative else party.phone
    return replace(
        party, given_name=given_name, nickname=given_name, emails=(mailbox,), phone=phone, birth=birth, tags=("outlet",)
    )


def _evidence(left: Party, right: Party) -> list[Row]:
    pairs = {
        "familyName": (left.family_name, right.family_name),
        "phone": (left.phone, right.phone),
        "address": (f"{left.line1}, {left.city.name}", f"{right.line1}, {right.city.name}"),
        "givenName": (left.given_name, right.given_name),
    }
    return [
        {
            "field": field,
            "left": mine,
            "right": theirs,
            "agreement": _agreement(mine, theirs),
            "weight": _WEIGHTS[field],
        }
        for field, (mine, theirs) in pairs.items()
    ]


def _agreement(left: str, right: str) -> float:
    if left == right:
        return 1.0
    return 0.6 if left[0] == right[0] else 0.0
