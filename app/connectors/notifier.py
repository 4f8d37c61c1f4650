"""What sends messages to customers, in words of no protocol, and the one that sends none."""

from dataclasses import dataclass
from typing import Protocol

import structlog

log = structlog.get_logger("junction.notifications")


@dataclass(frozen=True, slots=True)
class Message:
    kind: str
    recipient: str
    recipient_name: str
    subject: str
    text: str
    html: str
    key: str
    """The same for each attempt at the same message, so that those who pass it on can drop doubles."""


class Notifier(Protocol):
    async def send(self, message: Message) -> bool:
        """False where it was left unsent on purpose. Raises SourceRefused, and SourceUnavailable to try later."""
        ...


class NullNotifier:
    """Where no mail server is configured. Says so once for each kind, and nothing of whom it was for."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    async def send(self, message: Message) -> bool:
        if message.kind not in self._told:
            self._told.add(message.kind)
            log.info("not_sent", kind=message.kind, reason="no SMTP_URL")
        return False
