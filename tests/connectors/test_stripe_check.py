"""What `junction connectors check` says of a Stripe account."""

from app.connectors.ports.checking import Checkable, Finding
from app.connectors.registry import Registry
from app.sandbox.webhook_sender import WebhookOrder
from tests.connectors.conftest import Lab
from tests.connectors.vendor_rows import make_config

READ = ("payment intents", "refunds", "disputes", "events")


async def check(lab: Lab, **settings: str) -> tuple[Finding, ...]:
    registry = Registry([make_config("stripe", f"{lab.base_url}/stripe", **settings)], clock=lab.clock.as_clock())
    connector = registry["stripe"]
    assert isinstance(connector, Checkable)
    findings = await connector.check(deadline=lab.clock.monotonic() + 60)
    await registry.close()
    return findings


async def test_an_account_that_is_set_up(lab: Lab) -> None:
    await lab.sources["stripe"].app.webhooks.set(WebhookOrder("https://junction.test/webhooks/stripe"))
    assert await check(lab) == (
        *(Finding(what, is_ok=True, detail="The key may read them.") for what in READ),
        Finding("webhook endpoint", is_ok=True, detail="It is sent every event that is read here."),
    )
    await lab.sources["stripe"].app.webhooks.close()


async def test_an_account_that_sends_its_events_elsewhere(lab: Lab) -> None:
    await lab.sources["stripe"].app.webhooks.set(WebhookOrder("https://junction.test/webhooks/stripe_eu"))
    assert (await check(lab))[-1] == Finding(
        "webhook endpoint",
        is_ok=False,
        detail="The endpoint https://<our host>/webhooks/stripe is missing: add or enable it in the Dashboard.",
    )
    await lab.sources["stripe"].app.webhooks.close()


async def test_a_key_that_is_not_accepted(lab: Lab) -> None:
    findings = await check(lab, secret_key="wrong")
    reason = "Stripe does not accept the key: look at secret_key."
    assert findings == tuple(Finding(what, is_ok=False, detail=reason) for what in (*READ, "webhook endpoint"))
