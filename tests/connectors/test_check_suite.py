"""What every connector's check of its own set-up must do: find what is wrong with it, and change nothing."""

import pytest

from app.connectors.contract import SourceUnavailable
from app.connectors.manifest import load_manifests
from app.connectors.ports.checking import Checkable, Finding
from app.connectors.registry import Registry
from app.sandbox.data import CLIENT_SECRET, STRIPE_SECRET_KEY
from app.sandbox.faults import Fault
from tests.connectors.conftest import Lab
from tests.connectors.vendor_rows import make_config

CHECKING = sorted(name for name, each in load_manifests().items() if "check" in each.capabilities)
SECRETS = {"stripe": "secret_key"}
every_vendor = pytest.mark.parametrize("source", CHECKING)


async def check(registry: Registry, lab: Lab, source: str) -> tuple[Finding, ...]:
    connector = registry[source]
    assert isinstance(connector, Checkable)
    return await connector.check(deadline=lab.clock.monotonic() + 60)


@every_vendor
async def test_it_is_let_in_and_does_nothing(lab: Lab, source: str) -> None:
    findings = await check(lab.registry, lab, source)
    assert findings[0].is_ok
    effects = lab.sources[source].effects
    assert effects is None or not any(effects.shown().values())


@every_vendor
async def test_wrong_credentials_are_a_finding(lab: Lab, source: str) -> None:
    wrong = {SECRETS.get(source, "client_secret"): "wr0ng"}
    registry = Registry([make_config(source, f"{lab.base_url}/{source}", **wrong)], clock=lab.clock.as_clock())
    findings = await check(registry, lab, source)
    await registry.close()
    assert not findings[0].is_ok
    assert "does not accept" in findings[0].detail
    assert not any(secret in str(findings) for secret in ("wr0ng", CLIENT_SECRET, STRIPE_SECRET_KEY))


@every_vendor
async def test_a_source_that_does_not_answer_is_no_finding(lab: Lab, source: str) -> None:
    lab.sources[source].state.fault = Fault.DOWN
    with pytest.raises(SourceUnavailable, match=f"^{source} broke off the connection$"):
        await check(lab.registry, lab, source)
