"""Stored answers of commands, by the key that their caller gave them."""

import hashlib
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from app.domain.actor import Actor
from app.stores.transaction import Transaction, json_in, json_of

_LOOK_UP = """
SELECT pg_try_advisory_xact_lock($1) AS is_ours, command.fingerprint, command.answer
  FROM (SELECT) nothing
  LEFT JOIN commands command ON command.caller = $2 AND command.idempotency_key = $3
"""
_STORE = """
INSERT INTO commands (caller, idempotency_key, mutation, fingerprint, answer, at) VALUES ($1, $2, $3, $4, $5, $6)
"""


class KeyState(Enum):
    NEW = auto()
    IN_PROGRESS = auto()
    OTHER_INPUT = auto()
    ANSWERED = auto()


@dataclass(frozen=True, slots=True)
class Known:
    state: KeyState
    answer: Any = None


async def look_up(tx: Transaction, key: str, fingerprint: bytes) -> Known:
    """What is known of the caller's key. While it is NEW to this transaction, others see it IN_PROGRESS.

    An answer that is being committed at this moment may still look NEW; then `store` raises UniqueViolationError.
    """
    caller = _caller(tx.actor)
    found = await tx.row(_LOOK_UP, _lock_number(caller, key), caller, key)
    assert found is not None  # noqa: S101 - an outer join with one row
    if found["fingerprint"] is not None:
        if found["fingerprint"] != fingerprint:
            return Known(KeyState.OTHER_INPUT)
        return Known(KeyState.ANSWERED, json_in(found["answer"]))
    return Known(KeyState.NEW if found["is_ours"] else KeyState.IN_PROGRESS)


async def store(tx: Transaction, key: str, mutation: str, fingerprint: bytes, answer: Any) -> None:
    await tx.run(_STORE, _caller(tx.actor), key, mutation, fingerprint, json_of(answer), tx.at)


def _caller(actor: Actor) -> str:
    return f"{actor.kind}:{actor.id}"


def _lock_number(caller: str, key: str) -> int:
    """Of an advisory lock: 64 bits with a sign. Two keys that share one would only wait for each other's end."""
    return int.from_bytes(hashlib.blake2b(f"{caller}\0{key}".encode(), digest_size=8).digest(), signed=True)
