"""Cursors: a few JSON values as one URL-safe word. Opaque to clients, forged by some of them."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any

import orjson

from app.execution.errors import BadUserInput


def encode(values: Sequence[Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(values, default=str)).decode().rstrip("=")


def decode(cursor: str) -> list[Any]:
    """Raises BadUserInput when it is no cursor at all; what the values are worth is the caller's to judge."""
    try:
        values = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError) as exc:
        raise not_a_cursor(cursor) from exc
    if not isinstance(values, list):
        raise not_a_cursor(cursor)
    return values


def not_a_cursor(text: str) -> BadUserInput:
    return BadUserInput(f'"{text}" is not a cursor: take one from pageInfo or an edge.')
