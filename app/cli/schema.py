"""`junction schema`: the API as others read it."""

import click

from app.schema import schema


@click.command("schema")
def print_schema() -> None:
    """Print the GraphQL schema (SDL)."""
    click.echo(schema.as_str())
