from dataclasses import replace

import structlog

from app.connectors.notifier import NullNotifier
from tests.connectors.test_smtp import MESSAGE


async def test_without_a_mail_server_each_kind_is_told_once_and_nobody_is_named() -> None:
    notifier = NullNotifier()
    with structlog.testing.capture_logs() as logs:
        for kind in ("SHIPPED", "SHIPPED", "DELIVERED"):
            assert not await notifier.send(replace(MESSAGE, kind=kind))
    assert logs == [
        {"event": "not_sent", "kind": kind, "reason": "no SMTP_URL", "log_level": "info"}
        for kind in ("SHIPPED", "DELIVERED")
    ]
