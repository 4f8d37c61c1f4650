"""What a gateway reports of payments, taken over into ours. Reports come late, twice and in any order."""

from collections.abc import Sequence

import structlog

from app.connectors.payment import GatewayReport
from app.stores.transaction import Transaction

log = structlog.get_logger("junction.payments")


async def payment_reports(tx: Transaction, gateway_key: str, reports: Sequence[GatewayReport]) -> None:
    """In the transaction in which the event becomes processed."""
    for report in reports:
        log.info("payment_reported", gateway=gateway_key, kind=report.kind, status=report.status)
