"""Which sources a command speaks to: those of sources.toml, or of the demo that runs on the same folder."""

import os
from pathlib import Path

from app.cli import demo_file
from app.connectors.source_config import SourceConfig, load_configs

SOURCES_FILE = "sources.toml"


def configured_sources(data_dir: Path) -> tuple[SourceConfig, ...]:
    path = data_dir / SOURCES_FILE
    return load_configs(path, os.environ) if path.exists() else ()


def present_sources(data_dir: Path) -> tuple[SourceConfig, ...]:
    """Those of the demo where one runs."""
    if not (data_dir / demo_file.NAME).exists():
        return configured_sources(data_dir)
    # Not at the top: without a demo there is no use for the vendors and their story.
    from app.cli.demo_sources import demo_sources

    return demo_sources(demo_file.read_address(data_dir).url)
