"""What commands and jobs work with: the store, and the outside systems by their keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from app.connectors.notifier import Notifier, NullNotifier
from app.connectors.reading_cache import Memory, NoMemory
from app.connectors.source_config import SourceConfig
from app.stores.transaction import Writers
from app.workflows.policy import Policy
from app.workflows.routing.configuration import Routing


class Outside(Protocol):
    """The configured sources. `Registry` is one."""

    def __getitem__(self, key: str) -> Any:
        """The connector of a source. Raises KeyError for one that is not configured, or is disabled."""
        ...

    def config(self, key: str) -> SourceConfig:
        """Raises KeyError for a source that is not configured."""
        ...

    @property
    def configs(self) -> Sequence[SourceConfig]:
        """Of every source, the disabled ones too."""
        ...


@dataclass(frozen=True, slots=True)
class Work:
    writers: Writers
    outside: Outside
    policy: Policy
    routing: Routing
    notifier: Notifier = field(default_factory=NullNotifier)
    memory: Memory = field(default_factory=NoMemory)
    """What is remembered of outside systems' answers."""


JobData = Mapping[str, Any]
