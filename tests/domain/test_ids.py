"""Keys are UUIDs of version 7, and each is greater than the one before."""

import time

from app.domain.ids import new_id


def test_they_are_of_version_7_and_of_now() -> None:
    id_ = new_id()
    assert (id_.version, id_.variant) == (7, "specified in RFC 4122")
    assert abs((id_.int >> 80) / 1000 - time.time()) < 60


def test_they_grow() -> None:
    ids = [new_id() for _ in range(5_000)]
    assert ids == sorted(set(ids))
