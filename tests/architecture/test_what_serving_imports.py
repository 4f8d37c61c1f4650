"""A server holds what it has imported for as long as it lives, so what only other commands need stays out of it."""

import re
from importlib.util import find_spec
from pathlib import Path

import httpx2

from tests.cli.processes import serving

NOT_FOR_SERVING = {
    "alembic": "only where there is something to migrate: app/stores/migrations.py",
    "app.cli.demo": "only with --demo",
    "app.cli.doctor": "a command of its own",
    "app.cli.import_orders": "a command of its own",
    "app.sandbox": "only with --demo",
    "app.stores.laws": "for the doctor",
    "app.stores.order_import": "for imports",
    "app.workflows.import_orders": "for imports",
    "app.workflows.order_import.mapping": "for imports",
    "hypothesis": "for tests",
    "iso4217": "for imports",
    "mako": "alembic brings it along",
    "pyarrow": "for imports",
}
"""With where it belongs. All that is below it is meant, too."""


def test_a_server_does_without_what_other_commands_need(migrated_database: str, tmp_path: Path) -> None:
    # Python names each module that a statement imports, those inside of functions too.
    with serving(PORT=0, DATABASE_URL=migrated_database, DATA_DIR=tmp_path, PYTHONPROFILEIMPORTTIME=1) as running:
        for path in ("/graphql?query={customers{totalCount}}", "/health/ready"):
            httpx2.get(running.address + path, headers={"Accept": "application/json"}).raise_for_status()
        imported = set(re.findall(r"^import time: .*\| +(\S+)$", running.log(), re.MULTILINE))
    assert {"app.cli.welcome", "app.http.application", "sqlalchemy"} <= imported
    assert {name for name in NOT_FOR_SERVING for module in imported if f"{module}.".startswith(f"{name}.")} == set()


def test_the_list_names_what_there_is() -> None:
    assert [name for name in NOT_FOR_SERVING if find_spec(name) is None] == []
