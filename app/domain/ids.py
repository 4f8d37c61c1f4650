"""Keys of rows that a command makes, so that it can name them before they are written."""

import secrets
import time
from uuid import UUID


def new_id() -> UUID:
    """UUIDv7 (RFC 9562, section 5.7): 48 bits of Unix time in milliseconds, then chance. Sorts by time, as rows do."""
    milliseconds = time.time_ns() // 1_000_000
    chance = secrets.randbits(74)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | (chance >> 62) << 64 | 0b10 << 62 | chance & (1 << 62) - 1)
