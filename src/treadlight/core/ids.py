"""Identifiers: UUIDv7, random or derived, so that the same fact always gets the same id."""

import os
from datetime import datetime
from hashlib import blake2b

__all__ = ["derived_id", "new_id"]


def _uuid7(unix_ms: int, tail: bytes) -> str:
    """Text form of a UUIDv7 (RFC 9562, 5.7) from a time stamp [ms] and 10 bytes."""
    value = (unix_ms & (1 << 48) - 1) << 80 | int.from_bytes(tail[:10], "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    h = f"{value:032x}"
    return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"


def new_id(now_s: float) -> str:
    """A fresh UUIDv7 for the wall-clock time `now_s` [s since 1970]."""
    return _uuid7(int(now_s * 1000), os.urandom(10))


def derived_id(start: datetime, *parts: str) -> str:
    """The UUIDv7 that always follows from `start` and `parts`: absorbing a journal twice finds the same ids."""
    tail = blake2b("\x1f".join(parts).encode(), digest_size=10).digest()
    return _uuid7(int(start.timestamp() * 1000), tail)
