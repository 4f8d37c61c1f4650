"""The GraphQL-over-HTTP working group's own audit (graphql-http on npm) finds nothing to complain about."""

import json
import shutil
import subprocess
from pathlib import Path

import anyio.to_thread
import pytest

from app.wiring import Demo
from tests.serving import served

AUDIT = Path(__file__).with_name("audit")


@pytest.fixture
def audit(tmp_path: Path) -> Path:
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("no node and npm on this machine to run the audit with")
    for name in ("package.json", "package-lock.json", "audit.mjs"):
        shutil.copy(AUDIT / name, tmp_path / name)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"]
    installed = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=120, check=False)
    if installed.returncode != 0:
        pytest.skip("npm could not fetch the audit")
    return tmp_path / "audit.mjs"


async def test_the_audit_passes(demo: Demo, audit: Path) -> None:
    async with served(demo.application.http) as origin:
        run = await anyio.to_thread.run_sync(
            lambda: subprocess.run(
                ["node", str(audit), f"{origin}/graphql"], capture_output=True, timeout=60, check=True
            )
        )
    verdicts = json.loads(run.stdout)
    assert [each for each in verdicts if each["status"] != "ok"] == []
    assert len(verdicts) >= 61
