"""Keys of rows that a command makes, so that it can name them before they are written."""

import secrets
import time
from uuid import UUID, uuid5

_CHANCE_BITS = 74
_STEP_BITS = 32
_last = 0


def new_id() -> UUID:
    """UUIDv7: 48 bits of Unix time in milliseconds, then chance (RFC 9562, section 5.7).

    Each is greater than the one before it in this process (section 6.2, method 2), so that rows made in one go keep
    their order.
    """
    global _last
    fresh = time.time_ns() // 1_000_000 << _CHANCE_BITS | secrets.randbits(_CHANCE_BITS)
    _last = fresh if fresh > _last else _last + 1 + secrets.randbits(_STEP_BITS)
    milliseconds, chance = _last >> _CHANCE_BITS, _last & (1 << _CHANCE_BITS) - 1
    return UUID(int=milliseconds << 80 | 0x7 << 76 | (chance >> 62) << 64 | 0b10 << 62 | chance & (1 << 62) - 1)


def derived_id(root: UUID, *parts: str) -> UUID:
    """The same whenever it is asked for: of what belongs to `root` and goes by `parts` in another system."""
    return uuid5(root, "\n".join(parts))
