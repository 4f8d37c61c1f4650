"""Mail handed to a real SMTP server on the loopback, and what becomes of its answers."""

from dataclasses import replace
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword

from app.connectors.contract import SourceRefused, SourceUnavailable
from app.connectors.notifier import Message
from app.connectors.smtp import InvalidMailSetting, SmtpNotifier, SmtpServer
from tests.connectors.smtp_server import Server, free_port, listening

SENDER = "Ünder & Co <orders@shop.example>"
MESSAGE = Message(
    kind="SHIPPED",
    recipient="ada@example.com",
    recipient_name="Ada Lovelace, Countess",
    subject="Your order 1001 is on its way",
    text="Grüße: 2 × Trail Shoe\n",
    html="<p>2 × Trail Shoe</p>\n",
    key="shipped.0198",
)


def notifier(url: str) -> SmtpNotifier:
    return SmtpNotifier(SmtpServer.parse(url), SENDER)


async def test_a_message_arrives_as_text_and_html() -> None:
    server = Server()
    with listening(server) as address:
        assert await notifier(f"smtp://{address}").send(MESSAGE)
    (mail,) = server.taken
    assert server.recipients == [["ada@example.com"]]
    assert (mail["From"], mail["To"]) == (SENDER, '"Ada Lovelace, Countess" <ada@example.com>')
    assert (mail["Subject"], mail["Auto-Submitted"]) == (MESSAGE.subject, "auto-generated")
    assert mail["Message-ID"] == "<shipped.0198@shop.example>"
    text, html = [part.get_content() for part in mail.iter_parts()]
    assert (text.replace("\r\n", "\n"), html.replace("\r\n", "\n")) == (MESSAGE.text, MESSAGE.html)


async def test_each_attempt_at_a_message_has_the_same_id() -> None:
    server = Server()
    with listening(server) as address:
        for _ in range(2):
            await notifier(f"smtp://{address}").send(MESSAGE)
    assert {mail["Message-ID"] for mail in server.taken} == {"<shipped.0198@shop.example>"}


@pytest.mark.parametrize("step", ["rcpt", "data"])
async def test_what_the_server_refuses_is_not_worth_a_retry_and_names_nobody(step: str) -> None:
    server = Server()
    setattr(server, step, "550 5.1.1 <ada@example.com>: no such person")
    with listening(server) as address, pytest.raises(SourceRefused) as caught:
        await notifier(f"smtp://{address}").send(MESSAGE)
    assert (caught.value.status, caught.value.message) == (
        550, "the mail server refuses the message or its recipient (550)",
    )  # fmt: skip
    assert (caught.value.__cause__, server.taken) == (None, [])


@pytest.mark.parametrize("step", ["rcpt", "data"])
async def test_what_the_server_puts_off_is_for_later(step: str) -> None:
    server = Server()
    setattr(server, step, "451 4.7.1 ada@example.com is greylisted")
    with listening(server) as address, pytest.raises(SourceUnavailable) as caught:
        await notifier(f"smtp://{address}").send(MESSAGE)
    assert (caught.value.message, server.taken) == ("the mail server asks to try later (451)", [])


async def test_a_server_that_is_down_is_for_later() -> None:
    with pytest.raises(SourceUnavailable, match=r"^the mail server cannot be reached \(SMTPConnectError\)$"):
        await notifier(f"smtp://127.0.0.1:{free_port()}").send(MESSAGE)


async def test_a_login_that_is_rejected_is_for_later() -> None:
    """Whoever corrects the settings finds the message still waiting."""
    server, given = Server(), []

    def authenticate(*arguments: Any) -> AuthResult:
        password = arguments[4]
        assert isinstance(password, LoginPassword)
        given.append((password.login, password.password))
        return AuthResult(success=password.password == b"p@ss", handled=False)

    login = {"authenticator": authenticate, "auth_require_tls": False}
    with listening(server, **login) as address:
        with pytest.raises(SourceUnavailable, match=r"^the mail server rejects the login of SMTP_URL$"):
            await notifier(f"smtp://shop:wrong@{address}").send(MESSAGE)
        assert server.taken == []
        assert await notifier(f"smtp://shop:p%40ss@{address}").send(MESSAGE)
    assert given[-1] == (b"shop", b"p@ss")


@pytest.mark.parametrize("recipient", ["", "nobody", "a@b\nBcc: eve@example.com", "two@example.com, eve@example.com"])
async def test_what_is_no_address_is_refused_before_anything_is_sent(recipient: str) -> None:
    server = Server()
    with listening(server) as address, pytest.raises(SourceRefused, match=r"^the customer's mail address cannot be"):
        await notifier(f"smtp://{address}").send(replace(MESSAGE, recipient=recipient))
    assert server.taken == []


async def test_a_name_cannot_add_a_header() -> None:
    server = Server()
    with listening(server) as address, pytest.raises(SourceRefused):
        await notifier(f"smtp://{address}").send(replace(MESSAGE, recipient_name="Eve\r\nBcc: eve@example.com"))
    assert server.taken == []


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example", SmtpServer("mail.example", 587, None, None, False)),
        ("smtps://a:b%2Fc@mail.example", SmtpServer("mail.example", 465, "a", "b/c", True)),
        ("smtp://localhost:25", SmtpServer("localhost", 25, None, None, False)),
    ],
)
def test_a_url_names_the_server(url: str, expected: SmtpServer) -> None:
    assert SmtpServer.parse(url) == expected


@pytest.mark.parametrize("url", ["", "mail.example", "http://mail.example", "smtp://", "smtp://h:port", "smtp://[::1"])
def test_another_url_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(InvalidMailSetting, match=r"^SMTP_URL must read smtp://user:password@host:587, or smtps://"):
        SmtpServer.parse(url)


@pytest.mark.parametrize("sender", ["", "Shop", "a b@shop.example <"])
def test_a_sender_without_an_address_is_refused(sender: str) -> None:
    with pytest.raises(InvalidMailSetting, match=r"^NOTIFY_FROM must read"):
        SmtpNotifier(SmtpServer.parse("smtp://mail.example"), sender)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example", None),
        ("smtp://a:b@mail.example", True),
        ("smtp://a:b@127.0.0.1", None),
        ("smtps://a:b@mail.example", False),
    ],
)
def test_a_password_crosses_a_network_under_tls_alone(url: str, expected: bool | None) -> None:
    assert SmtpServer.parse(url).starts_tls is expected
