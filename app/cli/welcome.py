"""What `junction serve` tells whoever started it: where it listens, what to ask, and where the data lives."""

import json
import shlex
import sys
from pathlib import Path

import click

from app.database.open import Database

DEMO_QUERY = """\
{
  customer(by: {email: "ada.lovelace@example.com"}) {
    displayName
    identities { source { key } externalId }
    orders(first: 5) {
      nodes {
        number status
        totals { total { amount currency } }
        lines { sku quantity }
        payments { gateway { key } status }
        shipments { trackingNumber status tracking { status estimatedDeliveryAt } }
        returns { status }
        erpDocuments { nodes { kind externalId status } }
      }
    }
    cases(first: 3) { nodes { subject status } sources { source { key } state asOf } }
    erpAccounts { nodes { name paymentTerms blocked } sources { state } }
    storefrontProfiles { nodes { orderCount } sources { state } }
  }
}"""
FIRST_QUERY = "{ customers(first: 5) { nodes { number displayName } } }"


def welcome(address: str, database: Database, *, is_demo: bool) -> str:
    query = DEMO_QUERY if is_demo else FIRST_QUERY
    notes = [_data(database), "Stop with Ctrl-C.\n"]
    if is_demo:
        fault = f"{_program()} sandbox fault salesforce down{_option(database.data_dir)}"
        notes.insert(1, f"Switch a source off with: {fault} (clear brings it back)")
    paragraphs = (
        click.style(f"Junction answers at {address}/graphql", bold=True),
        "Ask it there in a browser:",
        query,
        "or here:",
        curl(address, query),
        "\n".join(notes),
    )
    return "\n\n".join(paragraphs)


def curl(address: str, query: str) -> str:
    """One line that a shell runs as it stands."""
    body = json.dumps({"query": " ".join(query.split())})
    return f"curl {address}/graphql -H 'Content-Type: application/json' -d '{body}'"


def _data(database: Database) -> str:
    if database.reset_folder is None:
        return "Data lives in the database of DATABASE_URL; to start empty, give it an empty one."
    return f"Data lives in {database.reset_folder}; to start empty, stop Junction and delete that folder."


def _program() -> str:
    """As it was called: with make run it is not on the PATH."""
    called = Path(sys.argv[0])
    return shlex.quote(str(called)) if called.name == "junction" else "junction"


def _option(data_dir: Path) -> str:
    return "" if data_dir == Path("var").absolute() else f" --data-dir {shlex.quote(str(data_dir))}"
