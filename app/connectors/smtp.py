"""Messages as mail, handed to an SMTP server: each on a connection of its own.

Neither an error nor a log line names an address, also not in the server's words.
"""

from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import localtime, parseaddr
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

import aiosmtplib

from app.connectors.contract import SourceRefused, SourceUnavailable
from app.connectors.notifier import Message

SOURCE_KEY = "smtp"
TIMEOUT_S = 10.0
"""Of each step of the conversation."""
PORTS = {"smtp": 587, "smtps": 465}
"""For submission, with STARTTLS and with TLS from the start: RFC 6409 and RFC 8314, section 3.3."""
_REFUSED_FROM = 500
"""5yz: "the SMTP client SHOULD NOT repeat the exact request" (RFC 5321, section 4.2.1). 4yz is worth a retry."""


class InvalidMailSetting(ValueError):
    """The message is a sentence without the value, which may hold a password."""


@dataclass(frozen=True, slots=True)
class SmtpServer:
    host: str
    port: int
    user: str | None
    password: str | None
    is_tls_from_start: bool

    @classmethod
    def parse(cls, url: str) -> "SmtpServer":
        """Raises InvalidMailSetting."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            host = port = None
        else:
            if host and parts.scheme in PORTS:
                user, password = (unquote(each) if each else None for each in (parts.username, parts.password))
                return cls(host, port or PORTS[parts.scheme], user, password, parts.scheme == "smtps")
        raise InvalidMailSetting("SMTP_URL must read smtp://user:password@host:587, or smtps:// for TLS from the start")

    @property
    def starts_tls(self) -> bool | None:
        """None: where the server offers it. A password crosses a network only under TLS."""
        if self.is_tls_from_start:
            return False
        return True if self.password and not self._is_here() else None

    def _is_here(self) -> bool:
        try:
            return self.host == "localhost" or ip_address(self.host).is_loopback
        except ValueError:
            return False


class SmtpNotifier:
    def __init__(self, server: SmtpServer, sender: str) -> None:
        """`sender` reads `Name <address>`. Raises InvalidMailSetting."""
        self._server = server
        try:
            name, address = parseaddr(sender)
            self._sender = Address(name, addr_spec=address)
        except (ValueError, IndexError) as exc:
            raise InvalidMailSetting("NOTIFY_FROM must read Name <name@example.com>") from exc

    async def send(self, message: Message) -> bool:
        mail = self._mail(message)
        server = self._server
        try:
            await aiosmtplib.send(
                mail,
                hostname=server.host,
                port=server.port,
                username=server.user,
                password=server.password,
                use_tls=server.is_tls_from_start,
                start_tls=server.starts_tls,
                timeout=TIMEOUT_S,
                # Else it would ask the network what this machine is called.
                local_hostname=self._sender.domain or "localhost",
            )
        except aiosmtplib.SMTPAuthenticationError:
            # No fault of the message: whoever corrects the settings finds it still waiting.
            raise SourceUnavailable(SOURCE_KEY, "the mail server rejects the login of SMTP_URL") from None
        except aiosmtplib.SMTPRecipientsRefused as exc:
            raise _refusal(exc.recipients[0].code) from None
        except aiosmtplib.SMTPResponseException as exc:
            raise _refusal(exc.code) from None
        except (aiosmtplib.SMTPException, OSError) as exc:
            raise SourceUnavailable(SOURCE_KEY, f"the mail server cannot be reached ({type(exc).__name__})") from None
        return True

    def _mail(self, message: Message) -> EmailMessage:
        """Raises SourceRefused."""
        mail = EmailMessage()
        try:
            mail["To"] = Address(message.recipient_name, addr_spec=message.recipient)
            mail["Subject"] = message.subject
        except (ValueError, IndexError):
            raise SourceRefused(SOURCE_KEY, "the customer's mail address cannot be written to") from None
        mail["From"] = self._sender
        mail["Date"] = localtime()
        mail["Message-ID"] = f"<{message.key}@{self._sender.domain or 'localhost'}>"
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: so that no vacation notice comes back
        mail.set_content(message.text)
        mail.add_alternative(message.html, subtype="html")
        return mail


def _refusal(code: int) -> SourceRefused | SourceUnavailable:
    if code >= _REFUSED_FROM:
        return SourceRefused(SOURCE_KEY, f"the mail server refuses the message or its recipient ({code})", status=code)
    return SourceUnavailable(SOURCE_KEY, f"the mail server asks to try later ({code})")
