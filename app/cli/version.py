"""`junction version`: which one this is."""

from importlib.metadata import version as installed_version

import click


@click.command()
def version() -> None:
    """Print the version."""
    click.echo(f"junction {installed_version('junction')}")
