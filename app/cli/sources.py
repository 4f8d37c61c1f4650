"""Which sources a command speaks to: those of sources.toml, or of the demo that runs on the same folder."""

import os
from pathlib import Path

from app.cli.demo_file import running_sandbox
from app.connectors.source_config import SourceConfig, load_configs

SOURCES_FILE = "sources.toml"


def configured_sources(data_dir: Path) -> tuple[SourceConfig, ...]:
    path = data_dir / SOURCES_FILE
    return load_configs(path, os.environ) if path.exists() else ()


def present_sources(data_dir: Path) -> tuple[SourceConfig, ...]:
    """Those of the demo where one runs."""
    running = running_sandbox(data_dir)
    if running is None:
        return configured_sources(data_dir)
    # Not at the top: without a demo there is no use for the vendors and their story.
    from app.cli.demo_sources import demo_sources

    return demo_sources(running.url)
