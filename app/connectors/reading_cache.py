"""What is remembered of answers, and who remembers it: a protocol, since the store lies beside the connectors."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Protocol, TypeVar

import msgspec

from app.connectors.contract import Read
from app.domain.source_reading import Key, ReadingToKeep, Remembered

T = TypeVar("T")


class ReadingCache(Protocol):
    """Shared by all processes. Every method raises CacheAway.

    What was asked for before its id was forgotten is not found afterwards, whoever keeps it and whenever.
    """

    async def get(self, question: str, keys: Sequence[Key]) -> Mapping[Key, Remembered]: ...

    async def put(self, readings: Sequence[ReadingToKeep]) -> None:
        """Of two answers the one that was asked for later stays."""
        ...

    async def forget(self, source_key: str, external_ids: Sequence[str]) -> None:
        """All questions about these ids."""
        ...

    async def claim(self, question: str, keys: Sequence[Key], *, for_s: float, older_than: datetime) -> frozenset[Key]:
        """Those that nobody else is asking for, and nobody has asked for since: the caller is to ask, within that time.

        A claim ends with `put`, with `release`, or when its time is up.
        """
        ...

    async def release(self, question: str, keys: Sequence[Key]) -> None: ...


class Memory(Protocol):
    """What jobs do with the cache. Both raise CacheAway, for the job to be tried again."""

    async def remember(
        self, question: Read[T], source_key: str, values: Mapping[str, T], *, asked_at_s: float | None = None
    ) -> None:
        """What was read some other way, by external id. `asked_at_s` (`time.monotonic`) is now unless given."""
        ...

    async def forget(self, source_key: str, external_ids: Iterable[str]) -> None:
        """These have changed at the source: nobody is shown what was known of them, not even where it fails."""
        ...


class NoMemory:
    """For whoever reads nothing live."""

    async def remember(
        self, question: Read[T], source_key: str, values: Mapping[str, T], *, asked_at_s: float | None = None
    ) -> None:
        pass

    async def forget(self, source_key: str, external_ids: Iterable[str]) -> None:
        pass


class NoCache:
    """Remembers nothing; whoever asks first gets the claim."""

    async def get(self, question: str, keys: Sequence[Key]) -> Mapping[Key, Remembered]:
        return {}

    async def put(self, readings: Sequence[ReadingToKeep]) -> None:
        pass

    async def forget(self, source_key: str, external_ids: Sequence[str]) -> None:
        pass

    async def claim(self, question: str, keys: Sequence[Key], *, for_s: float, older_than: datetime) -> frozenset[Key]:
        return frozenset(keys)

    async def release(self, question: str, keys: Sequence[Key]) -> None:
        pass


def text_of(question: Read[Any]) -> str:
    """The same for equal questions, in every process."""
    return f"{question.capability} {msgspec.json.encode(question, order='deterministic').decode()}"


def written(value: object) -> str:
    return msgspec.json.encode(value).decode()


def read_back(question: Read[T], value: str) -> T:
    """Raises msgspec.ValidationError for what another version of the program wrote."""
    answer: T = _decoder(question.answer).decode(value)
    return answer


@cache
def _decoder(answer: Any) -> "msgspec.json.Decoder[Any]":
    return msgspec.json.Decoder(answer)
