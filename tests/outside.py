"""Outside systems as a test wants them: the configured ones, with some replaced."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.connectors.source_config import SourceConfig
from app.workflows.work import Outside


@dataclass(frozen=True)
class Replaced:
    outside: Outside
    connectors: Mapping[str, Any]
    """By key, in place of those behind."""
    configured: Mapping[str, SourceConfig] = field(default_factory=dict)
    """Likewise."""

    def __getitem__(self, key: str) -> Any:
        return self.connectors[key] if key in self.connectors else self.outside[key]

    def config(self, key: str) -> SourceConfig:
        return self.configured[key] if key in self.configured else self.outside.config(key)

    @property
    def configs(self) -> Sequence[SourceConfig]:
        others = (each for each in self.outside.configs if each.key not in self.configured)
        return (*others, *self.configured.values())
