"""Reads a vendor folder's manifest.toml: what the vendor is, what we use of it, and the limits with their sources."""

import tomllib
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from app.connectors.capabilities import CAPABILITIES
from app.domain.source import SourceKind

FOLDER = Path(__file__).parent
Positive = Annotated[float, msgspec.Meta(gt=0)]


class InvalidManifest(ValueError):
    """The message names the file and what to change in it."""


class Limit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    value: int
    source: str
    """A URL with the date it was read, or the reason for a limit of our own."""


class Auth(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: str
    source: str


class Setting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `[sources.<key>.settings]` may say, each value a text."""

    description: str
    unit: str | None = None
    required: bool = False
    secret: bool = False


class RateLimit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Absent where the vendor publishes none: its 429 and Retry-After are then all there is to go by."""

    unit: Literal["requests", "points"]
    """Points: a request costs what the vendor says."""
    per_s: Positive
    """What may be used each second."""
    most: Positive
    """What may be used at once, when nothing was for a while."""
    source: str
    """A URL with the date it was read, or the reason for a limit of our own."""


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    title: str
    kind: SourceKind
    capabilities: frozenset[str]
    api_version: str
    documentation: str
    auth: Auth
    limits: dict[str, Limit]
    quality: dict[str, str]
    """Per rule of docs/connectors/adding-a-vendor.md: "done", or "todo: " or "exempt: " and a sentence."""
    settings: dict[str, Setting]
    rate: RateLimit | None = None

    @property
    def settings_required(self) -> tuple[str, ...]:
        return tuple(name for name, setting in self.settings.items() if setting.required)

    def limit(self, name: str) -> int:
        """Raises InvalidManifest."""
        if name not in self.limits:
            raise InvalidManifest(f"{self.name}: the manifest lacks [limits.{name}], which the connector needs")
        return self.limits[name].value


def load_manifest(folder: Path) -> Manifest:
    """Raises InvalidManifest."""
    path = folder / "manifest.toml"
    try:
        manifest = msgspec.convert(tomllib.loads(path.read_text()), Manifest)
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as exc:
        raise InvalidManifest(f"{path}: {exc}") from exc
    if manifest.name != folder.name:
        raise InvalidManifest(f"{path}: name is {manifest.name!r} but the folder is {folder.name!r}; make them equal")
    if unknown := manifest.capabilities - CAPABILITIES.keys():
        known = ", ".join(sorted(CAPABILITIES))
        raise InvalidManifest(f"{path}: unknown capability {', '.join(sorted(unknown))}; choose from {known}")
    return manifest


def load_manifests(folder: Path = FOLDER) -> dict[str, Manifest]:
    """Of every vendor folder, by name."""
    return {path.parent.name: load_manifest(path.parent) for path in sorted(folder.glob("*/manifest.toml"))}
